"""From a line to its tokens."""

import re
import unicodedata
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

from saiki.data.text._morphemes import Morphemes, sudachi_versions
from saiki.errors import ArgumentError, nearest

TokenizerName: TypeAlias = Literal[
    "words", "characters", "sudachi", "sudachi-a", "sudachi-b", "sudachi-c"
]
Tokenizer: TypeAlias = TokenizerName | Callable[[str], list[str]]

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def open_tokenizer(tokenizer: Tokenizer | None) -> Callable[[str], list[str]]:
    """The function that splits a line; None is `str.split`, at white space."""
    if tokenizer is None:
        return str.split
    if callable(tokenizer):
        return tokenizer
    if tokenizer == "words":
        return _words
    if tokenizer == "characters":
        return _characters
    if tokenizer not in get_args(TokenizerName):
        raise ArgumentError(
            "encode_corpus: tokenizer must be None (split at white space), one of {known}, or a "
            "function from a line to its tokens; got {got!r}. The nearest is {near!r}.",
            known=", ".join(get_args(TokenizerName)),
            got=tokenizer,
            near=nearest(str(tokenizer), get_args(TokenizerName)) or "words",
        )
    return _Sudachi(tokenizer)


def cuts_anywhere(tokenizer: Tokenizer | None) -> bool:
    """Whether a line may be cut at white space without changing its tokens."""
    return tokenizer in (None, "words", "characters")


def tokenizer_name(tokenizer: Tokenizer | None) -> str | None:
    """What stands in a stored corpus, with the versions that decide; None for a function."""
    if tokenizer is None:
        return "white space"
    if callable(tokenizer):
        return None
    if not tokenizer.startswith("sudachi"):
        return tokenizer
    return f"{tokenizer} {sudachi_versions()}"


def _words(line: str) -> list[str]:
    """Runs of letters, digits and underscores, apostrophes within kept, in lower case."""
    return _WORD.findall(unicodedata.normalize("NFC", line).lower())


def _characters(line: str) -> list[str]:
    return list("".join(line.split()))


class _Sudachi:
    """Surfaces of SudachiPy's morphemes; white space is no token, all else is kept."""

    def __init__(self, name: str) -> None:
        self._split = Morphemes(name, "encode_corpus").split

    def __call__(self, line: str) -> list[str]:
        return [surface for surface in self._split(line) if not surface.isspace()]
