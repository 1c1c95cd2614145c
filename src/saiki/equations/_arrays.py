"""The array types of this room, and the one check of shapes."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Mask: TypeAlias = NDArray[np.bool_]
Lengths: TypeAlias = NDArray[np.integer[Any]] | Sequence[int]


def check_shape(what: str, array: Array, expected: tuple[str | int, ...]) -> None:
    """Raises unless the axes agree; a letter stands for an axis of any size."""
    sizes = zip(array.shape, expected, strict=False)
    fits = all(isinstance(axis, str) or axis == size for size, axis in sizes)
    if array.ndim != len(expected) or not fits:
        wanted = ", ".join(str(axis) for axis in expected)
        raise ValueError(f"{what} must have shape ({wanted}); got {array.shape}.")
