"""The reader of written dates, against dates and mistakes written by hand."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saiki.data.dates import read_date
from saiki.errors import DataError


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("令和三年四月一日", "2021-04-01"),
        ("平成元年1月8日", "1989-01-08"),
        ("昭和64年1月7日", "1989-01-07"),
        ("平成31年4月30日", "2019-04-30"),
        ("令和1年5月1日", "2019-05-01"),
        ("大正十五年十二月二十四日", "1926-12-24"),
        ("昭和元年１２月２５日", "1926-12-25"),
        ("明治六年一月一日", "1873-01-01"),
        ("R3.4.1", "2021-04-01"),
        ("h31/4/30", "2019-04-30"),
        ("令和3年四月１日", "2021-04-01"),
        ("二〇二一年十二月三十一日", "2021-12-31"),
        ("二千二十一年一二月三一日", "2021-12-31"),
        ("昭和廿年八月卅一日", "1945-08-31"),
        ("平成参拾壱年四月参拾日", "2019-04-30"),
        ("㋿3年㋃1日", "2021-04-01"),
        ("2021年4月4日日曜日", "2021-04-04"),
        ("2021年4月5日[月]", "2021-04-05"),
        ("平成31年（2019）4月30日", "2019-04-30"),
        ("April 30, Heisei 31 (2019)", "2019-04-30"),
        ("the 2nd of Sept., 1945", "1945-09-02"),
        ("Thurs 2 May 2019", "2019-05-02"),
        ("MAY 13TH 2019", "2019-05-13"),
        ("30apr2019", "2019-04-30"),
        ("04/30/2019", "2019-04-30"),
        ("30.4.2019", "2019-04-30"),
        ("4/4/2019", "2019-04-04"),
        ("20190430", "2019-04-30"),
        ("R030401", "2021-04-01"),
        ("29 February 2000", "2000-02-29"),
        ("  2096年2月29日\n", "2096-02-29"),
    ],
)
def test_a_date_is_read(text, iso):
    assert read_date(text) == iso


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("昭和64年1月8日", "昭和 has the days from 1926-12-25 to 1989-01-07 here.*1989-01-08"),
        ("平成元年1月7日", "平成 has the days from 1989-01-08 to 2019-04-30 here.*1989-01-07"),
        ("平成31年5月1日", "平成 has the days.*2019-05-01"),
        ("令和元年4月30日", "令和 has the days.*2019-04-30"),
        ("昭和元年12月24日", "昭和 has the days.*1926-12-24"),
        ("大正15年12月25日", "大正 has the days.*1926-12-25"),
        ("明治45年7月30日", "明治 has the days from 1873-01-01 to 1912-07-29 here.*1912-07-30"),
        ("明治5年12月2日", "明治 has the days.*1872-12-02"),
        ("1872-12-31", "from 1873-01-01 to 2100-12-31 can be read, and this is 1872-12-31"),
        ("2101年1月1日", "can be read, and this is 2101-01-01"),
        ("2019-02-29", "no year 2019, month 2, day 29"),
        ("1900年2月29日", "no year 1900, month 2, day 29"),
        ("平成31年4月31日", "no year 2019, month 4, day 31"),
        ("令和0年5月1日", "令和 has the days.*2018-05-01"),
        ("99999999年1月1日", "no year 99999999"),
        ("03/04/2019", "may be month 3, day 4, or day 3, month 4"),
        ("4/30/19", "no number here is a year of four digits"),
        ("April 30, 19", "no number here is a year of four digits"),
        ("2019年4月30日（月）", "2019-04-30 is a Tuesday"),
        ("Wed, Apr 30 2019", "2019-04-30 is a Tuesday"),
        ("平成31年（2018年）4月30日", "平成31 is 2019, not 2018"),
        ("2019年4月", "missing: day"),
        ("4月30日", "missing: year"),
        ("平成", "missing: era year"),
        ("", "missing: year, month, day"),
        ("2019", "missing: month, day"),
        ("2019年4月30日30日", "the day is given twice"),
        ("平成31年令和元年4月30日", "the era is given twice"),
        ("April May 3, 2019", "the month is given twice"),
        ("2019 4 30 5", "'5' is nothing that belongs to a date"),
        ("April 30st, 2019", "'30st' is nothing"),
        ("April 12nd, 2019", "'12nd' is nothing"),
        ("April th 30 2019", "'th' is nothing"),
        ("月4年2019", "'月' is nothing"),
        ("平成31月30日", "'31' is nothing"),
        ("元年5月1日", "'元' is nothing"),
        ("平成三二一十年4月30日", "'三二一十' is nothing"),
        ("平成十十年4月30日", "'十十' is nothing"),
        ("令和三廿年4月30日", "'三廿' is nothing"),
        ("Aprril 30, 2019", "'aprril' is nothing"),
        ("猫の日", "'猫の日' is nothing"),
        ("2019年4月30日ごろ", "'ごろ' is nothing"),
    ],
)
def test_a_mistake_is_named(text, reason):
    with pytest.raises(DataError, match=reason):
        read_date(text)


SIGNS = "0123456789年月日元〇一十廿千平成令和明治H.R/-( )（）火曜日aprilthndmay,　９"


@given(st.one_of(st.text(SIGNS, max_size=14), st.text(max_size=14)))
@example("9" * 5000)
@example("九" * 5000)
def test_any_text_is_read_or_refused(text):
    with suppress(DataError):
        assert "1873-01-01" <= read_date(text) <= "2100-12-31"
