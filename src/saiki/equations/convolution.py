"""Convolution in one and two dimensions (cross-correlation, as every library means it).

    y[b, t, o]    = β_o + Σ_c Σ_i     w[o, c, i]    x̃[b, t s + i, c]
    y[b, v, u, o] = β_o + Σ_c Σ_i Σ_j w[o, c, i, j] x̃[b, v s_1 + i, u s_2 + j, c]

where x̃ is x with p zeros on both sides of each spatial axis. The size of each output axis is

    ⌊(n + 2p - k) / s⌋ + 1

Backward: ∂E/∂w[o, c, i] = Σ_b Σ_t ȳ[b, t, o] x̃[b, t s + i, c]; ∂E/∂β_o = Σ ȳ; and ∂E/∂x̃ gets
ȳ[b, t, o] w[o, c, i] at every place t s + i from which y[b, t, o] was made.

Symbols:
    x    (B, T, C) or (B, Y, X, C)      input, channels last
    w    (O, C, k) or (O, C, k_1, k_2)  filters, torch's layout
    β    (O,)                           biases
    n, k, s, p                          size of an axis, of the filter, stride, padding

Source: Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning,
arXiv:1603.07285, relationship 6 (size rule). Differs: torch has the channels before the axes.

Example:
    >>> import numpy as np
    >>> from saiki.equations import convolve
    >>> convolve(np.ones((1, 5, 5, 1)), np.ones((1, 1, 3, 3)), stride=2, padding=1)[0, ..., 0]
    array([[4., 6., 4.],
           [6., 9., 6.],
           [4., 6., 4.]])
"""

from dataclasses import dataclass

import numpy as np

from saiki.equations._arrays import Array, check_shape
from saiki.equations._windows import PerAxis, convolved_size, fold, per_axis, windows

__all__ = [
    "ConvolutionGradients",
    "PerAxis",
    "convolve",
    "convolve_backward",
    "convolved_size",
]


@dataclass(frozen=True)
class ConvolutionGradients:
    """∂E/∂x, ∂E/∂w, ∂E/∂β, each in the shape of its own."""

    x: Array
    weight: Array
    bias: Array


def convolve(
    x: Array, weight: Array, bias: Array | None = None, stride: PerAxis = 1, padding: PerAxis = 0
) -> Array:
    """Y (B, *output space, O) from x (B, *space, C); the filter says if there are 1 or 2 axes."""
    axes = _spatial_axes(x, weight)
    seen = windows(x, weight.shape[2:], per_axis(stride, axes), per_axis(padding, axes), 0.0)
    y = np.tensordot(seen, weight, axes=(range(1 + axes, seen.ndim), range(1, weight.ndim)))
    if bias is None:
        return y
    check_shape("convolve: bias", bias, (weight.shape[0],))
    return np.asarray(y + bias)


def _spatial_axes(x: Array, weight: Array) -> int:
    axes = weight.ndim - 2
    if axes not in (1, 2):
        raise ValueError(f"convolve: weight must be (O, C, k) or (O, C, k, k); got {weight.shape}.")
    check_shape("convolve: x", x, ("B", *("T" if axes == 1 else "YX"), weight.shape[1]))
    return axes


def convolve_backward(
    x: Array, weight: Array, grad_y: Array, stride: PerAxis = 1, padding: PerAxis = 0
) -> ConvolutionGradients:
    """The gradients of `convolve`, from its inputs and grad_y = ∂E/∂y."""
    axes = _spatial_axes(x, weight)
    strides, around = per_axis(stride, axes), per_axis(padding, axes)
    seen = windows(x, weight.shape[2:], strides, around, 0.0)
    check_shape("convolve_backward: grad_y", grad_y, (*seen.shape[: 1 + axes], weight.shape[0]))
    places = range(1 + axes)
    taps = np.empty((*grad_y.shape[:-1], x.shape[-1], *weight.shape[2:]), dtype=grad_y.dtype)
    for tap in np.ndindex(*weight.shape[2:]):
        taps[(..., *tap)] = grad_y @ weight[(slice(None), slice(None), *tap)]
    return ConvolutionGradients(
        x=fold(taps, x.shape, strides, around),
        weight=np.tensordot(grad_y, seen, axes=(places, places)),
        bias=grad_y.sum(axis=tuple(places)),
    )
