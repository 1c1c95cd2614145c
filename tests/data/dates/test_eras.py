"""The eras begin and end on the days of the edicts."""

from datetime import date, timedelta

import pytest

from saiki.data.dates import ERAS, FIRST_DAY, LAST_DAY, era_of
from saiki.errors import ArgumentError

# First day, last day, number of the last year; written by hand, not taken from the package.
KNOWN = {
    "明治": ((1873, 1, 1), (1912, 7, 29), 6, 45),
    "大正": ((1912, 7, 30), (1926, 12, 24), 1, 15),
    "昭和": ((1926, 12, 25), (1989, 1, 7), 1, 64),
    "平成": ((1989, 1, 8), (2019, 4, 30), 1, 31),
    "令和": ((2019, 5, 1), (2100, 12, 31), 1, 82),
}


@pytest.mark.parametrize("name", KNOWN)
def test_an_era_has_its_first_and_last_day(name):
    first, last, first_year, last_year = KNOWN[name]
    for day, year in ((date(*first), first_year), (date(*last), last_year)):
        assert era_of(day).name == name
        assert era_of(day).year(day) == year


def test_the_names_stand_in_order():
    assert [era.name for era in ERAS] == list(KNOWN)
    assert "".join(era.letter for era in ERAS) == "MTSHR"
    assert "".join(era.square for era in ERAS) == "㍾㍽㍼㍻㋿"
    assert [era.letter for era in ERAS] == [era.romanised[0] for era in ERAS]


@pytest.mark.parametrize("day", [FIRST_DAY - timedelta(1), LAST_DAY + timedelta(1)])
def test_a_day_out_of_range_is_refused(day):
    with pytest.raises(ArgumentError, match=f"between 1873-01-01 and 2100-12-31; got {day}"):
        era_of(day)
