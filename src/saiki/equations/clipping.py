"""Gradient clipping by global norm.

    ‖g‖ = (Σ_arrays Σ_elements g²)^½
    s   = min(1, threshold / ‖g‖)
    ĝ   = s g                           one s for all arrays, so the direction is kept

Symbols:
    g           named arrays of any shapes
    ‖g‖         their norm as if they were one vector
    threshold   positive

A gradient with NaN or infinity has no direction to keep, so it is refused by name.

Source: Pascanu, Mikolov, Bengio 2013, On the difficulty of training recurrent neural networks,
section 3.2, algorithm 1, arXiv:1211.5063.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from saiki.equations._arrays import Array

__all__ = ["Clipped", "clip_by_global_norm", "global_norm"]


@dataclass(frozen=True)
class Clipped:
    """The gradients after clipping, with the norm before it and the scale s used."""

    gradients: dict[str, Array]
    norm: float
    scale: float


def global_norm(gradients: Mapping[str, Array]) -> float:
    """‖g‖ over all arrays; raises FloatingPointError that names the arrays that are not finite."""
    broken = [name for name, array in gradients.items() if not np.isfinite(array).all()]
    if broken:
        raise FloatingPointError(
            f"gradients must be finite; NaN or infinity in {', '.join(broken)}. "
            "Lower the learning rate or the initial weights."
        )
    largest = max((float(np.abs(a).max()) for a in gradients.values() if a.size), default=0.0)
    if largest == 0.0:
        return 0.0
    # squares of gradients near 1e200 would overflow, of those near 1e-200 vanish
    parts = (np.sum((array / largest) ** 2, dtype=np.float64) for array in gradients.values())
    norm = largest * math.sqrt(sum(float(part) for part in parts))
    if math.isinf(norm):
        raise FloatingPointError(f"the norm of the gradients overflows; the largest is {largest}.")
    return norm


def clip_by_global_norm(gradients: Mapping[str, Array], threshold: float) -> Clipped:
    """Scales all arrays by min(1, threshold / ‖g‖)."""
    if not (math.isfinite(threshold) and threshold > 0):
        raise ValueError(f"threshold must be positive and finite; got {threshold}.")
    norm = global_norm(gradients)
    scale = threshold / norm if norm > threshold else 1.0
    return Clipped({name: array * scale for name, array in gradients.items()}, norm, scale)
