"""Pairs before it is known which of them have text on both sides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from saiki.data._parallel_text import ParallelText
from saiki.data._tables import all_or_none, check_characters
from saiki.data.examples import Part
from saiki.errors import DataError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair as it stands in the data."""

    source: str
    target: str
    name: str
    part: Part | None = None
    group: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether both sides have text."""
        return bool(self.source.strip()) and bool(self.target.strip())


def whole_pairs(where: object, rows: Iterable[PairRow], *, is_strict: bool) -> ParallelText:
    """The pairs with text on both sides; the others are counted, or an error."""
    rows = list(rows)
    whole = [row for row in rows if row.is_whole]
    if is_strict and len(whole) < len(rows):
        raise _not_whole([row for row in rows if not row.is_whole])
    if not whole:
        raise DataError(
            "{where}: there is no pair with text on both sides ({count} without). Give files "
            "with at least one.",
            where=where,
            count=len(rows),
        )
    for row in whole:
        check_characters(row.name, row.source)
        check_characters(row.name, row.target)
    return ParallelText(
        sources=tuple(row.source for row in whole),
        targets=tuple(row.target for row in whole),
        names=tuple(row.name for row in whole),
        parts=_column([row.part for row in whole]),
        groups=_column([row.group for row in whole]),
        skipped=len(rows) - len(whole),
    )


def _column(values: Sequence[T | None]) -> tuple[T, ...] | None:
    known = all_or_none(values)
    return None if known is None else tuple(known)


def _not_whole(rows: Sequence[PairRow]) -> DataError:
    first = rows[0]
    return DataError(
        "{name}: the {side} side has no text ({count} such pairs in all). Fill it in or drop the "
        "pair; without strict such pairs are left out and counted.",
        name=first.name,
        side="target" if first.source.strip() else "source",
        count=len(rows),
    )
