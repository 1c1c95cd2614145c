"""`saiki vectors evaluate`."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.box import SIMPLE_HEAD
from rich.table import Table

from saiki.cli._vectors_loading import VectorsPath, load_words, screen
from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.embeddings import WordVectors, evaluate_analogies, evaluate_similarity
from saiki.errors import ArgumentError, DataError, MissingFileError, SaikiError
from saiki.language import render

_SAMPLE_BYTES = 1 << 16
_ARCHIVES = (".tar", ".tgz", ".tar.gz")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def evaluate(invocation: Invocation) -> int:
    """Scores the vectors by each file; a file that cannot be read does not stop the others."""
    path, files, options = call("vectors evaluate", _evaluate, invocation.words)
    if not files:
        raise ArgumentError(
            "vectors evaluate: at least one file of word pairs or analogies must be given; got "
            "none."
        )
    vectors = load_words(path)
    results, failures = [], 0
    for file in files:
        try:
            results.append(_score(vectors, file, options))
        except SaikiError as error:
            print(f"saiki: {error}", file=sys.stderr)
            failures += 1
    for result in results:
        screen().print(_table(result))
    invocation.finish({"results": results, "failures": failures})
    return 2 if failures else 0


def _evaluate(
    vectors: VectorsPath,
    files: Annotated[
        tuple[Path, ...],
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="FILE [FILE ...]",
            help_behavior_hint="",
            help=render("word pairs with a score, or analogies"),
        ),
    ],
    method: Annotated[
        Literal["3cosadd", "3cosmul"],
        tyro.conf.arg(help=render("how analogies are answered")),
    ] = "3cosadd",
    restrict_to: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="N",
            help_behavior_hint="",
            help=render("only so many first (most frequent) words count"),
        ),
    ] = None,
    lower_case: Annotated[bool, tyro.conf.arg(help=render("case is ignored"))] = False,
) -> tuple[Any, ...]:
    options = {"restrict_to": restrict_to, "lower_case": lower_case}
    return vectors, list(files), (method, options)


_evaluate.__doc__ = render(
    "Scores word vectors: Spearman's correlation with word pairs that people rated (WordSim, "
    "SimLex, MEN, RW, the Japanese Word Similarity Dataset), accuracy on analogies (Google's "
    "questions-words.txt; BATS or JBATS as a folder, archive or single file).\n\n"
    "What a file holds is recognised. Pairs and questions with a word that has no vector are "
    "skipped and counted."
)


def _score(
    vectors: WordVectors, path: Path, options: tuple[Literal["3cosadd", "3cosmul"], dict[str, Any]]
) -> dict[str, Any]:
    method, shared = options
    if _holds_pairs(path):
        pairs = evaluate_similarity(vectors, path, **shared)
        return {
            "file": str(path),
            "kind": "similarity",
            "spearman": pairs.spearman,
            "pearson": pairs.pearson,
            "pairs": pairs.pairs,
            "missing": pairs.missing,
        }
    scores = evaluate_analogies(vectors, path, method=method, **shared)
    rows = [
        {
            "name": section.name,
            "accuracy": section.accuracy,
            "correct": section.correct,
            "answered": section.answered,
            "skipped": section.skipped,
        }
        for section in (*scores.sections, scores.total)
    ]
    return {
        "file": str(path),
        "kind": "analogies",
        "method": method,
        "sections": rows[:-1],
        "total": rows[-1],
    }


def _holds_pairs(path: Path) -> bool:
    """Whether a file has two words and a score a line; False for analogies."""
    if not path.exists():
        raise MissingFileError("{path}: there is no such file. Check the path.", path=path)
    if path.is_dir() or path.name.endswith(_ARCHIVES):
        return False
    with path.open("rb") as file:
        text = file.read(_SAMPLE_BYTES).decode("utf-8-sig", "replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")][:2]
    if not lines:
        raise DataError("{path}: the file is empty. Take a copy of it that is whole.", path=path)
    fields = re.split(r"[\t,; ]+", lines[-1].strip())
    if any(_NUMBER.fullmatch(field) for field in fields[2:]):
        return True
    if lines[0].startswith(":") or len(fields) in (2, 4):
        return False
    raise DataError(
        "{path}: holds neither word pairs (two words and a score a line) nor analogies (four words "
        "a line, or a word, a tab and its answers); it begins with {start!r}. Check the path.",
        path=path,
        start=lines[0][:40],
    )


def _table(result: dict[str, Any]) -> Table:
    """One file: Spearman's correlation, or the accuracy of each section."""
    name = Path(result["file"]).name
    table = Table(title=name, box=SIMPLE_HEAD, title_justify="left")
    if result["kind"] == "similarity":
        for heading in ("Spearman", "pairs", "skipped"):
            table.add_column(render(heading), justify="right")
        figures = (f"{result['spearman']:.4f}", str(result["pairs"]), str(result["missing"]))
        table.add_row(*figures)
        return table
    table.add_column(render("section"), overflow="fold")
    for heading in ("accuracy", "correct", "answered", "skipped"):
        table.add_column(render(heading), justify="right")
    for row in result["sections"]:
        table.add_row(row["name"], *_figures(row))
    table.add_section()
    table.add_row(render("total"), *_figures(result["total"]))
    return table


def _figures(row: dict[str, Any]) -> tuple[str, ...]:
    accuracy = f"{row['accuracy']:.4f}" if row["answered"] else "–"
    return accuracy, str(row["correct"]), str(row["answered"]), str(row["skipped"])
