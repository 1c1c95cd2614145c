"""`saiki predict`."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import tyro

from saiki.cli._continuation import continue_texts
from saiki.cli._forecast import forecast_tables, is_forecaster
from saiki.cli._texts import input_lines, is_language_model
from saiki.cli._translation import is_translator, translate_texts
from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.errors import ArgumentError, SaikiError
from saiki.language import render

__all__ = ["run"]

_OF_LANGUAGE_MODELS = ("length", "temperature", "top_k", "nucleus", "seed")
_OF_TRANSLATORS = ("n_best", "width", "length_alpha", "coverage_beta")


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folder, inputs, wanted, encoding = call("predict", predict, invocation.words)
    from saiki.tasks.api import load  # noqa: PLC0415  torch comes in with a network

    model = load(folder)
    _check_flags(folder, model.config.task, wanted)
    if encoding is not None:
        _read_as(folder, model, encoding)
    if is_forecaster(model):
        return forecast_tables(invocation, model, inputs)
    if is_language_model(model):
        return continue_texts(invocation, model, inputs, wanted)
    if is_translator(model):
        return translate_texts(invocation, model, inputs, wanted)
    names = inputs or [line.strip() for line in input_lines()]
    if not names:
        raise ArgumentError(
            "predict: at least one input must be given, as an argument or as a line on standard "
            "input; got none."
        )
    failures = 0
    for name in names:
        failures += _predict_one(model, name)
    invocation.finish({"inputs": len(names), "failures": failures})
    return 2 if failures else 0


def _check_flags(folder: Path, task: str, wanted: dict[str, Any]) -> None:
    """Refuses the flags of another task."""
    foreign = {
        name: task != owner
        for owner, names in (
            ("language-model", _OF_LANGUAGE_MODELS),
            ("translate", _OF_TRANSLATORS),
        )
        for name in names
    }
    flags = ["--" + name.replace("_", "-") for name in wanted if foreign[name]]
    if not flags:
        return
    if any(name in _OF_LANGUAGE_MODELS and foreign[name] for name in wanted):
        raise ArgumentError(
            "predict: {flags}: for language models only; {run} is a run of the task {task}. Leave "
            "it out.",
            flags=", ".join(flags),
            run=folder,
            task=task,
        )
    raise ArgumentError(
        "predict: {flags}: for translators only; {run} is a run of the task {task}. Leave it out.",
        flags=", ".join(flags),
        run=folder,
        task=task,
    )


def _read_as(folder: Path, model: Any, encoding: str) -> None:
    """The tables are in another encoding than those of training."""
    if not is_forecaster(model):
        raise ArgumentError(
            "predict: --data.encoding is for the tables of a forecast; {run} is a run of the task "
            "{task}. Leave it out.",
            run=folder,
            task=model.config.task,
        )
    model.config = replace(model.config, data=replace(model.config.data, encoding=encoding))


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
                "files, texts for a classifier of text or a translator, beginnings of texts for a "
                "language model, for word vectors expressions like 'king - man + woman'; none "
                "reads them from standard input, one a line"
            ),
        ),
    ] = (),
    length: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="TOKENS",
            help=render("language model: tokens that are added (default: the run's [samples])"),
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        tyro.conf.arg(
            metavar="T",
            help=render(
                "language model: below 1 is more certain, 0 takes the likeliest (default: the "
                "run's [samples])"
            ),
        ),
    ] = None,
    top_k: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="K", help=render("language model: draw from the K likeliest tokens alone")
        ),
    ] = None,
    nucleus: Annotated[
        float | None,
        tyro.conf.arg(
            metavar="P",
            help=render(
                "language model: draw from the likeliest tokens whose mass reaches P (default: "
                "the run's [samples])"
            ),
        ),
    ] = None,
    seed: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="N",
            help=render("language model: the same seed gives the same text (default: the run's)"),
        ),
    ] = None,
    n_best: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="N",
            help=render("translator: so many translations of each text, as JSON lines"),
        ),
    ] = None,
    width: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="W",
            help=render(
                "translator: width of the beam, 1 takes the likeliest token (default: the run's "
                "[decoding])"
            ),
        ),
    ] = None,
    length_alpha: Annotated[
        float | None,
        tyro.conf.arg(
            metavar="A",
            help=render("translator: length normalisation (default: the run's [decoding])"),
        ),
    ] = None,
    coverage_beta: Annotated[
        float | None,
        tyro.conf.arg(
            metavar="B",
            help=render("translator: coverage penalty (default: the run's [decoding])"),
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        tyro.conf.arg(
            name="data.encoding",
            metavar="NAME",
            help=render("forecast: encoding of the tables (default: that of training)"),
        ),
    ] = None,
) -> tuple[Path, list[str], dict[str, Any], str | None]:
    wanted = {
        "length": length,
        "temperature": temperature,
        "top_k": top_k,
        "nucleus": nucleus,
        "seed": seed,
        "n_best": n_best,
        "width": width,
        "length_alpha": length_alpha,
        "coverage_beta": coverage_beta,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return run, list(inputs), given, encoding


predict.__doc__ = render(
    "Prints the answers for each input as one JSON line: label and confidences, or the nearest "
    "words. A language model goes on with a text, token by token as they are made; with --json, "
    "or of several texts, each is one JSON line. A translator writes the translation of each text "
    "on a line; with --json or --n-best a JSON line each. A forecast writes the steps that follow "
    "a table as CSV; with --json a JSON line each.\n\n"
    "An input that cannot be read is named on standard error, the others are still answered, and "
    "the exit status is 2.\n\n"
    "Example: saiki predict runs/shakespeare 'ROMEO:' --length 300 --temperature 0.8 --seed 1"
)
