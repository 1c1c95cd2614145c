"""Sliding windows over one or two axes: the size rule, the windows, and their transpose."""

from typing import TypeAlias

import numpy as np

from saiki.equations._arrays import Array

PerAxis: TypeAlias = int | tuple[int, ...]


def convolved_size(n: int, k: int, s: int = 1, p: int = 0) -> int:
    """⌊(n + 2p - k) / s⌋ + 1, of an axis of n under filter k, stride s, padding p."""
    if n < 1 or k < 1 or s < 1 or p < 0:
        raise ValueError(f"sizes must be n, k, s >= 1 and p >= 0; got n={n}, k={k}, s={s}, p={p}.")
    if k > n + 2 * p:
        raise ValueError(f"the filter k={k} is wider than the padded input n + 2p = {n + 2 * p}.")
    return (n + 2 * p - k) // s + 1


def per_axis(value: PerAxis, axes: int) -> tuple[int, ...]:
    """One number for each of the spatial axes."""
    every = (value,) * axes if isinstance(value, int) else value
    if len(every) != axes:
        raise ValueError(f"give one number, or one for each of {axes} axes; got {value}.")
    return every


def windows(
    x: Array, size: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], fill: float
) -> Array:
    """All windows of (B, *space, C): (B, *output space, C, *size)."""
    for n, k, s, p in zip(x.shape[1:-1], size, stride, padding, strict=True):
        convolved_size(n, k, s, p)
    around = ((0, 0), *((p, p) for p in padding), (0, 0))
    padded = np.pad(x, around, constant_values=fill)
    space = tuple(range(1, 1 + len(size)))
    every = np.lib.stride_tricks.sliding_window_view(padded, size, axis=space)
    return every[(slice(None), *(slice(None, None, s) for s in stride))]


def fold(
    taps: Array, shape: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]
) -> Array:
    """Adds each window's values up at the places they came from: the transpose of `windows`."""
    space = range(1, len(shape) - 1)
    grown = list(shape)
    for axis, p in zip(space, padding, strict=True):
        grown[axis] += 2 * p
    total = np.zeros(grown, dtype=taps.dtype)
    for tap in np.ndindex(*taps.shape[len(shape) :]):
        ends = (k + s * n for k, s, n in zip(tap, stride, taps.shape[1:], strict=False))
        cut = (slice(k, end, s) for k, end, s in zip(tap, ends, stride, strict=True))
        total[(slice(None), *cut)] += taps[(..., *tap)]
    inner = (slice(p, p + shape[axis]) for axis, p in zip(space, padding, strict=True))
    return total[(slice(None), *inner)]
