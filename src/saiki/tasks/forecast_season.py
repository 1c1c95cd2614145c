"""The length of a series' cycle, from its autocorrelation."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_season"]

_LEAST = 0.2  # autocorrelation of a cycle that is worth the name
_ROUNDING = 1e-9  # of the largest value
_NEAR = 0.9  # a shorter cycle is taken where its peak is so near the highest


def find_season(*forms: NDArray[np.float64]) -> int:
    """The lag at which the values are most like themselves, or 1 where there is no cycle.

    The mean over the columns of the autocorrelation of what is left of a straight line; of its
    peaks within a third of the rows, the first that is near the highest. The forms, such as
    scaled values and raw ones, are tried in turn: a difference over a season hides it.
    """
    found = [_season(values) for values in forms]
    return next((season for season in reversed(found) if season > 1), 1)


def _season(values: NDArray[np.float64]) -> int:
    rows = len(values)
    longest = rows // 3
    if longest < 3:
        return 1
    steps = np.arange(rows)
    flat = np.stack(
        [column - np.polyval(np.polyfit(steps, column, 1), steps) for column in values.T], 1
    )
    flat[:, flat.std(0) <= _ROUNDING * np.abs(values).max(0)] = 0.0  # a straight line
    spectrum = np.abs(np.fft.rfft(flat, 2 * rows, axis=0)) ** 2
    products = np.fft.irfft(spectrum, axis=0)[: longest + 2]
    likeness = (products / np.maximum(products[0], 1e-300)).mean(1)
    likeness *= rows / (rows - np.arange(len(likeness)))  # as many products at every lag
    peaks = [
        lag
        for lag in range(2, longest + 1)
        if likeness[lag - 1] < likeness[lag] >= likeness[lag + 1]
    ]
    highest = max((likeness[lag] for lag in peaks), default=0.0)
    near = [lag for lag in peaks if likeness[lag] >= max(_LEAST, _NEAR * highest)]
    return near[0] if near else 1
