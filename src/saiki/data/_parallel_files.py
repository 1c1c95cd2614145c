"""Pairs from two files of text."""

from pathlib import Path

from saiki.data._parallel_alignment import first_gap
from saiki.data._parallel_request import Request
from saiki.data._parallel_rows import PairRow, whole_pairs
from saiki.data._parallel_text import ParallelText
from saiki.data._tables import TABLE_SUFFIXES, read_text, split_lines, stem_suffix
from saiki.data.catalogue import SETS
from saiki.errors import ArgumentError, DataError


def read_files(source: Path, target: Path, request: Request) -> ParallelText:
    """The pairs of two files of text."""
    for path in (source, target):
        if not path.exists() and str(path) in SETS:
            raise ArgumentError(
                "read_parallel: {name} is a data set and has both sides. Give it alone, without "
                "a target.",
                name=path,
            )
        if stem_suffix(path) in TABLE_SUFFIXES:
            raise ArgumentError(
                "read_parallel: {path} is a table, which has both sides in its columns. Give it "
                "alone, without a target, or give two files of text.",
                path=path,
            )
    if source.resolve() == target.resolve():
        raise ArgumentError(
            "read_parallel: {path} is given as both sides, so every text would be its own "
            "translation. Give the file of the other side as the target.",
            path=source,
        )
    request.refuse_columns(str(source))
    return read_two_files(source, target, request.encoding, is_strict=request.is_strict)


def read_two_files(source: Path, target: Path, encoding: str, *, is_strict: bool) -> ParallelText:
    """Line n of the one belongs to line n of the other."""
    sources, targets = (split_lines(read_text(path, encoding)) for path in (source, target))
    if len(sources) != len(targets):
        raise _unequal(source, target, sources, targets)
    rows = (
        PairRow(one, other, f"{source.name}:{line}")
        for line, (one, other) in enumerate(zip(sources, targets, strict=True), start=1)
    )
    return whole_pairs(source, rows, is_strict=is_strict)


def _unequal(source: Path, target: Path, sources: list[str], targets: list[str]) -> DataError:
    is_longer = len(sources) > len(targets)
    long, lines = (source, sources) if is_longer else (target, targets)
    first = min(len(sources), len(targets))
    if not first:
        raise DataError(
            "{path}: the file is empty, and {other} has {count} lines. Line n of the one must be "
            "the translation of line n of the other.",
            path=target if is_longer else source,
            other=long,
            count=len(lines),
        )
    gap = first_gap(sources, targets)
    return DataError(
        "{source} has {source_lines} lines and {target} has {target_lines}: line {first} of {long} "
        "is the first without a partner ({text!r}). By the lengths of the lines, the two go out "
        "of step near line {gap}. Line n of the one must be the translation of line n of the "
        "other: look there, and put in what is missing.",
        source=source,
        source_lines=len(sources),
        target=target,
        target_lines=len(targets),
        first=first + 1,
        long=long,
        text=_short(lines[first]),
        gap=gap,
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
