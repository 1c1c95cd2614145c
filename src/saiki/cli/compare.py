"""`saiki compare`."""

from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from saiki.cli.arguments import call, say_how_to_go_on, split_overrides
from saiki.cli.main import Invocation
from saiki.cli.tables import comparison_table
from saiki.errors import ArgumentError
from saiki.language import render

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    words, overrides = split_overrides(invocation.words)
    recipe, vary, seeds, out, resume, quiet = call("compare", compare, _one_vary(words))
    if resume and out is None:
        raise ArgumentError(
            "--resume: must know which comparison; give its folder with --out DIR as well."
        )
    if not vary:
        raise ArgumentError(
            "compare: at least one --vary KEY=VALUE,VALUE must be given, such as "
            "--vary model.cell=rnn,gru,lstm."
        )
    from saiki.insight import write_report  # noqa: PLC0415  torch comes in here
    from saiki.tasks.api import new_folder  # noqa: PLC0415
    from saiki.tasks.grid import compare_runs, parse_axis  # noqa: PLC0415
    from saiki.tasks.run import StoppedError  # noqa: PLC0415
    from saiki.training import StopTrainingError  # noqa: PLC0415

    axes = [parse_axis(text) for text in vary]
    folder = out or new_folder(recipe)
    screen = Console(stderr=True, quiet=quiet)
    try:
        made = compare_runs(
            recipe, axes, folder, overrides=overrides, seeds=seeds, resume=resume, console=screen
        )
    except (StopTrainingError, StoppedError):
        return say_how_to_go_on("compare", invocation.words, folder)
    Console().print(comparison_table(made.table))
    report = write_report([folder], folder / "report.html")
    print(render("folder: {folder}", folder=folder))
    print(render("report: {report}", report=report))
    invocation.finish({"folder": str(folder), "report": str(report)} | made.table)
    return 0


def _one_vary(words: list[str]) -> list[str]:
    """`--vary A --vary B` as the one list `--vary A B` that the parser reads."""
    rest: list[str] = []
    values: list[str] = []
    taken = iter(words)
    for word in taken:
        if word == "--vary":
            values.append(next(taken, ""))
        elif word.startswith("--vary="):
            values.append(word.removeprefix("--vary="))
        else:
            rest.append(word)
    return [*rest, "--vary", *values] if values else rest


def compare(
    recipe: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(metavar="RECIPE", help=render("a recipe's name, or FILE.toml")),
    ],
    vary: Annotated[
        tuple[str, ...],
        tyro.conf.arg(
            metavar="KEY=VALUES",
            help=render("KEY=VALUE,VALUE,...; may be given again for another key"),
        ),
    ] = (),
    seeds: Annotated[int, tyro.conf.arg(metavar="N", help=render("runs of each setting"))] = 1,
    out: Annotated[
        Path | None,
        tyro.conf.arg(
            metavar="DIR", help=render("the folder of the grid (default: runs/RECIPE-DATE-TIME)")
        ),
    ] = None,
    resume: Annotated[
        bool, tyro.conf.arg(help=render("skip what is finished in --out, continue the rest"))
    ] = False,
    quiet: Annotated[bool, tyro.conf.arg(help=render("no progress on screen"))] = False,
) -> tuple[str, tuple[str, ...], int, Path | None, bool, bool]:
    return recipe, vary, seeds, out, resume, quiet


compare.__doc__ = render(
    "Trains every combination of settings, each with several seeds.\n\n"
    "Example: saiki compare japanese-vowels --vary model.cell=rnn,gru,lstm "
    "--vary model.bidirectional=false,true --seeds 3"
)
