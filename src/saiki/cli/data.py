"""`saiki data`."""

from typing import Annotated, Literal

import tyro
from rich.console import Console
from rich.table import Table

from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.data import catalogue
from saiki.errors import ArgumentError
from saiki.language import render

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    action, name = call("data", data, invocation.words)
    if action == "list":
        return _list(invocation)
    if name is None:
        raise ArgumentError(
            "data {action}: the name of a data set must follow; `saiki data list` shows them.",
            action=action,
        )
    info = catalogue.describe(name)
    if action == "fetch":
        path = catalogue.fetch(name, progress=True)
        print(render("{title}\nlicence: {licence}", title=render(info.title), licence=info.licence))
        print(render("fetched to {path}", path=path))
    else:
        path = catalogue.verify(name)
        print(render("{path}: every checksum is right", path=path))
    invocation.finish({"name": name, "path": str(path), "licence": info.licence})
    return 0


def _list(invocation: Invocation) -> int:
    table = Table(box=None)
    for heading in ("name", "where", "licence", "what"):
        table.add_column(render(heading), no_wrap=heading == "name", overflow="fold")
    rows = []
    for status in catalogue.list_sets():
        info = status.info
        table.add_row(info.name, render(status.place), info.licence, render(info.title))
        rows.append({"name": info.name, "place": status.place, "licence": info.licence})
    Console().print(table)
    invocation.finish({"sets": rows})
    return 0


def data(
    action: Annotated[
        Literal["list", "fetch", "verify"],
        tyro.conf.Positional,
        tyro.conf.arg(help=render("list the data sets, fetch one, or verify its checksums")),
    ],
    name: Annotated[
        str | None,
        tyro.conf.Positional,
        tyro.conf.arg(metavar="[NAME]", help=render("the data set")),
    ] = None,
) -> tuple[str, str | None]:
    return action, name


data.__doc__ = render("Data sets that saiki knows by name, with source, licence and checksums.")
