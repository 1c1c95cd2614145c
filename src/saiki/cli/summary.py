"""`saiki summary`."""

from pathlib import Path
from typing import Annotated

import tyro

from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.language import render

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folder, length = call("summary", summary, invocation.words)
    from saiki.tasks.summary import summarise  # noqa: PLC0415  torch comes in here

    found = summarise(folder, length)
    print(found.text)
    invocation.finish(found.facts)
    return 0


def summary(
    run: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN", help=render("the run folder"))
    ],
    length: Annotated[
        int,
        tyro.conf.arg(
            metavar="STEPS",
            help=render("steps of the sequence that costs are counted for"),
        ),
    ] = 100,
) -> tuple[Path, int]:
    return run, length


summary.__doc__ = render("Layers of a run with parameters, multiply-adds, memory and backend.")
