"""Data sets of parallel text: from their files, or made on the spot."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from saiki.data._parallel_files import read_two_files
from saiki.data._parallel_request import DEFAULT_COLUMNS
from saiki.data._parallel_text import ParallelText
from saiki.data._set_info import SetInfo
from saiki.data.catalogue import describe, locate
from saiki.data.dates import DATE_FORMS, dates_examples
from saiki.data.examples import Part
from saiki.errors import ArgumentError, DataError, nearest

# Pairs of each part of `dates`, and the seed with which they are drawn, for ever.
DATES_SIZES: Final[dict[Part, int]] = {"train": 100_000, "validation": 2_000, "test": 5_000}
_DATES_SEED: Final = 0


def load_parallel(name: str, columns: tuple[str, str], *, is_strict: bool) -> ParallelText:
    """The pairs of a data set, from the first of `columns` to the second."""
    info = describe(name)
    if info.kind != "parallel":
        raise ArgumentError(
            "{name}: is a data set of kind {got}; parallel text is needed here. "
            "`saiki data list` shows the data sets.",
            name=name,
            got=info.kind,
        )
    source, target = _chosen(info, columns)
    if info.is_generated:
        pairs = generated_dates()
        return pairs if source == info.columns[0] else _reversed(pairs)
    return _from_files(info, locate(name), source, target, is_strict=is_strict)


def _chosen(info: SetInfo, columns: tuple[str, str]) -> tuple[str, str]:
    """The columns that were asked for; one that was not is the one that is left."""
    given = [None if c == d else c for c, d in zip(columns, DEFAULT_COLUMNS, strict=True)]
    for argument, column in zip(("source_column", "target_column"), given, strict=True):
        if column is not None and column not in info.columns:
            raise ArgumentError(
                "{name}: there is no column {column!r}; the columns are {known}. The nearest is "
                "{near!r}: give {argument}= the right name.",
                name=info.name,
                column=column,
                known=", ".join(info.columns),
                near=nearest(column, info.columns) or info.columns[0],
                argument=argument,
            )
    first, second = info.columns
    other = {first: second, second: first}
    source, target = given
    source = source or (other[target] if target else first)
    return source, target or other[source]


def _from_files(
    info: SetInfo, folder: Path, source: str, target: str, *, is_strict: bool
) -> ParallelText:
    pieces = []
    for part in dict.fromkeys(file.part for file in info.files if file.part is not None):
        by_column = {file.column: folder / file.name for file in info.files if file.part == part}
        pairs = read_two_files(by_column[source], by_column[target], "utf-8", is_strict=is_strict)
        pieces.append(replace(pairs, parts=(part,) * len(pairs)))
    return _chained(pieces)


def _chained(pieces: Sequence[ParallelText]) -> ParallelText:
    """All pairs of `pieces`, which have parts, in their order."""
    return ParallelText(
        sources=tuple(text for piece in pieces for text in piece.sources),
        targets=tuple(text for piece in pieces for text in piece.targets),
        names=tuple(name for piece in pieces for name in piece.names),
        parts=tuple(part for piece in pieces for part in piece.parts or ()),
        groups=tuple(group for piece in pieces for group in piece.groups or ()) or None,
        skipped=sum(piece.skipped for piece in pieces),
    )


@cache  # a second's work; the pairs cannot be changed
def generated_dates() -> ParallelText:
    """Written dates and their ISO 8601 form; the group of each is the script of its form."""
    return _chained([_dates_part(part, count) for part, count in DATES_SIZES.items()])


def check_generated(info: SetInfo) -> None:
    """Raises where the pairs that are made on the spot are not those of the catalogue."""
    found = generated_dates().fingerprint()
    if found != info.fingerprint:
        raise DataError(
            "{name}: the pairs that are made here have the fingerprint {found}..., expected "
            "{expected}.... saiki or NumPy may be damaged or changed: install both again.",
            name=info.name,
            found=found[:12],
            expected=(info.fingerprint or "")[:12],
        )


def _dates_part(part: Part, count: int) -> ParallelText:
    pairs = dates_examples(count, _DATES_SEED, part)
    return ParallelText(
        sources=pairs.sources,
        targets=pairs.targets,
        names=tuple(f"{part}:{i} ({form})" for i, form in enumerate(pairs.forms, start=1)),
        parts=(part,) * len(pairs),
        groups=tuple(DATE_FORMS[form].script for form in pairs.forms),
    )


def _reversed(pairs: ParallelText) -> ParallelText:
    return replace(pairs, sources=pairs.targets, targets=pairs.sources)
