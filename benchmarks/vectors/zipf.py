"""A generated corpus of any length: words drawn by Zipf's law, the same for the same seed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

BLOCK_WORDS, LINE_WORDS = 1_000_000, 20


def write(paths: dict[int, Path], vocabulary: int) -> None:
    """Files of as many words (whole lines) as their keys say, each the beginning of the longest.

    The word of rank r is drawn with a probability in proportion to 1 / r.
    """
    names = np.array([f"w{rank}" for rank in range(vocabulary)], object)
    done, files = 0, {n: path.open("w", encoding="ascii") for n, path in paths.items()}
    try:
        for ids in _blocks(max(paths), vocabulary):
            lines = _lines(names[ids].tolist())
            for count, file in files.items():
                file.writelines(lines[: max(0, count - done) // LINE_WORDS])
            done += len(ids)
    finally:
        for file in files.values():
            file.close()


def _blocks(count: int, vocabulary: int) -> Iterator[np.ndarray]:
    share = np.cumsum(1 / np.arange(1, vocabulary + 1))
    share /= share[-1]
    random = np.random.default_rng(0)
    for begin in range(0, count, BLOCK_WORDS):
        yield np.searchsorted(share, random.random(min(BLOCK_WORDS, count - begin)))


def _lines(words: list[str]) -> list[str]:
    begins = range(0, len(words), LINE_WORDS)
    return [" ".join(words[begin : begin + LINE_WORDS]) + "\n" for begin in begins]
