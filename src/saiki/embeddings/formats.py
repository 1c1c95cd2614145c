"""File formats of vectors: which a file is in, reading and writing.

`word2vec-text`
    A line with the number of words and the size of the vectors, then a line for each word: the
    word and its numbers, split by spaces. word2vec.c, gensim and fastText (`.vec`) write it.
`word2vec-binary`
    The same header, then word, a space, and float32 numbers. gensim writes nothing after a
    vector, word2vec.c a newline; both are read, the first is written.
`glove`
    Text without the header.
`saiki`
    A folder: `vectors.safetensors`, float32 or float16, read memory-mapped, and `vectors.json`
    with words and counts.

All but the folder may be compressed by gzip. Words that are not UTF-8 are read with Python's
`surrogateescape` and written back with the same bytes. In text a word may hold spaces: the last
E fields are the numbers, and what is before them is the word, unless all of it after its first
field is decimals: then the line has a vector of another size. In the binary form a space ends a
word, so that a word with spaces cannot be written and a file with one cannot be read. Files with
a number that is not finite are refused. Of a word that is there twice the first vector is kept,
with a warning. Counts are kept by `saiki` alone.
"""

from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from saiki.embeddings import _native_format as native
from saiki.embeddings._binary_format import read_binary, write_binary
from saiki.embeddings._recognition import recognise_file
from saiki.embeddings._stored import StoredVectors
from saiki.embeddings._text_format import read_text, write_text
from saiki.errors import ArgumentError, DataError, MissingFileError

__all__ = ["Format", "ReadFormat", "StoredVectors", "read_vectors", "recognise", "write_vectors"]

Format: TypeAlias = Literal["saiki", "word2vec-text", "word2vec-binary", "glove"]
ReadFormat: TypeAlias = Literal["auto", "saiki", "word2vec-text", "word2vec-binary", "glove"]

_FORMATS = ("saiki", "word2vec-text", "word2vec-binary", "glove")


def recognise(path: Path) -> Format:
    """The format of a file or folder, by what is in it.

    Raises:
        MissingFileError: there is nothing of that name.
        DataError: it is empty, or none of the formats.
    """
    if path.is_dir():
        return "saiki"
    return recognise_file(path)


def read_vectors(path: Path, format: ReadFormat = "auto") -> StoredVectors:  # noqa: A002
    """Reads a file or folder of word vectors; errors as `WordVectors.load`."""
    if format not in ("auto", *_FORMATS):
        raise _unknown(format)
    if not path.exists():
        raise MissingFileError("{path}: there is no such file. Check the path.", path=path)
    chosen = recognise(path) if format == "auto" else format
    if path.is_dir() != (chosen == "saiki"):
        raise DataError(
            "{path}: format saiki is a folder, the others are files; got the other. Leave the "
            "format out, and it is recognised.",
            path=path,
        )
    if chosen == "saiki":
        return native.read(path, "words")
    if chosen == "word2vec-binary":
        return read_binary(path)
    return read_text(path, has_header=chosen == "word2vec-text")


def write_vectors(
    path: Path,
    stored: StoredVectors,
    format: Format = "saiki",  # noqa: A002
    dtype: Literal["float32", "float16"] | None = None,
) -> None:
    """Writes a file or folder of word vectors; errors as `WordVectors.save`."""
    if format not in _FORMATS:
        raise _unknown(format)
    if len(stored.names) == 0:
        raise DataError("{path}: there are no vectors to write.", path=path)
    if format == "saiki":
        native.write(path, _cast(path, stored, dtype), "words")
        return
    if dtype not in (None, "float32"):
        raise ArgumentError(
            "{path}: format {format} holds float32 alone; got dtype={dtype}. Choose the format "
            "saiki for float16.",
            path=path,
            format=format,
            dtype=dtype,
        )
    if format == "word2vec-binary":
        write_binary(path, stored)
    else:
        write_text(path, stored, has_header=format == "word2vec-text")


def _cast(path: Path, stored: StoredVectors, dtype: str | None) -> StoredVectors:
    if dtype not in (None, "float32", "float16"):
        raise ArgumentError(
            "{path}: dtype must be float32 or float16; got {got!r}.", path=path, got=dtype
        )
    if dtype is None or stored.vectors.dtype == dtype:
        return stored
    with np.errstate(over="ignore"):
        vectors = stored.vectors.astype(dtype)
    if not np.isfinite(vectors).all():
        raise DataError(
            "{path}: some numbers are too large for float16, which ends at 65504, or were not "
            "finite before. Write float32.",
            path=path,
        )
    return StoredVectors(stored.names, vectors, stored.counts)


def _unknown(given: str) -> ArgumentError:
    return ArgumentError(
        "Format of vectors: must be one of {known}; got {got!r}.",
        known=", ".join(_FORMATS),
        got=given,
    )
