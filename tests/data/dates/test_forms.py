"""Every form writes what its name and tags say, and the reader agrees on every day tried."""

import calendar
import re
import unicodedata
from datetime import date, timedelta
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.data.dates import DATE_FORMS, FIRST_DAY, LAST_DAY, read_date
from saiki.errors import ArgumentError

BEGINNINGS = [(1873, 1, 1), (1912, 7, 30), (1926, 12, 25), (1989, 1, 8), (2019, 5, 1)]
FORMS = pytest.mark.parametrize("form", DATE_FORMS.values(), ids=lambda form: form.name)


def chosen_days():
    """Boundary weeks, every 29 February, the last days of months of some years, all of 2021."""
    weeks = [date(*first) + timedelta(i) for first in BEGINNINGS for i in range(-8, 9)]
    leap = [date(year, 2, 29) for year in range(1873, 2101) if calendar.isleap(year)]
    ends = [
        date(year, month, calendar.monthrange(year, month)[1])
        for year in (1873, 1900, 1912, 1926, 1989, 1999, 2000, 2010, 2019, 2100)
        for month in range(1, 13)
    ]
    year = [date(2021, 1, 1) + timedelta(i) for i in range(365)]
    return sorted({d for d in chain(weeks, leap, ends, year) if FIRST_DAY <= d <= LAST_DAY})


DAYS = chosen_days()


@FORMS
def test_the_reader_agrees_with_the_writer(form):
    writable = [day for day in DAYS if form.can_write(day)]
    assert len(writable) > 200
    assert [read_date(form.write(day)) for day in writable] == [d.isoformat() for d in writable]


@settings(max_examples=60, deadline=None)
@given(st.dates(FIRST_DAY, LAST_DAY))
def test_the_reader_agrees_on_any_day_in_every_form(day):
    for form in DATE_FORMS.values():
        if form.can_write(day):
            assert read_date(form.write(day)) == day.isoformat()


@pytest.mark.parametrize(
    ("name", "day", "written"),
    [
        ("era", (2019, 4, 30), "平成31年4月30日"),
        ("era", (2019, 5, 1), "令和元年5月1日"),
        ("era-digits", (2019, 5, 1), "令和1年5月1日"),
        ("era", (1989, 1, 7), "昭和64年1月7日"),
        ("era", (1989, 1, 8), "平成元年1月8日"),
        ("era", (1926, 12, 24), "大正15年12月24日"),
        ("era", (1926, 12, 25), "昭和元年12月25日"),
        ("era", (1912, 7, 29), "明治45年7月29日"),
        ("era", (1912, 7, 30), "大正元年7月30日"),
        ("era", (1873, 1, 1), "明治6年1月1日"),
        ("era-letter-dots", (2021, 4, 1), "R3.4.1"),
        ("era-letter-slash", (2019, 4, 30), "H31/4/30"),
        ("era-letter-packed", (1912, 8, 9), "T010809"),
        ("era-kanji", (2021, 12, 31), "令和三年十二月三十一日"),
        ("era-kanji-positional", (1945, 10, 20), "昭和二〇年一〇月二〇日"),
        ("era-kanji-old", (1946, 11, 23), "昭和廿一年十一月廿三日"),
        ("era-kanji-formal", (2020, 11, 23), "令和弐年拾壱月弐拾参日"),
        ("era-square", (1989, 2, 3), "㍻元年2月3日"),
        ("era-short-dots", (1920, 2, 10), "大9.2.10"),
        ("ja-kanji", (2021, 12, 31), "二〇二一年十二月三十一日"),
        ("ja-kanji-thousands", (1989, 10, 11), "千九百八十九年十月十一日"),
        ("ja-kanji-thousands", (2100, 1, 20), "二千百年一月二十日"),
        ("ja-aligned", (2021, 4, 1), "2021年 4月 1日"),
        ("ja-wide-weekday", (2019, 4, 30), "２０１９年４月３０日（火）"),
        ("ja-western-then-era", (2019, 5, 1), "2019年（令和元年）5月1日"),
        ("en-month-first-ordinal", (2019, 4, 22), "April 22nd, 2019"),
        ("en-month-first-ordinal", (2019, 4, 12), "April 12th, 2019"),
        ("en-month-first-dotted", (2019, 9, 3), "Sept. 3, 2019"),
        ("en-month-first-dotted", (2019, 5, 3), "May 3, 2019"),
        ("en-weekday-month-first-short", (2019, 4, 30), "Tue, Apr 30 2019"),
        ("en-day-first-short", (2019, 4, 30), "30 Apr 2019"),
        ("en-era-first", (1989, 1, 7), "Showa 64, January 7"),
        ("month-first-slash", (2019, 4, 30), "04/30/2019"),
        ("day-first-slash", (2019, 4, 30), "30/04/2019"),
        ("era-mixed-half-kanji-wide", (2021, 4, 1), "令和3年四月１日"),
        ("western-mixed-kanji-wide-half", (2021, 4, 10), "二〇二一年４月10日"),
    ],
)
def test_a_form_writes_as_people_do(name, day, written):
    assert DATE_FORMS[name].write(date(*day)) == written


