"""Max, average and global average pooling, in one and two dimensions.

    max       y[t] = max_i x[t s + i]              padding counts as -∞
    average   y[t] = (1 / k) Σ_i x[t s + i]        padding counts as 0, and k counts it
    global    y = (1 / n) Σ_t x[t]                 over the real steps alone

Each channel by itself; the sizes follow the rule of convolution.

Backward: max hands ȳ to the first place that holds the maximum; average hands ȳ / k to every place
of its window; global average hands ȳ / n to every real step.

Symbols:
    x        (B, T, C) or (B, Y, X, C)      input, channels last
    y        the same axes, shorter; (B, C) for the global average
    k, s     size and stride of the window; s = k by default
    n        number of steps or pixels; a sequence's own length where lengths are given

Source: Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.3; Lin, Chen, Yan 2013,
arXiv:1312.4400, section 3.2 (global average). Ties and padding are torch's choices.
"""

import math

import numpy as np

from saiki.equations._arrays import Array, Lengths, check_shape
from saiki.equations._sequences import blank_padding, valid_steps
from saiki.equations._windows import PerAxis, fold, per_axis, windows

__all__ = [
    "average_pool",
    "average_pool_backward",
    "global_average_pool",
    "global_average_pool_backward",
    "max_pool",
    "max_pool_backward",
]


def max_pool(x: Array, size: PerAxis, stride: PerAxis | None = None, padding: PerAxis = 0) -> Array:
    """The largest value of each window."""
    seen, axes, _, _ = _pooled(x, size, stride, padding, -math.inf)
    return np.asarray(seen.max(axis=axes))


def max_pool_backward(
    x: Array, grad_y: Array, size: PerAxis, stride: PerAxis | None = None, padding: PerAxis = 0
) -> Array:
    """∂E/∂x of `max_pool`: all of it to the first maximum of each window."""
    seen, _, strides, around = _pooled(x, size, stride, padding, -math.inf)
    check_shape("max_pool_backward: grad_y", grad_y, seen.shape[: x.ndim])
    flat = seen.reshape(*grad_y.shape, -1)
    first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]
    taps = np.where(first, grad_y[..., None], np.zeros((), dtype=grad_y.dtype))
    return fold(taps.reshape(seen.shape), x.shape, strides, around)


def average_pool(
    x: Array, size: PerAxis, stride: PerAxis | None = None, padding: PerAxis = 0
) -> Array:
    """The mean of each window."""
    seen, axes, _, _ = _pooled(x, size, stride, padding, 0.0)
    return np.asarray(seen.mean(axis=axes))


def average_pool_backward(
    x: Array, grad_y: Array, size: PerAxis, stride: PerAxis | None = None, padding: PerAxis = 0
) -> Array:
    """∂E/∂x of `average_pool`: an equal share to each place."""
    seen, axes, strides, around = _pooled(x, size, stride, padding, 0.0)
    check_shape("average_pool_backward: grad_y", grad_y, seen.shape[: x.ndim])
    share = grad_y / math.prod(seen.shape[axis] for axis in axes)
    taps = np.broadcast_to(np.expand_dims(share, axes), seen.shape)
    return fold(taps, x.shape, strides, around)


def _pooled(
    x: Array, size: PerAxis, stride: PerAxis | None, padding: PerAxis, fill: float
) -> tuple[Array, tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The windows, the axes to pool over, stride and padding of each spatial axis."""
    space = x.ndim - 2
    if space not in (1, 2):
        raise ValueError(f"pooling: x must be (B, T, C) or (B, Y, X, C); got {x.shape}.")
    sizes, around = per_axis(size, space), per_axis(padding, space)
    strides = sizes if stride is None else per_axis(stride, space)
    if any(2 * p > k for k, p in zip(sizes, around, strict=True)):
        raise ValueError(f"pooling: padding may be half the window at most; got {padding}.")
    seen = windows(x, sizes, strides, around, fill)
    return seen, tuple(range(x.ndim, seen.ndim)), strides, around


def global_average_pool(x: Array, lengths: Lengths | None = None) -> Array:
    """(B, *space, C) -> (B, C); lengths only for (B, T, C). An empty sequence gives zeros."""
    if lengths is None:
        return np.asarray(x.mean(axis=tuple(range(1, x.ndim - 1))))
    check_shape("global_average_pool: x with lengths", x, ("B", "T", "C"))
    valid = valid_steps(lengths, *x.shape[:2])
    return np.asarray(blank_padding(x, valid).sum(axis=1) / _counts(lengths, x))


def global_average_pool_backward(
    shape: tuple[int, ...], grad_y: Array, lengths: Lengths | None = None
) -> Array:
    """∂E/∂x, of that shape, from ∂E/∂y (B, C)."""
    check_shape("global_average_pool_backward: grad_y", grad_y, (shape[0], shape[-1]))
    space = tuple(range(1, len(shape) - 1))
    if lengths is None:
        share = grad_y / math.prod(shape[1:-1])
        return np.broadcast_to(np.expand_dims(share, space), shape).copy()
    share = grad_y / _counts(lengths, grad_y)
    every = np.broadcast_to(share[:, None], shape)
    return blank_padding(every, valid_steps(lengths, *shape[:2]))


def _counts(lengths: Lengths, like: Array) -> Array:
    counts: Array = np.maximum(np.asarray(lengths), 1).astype(like.dtype)[:, None]
    return counts
