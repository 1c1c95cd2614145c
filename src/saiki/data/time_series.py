"""One long series of evenly spaced rows, for forecasting: read and checked. No torch."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from saiki.data._sine_cosine import COLUMNS, sine_cosine
from saiki.data._tables import TABLE_SUFFIXES, Row, read_rows, stem_suffix
from saiki.data._time_stamps import TimeAxis, read_time_axis
from saiki.data.catalogue import SETS, locate
from saiki.errors import DataError, MissingFileError, nearest

__all__ = ["GENERATED", "TimeSeries", "read_time_series"]

GENERATED = "sine-cosine"


@final
@dataclass(frozen=True, eq=False)
class TimeSeries:
    """Columns of numbers, a row a step.

    Args:
        name: where it was read from.
        columns: their names.
        values: (T, C) float64; finite, but for the end of columns that may be open.
        axis: the time stamps; None where rows are only counted.

    Example:
        >>> series = read_time_series("sine-cosine", time_column="angle")
        >>> len(series), series.columns, series.labels(0, 3)
        (1500, ('sine', 'cosine'), ['0.0', '0.1', '0.2'])
    """

    name: str
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    axis: TimeAxis | None

    def __len__(self) -> int:
        return len(self.values)

    def select(self, columns: Sequence[str]) -> NDArray[np.float64]:
        """The values of these columns (T, len(columns)).

        Raises:
            DataError: there is no such column.
        """
        _need_columns(self.name, self.columns, columns)
        return self.values[:, [self.columns.index(column) for column in columns]]

    def labels(self, begin: int, end: int) -> list[str]:
        """The time stamps of rows begin to end - 1, also of rows after the last."""
        if self.axis is None:
            return [str(row) for row in range(begin, end)]
        missing = end - len(self)
        later = self.axis.after(len(self) - 1, missing) if missing > 0 else ()
        return [*self.axis.labels, *later][begin:end]

    def fingerprint(self) -> str:
        """SHA-256 of names, time stamps and values."""
        digest = hashlib.sha256()
        stamps = self.axis.labels if self.axis else ()
        digest.update("\0".join(["time-series", *self.columns, "", *stamps]).encode())
        digest.update(np.ascontiguousarray(self.values, "<f8").tobytes())
        return digest.hexdigest()


def read_time_series(
    source: str | Path,
    *,
    time_column: str | None = None,
    columns: Sequence[str] = (),
    open_columns: Sequence[str] = (),
    encoding: str = "utf-8",
) -> TimeSeries:
    """Reads a table whose rows are the steps of one series.

    Args:
        source: a CSV, TSV or JSONL file (.gz too), a data set of kind time-series, or
            "sine-cosine", which is generated.
        time_column: time stamps, dates or numbers; they must rise evenly. None: rows are even
            steps.
        columns: those that are read; none named reads every column but that of the time.
        open_columns: those of which the last rows may be empty: the future. Their values there
            are NaN.
        encoding: of the file.

    Raises:
        MissingFileError: there is no such file or data set.
        DataError: an unknown column, a cell that is no number, a missing value; time stamps that
            cannot be read, come twice, out of order, or leave a gap.

    Example:
        >>> read_time_series("sine-cosine").select(["cosine"])[0].tolist()
        [1.0]
    """
    if str(source) == GENERATED and not Path(source).is_file():
        labels, values = sine_cosine()
        rows = [
            dict(zip(("angle", *COLUMNS), (label, *map(repr, row)), strict=True))
            for label, row in zip(labels, values.tolist(), strict=True)
        ]
        return _read(GENERATED, rows, time_column, columns, open_columns)
    path = _file_of(source)
    return _read(path.name, read_rows(path, encoding), time_column, columns, open_columns)


def _file_of(source: str | Path) -> Path:
    path, name = Path(source), str(source)
    series = [s.name for s in SETS.values() if s.kind == "time-series"]
    if path.is_file():
        if stem_suffix(path) not in TABLE_SUFFIXES:
            raise DataError(
                "{path}: a time series must be a table ({suffixes}, .gz too). Convert the file, or "
                "give another one.",
                path=path,
                suffixes=", ".join(TABLE_SUFFIXES),
            )
        return path
    if name in series:
        return locate(name) / SETS[name].files[0].name
    if name in SETS:
        raise DataError(
            "{name}: is a data set of kind {got}; a time series is needed here: {known}, or a "
            "file.",
            name=name,
            got=SETS[name].kind,
            known=", ".join([GENERATED, *series]),
        )
    raise MissingFileError(
        "{name}: there is no such file, and no time series has this name; known are {known}. The "
        "nearest is {near!r}.",
        name=name,
        known=", ".join([GENERATED, *series]),
        near=nearest(name, [GENERATED, *series]) or GENERATED,
    )


def _read(
    name: str,
    rows: Sequence[Row],
    time_column: str | None,
    columns: Sequence[str],
    open_columns: Sequence[str],
) -> TimeSeries:
    known = list(rows[0])
    chosen = tuple(columns) or tuple(c for c in known if c != time_column)
    _need_columns(name, known, [*([] if time_column is None else [time_column]), *chosen])
    axis = None
    if time_column is not None:
        axis = read_time_axis(name, time_column, [row.get(time_column, "") for row in rows])
    values = np.empty((len(rows), len(chosen)))
    for place, column in enumerate(chosen):
        cells = [row.get(column, "") for row in rows]
        values[:, place] = _numbers(name, column, cells, is_open=column in open_columns)
    return TimeSeries(name, chosen, values, axis)


def _need_columns(name: str, known: Sequence[str], wanted: Sequence[str]) -> None:
    for column in wanted:
        if column not in known:
            raise DataError(
                "{name}: there is no column {column!r}; the columns are {known}. The nearest is "
                "{near!r}. Correct the header of the table, or the name in data.time_column, "
                "data.targets, data.past_columns or data.known_columns.",
                name=name,
                column=column,
                known=", ".join(known),
                near=nearest(column, known) or known[0],
            )


def _numbers(name: str, column: str, cells: Sequence[str], *, is_open: bool) -> NDArray[np.float64]:
    ends = len(cells)
    while is_open and ends and _is_empty(cells[ends - 1]):
        ends -= 1
    numbers = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells[:ends]):
        try:
            numbers[row] = float(cell)
        except ValueError:
            if not _is_empty(cell):
                raise DataError(
                    "{name}, row {row}: the column {column!r} must hold numbers; got {got!r}. "
                    "Correct the cell, or name the columns to use with --data.targets.",
                    name=name,
                    row=row + 1,
                    column=column,
                    got=cell,
                ) from None
    missing = np.flatnonzero(~np.isfinite(numbers[:ends]))
    if len(missing):
        raise DataError(
            "{name}, row {row}: the column {column!r} has no number there ({got!r}; {count} such "
            "cells in all). Fill the missing values in, or leave the column out.",
            name=name,
            row=int(missing[0]) + 1,
            column=column,
            got=cells[missing[0]],
            count=len(missing),
        )
    return numbers


def _is_empty(cell: str) -> bool:
    return cell.strip().lower() in ("", "nan", "na", "null", "none")
