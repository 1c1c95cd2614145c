"""Text: a word and its numbers in each line, with word2vec's header or, as GloVe, without."""

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from saiki.embeddings._stored import (
    StoredVectors,
    check_header,
    decode_word,
    encode_word,
    settled,
)
from saiki.embeddings._streams import most_bytes, reading, writing
from saiki.errors import DataError

_CHUNK_BYTES = 1 << 20  # of text parsed at a time: stays in the cache
_LONGEST_LINE = 1 << 24
_SAMPLE_LINES = 100
_WRITTEN_ROWS = 1024
_BREAKS = re.compile(rb"[\n\v\f\r]")
_DECIMALS = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def parse_header(line: bytes) -> tuple[int, int] | None:
    """V and E of word2vec's first line; None where it is none."""
    fields = line.split()
    if len(fields) == 2 and all(re.fullmatch(rb"\d{1,18}", field) for field in fields):
        return int(fields[0]), int(fields[1])
    return None


def read_text(path: Path, *, has_header: bool) -> StoredVectors:
    """Reads either; DataError names the line that is wrong."""
    rows, size = _header(path) if has_header else _measured(path)
    check_header(path, rows, size, 2 * size, most_bytes(path))
    vectors = np.empty((rows, size), np.float32)
    words: list[bytes] = []
    with reading(path) as stream:
        for first_line, lines in _line_blocks(path, stream):
            block = _Block(path, first_line, lines)
            if has_header and first_line == 1:
                block.drop_first()
            some, numbers = block.parsed(size)
            end = len(words) + len(some)
            if end > rows:
                raise DataError(
                    "{path}: the header says {rows} words, but more follow. The header is wrong, "
                    "or two files were joined: correct the number.",
                    path=path,
                    rows=rows,
                )
            vectors[len(words) : end] = numbers
            words.extend(some)
    if len(words) < rows:
        raise DataError(
            "{path}: the header says {rows} words, but the file ends after {got}. It is cut "
            "short: take a copy of it that is whole.",
            path=path,
            rows=rows,
            got=len(words),
        )
    return settled(path, [decode_word(word) for word in words], vectors)


def _header(path: Path) -> tuple[int, int]:
    with reading(path) as stream:
        line = stream.readline(1000)
    header = parse_header(line)
    if header is None:
        raise DataError(
            "{path}: the first line must hold the number of words and the size of the vectors; "
            "got {got!r}. Name the format, for instance glove, if the file has no header.",
            path=path,
            got=line[:60].decode("utf-8", "replace"),
        )
    return header


def _measured(path: Path) -> tuple[int, int]:
    """The number of lines that are not blank, and the commonest number of numbers in them."""
    rows = 0
    sizes: Counter[int] = Counter()
    with reading(path) as stream:
        for _, lines in _line_blocks(path, stream):
            rows += sum(1 for line in lines if line and not line.isspace())
            if sum(sizes.values()) < _SAMPLE_LINES:
                sizes.update(
                    len(line.split()) - 1 for line in lines[:_SAMPLE_LINES] if line.strip()
                )
    if not rows:
        raise DataError("{path}: the file is empty. Take a copy of it that is whole.", path=path)
    return rows, sizes.most_common(1)[0][0]


def _line_blocks(path: Path, stream: BinaryIO) -> Iterator[tuple[int, list[bytes]]]:
    """The number of the first line, from 1, and about a chunk of whole lines."""
    number = 1
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            rest += chunk
            if len(rest) > _LONGEST_LINE:
                raise DataError(
                    "{path}, line {line}: is longer than {most} bytes. This is not a text file of "
                    "vectors: name its format.",
                    path=path,
                    line=number,
                    most=_LONGEST_LINE,
                )
            continue
        lines = (rest + head).split(b"\n")
        yield number, lines
        number += len(lines)
        rest = tail
    if rest:
        yield number, [rest]


class _Block:
    """Some lines of the file, parsed together."""

    def __init__(self, path: Path, first_line: int, lines: list[bytes]) -> None:
        self._path = path
        self._first = first_line
        self._lines = lines

    def drop_first(self) -> None:
        """Leaves out the header."""
        self._first += 1
        self._lines = self._lines[1:]

    def parsed(self, size: int) -> tuple[list[bytes], NDArray[np.float32]]:
        """Words and (n, E) numbers."""
        words, texts = [], []
        for place, raw in enumerate(self._lines):
            line = raw.rstrip()
            if line.count(b" ") == size:
                word, _, text = line.partition(b" ")
            elif line:
                word, text = self._split(place, line, size)
            else:
                continue  # blank
            words.append(word)
            texts.append(text)
        numbers = _numbers(texts)
        if numbers is None or numbers.size != len(words) * size:
            raise self._first_wrong(size)
        return words, numbers.reshape(len(words), size)

    def _split(self, place: int, line: bytes, size: int) -> tuple[bytes, bytes]:
        """A word that holds spaces, or numbers that more than one space keeps apart."""
        fields = line.rsplit(None, size)
        if len(fields) <= size or looks_like_numbers(fields[0]):
            raise self._error(place, size, line)
        return fields[0], b" ".join(fields[1:])

    def _first_wrong(self, size: int) -> DataError:
        for place, line in enumerate(self._lines):
            if not line.strip():
                continue
            numbers = _numbers([b" ".join(line.rsplit(None, size)[1:])])
            if numbers is None or len(numbers) != size:
                return self._error(place, size, line)
        return self._error(0, size, self._lines[0])

    def _error(self, place: int, size: int, line: bytes) -> DataError:
        return DataError(
            "{path}, line {line}: expected a word and {size} numbers; got {got} fields: {start!r}. "
            "The line is damaged or its vector is of another size.",
            path=self._path,
            line=self._first + place,
            size=size,
            got=len(line.split()),
            start=line[:60].decode("utf-8", "replace"),
        )


def looks_like_numbers(word: bytes) -> bool:
    """Whether all but the first of several fields are decimals: then it is no word with spaces."""
    fields = word.split()
    return len(fields) > 1 and all(
        b"." in field and _DECIMALS.fullmatch(field) for field in fields[1:]
    )


def _numbers(texts: Iterable[bytes]) -> NDArray[np.float32] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(b" ".join(texts), dtype=np.float32, sep=" ")
        except (DeprecationWarning, ValueError):  # NumPy's ways to say that something is no number
            return None


def write_text(path: Path, stored: StoredVectors, *, has_header: bool) -> None:
    """Writes float32 with nine digits, which bring back the same number."""
    rows, size = stored.vectors.shape
    words = [_written(path, word) for word in stored.names]
    line = b"%b " + b" ".join([b"%.9g"] * size) + b"\n"
    with writing(path) as stream:
        if has_header:
            stream.write(b"%d %d\n" % (rows, size))
        for begin in range(0, rows, _WRITTEN_ROWS):
            some = stored.vectors[begin : begin + _WRITTEN_ROWS].astype(np.float32).tolist()
            named = zip(words[begin : begin + _WRITTEN_ROWS], some, strict=True)
            stream.write(b"".join([line % (word, *numbers) for word, numbers in named]))


def _written(path: Path, word: str) -> bytes:
    raw = encode_word(path, word)
    if _BREAKS.search(raw) or raw != raw.rstrip() or (b" " in raw and looks_like_numbers(raw)):
        raise DataError(
            "{path}: a text file cannot hold the word {word!r}: it has a line end or a form "
            "feed in it, ends with a space, or ends like a number. Choose the format "
            "saiki, or leave the word out.",
            path=path,
            word=word,
        )
    return raw
