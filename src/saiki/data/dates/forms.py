"""The forms in which dates are written, by name."""

from typing import Final

from saiki.data.dates._form import DateForm, Kind, Order, Script
from saiki.data.dates._forms_english import ENGLISH_FORMS, NUMERIC_FORMS
from saiki.data.dates._forms_era import ERA_FORMS
from saiki.data.dates._forms_japanese import WESTERN_FORMS
from saiki.data.dates._forms_mixed import MIXED_FORMS

__all__ = ["DATE_FORMS", "DateForm", "Kind", "Order", "Script"]

DATE_FORMS: Final[dict[str, DateForm]] = {
    form.name: form
    for form in (*WESTERN_FORMS, *ERA_FORMS, *ENGLISH_FORMS, *NUMERIC_FORMS, *MIXED_FORMS)
}
"""Every form by its name.

No text means two days: years have four digits or an era, and bare numbers with the year last
(month-first-slash 04/30/2019, day-first-slash 30/04/2019 and their like) are written only where
day and month cannot be exchanged. The order of every form is its `order`.
"""
