"""Reads files of word pairs with a human score: WordSim, SimLex, MEN, RW, Japanese sets."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

from saiki.errors import DataError, MissingFileError

_SEPARATORS = ("\t", ";", ",")
_PART_OF_SPEECH = re.compile(r".+-[a-z]")  # MEN's lemmas: sun-n


@dataclass(frozen=True)
class WordPair:
    """Two words and how similar people find them."""

    a: str
    b: str
    score: float


def read_word_pairs(path: Path) -> list[WordPair]:
    """The pairs of a file.

    The first two columns are the words; the score is the first column after them that is a
    number (SimLex has the part of speech before it; single raters stand after it).
    """
    rows = _rows(path, read_lines(path))
    column = _score_column(path, rows)
    if len(rows) > 1 and not _is_number(rows[0][1], column):
        rows = rows[1:]  # the header
    pairs = [_pair(path, line, fields, column) for line, fields in rows]
    if all(_PART_OF_SPEECH.fullmatch(word) for pair in pairs for word in (pair.a, pair.b)):
        return [WordPair(pair.a[:-2], pair.b[:-2], pair.score) for pair in pairs]
    return pairs


def read_lines(path: Path) -> list[tuple[int, str]]:
    """Number and text of each line that is neither blank nor a comment (`#`)."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingFileError(
            "{path}: there is no such file. Check the path.", path=path
        ) from error
    return lines_of(path, raw)


def lines_of(path: Path, raw: bytes) -> list[tuple[int, str]]:
    """As `read_lines`, of a file's bytes."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            "{path}: must be UTF-8 text; byte {place} is not. Convert it to UTF-8.",
            path=path,
            place=error.start,
        ) from error
    numbered = enumerate(text.split("\n"), start=1)
    return [
        (n, line.rstrip("\r")) for n, line in numbered if line.strip() and not line.startswith("#")
    ]


def _rows(path: Path, lines: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    if not lines:
        raise DataError("{path}: there are no word pairs in it. Check the path.", path=path)
    sample = lines[: 2 if len(lines) > 1 else 1][-1][1]
    separator = next((s for s in _SEPARATORS if sample.count(s) >= 2), None)
    return [(number, _fields(line, separator)) for number, line in lines]


def _fields(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    return [field.strip() for field in next(csv.reader([line], delimiter=separator))]


def _score_column(path: Path, rows: list[tuple[int, list[str]]]) -> int:
    number, fields = rows[1 if len(rows) > 1 else 0]
    for column in range(2, len(fields)):
        if _is_number(fields, column):
            return column
    raise _no_pair(path, number, fields)


def _is_number(fields: list[str], column: int) -> bool:
    try:
        return math.isfinite(float(fields[column]))
    except (ValueError, IndexError):
        return False


def _pair(path: Path, line: int, fields: list[str], column: int) -> WordPair:
    if not _is_number(fields, column) or not fields[0] or not fields[1]:
        raise _no_pair(path, line, fields)
    return WordPair(fields[0], fields[1], float(fields[column]))


def _no_pair(path: Path, line: int, fields: list[str]) -> DataError:
    return DataError(
        "{path}, line {line}: expected two words and a score, kept apart by spaces, tabs, commas "
        "or semicolons; got {got}. Correct the line or leave it out.",
        path=path,
        line=line,
        got=fields,
    )
