"""`saiki vectors similar`, `analogy` and `odd-one-out`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import tyro
from rich.box import SIMPLE_HEAD
from rich.table import Table

from saiki.cli._vectors_loading import VectorsPath, load_vectors, load_words, screen, shown
from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.embeddings import NearDocument, Neighbour, WordVectors
from saiki.errors import ArgumentError
from saiki.language import render

_Word = Annotated[str, tyro.conf.Positional]
_Top = Annotated[int, tyro.conf.arg(metavar="N", help=render("how many answers"))]


def similar(invocation: Invocation) -> int:
    """Prints the neighbours of each word or document."""
    path, names, top = call("vectors similar", _similar, invocation.words)
    if not names:
        raise ArgumentError(
            "vectors similar: at least one word (or document) must follow the vectors; got none."
        )
    vectors = load_vectors(path)
    found: Sequence[Sequence[Neighbour | NearDocument]] = vectors.most_similar_batch(names, top)
    for name, neighbours in zip(names, found, strict=True):
        heading = "word" if isinstance(vectors, WordVectors) else "document"
        screen().print(_table(shown(name), heading, "cosine", neighbours))
    rows = [
        {"query": shown(name), "neighbours": _rows(neighbours)}
        for name, neighbours in zip(names, found, strict=True)
    ]
    invocation.finish({"queries": rows})
    return 0


def _similar(
    vectors: VectorsPath,
    words: Annotated[
        tuple[str, ...],
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="WORD [WORD ...]",
            help_behavior_hint="",
            help=render("words, or names of documents"),
        ),
    ],
    top: _Top = 10,
) -> tuple[Any, ...]:
    return vectors, list(words), top


_similar.__doc__ = render(
    "Prints the words of the highest cosine with each word.\n\n"
    "Vectors of documents answer with documents, by name; where the corpus had no names, "
    "documents are called by their line, from 0. FOLDER/words holds the words that were "
    "trained beside documents."
)


def analogy(invocation: Invocation) -> int:
    """Prints the words nearest to a - b + c."""
    path, (a, b, c), top, method = call("vectors analogy", _analogy, invocation.words)
    found = load_words(path).analogy(a, b, c, top, method=method)
    a, b, c = map(shown, (a, b, c))
    heading = "cosine" if method == "3cosadd" else "score"
    screen().print(_table(f"{a} − {b} + {c}", "word", heading, found))
    invocation.finish({"a": a, "b": b, "c": c, "method": method, "answers": _rows(found)})
    return 0


def _analogy(
    vectors: VectorsPath,
    a: Annotated[_Word, tyro.conf.arg(metavar="A", help=render("where to start, as king"))],
    b: Annotated[_Word, tyro.conf.arg(metavar="B", help=render("what is taken off, as man"))],
    c: Annotated[
        _Word, tyro.conf.arg(metavar="C", help=render("what is put in its place, as woman"))
    ],
    top: _Top = 10,
    method: Annotated[
        Literal["3cosadd", "3cosmul"],
        tyro.conf.arg(
            help=render("3cosadd: the cosine with the sum; 3cosmul: a product of cosines"),
        ),
    ] = "3cosadd",
) -> tuple[Any, ...]:
    return vectors, (a, b, c), top, method


_analogy.__doc__ = render(
    "Prints the words nearest to A - B + C: `saiki vectors analogy VECTORS king man woman`.\n\n"
    "B is to A as C is to the answer. A, B and C are never answers."
)


def odd_one_out(invocation: Invocation) -> int:
    """Prints the word that fits the others least."""
    path, words = call("vectors odd-one-out", _odd_one_out, invocation.words)
    odd = load_words(path).odd_one_out(words)
    print(shown(odd))
    invocation.finish({"words": [shown(word) for word in words], "odd_one_out": shown(odd)})
    return 0


def _odd_one_out(
    vectors: VectorsPath,
    words: Annotated[
        tuple[str, ...],
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="WORD [WORD ...]", help_behavior_hint="", help=render("three words or more")
        ),
    ],
) -> tuple[Any, ...]:
    return vectors, list(words)


_odd_one_out.__doc__ = render("Prints the word whose cosine with the mean of all is the lowest.")


def _table(
    title: str, heading: str, measure: str, found: Sequence[Neighbour | NearDocument]
) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left")
    table.add_column(render(heading), overflow="fold")
    table.add_column(render(measure), justify="right")
    for neighbour in found:
        table.add_row(shown(neighbour[0]), f"{neighbour.similarity:.4f}")
    return table


def _rows(found: Sequence[Neighbour | NearDocument]) -> list[dict[str, Any]]:
    return [
        {
            key: shown(value) if isinstance(value, str) else value
            for key, value in neighbour._asdict().items()
        }
        for neighbour in found
    ]
