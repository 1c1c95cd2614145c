"""`saiki train`."""

from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from saiki.cli.arguments import call, say_how_to_go_on, split_overrides
from saiki.cli.main import Invocation
from saiki.cli.tables import comparison_table, result_table
from saiki.errors import ArgumentError
from saiki.language import render
from saiki.tasks.configure import resolve

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    words, overrides = split_overrides(invocation.words)
    called = call("train", train, words)
    recipe, out, resume, seeds, quiet = called
    if resume and out is None:
        raise ArgumentError(
            "--resume: must know which run; give its folder with --out DIR as well."
        )
    resolve(recipe, overrides)  # a mistake is answered before torch is waited for
    from saiki.tasks.api import new_folder  # noqa: PLC0415

    return _train(invocation, recipe, overrides, out or new_folder(recipe), resume, seeds, quiet)


def train(
    recipe: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(metavar="RECIPE", help=render("a recipe's name, or FILE.toml")),
    ],
    out: Annotated[
        Path | None,
        tyro.conf.arg(
            metavar="DIR", help=render("the run folder (default: runs/RECIPE-DATE-TIME)")
        ),
    ] = None,
    resume: Annotated[
        bool, tyro.conf.arg(help=render("continue the run in --out from its newest checkpoint"))
    ] = False,
    seeds: Annotated[
        int,
        tyro.conf.arg(
            metavar="N", help=render("runs with so many seeds; mean and spread are shown")
        ),
    ] = 1,
    quiet: Annotated[bool, tyro.conf.arg(help=render("no progress on screen"))] = False,
) -> tuple[str, Path | None, bool, int, bool]:
    return recipe, out, resume, seeds, quiet


train.__doc__ = render(
    "Trains a recipe or your own TOML file.\n\n"
    "Any key of the configuration can be set: --model.cell lstm --training.epochs 30 --seed 1. "
    "`saiki recipes --show NAME` lists the keys and what they mean."
)


def _train(
    invocation: Invocation,
    recipe: str,
    overrides: dict[str, object],
    folder: Path,
    resume: bool,
    seeds: int,
    quiet: bool,
) -> int:
    from saiki.insight import write_report  # noqa: PLC0415
    from saiki.tasks import Run  # noqa: PLC0415
    from saiki.tasks.grid import train_many  # noqa: PLC0415
    from saiki.tasks.run import StoppedError  # noqa: PLC0415
    from saiki.training import StopTrainingError  # noqa: PLC0415

    screen = Console(stderr=True, quiet=quiet)
    try:
        made = train_many(
            recipe, folder, overrides=overrides, seeds=seeds, resume=resume, console=screen
        )
    except (StopTrainingError, StoppedError):
        return say_how_to_go_on("train", invocation.words, folder)
    if isinstance(made, Run):
        screen.print(result_table(made.result))
    else:
        screen.print(comparison_table(made.table))
    report = write_report([folder], folder / "report.html")
    print(render("run folder: {folder}", folder=folder))
    print(render("report: {report}", report=report))
    result = made.result if isinstance(made, Run) else made.table
    invocation.finish({"folder": str(folder), "report": str(report)} | result)
    return 0
