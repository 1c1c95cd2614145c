"""Written dates, Japanese and English, and what they are in ISO 8601.

Nothing is imported before its first use.
"""

from typing import TYPE_CHECKING

from saiki.laziness import lazy_names

if TYPE_CHECKING:
    from saiki.data.dates.eras import ERAS, FIRST_DAY, LAST_DAY, Era, era_of
    from saiki.data.dates.forms import DATE_FORMS, DateForm
    from saiki.data.dates.pairs import DatePairs, date_part, dates_examples
    from saiki.data.dates.reader import read_date

__all__ = [
    "DATE_FORMS",
    "ERAS",
    "FIRST_DAY",
    "LAST_DAY",
    "DateForm",
    "DatePairs",
    "Era",
    "date_part",
    "dates_examples",
    "era_of",
    "read_date",
]

_HOMES = {
    "eras": ("ERAS", "FIRST_DAY", "LAST_DAY", "Era", "era_of"),
    "forms": ("DATE_FORMS", "DateForm"),
    "pairs": ("DatePairs", "date_part", "dates_examples"),
    "reader": ("read_date",),
}  # fmt: skip

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
