"""Lengths and padding of (B, T, ...) batches: checked once, and never allowed into a result."""

import torch
from torch import Tensor

from saiki.errors import ShapeError
from saiki.nn._lengths import Lengths, check_lengths

__all__ = ["check_features", "pad_time", "steps_mask", "valid_lengths", "zero_padding"]


def check_features(layer: str, name: str, x: Tensor, features: int) -> None:
    """Refuses an `x` that is not (B, T, features)."""
    if x.dim() != 3 or x.shape[-1] != features:
        raise ShapeError(
            "{layer}.forward: x must be (B, T, {name}={features}); got {got}. Build the layer with "
            "{name}={last}, or bring x to that shape first.",
            layer=layer,
            name=name,
            features=features,
            got=tuple(x.shape),
            last=x.shape[-1] if x.dim() else 0,
        )


def valid_lengths(layer: str, x: Tensor, lengths: Lengths | None) -> Tensor:
    """The valid steps of every sequence of `x` (B, T, ...): (B,) int64, where `x` is."""
    batch, steps = x.shape[0], x.shape[1]
    if lengths is None:
        return torch.full((batch,), steps, dtype=torch.int64, device=x.device)
    return check_lengths(layer, lengths, batch, steps).to(x.device)


def steps_mask(lengths: Tensor, steps: int) -> Tensor:
    """(B, steps) bool: True where a step is valid."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


def zero_padding(x: Tensor, lengths: Tensor) -> Tensor:
    """`x` (B, T, C) with zeros in its padding; NaN there reaches neither values nor gradients."""
    return x.masked_fill(~steps_mask(lengths, x.shape[1])[..., None], 0.0)


def pad_time(x: Tensor, steps: int, value: float) -> Tensor:
    """`x` (B, T, C) padded on the right with `value` to at least `steps` steps."""
    missing = steps - x.shape[1]
    return torch.nn.functional.pad(x, (0, 0, 0, missing), value=value) if missing > 0 else x
