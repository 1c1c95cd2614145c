"""`saiki replay`."""

from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.language import render

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folder = call("replay", replay, invocation.words)
    from saiki.tasks.failed_step import replay_failed_step  # noqa: PLC0415  torch comes in here

    found = replay_failed_step(folder)
    table = Table(
        title=render("step {step}, loss {loss}", step=found["step"], loss=found["loss_nats"])
    )
    table.add_column(render("layer or parameter"))
    table.add_column(render("largest output"), justify="right")
    table.add_column(render("gradient norm"), justify="right")
    for name, largest in found["largest_outputs"].items():
        table.add_row(name, f"{largest:.4g}", "")
    for name, norm in found["gradient_norms"].items():
        table.add_row(name, "", f"{norm:.4g}")
    Console().print(table)
    invocation.finish(found)
    return 0


def replay(
    run: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN", help=render("the run folder"))
    ],
) -> Path:
    return run


replay.__doc__ = render("Runs the step again at which a run diverged, layer by layer.")
