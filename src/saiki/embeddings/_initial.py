"""First values of the tables, and the weights of words that follow from their counts."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["keep_probability", "noise_weights", "uniform_rows"]

Floats: TypeAlias = NDArray[np.float32]

_ROWS_AT_ONCE = 4096  # some megabytes of passing memory, whatever the size of the table
_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def uniform_rows(table: Floats, seed: int, first: int = 0) -> None:
    """Fills rows with uniform numbers in ±0.5/E; row r depends on the seed and `first` + r alone.

    A counter-based stream (SplitMix64 of a counter that is the row times 2^24 plus the column), so
    that rows that are added later do not disturb the earlier ones.
    """
    rows, size = table.shape
    key = np.uint64(_mix_int(seed + _GOLDEN))
    columns = np.arange(size, dtype=np.uint64)
    for begin in range(0, rows, _ROWS_AT_ONCE):
        end = min(begin + _ROWS_AT_ONCE, rows)
        numbers = np.arange(first + begin, first + end, dtype=np.uint64)[:, None]
        counters = (numbers << np.uint64(24)) + columns
        drawn = _mix(counters * np.uint64(_GOLDEN) + key) >> np.uint64(40)
        # 24 random bits in the middle of their cells: never exactly ±0.5
        table[begin:end] = ((drawn + 0.5) * 2.0**-24 - 0.5) / size


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def _mix_int(value: int) -> int:
    return int(_mix(np.array([value & _MASK], dtype=np.uint64))[0])


def keep_probability(counts: NDArray[np.int64], subsample: float) -> Floats:
    """min(1, √(t/f) + t/f) for the relative frequency f of each word; ones for t = 0."""
    if subsample == 0:
        return np.ones(len(counts), dtype=np.float32)
    ratio = subsample * counts.sum() / np.maximum(counts, 1)
    kept: Floats = np.minimum(1.0, np.sqrt(ratio) + ratio).astype(np.float32)
    return kept


def noise_weights(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """count^0.75, from which negatives are drawn."""
    return np.maximum(counts, 0).astype(np.float64) ** 0.75
