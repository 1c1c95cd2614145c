"""Pairs of a written date and its ISO 8601 date, drawn by seed."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Final, TypeAlias, final

from saiki.data._draws import draw
from saiki.data.dates._form import has_clear_order
from saiki.data.dates.eras import ERAS, FIRST_DAY, LAST_DAY
from saiki.data.dates.forms import DATE_FORMS, DateForm
from saiki.data.examples import Part
from saiki.errors import ArgumentError

__all__ = ["DatePairs", "date_part", "dates_examples"]

# Shares of the draws that go to the weeks around the boundaries of eras and to the ends of months.
_BOUNDARY_SHARE: Final = 0.05
_MONTH_END_SHARE: Final = 0.10
_ONE_DAY: Final = timedelta(days=1)
_WEEK: Final = 7 * _ONE_DAY
_BOUNDARIES: Final = frozenset(
    day for era in ERAS[1:] for day in (era.begins - _ONE_DAY, era.begins)
)

Pool: TypeAlias = tuple[Sequence[date], Sequence[date]]  # all days, those with a clear order


@final
@dataclass(frozen=True, kw_only=True)
class DatePairs:
    """What `dates_examples` drew, in three columns of one length.

    Args:
        sources: the written dates.
        targets: the same days in ISO 8601, YYYY-MM-DD.
        forms: the name of the form of each, a key of `DATE_FORMS`.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    forms: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sources)


def date_part(day: date) -> Part:
    """The part to which a calendar day belongs, whatever the seed.

    A tenth of the days is for the test part and a tenth for validation, by a hash of the ISO date;
    the last and the first day of every era from 1912 on are for the test part.

    Example:
        >>> date_part(date(2019, 4, 30)), date_part(date(2019, 4, 26))
        ('test', 'train')
    """
    if day in _BOUNDARIES:
        return "test"
    digest = hashlib.blake2b(day.isoformat().encode(), digest_size=8).digest()
    tenth = int.from_bytes(digest, "big") % 10
    return "test" if tenth == 0 else "validation" if tenth == 1 else "train"


def dates_examples(count: int, seed: int, part: Part) -> DatePairs:
    """Pairs of one part; a pure function of its arguments.

    No day of one part occurs in another (see `date_part`). Forms that are held out
    (`DateForm.is_held_out`) occur in the test part only. Days are drawn evenly from 1873-01-01 to
    2100-12-31, but for one draw in twenty from the weeks around the boundaries of eras and one in
    ten from the last days of months (29 February among them). The first pairs stay the same when
    more are asked for. A pair may be drawn twice.

    Args:
        count: how many, at least 1.
        seed: of the draws, at least 0 and below 2**64.
        part: "train", "validation" or "test".

    Raises:
        ArgumentError: a count or seed out of range, or an unknown part.

    Example:
        >>> pairs = dates_examples(1000, seed=0, part="train")
        >>> pairs.sources[13], pairs.targets[13], pairs.forms[13]
        ('平成元年六月十四日', '1989-06-14', 'era-kanji')
    """
    _check(count, seed, part)
    forms = [f for f in DATE_FORMS.values() if part == "test" or not f.is_held_out]
    heights = list(accumulate(form.weight for form in forms))
    rows = draw(seed, f"dates {part}").random((count, 3)).tolist()
    chosen = [forms[bisect_right(heights, which * heights[-1])] for which, _, _ in rows]
    days = [
        _day(part, form, pool, place) for form, (_, pool, place) in zip(chosen, rows, strict=True)
    ]
    return DatePairs(
        sources=tuple(form.write(day) for form, day in zip(chosen, days, strict=True)),
        targets=tuple(day.isoformat() for day in days),
        forms=tuple(form.name for form in chosen),
    )


def _day(part: Part, form: DateForm, pool: float, place: float) -> date:
    boundaries, month_ends, everything = _pools(part)
    if pool < _BOUNDARY_SHARE:
        days = boundaries
    elif pool < _BOUNDARY_SHARE + _MONTH_END_SHARE:
        days = month_ends
    else:
        days = everything
    wanted = days[form.needs_clear_order]
    return wanted[int(place * len(wanted))]


@cache
def _pools(part: Part) -> tuple[Pool, Pool, Pool]:
    """The days of a part: of boundary weeks, of the ends of months, and all."""
    number = (LAST_DAY - FIRST_DAY).days + 1
    days = [
        day for day in (FIRST_DAY + i * _ONE_DAY for i in range(number)) if date_part(day) == part
    ]
    near = [day for day in days if any(abs(day - era.begins) <= _WEEK for era in ERAS)]
    ends = [day for day in days if day != LAST_DAY and (day + _ONE_DAY).day == 1]
    return _pool(near), _pool(ends), _pool(days)


def _pool(days: Sequence[date]) -> Pool:
    return days, [day for day in days if has_clear_order(day)]


def _check(count: int, seed: int, part: str) -> None:
    if count < 1:
        raise ArgumentError(
            "dates_examples: count must be at least 1; got {got}. Ask for more pairs.", got=count
        )
    if not 0 <= seed < 2**64:
        raise ArgumentError(
            "dates_examples: seed must be at least 0 and below 2**64; got {got}. Give another.",
            got=seed,
        )
    if part not in ("train", "validation", "test"):
        raise ArgumentError(
            'dates_examples: part must be "train", "validation" or "test"; got {got!r}. '
            "Choose one of them.",
            got=part,
        )
