import csv
import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from saiki.data.examples import Part
from saiki.errors import DataError, MissingFileError, nearest

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


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, gzip-compressed or not."""
    if not path.is_file():
        raise MissingFileError(
            "{path}: no such file. Check the path; relative paths start from {here}.",
            path=path,
            here=Path.cwd(),
        )
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (OSError, EOFError) as fault:
        raise DataError(
            "{path}: cannot be read ({reason}). Check its permissions, or get it again.",
            path=path,
            reason=fault,
        ) from fault
    except UnicodeDecodeError as fault:
        raise DataError(
            "{path}: not UTF-8 text (byte {position}). Save it as UTF-8.",
            path=path,
            position=fault.start,
        ) from fault


def stem_suffix(path: Path) -> str:
    """The lower-case suffix without a final `.gz`."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def read_header(path: Path) -> list[str]:
    """The column names of a CSV or TSV file."""
    lines = read_text(path).splitlines()
    return next(csv.reader(lines, delimiter=_delimiter(path)), [])


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV, TSV or JSONL file as text by column name."""
    text = read_text(path)
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
    return text.strip()


def all_or_none(values: Sequence[T | None]) -> list[T] | None:
    """The values, or None where they are None."""
    return None if not values or values[0] is None else [v for v in values if v is not None]


def _delimiter(path: Path) -> str:
    return "\t" if stem_suffix(path) == ".tsv" else ","


def _csv_rows(path: Path, text: str) -> list[Row]:
    reader = csv.reader(text.splitlines(), delimiter=_delimiter(path))
    header = next(reader, [])
    rows = []
    for cells in reader:
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


def _json_rows(path: Path, text: str) -> list[Row]:
    rows = []
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except json.JSONDecodeError as fault:
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
