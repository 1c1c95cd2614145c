"""The tokens of a written date, as the reader sees them; knows nothing of the writer's forms."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

from saiki.errors import DataError

TokenKind: TypeAlias = Literal["number", "era", "unit", "month", "weekday", "ordinal"]

_NUMERALS: Final = {
    **dict(zip("〇一二三四五六七八九", range(10), strict=True)),
    "零": 0,
    "壱": 1,
    "弐": 2,
    "参": 3,
}
_MULTIPLES: Final = {"十": 10, "拾": 10, "廿": 20, "卅": 30, "百": 100, "千": 1000}
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_ALSO: Final = {"sept": "sep", "tues": "tue", "thur": "thu", "thurs": "thu"}
_ERAS: Final = ("meiji", "taisho", "showa", "heisei", "reiwa")
_SILENT: Final = ("the", "of")
_ORDINALS: Final = ("st", "nd", "rd", "th")
_DIGIT: Final = "[0-9元〇一二三四五六七八九壱弐参十拾廿卅]"
_TOKEN: Final = re.compile(
    r"(?P<weekday>[(\[](?P<day>[月火水木金土日])(?:曜日?)?[)\]]|(?P<named>[月火水木金土日])曜日?)"
    rf"|(?P<era>明治|大正|昭和|平成|令和|[明大昭平令](?= ?{_DIGIT})|[mtshr](?= ?[0-9]))"
    r"|(?P<number>[0-9]{1,8}|[〇一二三四五六七八九零壱弐参十拾廿卅百千]{1,8}|元)"
    r"|(?P<unit>[年月日])"
    r"|(?P<word>[a-z]+)"
    r"|(?P<silent>西暦|[ ,./()\[\]・-])"
)


@final
@dataclass(frozen=True)
class Token:
    """A piece of the text: what it is, its number (or place in its row), and how it was written."""

    kind: TokenKind
    value: int
    text: str


def tokens(written: str) -> list[Token]:
    """Everything in `written` that means something.

    Compatibility forms (NFKC) fold full-width characters and ㍻ into plain ones.
    """
    text = unicodedata.normalize("NFKC", written).lower().strip()
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise cannot_read(written, text[place:])
        token = _token(match, written)
        if token:
            found.append(token)
        place = match.end()
    return found


def cannot_read(written: str, piece: str) -> DataError:
    """The error for a text with something in it that belongs to no date."""
    return DataError(
        "read_date: {text!r}: {piece!r} is nothing that belongs to a date here. Write a date "
        "alone, such as 2019-04-30, 平成31年4月30日 or April 30, 2019.",
        text=written,
        piece=piece,
    )


def _token(match: re.Match[str], written: str) -> Token | None:
    text = match.group()
    if match["silent"]:
        return None
    if match["word"]:
        return _word(text, written)
    if match["number"]:
        return Token("number", _number(text, written), text)
    if match["weekday"]:
        return Token("weekday", "月火水木金土日".index(match["day"] or match["named"]), text)
    if match["era"]:
        return Token("era", "明大昭平令mtshr".index(text[0]) % 5, text)
    return Token("unit", "年月日".index(text), text)


def _word(word: str, written: str) -> Token | None:
    if word in _SILENT:
        return None
    if word in _ORDINALS:
        return Token("ordinal", _ORDINALS.index(word), word)
    if word in _ERAS:
        return Token("era", _ERAS.index(word), word)
    short = _ALSO.get(word, word)
    rows: tuple[tuple[TokenKind, tuple[str, ...]], ...] = (
        ("month", _MONTHS),
        ("weekday", _WEEKDAYS),
    )
    for kind, row in rows:
        for i, name in enumerate(row):
            if short in (name, name[:3]):
                return Token(kind, i, word)
    raise cannot_read(written, word)


def _number(text: str, written: str) -> int:
    """Digits, digits in kanji (三〇), or units in kanji (三十)."""
    if text == "元":
        return 1
    if text[0] in "0123456789":
        return int(text)
    if not any(sign in _MULTIPLES for sign in text):
        return int("".join(str(_NUMERALS[sign]) for sign in text))
    return _sum_of_units(text, written)


def _sum_of_units(text: str, written: str) -> int:
    total, pending, last_unit = 0, 0, 10_000
    for sign in text:
        unit = _MULTIPLES.get(sign)
        if unit is None:
            if pending or not _NUMERALS[sign] or last_unit == 1:
                raise cannot_read(written, text)
            pending = _NUMERALS[sign]
            continue
        size = 10 if unit < 100 else unit
        if size >= last_unit or (pending and sign in "廿卅"):
            raise cannot_read(written, text)
        total, pending, last_unit = total + (pending or 1) * unit, 0, size
    return total + pending
