"""What every tokeniser does to a text before it splits it."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from saiki.data.text._decoders import ORDINARY
from saiki.errors import ArgumentError, DataError, nearest

TokenizerName: TypeAlias = Literal[
    "white-space",
    "words",
    "characters",
    "byte-bpe",
    "unigram",
    "sudachi-a",
    "sudachi-b",
    "sudachi-c",
]
Normalisation: TypeAlias = Literal["none", "nfc", "nfkc"]
_FORMS: dict[str, Literal["NFC", "NFKC"]] = {"nfc": "NFC", "nfkc": "NFKC"}
_LEAST = ORDINARY + 2


@dataclass(frozen=True, kw_only=True)
class TokenizerSettings:
    """What `make_tokenizer` was asked for."""

    name: TokenizerName
    normalise: Normalisation = "none"
    lower_case: bool = False
    min_count: int = 1
    max_vocabulary: int | None = None

    def __post_init__(self) -> None:
        _check_choice("name", self.name, get_args(TokenizerName))
        _check_choice("normalise", self.normalise, get_args(Normalisation))
        _check_least("min_count", self.min_count, 1)
        if self.max_vocabulary is not None:
            _check_least("max_vocabulary", self.max_vocabulary, _LEAST)
        if not isinstance(self.lower_case, bool):
            raise ArgumentError(
                "make_tokenizer: lower_case must be True or False; got {got!r}. Give one of the "
                "two.",
                got=self.lower_case,
            )

    @property
    def keeps_text(self) -> bool:
        """Whether a text is split as it stands."""
        return self.normalise == "none" and not self.lower_case

    def prepare(self, text: str) -> str:
        """The text as it is split.

        Raises:
            DataError: it is no `str`, or holds half a surrogate pair.
        """
        check_text(text)
        if self.normalise != "none":
            text = unicodedata.normalize(_FORMS[self.normalise], text)
        return text.lower() if self.lower_case else text

    def prepare_all(self, texts: Iterable[str]) -> Iterator[str]:
        """Every text as it is split."""
        if isinstance(texts, str | bytes):
            raise ArgumentError(
                "{name}: texts must be several texts, such as a list of str; got one {got}. Put "
                "it in a list.",
                name=self.name,
                got=type(texts).__name__,
            )
        return map(self.prepare, texts)


def check_text(text: str) -> None:
    """Refuses what is no Unicode text."""
    if not isinstance(text, str):
        raise DataError(
            "TextTokenizer: a text must be a str; got {got}: {shown}. Decode bytes first, and "
            "leave missing records out.",
            got=type(text).__name__,
            shown=repr(text)[:60],
        )
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise DataError(
            "TextTokenizer: character {position} of a text is U+{code:04X}, half of a surrogate "
            "pair, which is no character and has no UTF-8 form (near {near!r}). Read the text "
            "again in its right encoding, or take such characters out.",
            position=fault.start + 1,
            code=ord(text[fault.start]),
            near=text[max(0, fault.start - 10) : fault.start + 10],
        ) from fault


def _check_choice(key: str, got: object, known: tuple[str, ...]) -> None:
    if got not in known:
        raise ArgumentError(
            "make_tokenizer: {key} must be one of {known}; got {got!r}. The nearest is {near!r}.",
            key=key,
            known=", ".join(known),
            got=got,
            near=nearest(str(got), known) or known[0],
        )


def _check_least(key: str, got: object, least: int) -> None:
    if not isinstance(got, int) or isinstance(got, bool) or got < least:
        raise ArgumentError(
            "make_tokenizer: {key} must be a whole number, {least} or more; got {got!r}. Give a "
            "larger one.",
            key=key,
            least=least,
            got=got,
        )
