import numpy as np
from numpy.typing import NDArray

from saiki.data.examples import FloatArray

_FRAME_SECONDS = 0.02
_LEAST_POWER = 1e-10


def trim_silence(samples: FloatArray, sample_rate_hz: int, range_db: float) -> FloatArray:
    """Without the start and end that stay more than `range_db` below the loudest 20 ms."""
    power, hop = _powers(samples, sample_rate_hz)
    loud = np.flatnonzero(power > power.max() * 10 ** (-range_db / 10))
    if not len(loud):
        return samples
    is_loud_to_the_end = loud[-1] == len(power) - 1
    end = len(samples) if is_loud_to_the_end else (loud[-1] + 2) * hop
    return samples[loud[0] * hop : end]


def level(samples: FloatArray, sample_rate_hz: int) -> FloatArray:
    """Scaled so that the loudest 20 ms have an effective value of 1."""
    power, _ = _powers(samples, sample_rate_hz)
    return samples / np.float32(np.sqrt(power.max() + _LEAST_POWER))


def _powers(samples: FloatArray, sample_rate_hz: int) -> tuple[NDArray[np.float64], int]:
    """The mean power of every 20 ms, each starting 10 ms after the last; and these 10 ms."""
    hop = max(1, round(_FRAME_SECONDS * sample_rate_hz / 2))
    if len(samples) < 2 * hop:
        return np.array([np.mean(np.square(samples, dtype=np.float64))]), hop
    starts = np.arange(0, len(samples), hop)
    halves = np.add.reduceat(np.square(samples), starts, dtype=np.float64)
    halves = halves[: len(samples) // hop]  # the last one may be cut short
    return (halves[:-1] + halves[1:]) / (2 * hop), hop
