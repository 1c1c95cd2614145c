"""Squeeze and excitation: each channel is rescaled by a gate that has seen the whole map."""

from typing import Literal, overload

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._lengths import Lengths
from saiki.nn._padding import valid_lengths, zero_padding

__all__ = ["SqueezeExcite"]


class SqueezeExcite(nn.Module):
    """Rescales the channels of a feature map by gates computed from their averages.

        s = mean of x over its valid positions            squeeze
        g = sigmoid(W_2 relu(W_1 s + b_1) + b_2)          excite, through C / reduction units
        y = g ∘ x                                         at every position

    Args:
        channels: C, at least 1.
        reduction: how many times narrower the bottleneck is; it keeps at least one unit.

    Shapes:
        x: (B, T, C), or (B, height, width, C) without lengths; lengths: (B,) integers or None.
        output: as x, zero in its padding; gates: (B, C).

    Raises:
        ShapeError: x is not one of these shapes, or lengths come with a 2-D map.
        ArgumentError: channels or reduction is below 1, or a length is out of range.

    Source: Hu, Shen, Sun: Squeeze-and-Excitation Networks (2018), section 3, equations 2 to 4;
    their z is s here and their s is g.

    Differs: W_1 and W_2 have biases; the average leaves padding out.

    Example:
        >>> import torch
        >>> from saiki.nn.squeeze_excite import SqueezeExcite
        >>> block = SqueezeExcite(8)
        >>> y, gates = block(torch.randn(2, 5, 8), torch.tensor([5, 3]), trace=True)
        >>> y.shape, gates.shape
        (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        if channels < 1 or reduction < 1:
            raise ArgumentError(
                "SqueezeExcite: channels and reduction must be at least 1; got {channels} and "
                "{reduction}.",
                channels=channels,
                reduction=reduction,
            )
        bottleneck = max(1, channels // reduction)
        self.channels = channels
        self.reduce = nn.Linear(channels, bottleneck)
        self.expand = nn.Linear(bottleneck, channels)

    @overload
    def forward(
        self, x: Tensor, lengths: Lengths | None = None, trace: Literal[False] = False
    ) -> Tensor: ...
    @overload
    def forward(
        self, x: Tensor, lengths: Lengths | None = None, *, trace: Literal[True]
    ) -> tuple[Tensor, Tensor]: ...
    def forward(
        self, x: Tensor, lengths: Lengths | None = None, trace: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """The rescaled map; with `trace` also the gates, one a channel and sequence."""
        self._check(x, lengths)
        if x.dim() == 4:
            squeezed = x.mean(dim=(1, 2))
        else:
            valid = valid_lengths("SqueezeExcite", x, lengths)
            x = zero_padding(x, valid)
            squeezed = x.sum(dim=1) / valid[:, None].to(x.dtype)
        gates = torch.sigmoid(self.expand(torch.relu(self.reduce(squeezed))))
        y = x * gates.reshape(x.shape[0], *[1] * (x.dim() - 2), self.channels)
        return (y, gates) if trace else y

    def _check(self, x: Tensor, lengths: Lengths | None) -> None:
        if x.dim() not in (3, 4) or x.shape[-1] != self.channels:
            raise ShapeError(
                "SqueezeExcite.forward: x must be (B, T, channels={channels}) or (B, height, "
                "width, channels={channels}); got {got}. Build the block with the last size.",
                channels=self.channels,
                got=tuple(x.shape),
            )
        if x.dim() == 4 and lengths is not None:
            raise ShapeError(
                "SqueezeExcite.forward: lengths go with (B, T, C); got x {got}. Leave lengths "
                "out for (B, height, width, C).",
                got=tuple(x.shape),
            )
