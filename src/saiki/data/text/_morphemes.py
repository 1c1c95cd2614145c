"""Japanese morphemes through SudachiPy."""

import re
import warnings
from collections.abc import Iterator
from importlib import metadata
from typing import Any, final

from saiki.errors import DependencyError
from saiki.language import render

_SENTENCE_END = re.compile(r"[。．！？!?\n]+[」』）)]*|\s+")
_SUDACHI_BYTES = 49_149  # what one call of the library takes


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


def open_sudachi(name: str, who: str) -> Any:
    """SudachiPy's tokeniser of a mode: "sudachi-a", "-b", "-c", or "sudachi", which is C."""
    try:
        from sudachipy import (  # type: ignore[import-untyped]  # noqa: PLC0415  an extra
            Dictionary,
            SplitMode,
        )

        dictionary: Any = Dictionary()
    except ImportError as fault:
        raise DependencyError(
            "{who}: tokenizer={name!r} needs SudachiPy and its dictionary; they are not "
            "installed. Install them with `pip install 'saiki[ja]'`, or use "
            "tokenizer='characters'.",
            who=who,
            name=name,
        ) from fault
    mode = name.removeprefix("sudachi").removeprefix("-").upper() or "C"
    create = getattr(dictionary, "tokenizer", None) or dictionary.create  # before 0.7
    return create(mode=getattr(SplitMode, mode))


def sudachi_versions() -> str:
    """The versions of library and dictionary: both decide how a text is cut."""
    return f"{_version('SudachiPy')} {_version('sudachidict_core')}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "-"


@final
class Morphemes:
    """Surfaces of SudachiPy's morphemes, white space among them.

    Mode A cuts shortest (国家|公務|員), B in the middle (国家|公務員), C longest (国家公務員).

    Promise: decode sets the surfaces side by side, so that decode(encode(text)) == text for
    every text without unknown tokens, as long as nothing is normalised. Another version of the
    dictionary may cut otherwise: its version is stored, and a change of it is warned of.

    Source: Takaoka et al., "Sudachi: a Japanese Tokenizer for Business", LREC 2018.
    """

    is_exact = True

    def __init__(self, name: str, who: str = "make_tokenizer") -> None:
        self._tokenize = open_sudachi(name, who).tokenize

    def split(self, text: str) -> list[str]:
        return [
            surface
            for piece in pieces(text, _SUDACHI_BYTES)
            for morpheme in self._tokenize(piece)
            if (surface := morpheme.surface())
        ]

    def gap(self, before: str, after: str) -> bool:
        return False

    def to_json(self) -> dict[str, Any]:
        return {"sudachi": sudachi_versions()}

    def check(self, stored: dict[str, Any]) -> None:
        if stored.get("sudachi") != sudachi_versions():
            warnings.warn(
                render(
                    "The tokeniser was fitted with SudachiPy and its dictionary at {stored}; here "
                    "are {here}: texts may be cut otherwise. Install those versions, or train "
                    "again.",
                    stored=stored.get("sudachi"),
                    here=sudachi_versions(),
                ),
                UserWarning,
                stacklevel=4,
            )
