"""Tokenisers whose tokens are counted: white space, words, morphemes."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Protocol, Self, final

import numpy as np
from numpy.typing import NDArray

from saiki.data.text._decoders import ORDINARY, UNKNOWN, UNKNOWN_ID, StreamDecoder, TextDecoder
from saiki.data.text._tokenizers_interface import TextTokenizer, check_vocabulary
from saiki.data.text._tokenizers_text import TokenizerSettings
from saiki.data.vocabulary import Vocabulary

_OPENING = frozenset("([{“‘«")
_CLOSING = frozenset(")]}”’».,;:!?%…")


class Splitter(Protocol):
    """How a text is cut into tokens and put together again."""

    is_exact: bool

    def split(self, text: str) -> list[str]:
        """The tokens of a text."""

    def gap(self, before: str, after: str) -> bool:
        """Whether a space stands between two tokens."""

    def to_json(self) -> dict[str, Any]:
        """What else decides how a text is cut."""

    def check(self, stored: dict[str, Any]) -> None:
        """Warns where a stored tokeniser was cut by something else."""


class _Ids(dict[str, int]):
    def __missing__(self, token: str) -> int:
        return UNKNOWN_ID


@final
class CountedTokenizer(TextTokenizer):
    """Every token seen often enough has an id; all others are the unknown token."""

    def __init__(self, settings: TokenizerSettings, splitter: Splitter) -> None:
        super().__init__(settings)
        self._splitter = splitter
        self._ids = _Ids()

    @property
    def is_exact(self) -> bool:
        return self._splitter.is_exact and self.settings.keeps_text

    def fit(self, texts: Iterable[str]) -> Self:
        counter: Counter[str] = Counter()
        number = 0
        for text in self.settings.prepare_all(texts):
            counter.update(self._splitter.split(text))
            number += 1
        vocabulary = counted_vocabulary(counter, self.settings)
        check_vocabulary(len(vocabulary), number, self.settings)
        self.restore(vocabulary, {})
        return self

    def restore(self, vocabulary: Vocabulary, stored: dict[str, Any]) -> None:
        super().restore(vocabulary, stored)
        self._ids = _Ids({word: ORDINARY + i for word, i in vocabulary.ids.items()})
        if stored:
            self._splitter.check(stored)

    def _form_to_json(self) -> dict[str, Any]:
        return self._splitter.to_json()

    def _encode_prepared(self, texts: Iterable[str]) -> list[NDArray[np.int32]]:
        look_up, split = self._ids.__getitem__, self._splitter.split
        found = []
        for text in texts:
            tokens = split(text)
            found.append(np.fromiter(map(look_up, tokens), np.int32, len(tokens)))
        return found

    def unknown_pieces(self, text: str) -> list[str]:
        words = dict.fromkeys(self._splitter.split(self.settings.prepare(text)))
        return [word for word in words if word not in self._ids]

    def decoder(self) -> StreamDecoder:
        return TextDecoder(self.vocabulary.words, self._splitter.gap)


def counted_vocabulary(counter: Counter[str], settings: TokenizerSettings) -> Vocabulary:
    """The tokens seen often enough, by falling count, ties by first appearance."""
    read = counter.total()
    if settings.name == "white-space":
        counter.pop(UNKNOWN, None)
    room = None if settings.max_vocabulary is None else settings.max_vocabulary - ORDINARY
    kept = [(t, n) for t, n in counter.most_common() if n >= settings.min_count][:room]
    return Vocabulary([token for token, _ in kept], [n for _, n in kept], read)


class _Stateless:
    def to_json(self) -> dict[str, Any]:
        return {}

    def check(self, stored: dict[str, Any]) -> None:
        return


@final
class WhiteSpace(_Stateless):
    """Runs of anything but white space (that of Unicode); a space between any two.

    Promise: encode(decode(ids)) gives ordinary and unknown ids back; the kind and the amount of
    white space are lost.
    """

    is_exact = False

    def split(self, text: str) -> list[str]:
        return text.split()

    def gap(self, before: str, after: str) -> bool:
        return True


@final
class Words(_Stateless):
    """Segments between the word boundaries of Unicode (UAX #29), white space left out.

    A mark of punctuation, a kanji, a hiragana and an emoji with its joiners are a token each;
    "can't", "3.14" and a run of katakana are one. decode sets a space between two tokens, but
    not beside kanji, hiragana and East Asian punctuation, before closing punctuation, or after
    an opening bracket.

    Promise: encode(decode(ids)) gives ordinary ids back; white space is lost.

    Source: Unicode Standard Annex #29, section 4.1, default word boundaries.
    """

    is_exact = False

    def split(self, text: str) -> list[str]:
        # The library sees no boundary behind a combining mark that begins a text.
        return [token for found in _patterns().word(text) for token in found.split()]

    def gap(self, before: str, after: str) -> bool:
        return _is_lone_mark(before[0]) or _is_gap(before[-1], after[0])


@dataclass(frozen=True)
class _Patterns:
    word: Callable[[str], list[str]]
    marks: Callable[[str], Any]
    east_asian: Callable[[str], Any]


@cache
def _patterns() -> _Patterns:
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415  its tables take a while

    flags = regex.WORD | regex.V1 | regex.DOTALL
    marks = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]"
    # Flags on their own: `\b` would count a run of them from its beginning at every one, and sees
    # no boundary behind a letter of a flag that stands alone.
    flag = rf"[\U0001f1e6-\U0001f1ff]{{1,2}}+{marks}*+(?!(?<=\u200d)\p{{ExtPict}})"
    blocks = r"[\p{Han}\p{Hiragana}\u3000-\u303f\uff01-\uff65]"
    east_asian = rf"[[{blocks}&&\p{{WB=Other}}]--\p{{ExtPict}}]"
    return _Patterns(
        regex.compile(rf"{flag}|\S.*?\b", flags).findall,
        regex.compile(marks, flags).match,
        regex.compile(east_asian, flags).match,
    )


@lru_cache(1 << 14)
def _is_lone_mark(first: str) -> bool:
    return bool(_patterns().marks(first))


@lru_cache(1 << 14)
def _is_gap(before: str, after: str) -> bool:
    """Whether two tokens that touch with these characters need a space between them.

    They do wherever a boundary between them would not be found again.
    """
    if _is_lone_mark(after):
        return True
    if before in _OPENING or after in _CLOSING:
        return False
    return not (_patterns().east_asian(before) or _patterns().east_asian(after))
