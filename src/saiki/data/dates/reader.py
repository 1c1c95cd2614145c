"""Reads a written date by rules of its own: the judge of what the writer of the forms wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, final

from saiki.data.dates._reader_tokens import Token, cannot_read, tokens
from saiki.errors import DataError

__all__ = ["read_date"]

# Name, the year before the first, first and last day; the reader's own, so that the two tables
# of the package judge each other.
_ERAS: Final = (
    ("明治", 1867, "1873-01-01", "1912-07-29"),
    ("大正", 1911, "1912-07-30", "1926-12-24"),
    ("昭和", 1925, "1926-12-25", "1989-01-07"),
    ("平成", 1988, "1989-01-08", "2019-04-30"),
    ("令和", 2018, "2019-05-01", "2100-12-31"),
)
_ROLES: Final = ("year", "month", "day")
_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip


@final
@dataclass
class _Found:
    """What is known so far."""

    text: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    era: int | None = None
    era_year: int | None = None

    def put(self, role: str, value: int) -> None:
        if getattr(self, role) is not None:
            raise DataError(
                "read_date: {text!r}: the {role} is given twice. Write one date alone.",
                text=self.text,
                role=role.replace("_", " "),
            )
        setattr(self, role, value)

    def missing(self) -> list[str]:
        roles = _ROLES if self.era_year is None else _ROLES[1:]
        return [role for role in roles if getattr(self, role) is None]


def read_date(text: str) -> str:
    """The ISO 8601 date, YYYY-MM-DD, of a date written in Japanese or English.

    Years have four digits, or an era with its year; bare numbers stand year first, or year last
    where day and month cannot be exchanged (30/04/2019 and 04/30/2019, but not 03/04/2019). A
    weekday, an ordinal's ending and a second year must be right.

    Args:
        text: one date, from 1873-01-01 to 2100-12-31.

    Raises:
        DataError: it is no date, not a day of the calendar or of its era, or may be two dates;
            the message says why.

    Example:
        >>> read_date("平成31年4月30日"), read_date("昭和六十四年一月七日（土）")
        ('2019-04-30', '1989-01-07')
        >>> read_date("Tue, Apr 30th 2019"), read_date("Ｒ３．４．１")
        ('2019-04-30', '2021-04-01')
    """
    found = _Found(text)
    _place(found, _loose_numbers(found, tokens(text)))
    return _day(found).isoformat()


def _loose_numbers(found: _Found, pieces: Sequence[Token]) -> list[int]:
    """Fills in what names, eras and units say; gives back the numbers without any."""
    loose: list[int] = []
    for i, token in enumerate(pieces):
        before = pieces[i - 1] if i else None
        after = pieces[i + 1] if i + 1 < len(pieces) else None
        if token.kind == "number":
            loose.extend(_number(found, before, token, after))
        elif token.kind in ("unit", "ordinal"):
            _check_ending(found, before, token)
        else:
            found.put(token.kind, token.value + (token.kind == "month"))
        if token.kind == "era" and (after is None or after.kind != "number"):
            raise _missing(found, ["era year"])
    return loose


def _number(found: _Found, before: Token | None, token: Token, after: Token | None) -> list[int]:
    """Puts a number where its neighbours say, or gives it back."""
    is_of_era = before is not None and before.kind == "era"
    if token.text == "元" and not is_of_era:
        raise cannot_read(found.text, token.text)
    if is_of_era and len(token.text) == 6 and token.value > 9999:  # R030401
        found.put("era_year", token.value // 10_000)
        return [token.value // 100 % 100, token.value % 100]
    unit = after.value if after is not None and after.kind == "unit" else None
    if is_of_era and unit not in (None, 0):
        raise cannot_read(found.text, token.text)
    if is_of_era:
        found.put("era_year", token.value)
    elif unit is not None:
        found.put(_ROLES[unit], token.value)
    else:
        return [token.value]
    return []


def _check_ending(found: _Found, before: Token | None, token: Token) -> None:
    """A unit or the ending of an ordinal must follow its number."""
    if before is None or before.kind != "number":
        raise cannot_read(found.text, token.text)
    if token.kind == "unit":
        return
    last = before.value % 10
    ending = "th" if before.value in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
    if token.text != ending:
        raise cannot_read(found.text, before.text + token.text)


def _place(found: _Found, loose: list[int]) -> None:
    """Gives the numbers without unit or name their roles, by their order."""
    long = [value for value in loose if value > 999]
    if found.era is not None and len(long) == 1 and found.year is None:  # Heisei 31 (2019)
        found.put("year", long[0])
        loose = [value for value in loose if value <= 999]
    missing = found.missing()
    if missing == [*_ROLES] and len(loose) == 1 and loose[0] > 9_999_999:  # 20190430
        loose = [loose[0] // 10_000, loose[0] // 100 % 100, loose[0] % 100]
    if len(loose) < len(missing):
        raise _missing(found, missing[len(loose) :])
    if len(loose) > len(missing):
        raise cannot_read(found.text, str(loose[-1]))
    if "year" in missing:
        loose = _year_first(found, loose)
    for role, value in zip(missing, loose, strict=True):
        found.put(role, value)


def _year_first(found: _Found, loose: list[int]) -> list[int]:
    """The same numbers with the year first, then month, then day."""
    if loose[0] > 999:
        return loose
    if loose[-1] <= 999:
        raise DataError(
            "read_date: {text!r}: no number here is a year of four digits. Write the year in "
            "full, or with its era.",
            text=found.text,
        )
    *rest, year = loose
    if len(rest) == 2:
        first, second = rest
        if first <= 12 and second <= 12 and first != second:
            raise DataError(
                "read_date: {text!r} may be month {first}, day {second}, or day {first}, month "
                "{second}. Write the year first, or the name of the month.",
                text=found.text,
                first=first,
                second=second,
            )
        rest = sorted(rest)  # the one above 12 is the day
    return [year, *rest]


def _day(found: _Found) -> date:
    if found.month is None or found.day is None:  # pragma: no cover  _place has filled both
        raise _missing(found, found.missing())
    year = found.year
    if found.era is not None and found.era_year is not None:
        year = _ERAS[found.era][1] + found.era_year
        if found.year not in (None, year):
            raise DataError(
                "read_date: {text!r}: {era}{era_year} is {year}, not {got}. Correct one of the "
                "two years.",
                text=found.text,
                era=_ERAS[found.era][0],
                era_year=found.era_year,
                year=year,
                got=found.year,
            )
    try:
        day = date(year or 0, found.month, found.day)
    except ValueError as error:
        raise DataError(
            "read_date: {text!r}: the calendar has no year {year}, month {month}, day {day}. "
            "Correct the date.",
            text=found.text,
            year=year,
            month=found.month,
            day=found.day,
        ) from error
    _check_range(found, day)
    _check_weekday(found, day)
    return day


def _check_range(found: _Found, day: date) -> None:
    """Within its era; without one, within all of them."""
    name, first, last = "", _ERAS[0][2], _ERAS[-1][3]
    if found.era is not None:
        name, _, first, last = _ERAS[found.era]
    if first <= day.isoformat() <= last:
        return
    if name:
        raise DataError(
            "read_date: {text!r}: {era} has the days from {first} to {last} here, and this would "
            "be {day}. Correct the era or the year.",
            text=found.text,
            era=name,
            first=first,
            last=last,
            day=day,
        )
    raise DataError(
        "read_date: {text!r}: dates from {first} to {last} can be read, and this is {day}. Before "
        "them, Japan counted days by another calendar.",
        text=found.text,
        first=first,
        last=last,
        day=day,
    )


def _check_weekday(found: _Found, day: date) -> None:
    if found.weekday not in (None, day.weekday()):
        raise DataError(
            "read_date: {text!r}: {day} is a {weekday}. Correct the weekday or the date.",
            text=found.text,
            day=day,
            weekday=_WEEKDAYS[day.weekday()],
        )


def _missing(found: _Found, roles: Sequence[str]) -> DataError:
    return DataError(
        "read_date: {text!r}: something is missing: {roles}. Write year, month and day.",
        text=found.text,
        roles=", ".join(roles),
    )
