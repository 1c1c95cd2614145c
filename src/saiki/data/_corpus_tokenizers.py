"""From a line to its tokens."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any, Literal, TypeAlias, get_args

from saiki.errors import ArgumentError, DependencyError, nearest

TokenizerName: TypeAlias = Literal[
    "words", "characters", "sudachi", "sudachi-a", "sudachi-b", "sudachi-c"
]
Tokenizer: TypeAlias = TokenizerName | Callable[[str], list[str]]

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_SENTENCE_END = re.compile(r"[。．！？!?\n]+[」』）)]*|\s+")
_SUDACHI_BYTES = 49_149  # what one call of the library takes


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
    return f"{tokenizer} {_version('SudachiPy')} {_version('sudachidict_core')}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "-"


def _words(line: str) -> list[str]:
    """Runs of letters, digits and underscores, apostrophes within kept, in lower case."""
    return _WORD.findall(unicodedata.normalize("NFC", line).lower())


def _characters(line: str) -> list[str]:
    return list("".join(line.split()))


class _Sudachi:
    """Surfaces of SudachiPy's morphemes; white space is no token, all else is kept."""

    def __init__(self, name: str) -> None:
        try:
            from sudachipy import (  # type: ignore[import-untyped]  # noqa: PLC0415  an extra
                Dictionary,
                SplitMode,
            )

            dictionary: Any = Dictionary()
        except ImportError as fault:
            raise DependencyError(
                "encode_corpus: tokenizer={name!r} needs SudachiPy and its dictionary; they are "
                "not installed. Install them with `pip install 'saiki[ja]'`, or use "
                "tokenizer='characters'.",
                name=name,
            ) from fault
        mode = name.removeprefix("sudachi").removeprefix("-").upper() or "C"
        create = getattr(dictionary, "tokenizer", None) or dictionary.create  # before 0.7
        self._tokenizer: Any = create(mode=getattr(SplitMode, mode))

    def __call__(self, line: str) -> list[str]:
        return [
            surface
            for piece in pieces(line, _SUDACHI_BYTES)
            for morpheme in self._tokenizer.tokenize(piece)
            if (surface := morpheme.surface()) and not surface.isspace()
        ]


def pieces(line: str, limit_bytes: int) -> Iterator[str]:
    """`line` in pieces of at most so many bytes, cut at the ends of sentences where it has any."""
    if len(line) * 4 <= limit_bytes or len(line.encode()) <= limit_bytes:
        yield line
        return
    begin = 0
    while begin < len(line):
        encoded = line[begin : begin + limit_bytes].encode()[:limit_bytes]
        piece = encoded.decode(errors="ignore")
        if begin + len(piece) < len(line):
            ends = [match.end() for match in _SENTENCE_END.finditer(piece)]
            piece = piece[: ends[-1]] if ends else piece
        yield piece
        begin += len(piece)
