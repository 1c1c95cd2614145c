"""`Vocabulary`: the words of a corpus, their ids and how often each occurs."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from saiki.errors import DataError

__all__ = ["Vocabulary"]

Counts: TypeAlias = NDArray[np.int64]


@final
@dataclass(frozen=True, init=False, eq=False, repr=False)
class Vocabulary:
    """Words by falling count, ties by first appearance; a word's id is its place. Never changes.

    Words that were added later (`encode_corpus(..., vocabulary=v, grows=True)`) stand behind the
    older ones, again by falling count.

    Args:
        words: V different words.
        counts: how often each occurs, not negative.
        read_words: tokens of the corpus, those of dropped words included; at least the sum of
            the counts, and that sum by default.

    Shapes: counts (V,), int64, read-only.

    Raises:
        DataError: a word twice, another number of counts than of words, a negative count, or
            fewer read words than the counts add up to.

    Example:
        >>> vocabulary = Vocabulary(["the", "cat"], [7, 2], read_words=12)
        >>> len(vocabulary), vocabulary.lookup("cat"), vocabulary.lookup("dog"), "the" in vocabulary
        (2, 1, None, True)
    """

    words: tuple[str, ...]
    counts: Counts
    read_words: int
    ids: dict[str, int]  # the place of each word; not to be changed

    def __init__(
        self, words: Sequence[str], counts: Sequence[int] | Counts, read_words: int | None = None
    ) -> None:
        held = np.array(counts, dtype=np.int64)
        held.flags.writeable = False
        object.__setattr__(self, "words", tuple(words))
        object.__setattr__(self, "counts", held)
        total = int(held.sum())
        object.__setattr__(self, "read_words", total if read_words is None else read_words)
        object.__setattr__(self, "ids", {word: i for i, word in enumerate(self.words)})
        self._check(total)

    def _check(self, total: int) -> None:
        if self.counts.shape != (len(self.words),):
            raise DataError(
                "Vocabulary: expected one count for each of {words} words; got an array of shape "
                "{counts}. Give as many counts as words.",
                words=len(self.words),
                counts=self.counts.shape,
            )
        if self.counts.min(initial=0) < 0 or self.read_words < total:
            raise DataError(
                "Vocabulary: counts must not be negative, nor add up to more than "
                "read_words={read_words}; got a least count of {least} and a sum of {total}. "
                "Count the words again.",
                read_words=self.read_words,
                least=int(self.counts.min(initial=0)),
                total=total,
            )
        if len(self.ids) != len(self.words):
            raise DataError(
                "Vocabulary: each word must stand there once; {word!r} stands there twice. "
                "Drop one of the two, and add up their counts.",
                word=next(word for i, word in enumerate(self.words) if self.ids[word] != i),
            )

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and (
            (self.words, self.read_words) == (other.words, other.read_words)
            and np.array_equal(self.counts, other.counts)
        )

    def __hash__(self) -> int:
        return hash((len(self.words), self.words[:8], self.read_words))

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words, {self.read_words} read)"

    def lookup(self, word: str) -> int | None:
        """The id of `word`, or None."""
        return self.ids.get(word)

    def to_json(self) -> dict[str, Any]:
        """Words, counts and read words."""
        return {
            "words": list(self.words),
            "counts": self.counts.tolist(),
            "read_words": self.read_words,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Vocabulary":
        """The vocabulary that `to_json` wrote."""
        return cls(stored["words"], stored["counts"], stored["read_words"])

    def digest(self) -> str:
        """A SHA-256 of words, counts and read words: equal for equal vocabularies alone."""
        return hashlib.sha256(json.dumps(self.to_json()).encode()).hexdigest()
