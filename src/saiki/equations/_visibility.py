"""Which keys a query may see, and a softmax over those alone."""

import numpy as np

from saiki.equations._arrays import Array, Lengths, Mask
from saiki.equations._sequences import blank_padding, valid_steps


def visible_keys(
    who: str,
    shape: tuple[int, int, int],
    lengths: Lengths | None,
    mask: Mask | None,
    *,
    causal: bool = False,
) -> Mask:
    """(B, T, S), true where query t of row b may see key s; `shape` is (B, T, S)."""
    batch, queries, keys = shape
    visible = np.broadcast_to(valid_steps(lengths, batch, keys)[:, None], shape)
    if mask is not None:
        fits = mask.ndim == 3 and all(m in (1, n) for m, n in zip(mask.shape, shape, strict=True))
        if mask.dtype != np.bool_ or not fits:
            raise ValueError(
                f"{who}: mask must be bool of shape {shape}, each axis of it may be 1; "
                f"got {mask.dtype} of {mask.shape}."
            )
        visible = visible & mask
    if causal:
        visible = visible & (np.arange(keys) <= np.arange(queries)[:, None])
    return np.asarray(visible)


def open_memory(memory: Array, lengths: Lengths | None) -> Array:
    """`memory` (B, S, M) with its padding cleared, whatever stood there (also NaN)."""
    return blank_padding(memory, valid_steps(lengths, *memory.shape[:2]))


def masked_softmax(scores: Array, visible: Mask) -> Array:
    """Softmax over the visible entries of the last axis; a row that sees nothing is zero."""
    shown = np.where(visible, scores, -np.inf)
    highest = shown.max(axis=-1, keepdims=True)
    powers = np.exp(shown - np.where(np.isneginf(highest), 0, highest))
    total = powers.sum(axis=-1, keepdims=True)
    return np.asarray(powers / np.where(total == 0, 1, total), dtype=scores.dtype)
