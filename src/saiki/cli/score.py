"""`saiki score`."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from saiki.cli._score_printer import ScorePrinter
from saiki.cli._texts import input_lines, is_language_model
from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.errors import ArgumentError, MissingFileError
from saiki.language import render

if TYPE_CHECKING:
    from saiki.tasks.trained_language_model import TrainedLanguageModel

__all__ = ["run"]

_BLANKS = ("__", "＿＿")
_SUFFIXES = (".txt", ".csv", ".tsv", ".jsonl", ".txt.gz", ".csv.gz", ".tsv.gz", ".jsonl.gz")


def run(invocation: Invocation) -> int:
    """Runs the command."""
    folder, inputs, blank, candidates, count, encoding = call("score", score, invocation.words)
    _check_files(inputs)
    from saiki.tasks.api import load  # noqa: PLC0415  torch comes in with a network

    model = load(folder)
    if not is_language_model(model):
        raise ArgumentError(
            "score: {run}: must be the run of a language model; it is one of the task {task}. "
            "`saiki predict` answers for it.",
            run=folder,
            task=model.config.task,
        )
    files = [name for name in inputs if _is_file(name)]
    given = [name for name in inputs if name not in files and any(b in name for b in _BLANKS)]
    blanks = [*([] if blank is None else [blank]), *given]
    _check_choices(blanks, candidates, count)
    printer = ScorePrinter(model, as_lines=invocation.as_json or not sys.stdout.isatty())
    if inputs and len(given) < len(inputs):
        texts = [name for name in inputs if name not in given]
        printer.score(_texts(model, texts, encoding or model.config.data.encoding))
    elif not blanks:
        printer.score(input_lines())
        _check_any(printer)
    for text in blanks:
        printer.rank(text, candidates, 10 if count is None else count)
    printer.close()
    invocation.finish({"texts": printer.texts, "blanks": len(blanks), "failures": printer.failures})
    return 2 if printer.failures else 0


def _check_files(inputs: Sequence[str]) -> None:
    """Refuses what is meant as a file, and would be scored as the text of its name."""
    for name in inputs:
        is_name = name.lower().endswith(_SUFFIXES) and len(name.split()) == 1
        if is_name and not _is_file(name):
            raise MissingFileError(
                "{path}: no such file. Check the path; relative paths start from {here}.",
                path=name,
                here=Path.cwd(),
            )


def _check_any(printer: ScorePrinter) -> None:
    if not printer.texts + printer.failures:
        raise ArgumentError(
            "score: standard input must hold at least one line of text; it is empty. Give texts "
            "or files as arguments."
        )


def _check_choices(
    blanks: Sequence[str], candidates: Sequence[str] | None, count: int | None
) -> None:
    if not blanks and (candidates is not None or count is not None):
        raise ArgumentError(
            "score: --candidates and --count are for a blank, and no text has one. Write the "
            "blank as ___ or ＿＿, or leave them out."
        )
    if candidates is not None and not all(candidates):
        raise ArgumentError(
            "--candidates: must be words with commas between them; got an empty one in {got!r}. "
            "Take the comma out.",
            got=",".join(candidates),
        )
    if count is not None and count < 1:
        raise ArgumentError("--count: must be at least 1; got {count}.", count=count)


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # a text that no system takes for a path
        return False


def _texts(model: "TrainedLanguageModel", inputs: Sequence[str], encoding: str) -> Iterator[str]:
    """The lines of every file, and every other input as it is."""
    from saiki.data import read_examples  # noqa: PLC0415  only for files

    for name in inputs:
        if not _is_file(name):
            yield name
            continue
        yield from map(
            str,
            read_examples(
                Path(name),
                kind="text",
                record="line",
                encoding=encoding,
                text_columns=model.config.data.text_columns,
                allow_unlabelled=True,
            ).values(),
        )


def score(
    run: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN", help=render("the run folder"))
    ],
    inputs: Annotated[
        tuple[str, ...],
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="[FILE or TEXT ...]",
            help=render(
                "files, read line by line, or texts; a text with a blank (___ or ＿＿) is filled; "
                "none reads lines from standard input"
            ),
        ),
    ] = (),
    blank: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="TEXT", help=render("a text with one blank (___ or ＿＿) that is to be filled")
        ),
    ] = None,
    candidates: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="A,B,C",
            help=render("what may stand in the blank (default: the model's own likeliest tokens)"),
        ),
    ] = None,
    count: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="N",
            help=render("how many of the model's own candidates are ranked (default: 10)"),
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        tyro.conf.arg(
            name="data.encoding",
            metavar="NAME",
            help=render("encoding of the files (default: that of the run's training text)"),
        ),
    ] = None,
) -> tuple[Path, list[str], str | None, list[str] | None, int | None, str | None]:
    chosen = None if candidates is None else [one.strip() for one in candidates.split(",")]
    return run, list(inputs), blank, chosen, count, encoding


score.__doc__ = render(
    "Says how likely texts are to a language model: nats, perplexity and the surprise of every "
    "token; or ranks what may stand in a blank. JSON lines, or colours on a terminal.\n\n"
    "Examples: saiki score runs/ptb 'the company said it' ; saiki score runs/ptb --blank 'shares "
    "___ sharply' --candidates rose,fell,slept"
)
