"""Questions to word vectors: `king - man + woman = queen`, asked and judged. Imports no torch."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saiki.embeddings import Neighbour, WordVectors
from saiki.errors import ArgumentError, ConfigurationError

__all__ = [
    "Question",
    "ask",
    "neighbours",
    "parse_expression",
    "parse_question",
    "scores",
    "solve",
]

_MINUS = ("-", "−", "–")
_PLUS = ("+", "＋")
_SHOWN = 5
_DEEPEST = 100  # ranks beyond this are all told as "further down"


@dataclass(frozen=True)
class Question:
    """Words to add, words to take off, and the words that count as the right answer."""

    text: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    expected: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return (*self.positive, *self.negative)


def parse_expression(text: str) -> Question:
    """`king - man + woman` as words to add and words to take off; the signs stand alone.

    Raises:
        ArgumentError: no word, a sign without a word after it, or two words without a sign.
    """
    signed: list[tuple[bool, str]] = []
    sign: bool | None = True
    for token in text.split():
        if token in _MINUS or token in _PLUS:
            if sign is not None and signed:
                raise _not_understood(text)
            sign = token in _PLUS
        elif sign is None:
            raise _not_understood(text)
        else:
            signed.append((sign, token))
            sign = None
    if sign is not None or not signed:
        raise _not_understood(text)
    positive = tuple(word for is_added, word in signed if is_added)
    return Question(
        text.strip(), positive, tuple(word for is_added, word in signed if not is_added)
    )


def _not_understood(text: str) -> ArgumentError:
    return ArgumentError(
        "{text!r}: must be words with + or - between them and spaces around the signs, such as "
        "`king - man + woman`. Correct it.",
        text=text,
    )


def parse_question(text: str) -> Question:
    """`king - man + woman = queen`, or `= queen/empress` where either is right.

    Raises:
        ConfigurationError: it has not this form.
    """
    left, found, right = text.partition("=")
    expected = tuple(word.strip() for word in right.split("/"))
    try:
        question = parse_expression(left)
    except ArgumentError:
        found = ""
    else:
        if sorted(question.positive) == sorted(question.negative):  # nothing is left of it
            found = ""
    if not found or not all(expected):
        raise ConfigurationError(
            "questions: {text!r} must have the form `king - man + woman = queen`, or "
            "`... = queen/empress` where either is right. Correct it.",
            text=text,
        )
    return Question(left.strip(), question.positive, question.negative, expected)


def solve(vectors: WordVectors, question: Question, top: int) -> list[Neighbour]:
    """The words nearest to the sum of unit vectors; the words asked with are no answers.

    Raises:
        ArgumentError: a word has no vector; the nearest spellings are given.
    """
    positive = [_known(vectors, word) for word in question.positive]
    negative = [_known(vectors, word) for word in question.negative]
    return vectors.most_similar(positive=positive, negative=negative, top=top)


def _known(vectors: WordVectors, word: str) -> str:
    """The word as it stands in the vocabulary, which may be in lower case."""
    if word in vectors:
        return word
    lower = unicodedata.normalize("NFC", word).lower()
    return lower if lower in vectors else word


def ask(vectors: WordVectors, kind: str, question: Question) -> dict[str, Any]:
    """The best answers and where the expected word stands among them.

    Returns:
        `rank` is 1 for the first; None where it is beyond 100, or where words are missing.
        `nearest_of_all` is what would come first if the words asked with could be answers.
    """
    positive = [_known(vectors, word) for word in question.positive]
    negative = [_known(vectors, word) for word in question.negative]
    missing = vectors.missing([*positive, *negative])
    expected = [word for word in (_known(vectors, e) for e in question.expected) if word in vectors]
    row: dict[str, Any] = {
        "kind": kind,
        "question": question.text,
        "expected": list(question.expected),
        "missing": missing or ([] if expected else list(question.expected)),
        "rank": None,
        "answers": [],
        "nearest_of_all": None,
    }
    if missing:
        return row
    found = solve(vectors, question, _DEEPEST)
    ranks = [rank for rank, near in enumerate(found, start=1) if near.word in expected]
    row["rank"] = min(ranks, default=None)
    row["answers"] = [_plain(near) for near in found[:_SHOWN]]
    all_words = vectors.most_similar(
        positive=positive, negative=negative, top=1, excludes_inputs=False
    )
    row["nearest_of_all"] = all_words[0].word
    return row


def scores(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Share of all questions that are answered first, and within the first five."""
    ranks = [row["rank"] for row in rows]
    return {
        "accuracy": sum(rank == 1 for rank in ranks) / len(ranks),
        "top_5_accuracy": sum(rank is not None and rank <= _SHOWN for rank in ranks) / len(ranks),
    }


def neighbours(vectors: WordVectors, words: Sequence[str], top: int = 8) -> list[dict[str, Any]]:
    """The nearest words of each word; none where it has no vector."""
    known = [word for word in words if word in vectors]
    found = vectors.most_similar_batch(known, top) if known else []
    near = dict(zip(known, found, strict=True))
    return [{"word": word, "neighbours": [_plain(n) for n in near.get(word, [])]} for word in words]


def _plain(near: Neighbour) -> dict[str, Any]:
    return {"word": near.word, "similarity": round(float(near.similarity), 6)}
