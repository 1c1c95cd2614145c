"""How numbers are written: half-width, full-width, in kanji, as English ordinals."""

from collections.abc import Callable
from functools import cache
from typing import Final

_WIDE = str.maketrans("0123456789 ", "０１２３４５６７８９　")
_POSITIONAL = str.maketrans("0123456789", "〇一二三四五六七八九")
_UNITS = ((1000, "千"), (100, "百"), (10, "十"))
# The characters that the law asks for where a number must not be altered.
_FORMAL = str.maketrans("一二三十", "壱弐参拾")
_ENGLISH_EXCEPTIONS = {1: "st", 2: "nd", 3: "rd"}


def _kanji(number: int) -> str:
    written = ""
    for unit, sign in _UNITS:
        count, number = divmod(number, unit)
        if count:
            written += (_kanji(count) if count > 1 else "") + sign
    return written + (str(number).translate(_POSITIONAL) if number else "")


def _ordinal(number: int) -> str:
    is_teen = 10 < number % 100 < 20
    return f"{number}{'th' if is_teen else _ENGLISH_EXCEPTIONS.get(number % 10, 'th')}"


_STYLES: Final[dict[str, Callable[[int], str]]] = {
    "": str,
    "02": lambda n: f"{n:02d}",
    ">2": lambda n: f"{n:>2d}",
    "wide": lambda n: str(n).translate(_WIDE),
    "wide2": lambda n: f"{n:02d}".translate(_WIDE),
    "kanji": _kanji,
    "positional": lambda n: str(n).translate(_POSITIONAL),
    "old": lambda n: _kanji(n).replace("二十", "廿").replace("三十", "卅"),
    "formal": lambda n: _kanji(n).translate(_FORMAL),
    "ordinal": _ordinal,
}


@cache
def numeral(number: int, style: str) -> str:
    """A number above 0 in one of the styles above."""
    return _STYLES[style](number)


class Numeral(int):
    """A number whose format is a style: f"{Numeral(30):kanji}" is 三十."""

    __slots__ = ()

    def __format__(self, style: str) -> str:
        return numeral(int(self), style)


class EraYear(Numeral):
    """The year of an era, whose first is written 元."""

    __slots__ = ()

    def __format__(self, style: str) -> str:
        return "元" if self == 1 else super().__format__(style)
