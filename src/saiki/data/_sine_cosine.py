"""A sine and its cosine: the smallest task of reading one curve and writing another."""

import numpy as np
from numpy.typing import NDArray

STEPS = 1500
COLUMNS = ("sine", "cosine")


def sine_cosine() -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The angles as text, a tenth of a radian apart, and sine and cosine of them (T, 2).

    No angle comes back, since 2π is no multiple of a tenth: what is held back is new.
    """
    tenths = np.arange(STEPS)
    angles = tenths / 10
    labels = tuple(f"{tenth / 10:.1f}" for tenth in tenths)
    return labels, np.stack([np.sin(angles), np.cos(angles)], axis=1)
