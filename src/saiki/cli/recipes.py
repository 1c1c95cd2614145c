"""`saiki recipes`."""

from dataclasses import asdict
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from saiki.cli.arguments import call, split_overrides
from saiki.cli.main import Invocation
from saiki.language import render
from saiki.tasks.configure import commented_toml, resolve
from saiki.tasks.recipes import recipe_names

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    words, overrides = split_overrides(invocation.words)
    name = call("recipes", recipes, words)
    if name is not None:
        config = resolve(name, overrides)
        print(commented_toml(config), end="")
        invocation.finish(asdict(config))
        return 0
    table = Table(box=None)
    table.add_column(render("recipe"), no_wrap=True)
    table.add_column(render("what it does"), overflow="fold")
    descriptions = {name: resolve(name).description for name in recipe_names()}
    for name, description in descriptions.items():
        table.add_row(name, render(description))
    Console().print(table)
    invocation.finish({"recipes": descriptions})
    return 0


def recipes(
    show: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="NAME",
            help=render("print this recipe as a commented TOML file to start from"),
        ),
    ] = None,
) -> str | None:
    return show


recipes.__doc__ = render("Lists the built-in recipes.")
