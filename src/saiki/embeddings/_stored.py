"""What a file of vectors holds, and the checks that all formats share."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.errors import DataError
from saiki.language import render


@dataclass(frozen=True)
class StoredVectors:
    """Names, a vector for each, and how often each was in the corpus where that is known."""

    names: Sequence[str]
    vectors: NDArray[Any]  # (V, E)
    counts: NDArray[np.int64] | None = None


def encode_word(path: Path, word: str) -> bytes:
    """UTF-8; bytes that were not UTF-8 when they were read come back as they were."""
    try:
        return word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise DataError(
            "{path}: the word {word!r} holds half of a surrogate pair and cannot be written. "
            "Leave it out.",
            path=path,
            word=word,
        ) from error


def decode_word(raw: bytes) -> str:
    """UTF-8; other bytes become lone surrogates, as Python's file names do."""
    return raw.decode("utf-8", "surrogateescape")


def settled(path: Path, words: list[str], vectors: NDArray[np.float32]) -> StoredVectors:
    """What was read, refused if a number is not finite; of words met twice the first is kept."""
    doubtful = np.flatnonzero(~np.isfinite(np.einsum("ve->v", vectors)))  # or large sums
    wrong = doubtful[~np.isfinite(vectors[doubtful]).all(axis=1)]
    if len(wrong):
        raise DataError(
            "{path}: {count} of the vectors hold infinite numbers or numbers that are not a "
            "number, first that of {word!r}. Leave them out of the file, or train again.",
            path=path,
            count=len(wrong),
            word=words[int(wrong[0])],
        )
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        first.setdefault(word, row)
    if len(first) == len(words):
        return StoredVectors(words, vectors)
    _warn_of_doubles(path, words, first)
    return StoredVectors(list(first), vectors[np.fromiter(first.values(), np.int64)])


def _warn_of_doubles(path: Path, words: list[str], first: dict[str, int]) -> None:
    doubles = [word for row, word in enumerate(words) if first[word] != row]
    message = render(
        "{path}: {count} words are there more than once ({word!r} for one); the first vector of "
        "each is kept.",
        path=path,
        count=len(doubles),
        word=doubles[0],
    )
    warnings.warn(message, stacklevel=6)


def check_header(path: Path, rows: int, size: int, bytes_per_row: int, most_bytes: int) -> None:
    """Refuses a header that asks for more than the file can hold, before memory is taken."""
    if rows < 1 or size < 1:
        raise DataError(
            "{path}: the header says {rows} words with vectors of {size} numbers; both must be 1 "
            "or more. The file is empty or damaged: take a copy of it that is whole.",
            path=path,
            rows=rows,
            size=size,
        )
    if rows * bytes_per_row > most_bytes:
        raise DataError(
            "{path}: the header says {rows} words with vectors of {size} numbers, more than the "
            "file can hold. It is cut short or its header is wrong: take a copy of it that is "
            "whole.",
            path=path,
            rows=rows,
            size=size,
        )
