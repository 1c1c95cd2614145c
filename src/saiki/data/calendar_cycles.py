"""What the calendar says of a time stamp, as angles: known ahead, for a forecast."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from saiki.errors import DataError

__all__ = ["CalendarFeature", "calendar_features"]

CalendarFeature: TypeAlias = Literal["hour", "weekday", "day", "month", "year-day"]
_PERIODS: dict[CalendarFeature, float] = {
    "hour": 24.0,
    "weekday": 7.0,
    "day": 31.0,
    "month": 12.0,
    "year-day": 365.25,
}


def calendar_features(
    dates: Sequence[datetime], names: Sequence[CalendarFeature]
) -> NDArray[np.float32]:
    """Sine and cosine of where each date stands in each cycle.

        (sin 2π p, cos 2π p),  p the share of the cycle that has passed

    Args:
        dates: T of them.
        names: the cycles: hour of the day, day of the week, of the month, month, day of the year.

    Shapes: (T, 2 len(names)), float32.

    Raises:
        DataError: a name is unknown.

    Example:
        >>> calendar_features([datetime(2024, 1, 1, 6)], ["hour"]).round(3).tolist()
        [[1.0, 0.0]]
    """
    found = np.empty((len(dates), 2 * len(names)), np.float32)
    for place, name in enumerate(names):
        if name not in _PERIODS:
            raise DataError(
                "calendar_features: must be among {known}; got {got!r}.",
                known=", ".join(get_args(CalendarFeature)),
                got=name,
            )
        angles = [2 * math.pi * _passed(date, name) / _PERIODS[name] for date in dates]
        found[:, 2 * place] = np.sin(angles)
        found[:, 2 * place + 1] = np.cos(angles)
    return found


def _passed(date: datetime, name: CalendarFeature) -> float:
    if name == "hour":
        return date.hour + date.minute / 60 + date.second / 3600
    if name == "month":
        return date.month - 1
    if name == "day":
        return date.day - 1
    return date.weekday() if name == "weekday" else date.timetuple().tm_yday - 1
