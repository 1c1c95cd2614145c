"""Fixed filters for pictures: smoothing and edges.

    Gaussian    k[i, j] ∝ e^{-(i² + j²) / (2 σ²)}     sums to 1
    box         k[i, j] = 1 / n²                      the plain mean
    Sobel x     [1 2 1]ᵀ [-1 0 1]                     brightness that changes from left to right
    Sobel y     [-1 0 1]ᵀ [1 2 1]                     brightness that changes from top to bottom

    y[v, u] = Σ_i Σ_j k[i, j] x[v + i, u + j]         i, j from the middle of the filter

Symbols:
    x, y   (Y, X)    picture, one channel, before and after: the size is kept
    k      (n, n)    filter, n odd
    σ                standard deviation in pixels

Source: Gonzalez and Woods, Digital Image Processing (4th ed., 2018), sections 3.5 and 10.2.
"""

from typing import Literal, TypeAlias

import numpy as np

from saiki.equations._arrays import Array, check_shape
from saiki.equations.convolution import convolve

__all__ = [
    "Border",
    "box_filter",
    "filter_image",
    "gaussian_filter",
    "sobel_x_filter",
    "sobel_y_filter",
]

Border: TypeAlias = Literal["mirror", "edge", "zero"]


def gaussian_filter(size: int, sigma: float) -> Array:
    """(size, size), cut off at the border of the filter and made to sum to 1."""
    _check_odd(size)
    if sigma <= 0:
        raise ValueError(f"gaussian_filter: sigma must be positive; got {sigma}.")
    offsets = np.arange(size) - size // 2
    bell = np.exp(-0.5 * (offsets / sigma) ** 2)
    bell = bell / bell.sum()
    return np.outer(bell, bell)


def box_filter(size: int) -> Array:
    """(size, size), all alike, summing to 1."""
    _check_odd(size)
    return np.full((size, size), 1 / size**2)


def sobel_x_filter() -> Array:
    """(3, 3): the derivative to the right, smoothed downwards."""
    return np.outer([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0])


def sobel_y_filter() -> Array:
    """(3, 3): the derivative downwards, smoothed to the right."""
    return np.outer([-1.0, 0.0, 1.0], [1.0, 2.0, 1.0])


def filter_image(image: Array, kernel: Array, border: Border = "mirror") -> Array:
    """The filtered picture, of the same size.

    Args:
        image: (Y, X).
        kernel: (n, n), n odd.
        border: what stands outside: "mirror" the picture turned over at its edge (the edge twice),
            "edge" the pixel of the edge, "zero" nothing.
    """
    check_shape("filter_image: image", image, ("Y", "X"))
    check_shape("filter_image: kernel", kernel, (kernel.shape[0], kernel.shape[0]))
    _check_odd(kernel.shape[0])
    padded = _pad(image, kernel.shape[0] // 2, border)
    return convolve(padded[None, ..., None], kernel[None, None])[0, ..., 0]


def _pad(image: Array, width: int, border: Border) -> Array:
    if border == "mirror":
        return np.pad(image, width, mode="symmetric")
    if border == "edge":
        return np.pad(image, width, mode="edge")
    if border == "zero":
        return np.pad(image, width)
    raise ValueError(f"filter_image: border must be 'mirror', 'edge' or 'zero'; got {border!r}.")


def _check_odd(size: int) -> None:
    if size < 1 or size % 2 == 0:
        raise ValueError(f"a filter must have an odd size, so that it has a middle; got {size}.")
