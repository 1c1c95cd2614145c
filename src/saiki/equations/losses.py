"""Losses as weighted means, each with its gradient.

    L = Σ_n w_n ℓ_n / Σ_n w_n                    w_n = 1 where no weights are given

    softmax cross entropy   ℓ_n = log Σ_v e^{a_v} - a_k         k the target     nats
    sigmoid cross entropy   ℓ_n = log(1 + e^a) - t a            t in [0, 1]      nats
    squared error           ℓ_n = (y - t)²                      no factor 1/2

    ∂L/∂a = w_n / Σ w (softmax(a) - onehot(k)),   w_n / Σ w (σ(a) - t),   w_n / Σ w 2 (y - t)

A mask is a weight of 0 or 1; what stands where the weight is 0 is never read, so it may be NaN or
a target that is no class.

Symbols:
    a      (..., V)    logits of the softmax; targets (...) integers in 0 .. V - 1
    a, y   any shape   logits or values; targets t of the same shape
    w      the shape of the targets, not negative

Source: Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.2.2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.equations._arrays import Array, check_shape
from saiki.equations.activations import log_softmax, sigmoid

__all__ = [
    "sigmoid_cross_entropy",
    "sigmoid_cross_entropy_gradient",
    "softmax_cross_entropy",
    "softmax_cross_entropy_gradient",
    "squared_error",
    "squared_error_gradient",
]

Targets = NDArray[np.integer[Any]]
Weights = NDArray[Any] | None


def _shares(shape: tuple[int, ...], weights: Weights) -> Array:
    """w_n / Σ w, which sum to 1."""
    given = np.ones(shape) if weights is None else np.asarray(weights, dtype=np.float64)
    check_shape("weights", given, shape)
    total = given.sum()
    if not (np.isfinite(total) and total > 0) or given.min() < 0:
        raise ValueError(f"weights must not be negative, and one must be positive; sum {total}.")
    return np.asarray(given / total)


def _read(values: Array, shares: Array) -> Array:
    return np.where(shares > 0, values, np.zeros((), dtype=values.dtype))


def _classes(
    logits: Array, targets: Targets, weights: Weights
) -> tuple[Array, NDArray[np.intp], Array]:
    """Logits and targets as they are read, targets with an axis more, and the shares."""
    if not np.issubdtype(targets.dtype, np.integer) or targets.shape != logits.shape[:-1]:
        raise ValueError(
            f"targets must be integers of shape {logits.shape[:-1]}; "
            f"got {targets.dtype} of {targets.shape}."
        )
    shares = _shares(targets.shape, weights)
    chosen = np.where(shares > 0, targets, 0).astype(np.intp)[..., None]
    if chosen.min() < 0 or chosen.max() >= logits.shape[-1]:
        raise ValueError(f"targets must lie in 0 .. {logits.shape[-1] - 1}; got {targets}.")
    return _read(logits, shares[..., None]), chosen, shares


def softmax_cross_entropy(logits: Array, targets: Targets, weights: Weights = None) -> float:
    """L in nats, from logits (..., V) and targets (...)."""
    logits, chosen, shares = _classes(logits, targets, weights)
    log_p = np.take_along_axis(log_softmax(logits), chosen, axis=-1)[..., 0]
    return float(-(shares * log_p).sum())


def softmax_cross_entropy_gradient(
    logits: Array, targets: Targets, weights: Weights = None
) -> Array:
    """∂L/∂logits (..., V)."""
    logits, chosen, shares = _classes(logits, targets, weights)
    one_hot = np.arange(logits.shape[-1]) == chosen
    gradient = shares[..., None] * (np.exp(log_softmax(logits)) - one_hot)
    return np.asarray(gradient, dtype=logits.dtype)


def _pairs(values: Array, targets: Array, weights: Weights) -> tuple[Array, Array, Array]:
    check_shape("targets", targets, values.shape)
    shares = _shares(values.shape, weights)
    return _read(values, shares), _read(targets, shares), shares


def sigmoid_cross_entropy(logits: Array, targets: Array, weights: Weights = None) -> float:
    """L in nats, from logits and targets in [0, 1] of one shape."""
    logits, targets, shares = _pairs(logits, targets, weights)
    return float((shares * (np.logaddexp(0, logits) - targets * logits)).sum())


def sigmoid_cross_entropy_gradient(logits: Array, targets: Array, weights: Weights = None) -> Array:
    """∂L/∂logits."""
    logits, targets, shares = _pairs(logits, targets, weights)
    return np.asarray(shares * (sigmoid(logits) - targets), dtype=logits.dtype)


def squared_error(values: Array, targets: Array, weights: Weights = None) -> float:
    """The mean of (y - t)²."""
    values, targets, shares = _pairs(values, targets, weights)
    return float((shares * (values - targets) ** 2).sum())


def squared_error_gradient(values: Array, targets: Array, weights: Weights = None) -> Array:
    """∂L/∂y."""
    values, targets, shares = _pairs(values, targets, weights)
    return np.asarray(shares * 2 * (values - targets), dtype=values.dtype)
