"""Convolution over time for padded batches, with normalisation, activation and pooling."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from saiki.errors import ArgumentError
from saiki.nn._lengths import Lengths
from saiki.nn._padding import check_features, pad_time, steps_mask, valid_lengths, zero_padding
from saiki.nn.activations import activation as activation_named

__all__ = ["Conv1dBlock", "PoolName"]

PoolName = Literal["max", "average"]


class Conv1dBlock(nn.Module):
    """Convolution over time, then batch normalisation, activation and pooling as asked for.

        u_t = b + sum_j W_j x_{s t + j - p}            j = 0 .. k-1, x = 0 outside the sequence
        v   = batch_norm(u)                            over the valid steps of the batch only
        a   = activation(v)
        y_t = max or mean of a_{m t} .. a_{m t + m-1}  m = pool_size; an incomplete window at the
                                                       end is dropped

    A sequence of n steps has floor((n + 2p - k) / s) + 1 steps after the convolution and
    floor((n - m) / m) + 1 after the pooling. A sequence too short for the kernel is padded on its
    right with zeros up to k steps (padding counted), so that it gives one step; one too short for
    the pool gives one step, the maximum or mean of the steps that it has.

    Args:
        in_channels: C_in, at least 1.
        out_channels: C_out, at least 1.
        kernel_size: k in steps, at least 1.
        stride: s in steps, at least 1.
        padding: p in steps, zeros before and after each sequence, at least 0.
        activation: a name that `saiki.nn.activation` knows.
        pool: "max", "average" or None.
        pool_size: m in steps, window and stride of the pool, at least 1.
        batch_norm: normalises each channel; the convolution then has no bias of its own.

    Shapes:
        x: (B, T, C_in); lengths: (B,) integers or None (all T).
        output: (B, T', C_out), zero in its padding; output lengths: (B,) int64.

    Raises:
        ArgumentError: a size is out of range, a name is unknown, or batch normalisation in
            training is given a single step.
        ShapeError: x is not (B, T, C_in).

    Source: the size rule is that of `torch.nn.Conv1d` (its documentation's L_out, dilation 1).

    Differs: from `torch.nn.Conv1d`, channels come last, and padding never changes a result.

    Example:
        >>> import torch
        >>> from saiki.nn.convolution import Conv1dBlock
        >>> block = Conv1dBlock(2, 8, 3, stride=2, padding=1, pool="max")
        >>> y, lengths = block(torch.randn(4, 20, 2), torch.tensor([20, 15, 6, 1]))
        >>> y.shape, lengths.tolist()
        (torch.Size([4, 5, 8]), [5, 4, 1, 1])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        activation: str = "relu",
        pool: PoolName | None = None,
        pool_size: int = 2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        for name, size, least in (
            ("in_channels", in_channels, 1),
            ("out_channels", out_channels, 1),
            ("kernel_size", kernel_size, 1),
            ("stride", stride, 1),
            ("padding", padding, 0),
            ("pool_size", pool_size, 1),
        ):
            _check_size(name, size, least)
        if pool not in (None, "max", "average"):
            raise ArgumentError(
                'Conv1dBlock: pool must be "max", "average" or None; got {pool!r}.', pool=pool
            )
        self.convolution = nn.Conv1d(
            in_channels, out_channels, kernel_size, stride, padding, bias=not batch_norm
        )
        self.norm = nn.BatchNorm1d(out_channels) if batch_norm else None
        self.activation = activation
        self.pool = pool
        self.pool_size = pool_size
        self._activate = activation_named(activation)

    def forward(self, x: Tensor, lengths: Lengths | None = None) -> tuple[Tensor, Tensor]:
        """The features of every step and how many steps of each sequence are valid."""
        conv = self.convolution
        check_features("Conv1dBlock", "in_channels", x, conv.in_channels)
        valid = valid_lengths("Conv1dBlock", x, lengths)
        x = pad_time(zero_padding(x, valid), self._least_steps(), 0.0)
        u = conv(x.transpose(1, 2)).transpose(1, 2)  # (B, T', C_out)
        valid = self._after_convolution(valid)
        if self.norm is not None:
            u = self._normalised(self.norm, u, valid)
        a = zero_padding(self._activate(u), valid)
        return self._pooled(a, valid) if self.pool else (a, valid)

    def output_lengths(self, lengths: Tensor) -> Tensor:
        """How many steps each sequence has after this block."""
        after = self._after_convolution(lengths)
        return (after // self.pool_size).clamp(min=1) if self.pool else after

    def extra_repr(self) -> str:
        return f"activation={self.activation!r}, pool={self.pool!r}, pool_size={self.pool_size}"

    def _least_steps(self) -> int:
        return max(1, self.convolution.kernel_size[0] - 2 * int(self.convolution.padding[0]))

    def _after_convolution(self, lengths: Tensor) -> Tensor:
        conv = self.convolution
        spare = lengths + 2 * int(conv.padding[0]) - conv.kernel_size[0]
        return spare.clamp(min=0) // conv.stride[0] + 1

    def _normalised(self, norm: nn.BatchNorm1d, u: Tensor, lengths: Tensor) -> Tensor:
        mask = steps_mask(lengths, u.shape[1])
        rows = u[mask]  # (valid steps, C_out): padding takes no part in mean and variance
        if self.training and rows.shape[0] < 2:
            raise ArgumentError(
                "Conv1dBlock.forward: batch normalisation in training needs at least 2 valid "
                "steps in the batch; got {steps}. Use longer sequences, a larger batch, or "
                "batch_norm=False.",
                steps=rows.shape[0],
            )
        return torch.zeros_like(u).index_put((mask,), norm(rows))

    def _pooled(self, a: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        size = self.pool_size
        pooled_lengths = (lengths // size).clamp(min=1)
        if self.pool == "max":
            mask = steps_mask(lengths, a.shape[1])[..., None]
            a = pad_time(a.masked_fill(~mask, -torch.inf), size, -torch.inf)
            y = functional.max_pool1d(a.transpose(1, 2), size).transpose(1, 2)
        else:
            total = functional.avg_pool1d(pad_time(a, size, 0.0).transpose(1, 2), size)
            # A sequence shorter than the window is the mean of the steps that it has.
            y = total.transpose(1, 2) * (size / lengths.clamp(max=size))[:, None, None].to(a.dtype)
        return zero_padding(y, pooled_lengths), pooled_lengths


def _check_size(name: str, size: int, least: int) -> None:
    if size < least:
        raise ArgumentError(
            "Conv1dBlock: {name} must be at least {least}; got {size}.",
            name=name,
            least=least,
            size=size,
        )
