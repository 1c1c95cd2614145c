"""What the readers of a corpus hand on, and whom they tell how far they are."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

__all__ = ["BLOCK_TOKENS", "Block", "CorpusProgress"]

BLOCK_TOKENS = 1 << 13


class CorpusProgress(Protocol):
    """Whoever wants to know how far an encoding is, such as a progress bar."""

    def start(self, total_bytes: int | None, what: str) -> None:
        """Reading begins; the size of the files as they lie on disk, None for token lists."""

    def advance(self, read_bytes: int, words: int) -> None:
        """So many bytes and words more were read."""

    def finish(self) -> None:
        """Reading ended, well or not."""


class Block(NamedTuple):
    """Some documents in a row, as token lists."""

    rows: Sequence[Sequence[str]]
    read_bytes: int = 0
    goes_on: bool = False  # the last row is continued by the first row of the next block
    names: Sequence[str] | None = None
