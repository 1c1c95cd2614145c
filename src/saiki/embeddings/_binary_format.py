"""word2vec's binary form: a header line, then word, space and float32 numbers, V times."""

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
from saiki.embeddings._text_format import parse_header
from saiki.errors import DataError

_CHUNK_BYTES = 1 << 22
_LONGEST_WORD = 1 << 16
_WRITTEN_ROWS = 4096


def read_binary(path: Path) -> StoredVectors:
    """Reads it as gensim (nothing after a vector) and word2vec.c (a newline after it) write it."""
    with reading(path) as stream:
        header = parse_header(stream.readline(1000))
        if header is None:
            raise DataError(
                "{path}: must begin with a line of two numbers, words and vector size; it does "
                "not. It is no binary file of word2vec: name its format.",
                path=path,
            )
        rows, size = header
        check_header(path, rows, size, 4 * size + 1, most_bytes(path))
        vectors = np.empty((rows, size), np.dtype("<f4"))
        words, rest = _read_records(path, stream, vectors)
        if (rest + stream.read(16)).strip(b"\n"):
            raise DataError(
                "{path}: the header says {rows} words with vectors of {size} numbers, but more "
                "follows. The header is wrong, or a word holds a space, which this format cannot "
                "tell from its end: write it again as text.",
                path=path,
                rows=rows,
                size=size,
            )
    _check_spaces(path, words, vectors)
    return settled(path, words, vectors.astype(np.float32, copy=False))


def _read_records(
    path: Path, stream: BinaryIO, vectors: NDArray[np.float32]
) -> tuple[list[str], bytes]:
    """Fills the vectors; the words, and the bytes that were read beyond the last."""
    rows, row_bytes = len(vectors), 4 * vectors.shape[1]
    target = vectors.reshape(-1).view(np.uint8).data  # bytes
    words: list[str] = []
    buffer, begin = b"", 0
    while len(words) < rows:
        chunk = stream.read(_CHUNK_BYTES)
        if not chunk or buffer.find(b" ", begin) - begin > _LONGEST_WORD:
            raise _cut_short(path, rows, len(words))
        buffer, begin = buffer[begin:] + chunk, 0
        while len(words) < rows:
            space = buffer.find(b" ", begin, begin + _LONGEST_WORD)
            end = space + 1 + row_bytes
            if space < 0 or end > len(buffer):
                break
            place = len(words) * row_bytes
            target[place : place + row_bytes] = buffer[space + 1 : end]
            words.append(decode_word(buffer[begin:space].lstrip(b"\n")))
            begin = end
        if len(words) < rows and len(buffer) - begin > _LONGEST_WORD + row_bytes:
            raise _cut_short(path, rows, len(words))
    return words, buffer[begin:]


def _check_spaces(path: Path, words: list[str], vectors: NDArray[np.float32]) -> None:
    """Refuses a file in which the vector of "New" begins with the text "York ".

    What is left of that vector then stands before the next word, which is no longer printable.
    """
    for row in [row for row, word in enumerate(words) if not word.isprintable()]:
        head, space, _ = vectors[row - 1].tobytes().partition(b" ")
        if row and head and space and decode_word(head).isprintable():
            raise DataError(
                "{path}: the word {word!r} seems to go on after a space ({rest!r}), which this "
                "format cannot tell from its end: write the file again as text.",
                path=path,
                word=words[row - 1],
                rest=decode_word(head),
            )


def _cut_short(path: Path, rows: int, got: int) -> DataError:
    return DataError(
        "{path}: the header says {rows} words, but after {got} there is no further whole one. "
        "The file is cut short, its header is wrong, or a word holds a space: take a copy of it "
        "that is whole.",
        path=path,
        rows=rows,
        got=got,
    )


def write_binary(path: Path, stored: StoredVectors) -> None:
    """Writes float32 as gensim does, with nothing after a vector."""
    words = [_written(path, word) for word in stored.names]
    with writing(path) as stream:
        stream.write(b"%d %d\n" % stored.vectors.shape)
        for begin in range(0, len(words), _WRITTEN_ROWS):
            some = stored.vectors[begin : begin + _WRITTEN_ROWS].astype("<f4")
            named = zip(words[begin : begin + _WRITTEN_ROWS], some, strict=True)
            stream.write(b"".join([word + b" " + row.tobytes() for word, row in named]))


def _written(path: Path, word: str) -> bytes:
    raw = encode_word(path, word)
    if b" " in raw or raw.startswith(b"\n") or len(raw) >= _LONGEST_WORD:
        raise DataError(
            "{path}: the binary format cannot hold the word {word!r}, for a space ends a word. "
            "Choose word2vec-text or saiki, or put _ in place of the space.",
            path=path,
            word=word[:60],
        )
    return raw
