"""Series in CSV or TSV files, long or wide.

Long: a row a step, with an id column (`id_column`, or a column called `id` or `case`), the
channels in the columns that are left, and the label repeated in every row of a case.
Wide: a row a case of one channel; the columns that are left are its steps in file order, and
empty cells at the end of a row make a shorter case.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from saiki.data._columns import Columns
from saiki.data._series_check import check_series
from saiki.data._tables import Row, all_or_none, label_of, need_column, part_of, read_rows
from saiki.data.examples import Examples, FloatArray, Part
from saiki.errors import DataError

_ID_NAMES = ("id", "case")
_TIME_NAMES = ("time", "step")


def series_csv(path: Path, columns: Columns) -> Examples:
    """The cases of a long or wide CSV or TSV file."""
    rows = read_rows(path, columns.encoding)
    known = list(rows[0])
    for column, argument in (
        (columns.id, "id_column"),
        (columns.time, "time_column"),
        (columns.group, "group_column"),
        (columns.part, "part_column"),
    ):
        if column is not None:
            need_column(path, known, column, argument)
    if not (columns.allow_unlabelled and columns.label not in known):
        need_column(path, known, columns.label, "label_column")
    id_column = columns.id or next((c for c in known if c.lower() in _ID_NAMES), None)
    if id_column is None:
        cases = [(f"{path.name}: row {i}", [row]) for i, row in enumerate(rows, start=1)]
        values, channel_names = _wide(cases, _left(path, known, columns, None, None)), None
    else:
        time = columns.time or next((c for c in known if c.lower() in _TIME_NAMES), None)
        cases = _cases(path, rows, id_column, time)
        channel_names = _left(path, known, columns, id_column, time)
        values = [_matrix(name, of_case, channel_names) for name, of_case in cases]
    names = [name for name, _ in cases]
    channels = check_series(values, names, channel_names)
    label = columns.label if columns.label in known else None
    return Examples(
        values,
        names,
        kind="series",
        labels=all_or_none([label_of(*_one(case, label)) if label else None for case in cases]),
        groups=all_or_none(
            [_one(case, columns.group)[1] if columns.group else None for case in cases]
        ),
        parts=_parts(cases, columns.part),
        channels=channels,
    )


def _parts(cases: Sequence[tuple[str, list[Row]]], column: str | None) -> list[Part] | None:
    return [part_of(*_one(case, column)) for case in cases] if column else None


def _left(
    path: Path, known: Sequence[str], columns: Columns, id_column: str | None, time: str | None
) -> list[str]:
    """The columns that hold values."""
    taken = {columns.label, columns.group, columns.part, id_column, time}
    left = [c for c in known if c not in taken]
    if not left:
        raise DataError(
            "{path}: no column with values is left beside {taken}. Add one column a channel.",
            path=path,
            taken=", ".join(sorted(t for t in taken if t)),
        )
    return left


def _cases(
    path: Path, rows: Sequence[Row], id_column: str, time: str | None
) -> list[tuple[str, list[Row]]]:
    cases: dict[str, list[Row]] = {}
    for row in rows:
        cases.setdefault(row[id_column], []).append(row)
    named = [(f"{path.name}: {id_column} {key}", of_case) for key, of_case in cases.items()]
    if time is not None:
        for name, of_case in named:
            of_case.sort(key=lambda row, name=name: _time_of(name, row[time]))  # type: ignore[misc]
    return named


def _time_of(name: str, text: str) -> tuple[float, str]:
    """Numbers in order of size; dates in ISO form sort as text."""
    try:
        return float(text), ""
    except ValueError:
        if not text.strip():
            raise DataError("{name}: a row has no time. Fill it in.", name=name) from None
        return 0.0, text


def _matrix(name: str, rows: Sequence[Row], columns: Sequence[str]) -> FloatArray:
    """(T, channels)"""
    return np.stack([_numbers(name, c, [row[c] for row in rows]) for c in columns], axis=1)


def _wide(cases: Sequence[tuple[str, list[Row]]], columns: Sequence[str]) -> list[FloatArray]:
    values = []
    for name, (row,) in cases:
        cells = [row[c].strip() for c in columns]
        while cells and not cells[-1]:
            cells.pop()
        values.append(_numbers(name, "0", cells)[:, None])
    return values


def _numbers(name: str, channel: str, cells: Sequence[str]) -> FloatArray:
    numbers = np.empty(len(cells), dtype=np.float32)
    for step, cell in enumerate(cells):
        try:
            numbers[step] = float(cell) if cell.strip() else np.nan
        except ValueError as fault:
            raise DataError(
                "{name}, channel {channel}, step {step}: expected a number; got {got!r}. "
                "Correct the cell, or name a column of text as label_column, group_column, "
                "part_column, id_column or time_column.",
                name=name,
                channel=channel,
                step=step,
                got=cell,
            ) from fault
    return numbers


def _one(case: tuple[str, list[Row]], column: str | None) -> tuple[str, str]:
    """The name of a case and its one value of `column`."""
    name, rows = case
    found = sorted({row[column or ""] for row in rows})
    if len(found) > 1:
        raise DataError(
            "{name}: the column {column!r} has several values {found} within one case. "
            "Give the case one value.",
            name=name,
            column=column,
            found=", ".join(found[:5]),
        )
    return name, found[0]
