"""Time stamps of a series: read, checked for order and gaps, and continued into the future."""

import calendar
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Literal, final

from saiki.errors import DataError

# The ways in which a date may be written; the first that fits the first row holds for all.
_FORMATS = (
    *(
        f"%Y{dash}%m{dash}%d{between}%H:%M{rest}"
        for dash in "-/"
        for between in " T"
        for rest in (":%S", ":%S.%f", "", ":%S%z", "%z")
    ),
    "%Y-%m-%d", "%Y/%m/%d", "%Y-%m", "%Y/%m", "%Y年%m月%d日", "%Y年%m月",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日%H時%M分", "%Y年%m月%d日%H時",
)  # fmt: skip
# Dates without a dash look like numbers: they are dates where every stamp of the column is one.
_BARE_FORMATS = {
    "%Y%m%d": re.compile(r"(18|19|20|21)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
    "%Y%m": re.compile(r"(18|19|20|21)\d\d(0[1-9]|1[0-2])"),
}
_NUMBER = re.compile(r"\d+")
_MONTH_DAYS = range(28, 32)
_ROUNDING = 1e-6  # of the distance between two numbers


@final
@dataclass(frozen=True)
class TimeAxis:
    """Evenly spaced time stamps as they were written, and how far they are apart.

    Args:
        labels: the stamps of all rows.
        form: how a date is written (`strptime`); None where stamps are numbers.
        unit: what `step` counts.
        step: from row to row, more than 0.
    """

    labels: tuple[str, ...]
    form: str | None
    unit: Literal["seconds", "months", "numbers"]
    step: float

    def dates(self) -> list[datetime]:
        """The stamps as dates; only where they are dates."""
        return [datetime.strptime(label, self.form or "") for label in self.labels]  # noqa: DTZ007  as written

    def after(self, at: int, steps: int) -> tuple[str, ...]:
        """The next `steps` stamps after row `at`, written as the others are."""
        # Months apart on unlike days: _is_monthly has seen that each is the last of its month.
        is_end = self.unit == "months" and len({date.day for date in self.dates()}) > 1
        if self.form is None:
            return tuple(self._counted(self.labels[at], number) for number in range(1, steps + 1))
        short = self._short_fields()
        dates = [self._shifted(self.labels[at], n, is_end=is_end) for n in range(1, steps + 1)]
        return tuple(_written(date, self.form, short) for date in dates)

    def plotted(self, labels: Sequence[str]) -> list[str]:
        """These stamps as a plot reads them: dates with dashes, 2024-05-01, whatever they were."""
        form = self.form
        if form is None or form.startswith("%Y-"):
            return list(labels)
        wanted = "%Y-%m-%d %H:%M:%S" if "%H" in form else "%Y-%m-%d" if "%d" in form else "%Y-%m"
        return [datetime.strptime(label, form).strftime(wanted) for label in labels]  # noqa: DTZ007  as written

    def _counted(self, label: str, steps: int) -> str:
        decimals = max(len(text.partition(".")[2]) for text in self.labels[-2:])
        return f"{float(label) + steps * self.step:.{decimals}f}"

    def _short_fields(self) -> set[int]:
        """Which of year, month, day, hour stand without a zero before a single digit: 2024/5/1."""
        rows = [_NUMBER.findall(label)[:4] for label in self.labels]
        short = {place for row in rows for place, text in enumerate(row) if len(text) == 1}
        return short | {1, 2} if short & {1, 2} else short

    def _shifted(self, label: str, steps: int, *, is_end: bool) -> datetime:
        date = datetime.strptime(label, self.form or "")  # noqa: DTZ007  as written
        if self.unit == "seconds":
            return date + timedelta(seconds=self.step * steps)
        month = _month(date) + round(self.step) * steps
        last = calendar.monthrange(month // 12, month % 12 + 1)[1]
        day = last if is_end else min(date.day, last)
        return date.replace(year=month // 12, month=month % 12 + 1, day=day)


def _written(date: datetime, form: str, short: set[int]) -> str:
    """The date in this form; the numbers of it that are `short` without a zero before them."""
    place = count()
    return _NUMBER.sub(
        lambda found: str(int(found[0])) if next(place) in short else found[0],
        date.strftime(form),
    )


def read_time_axis(name: str, column: str, cells: Sequence[str]) -> TimeAxis:
    """The stamps of a column.

    Raises:
        DataError: one cannot be read, comes twice or out of order, or rows are missing.
    """
    cells = [cell.strip() for cell in cells]
    form, numbers, dates = _read(name, column, cells)
    _check_order(name, column, cells, numbers)
    if len(cells) < 2:
        return TimeAxis(tuple(cells), form, "seconds" if form else "numbers", 1.0)
    if form is not None and _is_monthly(dates):
        months = [float(_month(date)) for date in dates]
        return TimeAxis(tuple(cells), form, "months", _spacing(name, column, cells, months))
    step = _spacing(name, column, cells, numbers)
    return TimeAxis(tuple(cells), form, "numbers" if form is None else "seconds", step)


def _read(
    name: str, column: str, cells: Sequence[str]
) -> tuple[str | None, list[float], list[datetime]]:
    form = _form(cells)
    if form is None and _number(cells[0]) is None:
        raise DataError(
            "{name}, row 1: the time stamp {got!r} in the column {column!r} cannot be read. Write "
            "it such as 2024-05-01 13:00:00, 2024/5/1, 2024年5月1日, 2024-05, 20240501 or as a "
            "number, or leave data.time_column out so that rows count as even steps.",
            name=name,
            got=cells[0],
            column=column,
        )
    numbers, dates = [], []
    for row, cell in enumerate(cells, start=1):
        date = _date(cell, form) if form is not None else None
        seconds = None if date is None else _seconds(date)
        number = _number(cell) if form is None else seconds
        if number is None:
            raise DataError(
                "{name}, row {row}: the time stamp {got!r} in the column {column!r} cannot be "
                "read as the first one, {first!r}. Write all of them in one form, such as "
                "2024-05-01 13:00:00, 2024-05 or a number.",
                name=name,
                row=row,
                got=cell,
                column=column,
                first=cells[0],
            )
        numbers.append(number)
        dates += [date] if date is not None else []
    return form, numbers, dates


def _form(cells: Sequence[str]) -> str | None:
    """How the dates are written; None where the stamps are no dates."""
    for form, shape in _BARE_FORMATS.items():
        if all(shape.fullmatch(cell) and _date(cell, form) for cell in cells):
            return form
    return next((form for form in _FORMATS if _date(cells[0], form)), None)


def _date(cell: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(cell, form)  # noqa: DTZ007  as written
    except ValueError:
        return None


def _seconds(date: datetime) -> float:
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return aware.timestamp()


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _check_order(name: str, column: str, cells: Sequence[str], numbers: Sequence[float]) -> None:
    for row, (before, now) in enumerate(pairwise(numbers), start=2):
        if now == before:
            raise DataError(
                "{name}, row {row}: the time stamp {got!r} in the column {column!r} comes twice. "
                "Keep one row a time; where the file holds several series, split it into a file "
                "each, or make their values columns of one row.",
                name=name,
                row=row,
                got=cells[row - 1],
                column=column,
            )
        if now < before:
            raise DataError(
                "{name}, row {row}: the time stamp {got!r} comes before {before!r} of the row "
                "above it. Sort the rows by the column {column!r}.",
                name=name,
                row=row,
                got=cells[row - 1],
                before=cells[row - 2],
                column=column,
            )


def _is_monthly(dates: Sequence[datetime]) -> bool:
    """Whether stamps stand a month or more apart on the same day, or on the last of the month."""
    days = Counter((after - before).days for before, after in pairwise(dates))
    if days.most_common(1)[0][0] < min(_MONTH_DAYS):
        return False
    is_last = all(d.day == calendar.monthrange(d.year, d.month)[1] for d in dates)
    return is_last or len({(d.day, d.time()) for d in dates}) == 1


def _month(date: datetime) -> int:
    return 12 * date.year + date.month - 1


def _spacing(name: str, column: str, cells: Sequence[str], numbers: Sequence[float]) -> float:
    """The distance from row to row, which must be the same everywhere."""
    steps = [after - before for before, after in pairwise(numbers)]
    usual = _commonest(steps)
    for row, step in enumerate(steps, start=2):
        if abs(step - usual) > _ROUNDING * usual:
            raise DataError(
                "{name}, row {row}: between {before!r} and {after!r} of the column {column!r} "
                "there is a gap: rows stand {times:g} times as far apart as elsewhere. Fill in the "
                "missing rows, or leave data.time_column out so that rows count as even steps.",
                name=name,
                row=row,
                before=cells[row - 2],
                after=cells[row - 1],
                column=column,
                times=step / usual,
            )
    return usual


def _commonest(steps: Sequence[float]) -> float:
    """Of distances that rounding parts; the mean of the largest group."""
    scale = sorted(steps)[len(steps) // 2]
    keys = [round(step / scale / _ROUNDING / 10) for step in steps]
    key = Counter(keys).most_common(1)[0][0]
    group = [step for step, own in zip(steps, keys, strict=True) if abs(own - key) <= 1]
    return sum(group) / len(group)
