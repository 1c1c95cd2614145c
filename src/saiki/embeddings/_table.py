"""`Table`: names, a vector for each, and the exact cosine search that words and documents share."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from saiki.embeddings._search import (
    Best,
    FloatArray,
    IndexArray,
    best_rows,
    query_blocks,
    row_blocks,
)
from saiki.embeddings._spelling import nearest_spellings
from saiki.errors import ArgumentError, NonFiniteError, ShapeError, UnknownNameError

Item: TypeAlias = str | int | NDArray[Any]


@final
class Table:
    """Unique names and their vectors, float32 or float16, in memory or memory-mapped.

    Args:
        owner: who asks, for messages.
        names: V names.
        vectors: (V, E); float16 and float32 are kept as they are (a memory map stays one),
            other floats become float32.
    """

    def __init__(self, owner: str, names: Sequence[str], vectors: NDArray[Any]) -> None:
        self.owner = owner
        self.names = tuple(names)
        self.vectors = _checked(owner, len(self.names), vectors)
        index = {name: row for row, name in enumerate(self.names)}
        if len(index) < len(self.names):
            twice = next(n for row, n in enumerate(self.names) if index[n] != row)
            raise ArgumentError(
                "{owner}: every name must be there once; {name!r} is there more than once. Keep "
                "one vector for each name.",
                owner=owner,
                name=twice,
            )
        self.index: Mapping[str, int] = MappingProxyType(index)

    @property
    def size(self) -> int:
        """E, numbers in a vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def norms(self) -> FloatArray:
        """(V,) Euclidean lengths; NonFiniteError names the first vector that has none."""
        norms = np.empty(len(self.names), np.float32)
        for block in row_blocks(len(self.names), self.size):
            rows = self.vectors[block].astype(np.float64)
            norms[block] = np.sqrt(np.einsum("ve,ve->v", rows, rows))
        wrong = np.flatnonzero(~np.isfinite(norms))
        if len(wrong):
            raise NonFiniteError(
                "{owner}: {count} of the vectors hold infinite numbers or numbers that are not "
                "a number, first that of {name!r}. Train again with a smaller learning rate, or "
                "leave them out.",
                owner=self.owner,
                count=len(wrong),
                name=self.names[int(wrong[0])],
            )
        return norms

    def row(self, item: "str | int") -> int:
        """The row of a name or a number."""
        if isinstance(item, str):
            found = self.index.get(item)
            if found is None:
                raise self._missing(item)
            return found
        if not isinstance(item, int | np.integer):
            raise ArgumentError(
                "{owner}: expected a name; got {kind}. Vectors are given as one (Q, {size}) array.",
                owner=self.owner,
                kind=type(item).__name__,
                size=self.size,
            )
        if not 0 <= item < len(self.names):
            raise ArgumentError(
                "{owner}: a number must be in 0..{last}; got {got}.",
                owner=self.owner,
                last=len(self.names) - 1,
                got=item,
            )
        return int(item)

    def _missing(self, name: str) -> UnknownNameError:
        near = nearest_spellings(name, self.names)
        if near:
            return UnknownNameError(
                "{owner}: {name!r} is not among the {count} names that have a vector. Nearest "
                "spellings: {near}.",
                owner=self.owner,
                name=name,
                count=len(self.names),
                near=", ".join(map(repr, near)),
            )
        return UnknownNameError(
            "{owner}: {name!r} is not among the {count} names that have a vector, nor is a "
            "similar spelling. Training leaves out what is rarer than its minimum count.",
            owner=self.owner,
            name=name,
            count=len(self.names),
        )

    def copy(self, rows: "int | Sequence[int] | IndexArray") -> FloatArray:
        """A copy in float32: (E,) of one row, (n, E) of several."""
        chosen: FloatArray = self.vectors[np.asarray(rows, np.int64)].astype(np.float32)
        return chosen

    def units(self, rows: "IndexArray | Sequence[int]") -> FloatArray:
        """(n, E) float32 vectors of length 1; a zero vector stays zero."""
        chosen = np.asarray(rows, np.int64)
        units: FloatArray = self.copy(chosen)
        units /= _safe(self.norms[chosen])[:, None]
        return units

    def cosines(self, queries: FloatArray, block: slice) -> FloatArray:
        """(Q, rows of the block) cosines of unit queries."""
        rows: FloatArray = self.vectors[block].astype(np.float32, copy=False)
        scores: FloatArray = queries @ rows.T
        scores /= _safe(self.norms[block])
        return scores

    def direction(self, positive: Sequence[Item], negative: Sequence[Item]) -> FloatArray:
        """(E,) unit vector along the sum of unit vectors, the negative ones taken off."""
        total = np.zeros(self.size, np.float32)
        for sign, items in ((1, positive), (-1, negative)):
            for item in items:
                total += np.float32(sign) * self._unit(item)
        return self._unit(total)

    def _unit(self, item: Item) -> FloatArray:
        if not isinstance(item, np.ndarray):
            unit: FloatArray = self.units([self.row(item)])[0]
        else:
            if item.shape != (self.size,):
                raise self._wrong_size(item.shape)
            unit = self.unit_queries(item[None])[0]
        return unit

    def unit_queries(self, queries: NDArray[Any]) -> FloatArray:
        """(Q, E) vectors of the caller, checked and brought to length 1."""
        if queries.ndim != 2 or queries.shape[1] != self.size:
            raise self._wrong_size(queries.shape)
        wide = queries.astype(np.float64)
        norms = np.sqrt(np.einsum("qe,qe->q", wide, wide))
        wrong = np.flatnonzero(~np.isfinite(norms) | (norms == 0))
        if len(wrong):
            raise ArgumentError(
                "{owner}: query {number} has no direction: it is zero, or not finite. A zero "
                "vector has no neighbours.",
                owner=self.owner,
                number=int(wrong[0]),
            )
        units: FloatArray = (wide / norms[:, None]).astype(np.float32)
        return units

    def _wrong_size(self, shape: tuple[int, ...]) -> ShapeError:
        return ShapeError(
            "{owner}: a query must be a vector of {size} numbers; got {got}. Vectors of another "
            "model cannot be compared with these.",
            owner=self.owner,
            size=self.size,
            got=shape,
        )

    def near(
        self,
        query: Item | None,
        positive: Sequence[Item],
        negative: Sequence[Item],
        top: int,
        excludes_inputs: bool,
    ) -> list[tuple[int, float]]:
        """(row, cosine) of the rows nearest to one query."""
        for several in (positive, negative):
            if isinstance(several, str | np.ndarray):
                raise ArgumentError(
                    "{owner}: positive and negative must be lists; got {kind}. Put it in [ ].",
                    owner=self.owner,
                    kind=type(several).__name__,
                )
        items = [*([] if query is None else [query]), *positive]
        if not items and not negative:
            raise ArgumentError(
                "{owner}: most_similar needs a query, or positive and negative ones; got none.",
                owner=self.owner,
            )
        named = [i for i in (*items, *negative) if not isinstance(i, np.ndarray)]
        excluded = [self.row(i) for i in named] if excludes_inputs else []
        found = self.search(
            self.direction(items, negative)[None], top, [np.array(excluded, np.int64)]
        )
        return pairs(found)[0]

    def near_each(
        self, queries: "Sequence[str | int] | NDArray[Any]", top: int, excludes_inputs: bool
    ) -> list[list[tuple[int, float]]]:
        """(row, cosine) of the rows nearest to each of many queries."""
        if isinstance(queries, str):
            raise ArgumentError(
                "{owner}: queries must be a list; got one name. Put it in [ ].", owner=self.owner
            )
        if isinstance(queries, np.ndarray) and queries.dtype.kind == "f":
            none = [np.empty(0, np.int64)] * len(queries)
            return pairs(self.search(self.unit_queries(queries), top, none))
        rows = np.array([self.row(item) for item in queries], np.int64)
        excluded = [rows[i : i + 1] if excludes_inputs else rows[:0] for i in range(len(rows))]
        units = self.unit_queries(self.vectors[rows]) if len(rows) else self.vectors[:0]
        return pairs(self.search(units, top, excluded))

    def search(
        self,
        queries: FloatArray,
        top: int,
        excluded: Sequence[IndexArray],
        *,
        restrict_to: int | None = None,
    ) -> Best:
        """The `top` rows of the highest cosine for each of (Q, E) unit queries.

        No more than a block of the (Q, V) cosines is ever in memory.
        """
        check_top(self.owner, top)
        limit = len(self.names) if restrict_to is None else min(restrict_to, len(self.names))
        best = Best([], [])
        for part in query_blocks(len(queries)):
            some = queries[part]
            found = best_rows(
                lambda block, some=some: self.cosines(some, block),  # type: ignore[misc]
                row_blocks(limit, max(len(some), self.size)),
                queries=len(some),
                top=top,
                excluded=excluded[part],
            )
            best.rows.extend(found.rows)
            best.scores.extend(found.scores)
        return best


