"""Many numbers a word to two: the plane of largest variance, or a map that keeps neighbours."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["neighbour_map", "principal_plane", "unit_rows"]

Floats: TypeAlias = NDArray[np.float64]

_ROUNDS = 450
_EXAGGERATED_ROUNDS = 120
_EXAGGERATION = 12.0
_TINY = 1e-12


def unit_rows(vectors: NDArray[np.floating]) -> Floats:
    """Rows of length 1, so that distances in the plane follow the cosine; zero rows stay."""
    rows: Floats = np.asarray(vectors, np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1.0)


def principal_plane(rows: Floats) -> tuple[Floats, float]:
    """The first two principal components (n, 2), and their share of the variance, in 0..1.

    Each axis points to where its largest coordinate is positive, so that the picture is the same
    on every machine.
    """
    centred = rows - rows.mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((len(rows), 2))
    found = min(2, len(scale))
    plane[:, :found] = left[:, :found] * scale[:found]
    largest = plane[np.abs(plane).argmax(axis=0), np.arange(2)]
    variance = float((scale**2).sum())
    share = float((scale[:2] ** 2).sum()) / variance if variance > 0 else 0.0
    return plane * np.where(largest < 0, -1.0, 1.0), share


def neighbour_map(rows: Floats, *, seed: int, perplexity: float = 15.0) -> Floats:
    """Places (n, 2) at which near rows stay near: t-SNE, exact, begun from the principal plane.

    Args:
        rows: (n, E), at most some thousand: time and memory grow with n².
        seed: of the tiny draw that parts rows which are equal.
        perplexity: about how many neighbours count; at most a third of n is used.

    Source: van der Maaten, Hinton 2008, Visualizing Data using t-SNE, algorithm 1.
    """
    count = len(rows)
    if count < 4:
        return principal_plane(rows)[0]
    wanted = _affinities(rows, min(perplexity, (count - 1) / 3))
    start = principal_plane(rows)[0]
    jitter = np.random.default_rng(seed).normal(0, 1e-6, start.shape)
    place: Floats = start / max(float(start.std()), _TINY) * 1e-2 + jitter
    speed, gain = np.zeros_like(place), np.ones_like(place)
    rate = max(count / _EXAGGERATION, 20.0)
    for number in range(_ROUNDS):
        is_early = number < _EXAGGERATED_ROUNDS
        slope = _slope(place, wanted * (_EXAGGERATION if is_early else 1.0))
        gain = np.maximum(np.where(slope * speed > 0, gain * 0.8, gain + 0.2), 0.01)
        speed = (0.5 if is_early else 0.8) * speed - rate * gain * slope
        place = place + speed
        place -= place.mean(axis=0)
    return place


def _slope(place: Floats, wanted: Floats) -> Floats:
    """∂KL/∂y (n, 2), with the Student kernel (1 + d²)⁻¹ between the places."""
    kernel = 1.0 / (1.0 + _squares(place))
    np.fill_diagonal(kernel, 0.0)
    pull = (wanted - kernel / kernel.sum()) * kernel
    slope: Floats = 4.0 * (pull.sum(axis=1, keepdims=True) * place - pull @ place)
    return slope


def _affinities(rows: Floats, perplexity: float) -> Floats:
    """Symmetric p (n, n) of sum 1, from Gaussians whose entropy is log perplexity in each row."""
    squares = _squares(rows)
    squares /= max(float(squares.mean()), _TINY)
    np.fill_diagonal(squares, np.inf)
    low, high = np.full(len(rows), -20.0), np.full(len(rows), 20.0)  # bounds of log precision
    target = np.log(perplexity)
    shares = np.zeros_like(squares)
    nearest = squares.min(axis=1, keepdims=True)
    for _ in range(50):
        middle = (low + high) / 2
        shares = np.exp(-np.exp(middle)[:, None] * (squares - nearest))
        shares /= shares.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(np.maximum(shares, _TINY))).sum(axis=1)
        is_wide = entropy > target
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    joint: Floats = (shares + shares.T) / (2 * len(rows))
    return np.maximum(joint, _TINY)


def _squares(points: Floats) -> Floats:
    """(n, n) squared distances."""
    norms = (points**2).sum(axis=1)
    found: Floats = np.maximum(norms[:, None] + norms[None, :] - 2 * points @ points.T, 0.0)
    return found
