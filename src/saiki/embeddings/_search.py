"""The best rows for each of many queries, from scores that are made a block of rows at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating[Any]]
IndexArray: TypeAlias = NDArray[np.int64]

_BLOCK_NUMBERS = 1 << 22  # at most 16 MiB of scores, and of rows turned to float32, at a time
_QUERIES = 1024


@dataclass(frozen=True)
class Best:
    """For each query the best rows, best first; ties stand in the order of the rows."""

    rows: list[IndexArray]
    scores: list[FloatArray]


def query_blocks(queries: int) -> list[slice]:
    """The queries in blocks that are searched together."""
    return [slice(begin, begin + _QUERIES) for begin in range(0, queries, _QUERIES)]


def row_blocks(rows: int, width: int) -> list[slice]:
    """The rows in blocks of at most `_BLOCK_NUMBERS` numbers, `width` numbers for each row."""
    step = max(1, _BLOCK_NUMBERS // max(width, 1))
    return [slice(begin, min(begin + step, rows)) for begin in range(0, rows, step)]


def best_rows(
    scores_of: Callable[[slice], FloatArray],
    blocks: Sequence[slice],
    *,
    queries: int,
    top: int,
    excluded: Sequence[IndexArray],
) -> Best:
    """The `top` best rows of each query, without its excluded ones.

    Args:
        scores_of: gives (Q, rows of the block) scores, which may be overwritten.
        blocks: the blocks of rows, in order.
        queries: Q.
        top: at least 1.
        excluded: for each query the rows that may not be answers.
    """
    heap = _Heap(queries, top)
    barred = _pairs(excluded)
    for block in blocks:
        scores = scores_of(block)
        inside = (barred[1] >= block.start) & (barred[1] < block.stop)
        scores[barred[0][inside], barred[1][inside] - block.start] = -np.inf
        heap.push(scores, block.start)
    return heap.best()


def _pairs(excluded: Sequence[IndexArray]) -> tuple[IndexArray, IndexArray]:
    counts = [len(rows) for rows in excluded]
    queries = np.repeat(np.arange(len(excluded)), counts)
    rows = np.concatenate([np.empty(0, np.int64), *excluded]).astype(np.int64)
    return queries, rows


class _Heap:
    """The best so far: flat arrays of query, row and score, at most `top` for each query."""

    def __init__(self, queries: int, top: int) -> None:
        self._top = top
        self._bar = np.full(queries, -np.inf, np.float32)  # a score must be above it to enter
        self._query = np.empty(0, np.int64)
        self._row = np.empty(0, np.int64)
        self._score = np.empty(0, np.float32)

    def push(self, scores: FloatArray, first_row: int) -> None:
        hopeful = np.flatnonzero(scores.max(axis=1) > self._bar)
        if not len(hopeful):
            return
        some = scores if len(hopeful) == len(scores) else scores[hopeful]
        query, row = np.nonzero(some >= self._entry(some, self._bar[hopeful])[:, None])
        self._merge(hopeful[query], row + first_row, some[query, row])

    def _entry(self, scores: FloatArray, bar: FloatArray) -> FloatArray:
        """The least score of each query that can still be among its best: all ties included."""
        lowest: FloatArray = np.nextafter(bar, np.float32(np.inf))  # also keeps -inf out
        if self._top >= scores.shape[1]:
            return lowest
        if self._top == 1:
            np.maximum(lowest, scores.max(axis=1), out=lowest)
            return lowest
        unsettled = np.isneginf(bar)
        if unsettled.any():
            place = scores.shape[1] - self._top
            kth = np.partition(scores[unsettled], place, axis=1)[:, place]
            lowest[unsettled] = np.maximum(lowest[unsettled], kth)
        return lowest

    def _merge(self, query: IndexArray, row: IndexArray, score: FloatArray) -> None:
        query = np.concatenate([self._query, query])
        row = np.concatenate([self._row, row])
        score = np.concatenate([self._score, score])
        order = np.lexsort((row, -score, query))
        query, row, score = query[order], row[order], score[order]
        first = np.searchsorted(query, query)  # where this query's entries begin
        kept = np.arange(len(query)) - first < self._top
        self._query, self._row, self._score = query[kept], row[kept], score[kept]
        last = np.arange(len(query)) - first == self._top - 1
        self._bar[query[last]] = score[last]

    def best(self) -> Best:
        ends = np.searchsorted(self._query, np.arange(1, len(self._bar)))
        return Best(np.split(self._row, ends), np.split(self._score, ends))