def test_there_are_dozens_of_forms_of_every_script_and_kind():
    forms = DATE_FORMS.values()
    assert len(forms) > 100
    for tag in ("ja", "en", "mixed", "neutral"):
        assert sum(form.script == tag for form in forms) >= 12
    kinds = {kind for form in forms for kind in form.kinds}
    for kind in kinds:
        assert sum(kind in form.kinds for form in forms) >= 3
    assert all({"era", "western"} & set(form.kinds) for form in forms)


def scripts_of(text):
    """Which scripts its numerals are of; 月, 日 and the weekdays are no numerals."""
    found = set()
    for sign in text:
        if sign in "〇一二三四五六七八九十百千壱弐参拾廿卅":
            found.add("kanji")
        elif unicodedata.category(sign) == "Nd":
            found.add("half" if sign.isascii() else "wide")
    return found


@FORMS
@pytest.mark.parametrize("day", [date(2019, 5, 1), date(1986, 11, 23)], ids=str)
def test_the_tags_are_true(form, day):
    if not form.can_write(day):
        return
    text = form.write(day)
    scripts = scripts_of(text)
    assert ("kanji" in form.kinds) >= ("kanji" in scripts)
    assert ("full-width" in form.kinds) >= ("wide" in scripts)
    assert ("weekday" in form.kinds) == bool(
        re.search(r"水|木|(?<!年5月23)日[）)曜]|Wed|Sun", text)
    )
    assert ("letter" in form.kinds) == bool(
        re.match(r"[RS] ?\d", unicodedata.normalize("NFKC", text))
    )
    if form.script == "en":
        assert text.isascii()
        assert re.search("[a-z]{3}", text.lower())
    if form.script == "neutral":
        assert re.fullmatch(r"[0-9 ./-]+", text)
    is_half_and_wide = text[0].isascii() and "wide" in scripts
    assert (form.script == "mixed") == (len(scripts) > 1 or is_half_and_wide)


# 2022-11-23 is 令和4年: three numbers that no form confuses.
NUMBERS = {
    "year": "(2022|二〇二二|二千二十二|0?4|四)",
    "month": "(11|十一|一一|拾壱|nov)",
    "day": "(23|二三|二十三|廿三|弐拾参)",
}


@FORMS
def test_the_order_is_that_of_the_text(form):
    text = unicodedata.normalize("NFKC", form.write(date(2022, 11, 23))).lower()
    assert sorted(form.order) == sorted(NUMBERS)
    assert re.search(".*".join(NUMBERS[role] for role in form.order), text)
    assert not re.search(".*".join(NUMBERS[role] for role in reversed(form.order)), text)


@FORMS
def test_no_ambiguous_day_is_written(form):
    third_of_april = date(2019, 4, 3)
    is_year_last = form.script == "neutral" and form.order[-1] == "year"
    assert form.needs_clear_order == is_year_last
    assert form.can_write(date(2019, 4, 13))
    assert form.can_write(date(2019, 4, 4))
    assert form.can_write(third_of_april) != is_year_last
    if is_year_last:
        with pytest.raises(ArgumentError, match=f"2019-04-03 is ambiguous in the form {form.name}"):
            form.write(third_of_april)


def test_every_held_out_combination_is_trained_with_the_other_count_of_years():
    held = {form.name for form in DATE_FORMS.values() if form.is_held_out}
    assert len(held) == 6
    for name in held:
        count, rest = name.split("-", 1)
        other = f"{'western' if count == 'era' else 'era'}-{rest}"
        assert DATE_FORMS[name].script == "mixed"
        assert other in DATE_FORMS
        assert other not in held