def check_top(owner: str, top: int) -> None:
    """Refuses a number of answers below 1."""
    if isinstance(top, bool) or not isinstance(top, int | np.integer) or top < 1:
        raise ArgumentError(
            "{owner}: top must be a whole number of 1 or more; got {top!r}.",
            owner=owner,
            top=top,
        )


def pairs(best: Best) -> list[list[tuple[int, float]]]:
    """(row, score) in plain Python numbers, for each query."""
    return [
        list(zip(rows.tolist(), scores.tolist(), strict=True))
        for rows, scores in zip(best.rows, best.scores, strict=True)
    ]


def _safe(norms: FloatArray) -> FloatArray:
    safe: FloatArray = np.where(norms > 0, norms, np.float32(1))  # the cosine of zero is 0
    return safe


def _checked(owner: str, names: int, vectors: NDArray[Any]) -> NDArray[Any]:
    given = np.asarray(vectors)  # a memory map stays on disk
    if given.ndim != 2 or len(given) != names or given.shape[1] == 0:
        raise ShapeError(
            "{owner}: vectors must be ({count}, E), a row for each name, E at least 1; got "
            "{got}. Give as many names as rows.",
            owner=owner,
            count=names,
            got=given.shape,
        )
    if given.dtype.kind != "f":
        raise ArgumentError(
            "{owner}: vectors must be floating-point numbers; got {dtype}. Convert them with "
            ".astype(np.float32).",
            owner=owner,
            dtype=given.dtype,
        )
    if given.dtype not in (np.float32, np.float16):
        given = given.astype(np.float32)
    view = given[:]
    view.flags.writeable = False  # the norms are kept
    return view
