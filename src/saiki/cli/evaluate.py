"""`saiki evaluate`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro
from rich.console import Console

from saiki.cli._forecast import evaluate_forecaster
from saiki.cli._texts import warn_of_unknown
from saiki.cli._translation import evaluate_translator, is_translator
from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.cli.tables import language_metrics_line, lists_table, metrics_line
from saiki.errors import ArgumentError
from saiki.language import render

if TYPE_CHECKING:
    from saiki.tasks.trained_language_model import TrainedLanguageModel
    from saiki.tasks.trained_vectors import TrainedWordVectors

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folder, data, predictions, encoding, target = call("evaluate", evaluate, invocation.words)
    from saiki.artifacts import write_json_lines_atomic  # noqa: PLC0415
    from saiki.tasks.api import load  # noqa: PLC0415  torch comes in with a classifier
    from saiki.tasks.trained_vectors import TrainedWordVectors  # noqa: PLC0415

    model = load(folder)
    if encoding is not None:
        if isinstance(model, TrainedWordVectors) or data is None:
            raise ArgumentError(
                "evaluate: --data.encoding is for the text of --data. Leave it out, or name the "
                "text of a classifier or language model."
            )
        text = replace(model.config.data, encoding=encoding)
        model.config = replace(model.config, data=text)  # type: ignore[arg-type]  # either's own
    if target is not None and (data is None or not is_translator(model)):
        raise ArgumentError(
            "evaluate: --target is the file whose lines are the translations of those of --data, "
            "of a translator. Leave it out, or name the other side with --data."
        )
    if isinstance(model, TrainedWordVectors):
        return _evaluate_vectors(invocation, model, data, predictions)
    from saiki.tasks.trained_forecaster import TrainedForecaster  # noqa: PLC0415
    from saiki.tasks.trained_language_model import TrainedLanguageModel  # noqa: PLC0415
    from saiki.tasks.trained_translator import TrainedTranslator  # noqa: PLC0415

    if isinstance(model, TrainedForecaster):
        return evaluate_forecaster(invocation, folder, model, data, predictions)
    if isinstance(model, TrainedTranslator):
        return evaluate_translator(invocation, folder, model, data, target, predictions)

    if isinstance(model, TrainedLanguageModel):
        return _evaluate_language_model(invocation, folder, model, data, predictions)
    examples, scores = model.evaluate(data)
    metrics = scores.metrics()
    print(
        render(
            "{count} examples: {metrics}",
            count=len(examples),
            metrics=metrics_line(metrics),
        )
    )
    if predictions is not None:
        write_json_lines_atomic(predictions, scores.rows(examples, model.labels))
        print(render("predictions: {path}", path=predictions))
    invocation.finish({"run": str(folder), "examples": len(examples), "metrics": metrics})
    return 0


def _evaluate_vectors(
    invocation: Invocation,
    model: "TrainedWordVectors",
    data: str | None,
    predictions: Path | None,
) -> int:
    """Scores word vectors on lists: a row each."""
    if predictions is not None:
        raise ArgumentError(
            "evaluate: --predictions is for classifiers; these are word vectors. Leave it out."
        )
    rows = model.evaluate(data)
    Console().print(lists_table(rows))
    invocation.finish({"run": str(model.folder), "lists": rows})
    return 0


def _evaluate_language_model(
    invocation: Invocation,
    folder: Path,
    model: "TrainedLanguageModel",
    data: str | None,
    predictions: Path | None,
) -> int:
    """Perplexity and its like, on the test part or on other text."""
    if predictions is not None:
        raise ArgumentError(
            "evaluate: --predictions is for classifiers; this is a language model. Leave it out; "
            "`saiki score` gives the surprise of every token."
        )
    part = model.part(data)
    metrics = model.measure(part)
    print(
        render(
            "{count:,} tokens: {metrics}", count=part.size, metrics=language_metrics_line(metrics)
        )
    )
    source = model.config.data.source if data is None else data
    warn_of_unknown(Path(source).name, metrics["unknown_rate"])
    invocation.finish({"run": str(folder), "tokens": part.size, "metrics": metrics})
    return 0


def evaluate(
    run: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN", help=render("the run folder"))
    ],
    data: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="DATA",
            help=render(
                "other labelled data, other text for a language model, other pairs for a "
                "translator, or another table for a forecast (default: the test part of the run); "
                "for word vectors a list of word pairs or analogies"
            ),
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        tyro.conf.arg(metavar="FILE", help=render("write a JSON line an example to this file")),
    ] = None,
    encoding: Annotated[
        str | None,
        tyro.conf.arg(
            name="data.encoding",
            metavar="NAME",
            help=render("encoding of the files (default: that of the run's training text)"),
        ),
    ] = None,
    target: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="FILE",
            help=render("translator: the text file whose lines belong to those of --data"),
        ),
    ] = None,
) -> tuple[Path, str | None, Path | None, str | None, str | None]:
    return run, data, predictions, encoding, target


evaluate.__doc__ = render(
    "Measures a trained run on labelled data, a language model on text, a translator on pairs, a "
    "forecast on a table."
)
