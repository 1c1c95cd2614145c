import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from saiki.data._text_encoding import decode
from saiki.data.examples import Part
from saiki.errors import DataError, MissingFileError, nearest

if TYPE_CHECKING:
    from _csv import Reader

Row = dict[str, str]
T = TypeVar("T")

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl")

_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file, gzip-compressed or not."""
    if not path.is_file():
        raise MissingFileError(
            "{path}: no such file. Check the path; relative paths start from {here}.",
            path=path,
            here=Path.cwd(),
        )
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw
    except (OSError, EOFError, zlib.error) as fault:
        raise DataError(
            "{path}: cannot be read ({reason}). Check its permissions, or get it again.",
            path=path,
            reason=fault,
        ) from fault
    return decode(path, raw, encoding)


def split_lines(text: str) -> list[str]:
    """The lines without their ends: only a line feed, or it after a carriage return, ends one.

    `str.splitlines` would also part a line at U+2028 and other characters that texts hold.
    """
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not lines[-1]:
        lines.pop()
    return lines


def stem_suffix(path: Path) -> str:
    """The lower-case suffix without a final `.gz`."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def read_head(path: Path, encoding: str = "utf-8") -> Row:
    """The first row of a table; where a CSV or TSV file has none, its columns with empty cells."""
    text = read_text(path, encoding)
    if stem_suffix(path) == ".jsonl":
        blank = len(text) - len(text.lstrip())
        return next(iter(_json_rows(path, text[:blank] + text[blank:].partition("\n")[0])), {})
    with _long_fields(text):
        reader = _csv_reader(path, text)
        header = _next_row(path, reader) or []
        cells = _next_row(path, reader) or []
    return dict(zip(header, cells + [""] * len(header), strict=False))


def read_rows(path: Path, encoding: str = "utf-8") -> list[Row]:
    """The rows of a CSV, TSV or JSONL file as text by column name."""
    text = read_text(path, encoding)
    rows = _json_rows(path, text) if stem_suffix(path) == ".jsonl" else _csv_rows(path, text)
    if not rows:
        raise DataError(
            "{path}: the table has no rows. Give it a header line and one row an example.",
            path=path,
        )
    return rows


def need_column(path: Path, columns: Iterable[str], column: str, argument: str) -> None:
    """Raises where `column` is not among `columns`."""
    known = list(columns)
    if column not in known:
        raise DataError(
            "{path}: there is no column {column!r}; the columns are {known}. The nearest is "
            "{near!r}: give {argument}= the right name.",
            path=path,
            column=column,
            known=", ".join(known),
            near=nearest(column, known) or (known or [""])[0],
            argument=argument,
        )


def part_of(name: str, text: str) -> Part:
    """The part that a table's cell names."""
    part = _PARTS.get(text.strip().lower())
    if part is None:
        raise DataError(
            "{name}: the part {text!r} is unknown; expected train, validation or test. "
            "The nearest is {near!r}.",
            name=name,
            text=text,
            near=nearest(text, _PARTS) or "train",
        )
    return part


def label_of(name: str, text: str) -> str:
    """The label of an example, which must not be empty."""
    if not text.strip():
        raise DataError(
            "{name}: the label is missing. Fill it in, or drop the row.",
            name=name,
        )
    check_characters(name, text)
    return text.strip()


def check_characters(name: str, text: str) -> None:
    """Raises where a cell holds what is no character, as an escape in JSON can."""
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise DataError(
            "{name}: holds half of a surrogate pair ({code}), which is no character. Correct the "
            "escape in the cell.",
            name=name,
            code=f"\\u{ord(text[fault.start]):04x}",
        ) from fault


def all_or_none(values: Sequence[T | None]) -> list[T] | None:
    """The values, or None where they are None."""
    return None if not values or values[0] is None else [v for v in values if v is not None]


def _delimiter(path: Path) -> str:
    return "\t" if stem_suffix(path) == ".tsv" else ","


@contextmanager
def _long_fields(text: str) -> Iterator[None]:
    """Lifts the limit of the csv module, 131,072 characters a cell, to the length of `text`."""
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, len(text)))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _csv_reader(path: Path, text: str) -> "Reader":
    # Unlike a list of lines, this keeps the line ends within a quoted cell.
    return csv.reader(StringIO(text, newline=""), delimiter=_delimiter(path), strict=True)


def _next_row(path: Path, reader: "Reader") -> list[str] | None:
    first_line = reader.line_num + 1
    try:
        return next(reader, None)
    except csv.Error as fault:
        raise DataError(
            "{path}, line {line}: the row that begins here cannot be read ({reason}). A cell that "
            "begins with a quotation mark must end with one, and one within it is written twice.",
            path=path,
            line=first_line,
            reason=fault,
        ) from fault


def _csv_rows(path: Path, text: str) -> list[Row]:
    rows = []
    with _long_fields(text):
        reader = _csv_reader(path, text)
        header = _next_row(path, reader) or []
        _check_header(path, header)
        while (cells := _next_row(path, reader)) is not None:
            if not cells:
                continue
            if len(cells) != len(header):
                raise DataError(
                    "{path}, line {line}: {got} cells, but the header has {expected} columns. "
                    "Correct the row, or quote cells that hold the delimiter.",
                    path=path,
                    line=reader.line_num,
                    got=len(cells),
                    expected=len(header),
                )
            rows.append(dict(zip(header, cells, strict=True)))
    return rows


def _check_header(path: Path, header: Sequence[str]) -> None:
    twice = [name for at, name in enumerate(header) if name and name in header[:at]]
    if twice:
        raise DataError(
            "{path}: the header has the column {column!r} twice. Rename or remove one of them.",
            path=path,
            column=twice[0],
        )


def _json_rows(path: Path, text: str) -> list[Row]:
    rows = []
    for line, content in enumerate(split_lines(text), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except (ValueError, RecursionError) as fault:  # also a number of too many digits
            row = fault
        if not isinstance(row, dict):
            raise DataError(
                "{path}, line {line}: not a JSON object. Write one object a line, such as "
                '{{"path": "a.wav", "label": "yes"}}.',
                path=path,
                line=line,
            )
        rows.append({str(k): "" if v is None else str(v) for k, v in row.items()})
    return rows
