"""What is drawn: true, repeatable, and with no day in two parts."""

from collections import Counter
from datetime import date, timedelta

import pytest

from saiki.data.dates import (
    DATE_FORMS,
    FIRST_DAY,
    LAST_DAY,
    date_part,
    dates_examples,
    read_date,
)
from saiki.errors import ArgumentError

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def drawn():
    return {part: dates_examples(8000, 5, part) for part in PARTS}


@pytest.mark.parametrize("part", PARTS)
def test_every_target_is_the_date_that_is_written(drawn, part):
    pairs = drawn[part]
    assert len(pairs) == len(pairs.sources) == len(pairs.targets) == len(pairs.forms) == 8000
    assert [read_date(source) for source in pairs.sources] == list(pairs.targets)
    for source, target, form in zip(pairs.sources, pairs.targets, pairs.forms, strict=True):
        assert DATE_FORMS[form].write(date.fromisoformat(target)) == source


def test_no_day_and_no_text_of_one_part_is_in_another():
    seen = [dates_examples(4000, seed, part) for seed, part in enumerate(PARTS)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not set(seen[one].targets) & set(seen[other].targets)
        assert not set(seen[one].sources) & set(seen[other].sources)
    for pairs, part in zip(seen, PARTS, strict=True):
        assert {date_part(date.fromisoformat(day)) for day in pairs.targets} == {part}


def test_a_tenth_of_the_days_is_for_each_of_the_other_parts():
    days = [FIRST_DAY + timedelta(i) for i in range((LAST_DAY - FIRST_DAY).days + 1)]
    shares = Counter(map(date_part, days))
    assert shares["test"] / len(days) == pytest.approx(0.1, abs=0.004)
    assert shares["validation"] / len(days) == pytest.approx(0.1, abs=0.004)
    trained = {day.year for day in days if date_part(day) == "train"}
    assert trained == set(range(1873, 2101))


@pytest.mark.parametrize(
    "day",
    ["1912-07-29", "1912-07-30", "1926-12-24", "1926-12-25", "1989-01-07", "1989-01-08",
     "2019-04-30", "2019-05-01"],
)  # fmt: skip
def test_the_boundary_days_are_tested(drawn, day):
    assert date_part(date.fromisoformat(day)) == "test"
    assert drawn["test"].targets.count(day) > 5


def test_the_short_years_of_eras_and_leap_days_are_trained(drawn):
    written = " ".join(drawn["train"].sources)
    for year in ("昭和64年", "昭和元年", "平成元年", "大正元年"):
        assert year in written
    assert sum(day.endswith("02-29") for day in drawn["train"].targets) > 10


def test_held_out_forms_are_in_the_test_part_only(drawn):
    held = {form.name for form in DATE_FORMS.values() if form.is_held_out}
    assert not held & {*drawn["train"].forms, *drawn["validation"].forms}
    assert held <= set(drawn["test"].forms)


def test_forms_come_by_their_weight(drawn):
    counts = Counter(drawn["test"].forms)
    total = sum(form.weight for form in DATE_FORMS.values())
    assert set(counts) == set(DATE_FORMS)
    for form in DATE_FORMS.values():
        expected = 8000 * form.weight / total
        assert abs(counts[form.name] - expected) < 5 * expected**0.5


def test_each_part_is_drawn_for_itself(drawn):
    assert drawn["train"].forms[:30] != drawn["validation"].forms[:30]


def test_the_same_seed_gives_the_same_pairs_and_another_others():
    again = dates_examples(300, 5, "train")
    assert again == dates_examples(300, 5, "train")
    assert dates_examples(40, 5, "train").sources == again.sources[:40]
    assert dates_examples(300, 6, "train").sources != again.sources


def test_the_first_pairs_stay_what_they_were():
    pairs = dates_examples(3, 0, "train")
    assert pairs.sources == ("18th May 2028", "Friday, April 26, 2019", "S１１．６．３０")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0, "train"), "count must be at least 1; got 0"),
        ((1, -1, "train"), "seed must be at least 0 and below 2..64; got -1"),
        ((1, 2**64, "train"), "seed must be at least 0 and below 2..64; got 18446744073709551616"),
        ((1, 0, "all"), "part must be .*; got 'all'"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        dates_examples(*arguments)
