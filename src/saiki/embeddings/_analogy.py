"""Answers to a − b + c for many triples at once: 3CosAdd and 3CosMul."""

from collections.abc import Callable, Sequence

import numpy as np

from saiki.embeddings._search import (
    Best,
    FloatArray,
    IndexArray,
    best_rows,
    query_blocks,
    row_blocks,
)
from saiki.embeddings._table import Table
from saiki.errors import ArgumentError

_FLOOR = np.float32(1e-6)  # keeps the quotient of 3CosMul finite
_METHODS = ("3cosadd", "3cosmul")


def check_method(method: str) -> None:
    """Refuses a method that is neither."""
    if method not in _METHODS:
        raise ArgumentError(
            "analogy: method must be one of {known}; got {got!r}.",
            known=", ".join(_METHODS),
            got=method,
        )


def best_answers(
    table: Table,
    triples: IndexArray,
    *,
    method: str,
    top: int,
    excluded: Sequence[IndexArray],
    restrict_to: int | None = None,
) -> Best:
    """The best rows for a − b + c of each (a, b, c) row of `triples`, (Q, 3).

    Args:
        table: the words.
        triples: rows of a, b, c.
        method: "3cosadd" or "3cosmul".
        top: answers for each.
        excluded: rows that may not be answers, for each.
        restrict_to: only so many first rows can be answers; None for all.
    """
    if method == "3cosadd":
        queries = _offsets(table, triples)
        return table.search(queries, top, excluded, restrict_to=restrict_to)
    limit = len(table.names) if restrict_to is None else min(restrict_to, len(table.names))
    best = Best([], [])
    for part in query_blocks(len(triples)):
        scores_of, width = _products(table, triples[part])
        found = best_rows(
            scores_of,
            row_blocks(limit, max(width, table.size)),
            queries=len(triples[part]),
            top=top,
            excluded=excluded[part],
        )
        best.rows.extend(found.rows)
        best.scores.extend(found.scores)
    return best


def _offsets(table: Table, triples: IndexArray) -> FloatArray:
    a, b, c = (table.units(triples[:, i]) for i in range(3))
    total = a - b + c
    norms = np.linalg.norm(total, axis=1, keepdims=True)
    unit: FloatArray = total / np.where(norms > 0, norms, 1)
    return unit


def _products(table: Table, triples: IndexArray) -> tuple[Callable[[slice], FloatArray], int]:
    """The scores of 3CosMul; each word's cosines are made once, however many triples have it."""
    words, place = np.unique(triples, return_inverse=True)
    a, b, c = place.reshape(triples.shape).T
    units = table.units(words)

    def scores(block: slice) -> FloatArray:
        shifted = table.cosines(units, block)
        shifted += 1
        shifted /= 2
        product: FloatArray = shifted[a]
        product *= shifted[c]
        product /= shifted[b] + _FLOOR
        return product

    return scores, max(len(words), len(triples))
