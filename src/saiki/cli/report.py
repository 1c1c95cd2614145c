"""`saiki report`."""

from pathlib import Path
from typing import Annotated

import tyro

from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.errors import ArgumentError
from saiki.language import render

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folders, out = call("report", report, invocation.words)
    if not folders:
        raise ArgumentError(
            "report: at least one run folder must be given, such as `saiki report runs/digits`."
        )
    from saiki.insight import write_report  # noqa: PLC0415  jinja2 and plotly come in here

    place = write_report(folders, out or _default_place(folders))
    print(render("report: {report}", report=place))
    invocation.finish({"report": str(place)})
    return 0


def _default_place(folders: list[Path]) -> Path:
    """A report on several runs must not replace the report of the first."""
    return folders[0] / "report.html" if len(folders) == 1 else Path("report.html")


def report(
    runs: Annotated[
        tuple[Path, ...],
        tyro.conf.Positional,
        tyro.conf.arg(metavar="RUN", help=render("run folders, or folders of comparisons")),
    ],
    out: Annotated[
        Path | None,
        tyro.conf.arg(
            metavar="FILE",
            help=render("the file (default: report.html in the run; here for several runs)"),
        ),
    ] = None,
) -> tuple[list[Path], Path | None]:
    return list(runs), out


report.__doc__ = render(
    "Writes one HTML file that opens from disk, with no network: curves, confusion matrix, "
    "hardest examples, configuration."
)
