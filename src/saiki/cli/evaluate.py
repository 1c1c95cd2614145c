"""`saiki evaluate`."""

from pathlib import Path
from typing import Annotated

import tyro

from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.language import render

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folder, data, predictions = call("evaluate", evaluate, invocation.words)
    from saiki.artifacts import write_json_lines_atomic  # noqa: PLC0415
    from saiki.tasks.api import load  # noqa: PLC0415  torch comes in here

    model = load(folder)
    examples, scores = model.evaluate(data)
    metrics = scores.metrics()
    print(
        render(
            "{count} examples: accuracy {accuracy:.4f}, loss {loss:.4f} nats",
            count=len(examples),
            accuracy=metrics["accuracy"],
            loss=metrics["loss_nats"],
        )
    )
    if predictions is not None:
        write_json_lines_atomic(predictions, scores.rows(examples.names, model.labels))
        print(render("predictions: {path}", path=predictions))
    invocation.finish({"run": str(folder), "examples": len(examples), "metrics": metrics})
    return 0


def evaluate(
    run: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN", help=render("the run folder"))
    ],
    data: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="DATA",
            help=render("other labelled data (default: the test part of the run)"),
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        tyro.conf.arg(metavar="FILE", help=render("write a JSON line an example to this file")),
    ] = None,
) -> tuple[Path, str | None, Path | None]:
    return run, data, predictions


evaluate.__doc__ = render("Measures a trained run on labelled data.")
