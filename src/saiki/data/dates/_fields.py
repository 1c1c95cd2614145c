"""What a pattern of a form may name, for one day."""

from datetime import date
from typing import Any

from saiki.data.dates._numerals import EraYear, Numeral
from saiki.data.dates.eras import era_of

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KANJI_WEEKDAYS = "月火水木金土日"


def _dotted(month: str) -> str:
    if month == "May":
        return month
    return "Sept." if month == "September" else month[:3] + "."


_DOTTED = tuple(map(_dotted, _MONTHS))
_UPPER = tuple(map(str.upper, _MONTHS))
_LOWER = tuple(map(str.lower, _MONTHS))


def fields(day: date) -> dict[str, Any]:
    """Every field by name; numbers take a style of `_numerals` as their format."""
    era = era_of(day)
    year = era.year(day)
    month, weekday = day.month - 1, day.weekday()
    return {
        "year": Numeral(day.year),
        "month": Numeral(day.month),
        "day": Numeral(day.day),
        "era": era.name,
        "era_letter": era.letter,
        "era_romanised": era.romanised,
        "era_short": era.name[0],
        "era_square": era.square,
        "era_year": Numeral(year),
        "era_year_or_first": EraYear(year),
        "month_name": _MONTHS[month],
        "month_short": _MONTHS[month][:3],
        "month_dotted": _DOTTED[month],
        "month_upper": _UPPER[month],
        "month_lower": _LOWER[month],
        "weekday": _KANJI_WEEKDAYS[weekday],
        "weekday_name": _WEEKDAYS[weekday],
        "weekday_short": _WEEKDAYS[weekday][:3],
    }
