"""`DateForm`: one way to write a date."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias, final

from saiki.data.dates._fields import fields
from saiki.errors import ArgumentError

Script: TypeAlias = Literal["ja", "en", "mixed", "neutral"]
Kind: TypeAlias = Literal[
    "era", "western", "kanji", "full-width", "weekday", "letter", "numeric", "packed", "spaced"
]
Order: TypeAlias = tuple[Literal["year", "month", "day"], ...]

_PART = re.compile(r"\{(?:era_)?(year|month|day)(?=[_:}])")


@final
@dataclass(frozen=True, kw_only=True)
class DateForm:
    """One way to write a date.

    Args:
        name: as accuracies by form show it.
        pattern: the text with fields in braces.
        script: "ja" or "en"; "mixed" where the numerals of one date are of more than one script
            (kanji, half-width, full-width), or stand beside a letter of another width; "neutral"
            for half-width digits and punctuation alone.
        kinds: what else it is: "era" or "western" by its year (or both); "kanji" or "full-width"
            numerals; with a "weekday"; with the "letter" of an era; "numeric": no unit or name
            says which number is the month; "packed": nothing between the numbers; "spaced".
        weight: how often it is drawn, relative to the others.
        is_held_out: whether it occurs in the test part only.
        needs_clear_order: whether it writes only the days whose order nobody can mistake: those
            after the 12th, and those whose day and month are the same number.

    Example:
        >>> from saiki.data.dates import DATE_FORMS
        >>> form = DATE_FORMS["era-kanji-weekday"]
        >>> form.write(date(2019, 4, 30))
        '平成三十一年四月三十日（火）'
        >>> form.script, form.kinds, form.order
        ('ja', ('era', 'kanji', 'weekday'), ('year', 'month', 'day'))
    """

    name: str
    pattern: str
    script: Script
    kinds: tuple[Kind, ...]
    weight: float = 1.0
    is_held_out: bool = False
    needs_clear_order: bool = False

    @property
    def order(self) -> Order:
        """In which order year, month and day stand; a year that is given twice counts once."""
        found = _PART.findall(self.pattern)
        return tuple(dict.fromkeys(found))

    def can_write(self, day: date) -> bool:
        """Whether the day has an unmistakable writing in this form."""
        return not self.needs_clear_order or has_clear_order(day)

    def write(self, day: date) -> str:
        """The day, written.

        Raises:
            ArgumentError: a day out of range, or one that would be ambiguous in this form.
        """
        if not self.can_write(day):
            raise ArgumentError(
                "DateForm.write: {day} is ambiguous in the form {form}, whose day and month could "
                "be exchanged. Choose a day after the 12th, or another form.",
                day=day,
                form=self.name,
            )
        return self.pattern.format_map(fields(day))


def has_clear_order(day: date) -> bool:
    """Whether day and month as bare numbers cannot be taken for each other."""
    return day.day > 12 or day.day == day.month
