"""`saiki predict`."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro

from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.errors import ArgumentError, SaikiError
from saiki.language import render

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folder, inputs = call("predict", predict, invocation.words)
    names = inputs or [line.strip() for line in sys.stdin if line.strip()]
    if not names:
        raise ArgumentError(
            "predict: at least one input must be given, as an argument or as a line on standard "
            "input; got none."
        )
    from saiki.tasks.api import load  # noqa: PLC0415  torch comes in with a classifier

    model = load(folder)
    failures = 0
    for name in names:
        failures += _predict_one(model, name)
    invocation.finish({"inputs": len(names), "failures": failures})
    return 2 if failures else 0


def _predict_one(model: Any, name: str) -> bool:
    """Prints the answers for one input; True when it could not be read."""
    try:
        rows = model.predict([name])
    except SaikiError as error:
        print(f"saiki: {error}", file=sys.stderr)
        return True
    for row in rows:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    return False


def predict(
    run: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN", help=render("the run folder"))
    ],
    inputs: Annotated[
        tuple[str, ...],
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="[INPUT ...]",
            help=render(
                "files, for word vectors expressions like 'king - man + woman'; none reads them "
                "from standard input, one a line"
            ),
        ),
    ] = (),
) -> tuple[Path, list[str]]:
    return run, list(inputs)


predict.__doc__ = render(
    "Prints the answers for each input as one JSON line: label and confidences, or the nearest "
    "words.\n\n"
    "An input that cannot be read is named on standard error, the others are still answered, and "
    "the exit status is 2."
)
