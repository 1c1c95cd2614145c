"""Mel filter banks.

The HTK scale is mel(f) = 2595 log10(1 + f/700), with triangles of height 1 (S. Young et al., The
HTK Book, section 5.4). Slaney's scale is linear below 1 kHz and logarithmic above, with triangles
of equal area (M. Slaney 1998, Auditory Toolbox, technical report 1998-010).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saiki.errors import ArgumentError

MelScale = Literal["htk", "slaney"]
_Float64 = NDArray[np.float64]

_HZ_PER_MEL = 200 / 3  # Slaney, below 1 kHz
_BREAK_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27  # Slaney: 27 steps from 1 to 6.4 kHz


def mel_filters(
    sample_rate_hz: int, fft_size: int, mels: int, f_min_hz: float, f_max_hz: float, scale: MelScale
) -> NDArray[np.float32]:
    """(mels, fft_size // 2 + 1)"""
    bins = np.linspace(0, sample_rate_hz / 2, fft_size // 2 + 1)
    ends = _to_mel(np.array([f_min_hz, f_max_hz]), scale)
    edges = _to_hz(np.linspace(ends[0], ends[1], mels + 2), scale)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    filters = np.maximum(0, np.minimum(rising, falling))
    empty = np.flatnonzero(filters.sum(axis=1) == 0)
    if len(empty):
        raise ArgumentError(
            "LogMel: {mels} mels are too many for fft_size={fft_size} at {rate} Hz: filter {empty} "
            "falls between two bins of the spectrum. Give fewer mels or a larger fft_size.",
            mels=mels,
            fft_size=fft_size,
            rate=sample_rate_hz,
            empty=int(empty[0]),
        )
    if scale == "slaney":
        filters *= 2 / (high - low)
    return filters.astype(np.float32)


def _to_mel(hz: _Float64, scale: MelScale) -> _Float64:
    if scale == "htk":
        return 2595 * np.log10(1 + hz / 700)
    above = _BREAK_HZ / _HZ_PER_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _HZ_PER_MEL, above)


def _to_hz(mel: _Float64, scale: MelScale) -> _Float64:
    if scale == "htk":
        return 700 * (10 ** (mel / 2595) - 1)
    break_mel = _BREAK_HZ / _HZ_PER_MEL
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, break_mel) - break_mel))
    return np.where(mel < break_mel, mel * _HZ_PER_MEL, above)
