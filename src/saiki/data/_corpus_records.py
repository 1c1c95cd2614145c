"""Documents in JSONL and Parquet files: one column holds the text, another may hold names."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from saiki.data._corpus_lines import is_unicode, read_lines
from saiki.errors import DataError, DependencyError, nearest

_BATCH_ROWS = 1024


class Records(NamedTuple):
    """Some documents in a row, their names where a column has them, and the bytes they took."""

    texts: list[str]
    names: list[str] | None
    read_bytes: int


def read_jsonl(
    path: Path, column: str, name_column: str | None, encoding: str
) -> Iterator[Records]:
    """An object a line; lines of white space alone are no documents."""
    for block in read_lines(path, encoding, cuts_long_lines=False):
        texts: list[str] = []
        names: list[str] | None = None if name_column is None else []
        for number, line in enumerate(block.lines, start=block.first):
            if not line or line.isspace():
                continue
            row = _object(path, number, line)
            texts.append(_text(path, number, column, _cell(path, number, row, column, "column")))
            if names is not None and name_column is not None:
                cell = _cell(path, number, row, name_column, "name_column")
                names.append(_name(path, number, name_column, cell))
        yield Records(texts, names, block.read_bytes)


def read_parquet(path: Path, column: str, name_column: str | None) -> Iterator[Records]:
    """Batch by batch, of the named columns alone."""
    arrow, parquet = _pyarrow(path)
    try:
        with parquet.ParquetFile(path) as file:
            known = file.schema_arrow.names
            for name, argument in ((column, "column"), (name_column, "name_column")):
                if name is not None and name not in known:
                    raise _no_column(path, name, known, argument)
            columns = [column] if name_column is None else [column, name_column]
            wanted = list(dict.fromkeys(columns))
            share = path.stat().st_size / max(1, file.metadata.num_rows)
            row = 0
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=wanted):
                yield _records(path, batch, row, columns, int(share * batch.num_rows))
                row += batch.num_rows
    except (arrow.ArrowException, OSError) as fault:
        raise DataError(
            "{path}: cannot be read as Parquet ({reason}). The file is cut off or something else: "
            "get it again.",
            path=path,
            reason=fault,
        ) from fault


def _records(path: Path, batch: Any, row: int, columns: list[str], read_bytes: int) -> Records:
    cells = [batch.column(name).to_pylist() for name in columns]
    texts = [_text(path, row + i, columns[0], cell) for i, cell in enumerate(cells[0], start=1)]
    names = None
    if len(columns) > 1:
        names = [_name(path, row + i, columns[1], c) for i, c in enumerate(cells[1], start=1)]
    return Records(texts, names, read_bytes)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise DataError(
            "{path}, line {line}: must be a JSON object; got: {reason}. Mend the line or drop it.",
            path=path,
            line=number,
            reason=fault,
        ) from fault
    if not isinstance(row, dict):
        raise DataError(
            "{path}, line {line}: must be a JSON object; got: {reason}. Mend the line or drop it.",
            path=path,
            line=number,
            reason=type(row).__name__,
        )
    return row


def _cell(path: Path, number: int, row: dict[str, Any], column: str, argument: str) -> Any:
    if column in row:
        return row[column]
    raise _no_column(f"{path}, line {number}", column, list(row), argument)


def _no_column(where: object, column: str, known: list[str], argument: str) -> DataError:
    return DataError(
        "{path}: there is no column {column!r}; the columns are {known}. The nearest is "
        "{near!r}: give {argument}= the right name.",
        path=where,
        column=column,
        known=", ".join(known),
        near=nearest(column, known) or (known or [""])[0],
        argument=argument,
    )


def _text(path: Path, number: int, column: str, cell: Any) -> str:
    if not isinstance(cell, str):
        raise DataError(
            "{path}, row {row}: column {column!r} must hold text; got {got}. Name the column of "
            "the text as column=, fill the cell in, or drop the row.",
            path=path,
            row=number,
            column=column,
            got=type(cell).__name__,
        )
    if not (cell.isascii() or is_unicode(cell)):
        raise DataError(
            "{path}, row {row}: column {column!r} holds half of a surrogate pair, which is no "
            "character. Mend the text, for example with text.encode('utf-16', 'surrogatepass')"
            ".decode('utf-16', 'replace').",
            path=path,
            row=number,
            column=column,
        )
    return cell


def _name(path: Path, number: int, column: str, cell: Any) -> str:
    if not isinstance(cell, (str, int)) or isinstance(cell, bool):
        raise DataError(
            "{path}, row {row}: column {column!r} must hold a name (text or a whole number); got "
            "{got}. Name another column as name_column=, or fill the cell in.",
            path=path,
            row=number,
            column=column,
            got=type(cell).__name__,
        )
    return str(cell)


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # type: ignore[import-untyped] # noqa: PLC0415  only for these files
        import pyarrow.parquet as pq  # type: ignore[import-untyped] # noqa: PLC0415
    except ImportError as fault:
        raise DependencyError(
            "{path}: reading .parquet needs the package pyarrow; it is not installed. Install it "
            "with `pip install pyarrow`, or save the text as .jsonl.",
            path=path,
        ) from fault
    return pa, pq
