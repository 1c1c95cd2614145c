"""Positions told to a network that would not see the order of its steps."""

from typing import final

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._checks import check_size

__all__ = ["SinusoidalPositions"]


@final
class SinusoidalPositions(nn.Module):
    """Adds to every step the sines and cosines of its position; nothing is learned.

        y_t = x_t + P_t,   P_{t,2i} = sin(t / 10000^{2i/D}),   P_{t,2i+1} = cos(t / 10000^{2i/D})

    The table grows with the longest sequence seen, and is in no state dict.

    Args:
        size: D, features of a step, at least 1; of an odd size the last cosine is left out.

    Shapes:
        x: (B, T, size), any float type. y: as x.
        start: the position of the first step, at least 0: the steps so far when decoding.

    Raises:
        ArgumentError: size is below 1, or start below 0.
        ShapeError: x is not (B, T, size).

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5; their pos is t, their d_model is D.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> positions, x = nn.SinusoidalPositions(4), torch.zeros(1, 3, 4)
        >>> positions(x)[0, 1].tolist() == positions(x[:, 1:], start=1)[0, 0].tolist()
        True
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        check_size("SinusoidalPositions", "size", size)
        self.size = size
        self._table = torch.empty(0, size)

    def forward(self, x: Tensor, *, start: int = 0) -> Tensor:
        """X with its positions added."""
        if x.dim() != 3 or x.shape[-1] != self.size:
            raise ShapeError(
                "SinusoidalPositions.forward: x must be (B, T, size={size}); got {got}. Build the"
                " module with the model's size.",
                size=self.size,
                got=tuple(x.shape),
            )
        if start < 0:
            raise ArgumentError(
                "SinusoidalPositions.forward: start must be at least 0; got {start}. Give the"
                " number of steps before x.",
                start=start,
            )
        return x + self._positions(start + x.shape[1], x)[start:]

    def _positions(self, steps: int, like: Tensor) -> Tensor:
        table = self._table
        if len(table) < steps or table.dtype != like.dtype or table.device != like.device:
            longest = max(steps, 2 * len(table))  # so that decoding makes a few tables, not T
            table = self._table = _waves(longest, self.size).to(like)
        return table[:steps]

    def extra_repr(self) -> str:
        return f"{self.size}"


def _waves(steps: int, size: int) -> Tensor:
    """P (steps, size) in float64."""
    pairs = torch.arange((size + 1) // 2, dtype=torch.float64)
    angles = torch.arange(steps, dtype=torch.float64)[:, None] * 10000.0 ** (-2 * pairs / size)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :size]
