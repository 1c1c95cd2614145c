"""One vector a sequence: the last step, the mean, the maximum, or a learned weighting of steps."""

from typing import Literal, get_args, overload

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError, nearest
from saiki.nn._lengths import Lengths
from saiki.nn._padding import check_features, steps_mask, valid_lengths, zero_padding

__all__ = ["PoolingKind", "TimePooling"]

PoolingKind = Literal["last", "mean", "max", "mean-max", "attention"]


class TimePooling(nn.Module):
    """Turns the steps of every sequence into one vector; padding has no part in it.

        last:       y = x_n                                n = the sequence's own length
                    bidirectional: y = concat(first half of x_n, second half of x_1)
        mean:       y = (1/n) sum_t x_t
        max:        y = max_t x_t                          per feature
        mean-max:   y = concat(mean, max)
        attention:  e_t = v · tanh(W x_t + b),  a = softmax(e),  y = sum_t a_t x_t

    The backward half of a bidirectional output has read the whole sequence when it reaches the
    first step, which is why "last" takes it there.

    Args:
        kind: one of the five.
        features: F, at least 1; even if bidirectional.
        bidirectional: x is concat(forward, backward) of a recurrent layer; matters to "last".

    Shapes:
        x: (B, T, F); lengths: (B,) integers or None (all T).
        output: (B, output_features): 2F for mean-max, else F; attention weights: (B, T), zero in
            padding, each row sums to 1.

    Raises:
        ShapeError: x is not (B, T, F).
        ArgumentError: unknown kind, bad features, a length out of range, or a trace of a kind
            that has no weights.

    Source: attention as Yang et al.: Hierarchical Attention Networks for Document Classification
    (2016), section 2.2, equations 5 to 7; their u_w is v here and their alpha is a.

    Example:
        >>> import torch
        >>> from saiki.nn.pooling import TimePooling
        >>> pool = TimePooling("attention", 6)
        >>> y, weights = pool(torch.randn(2, 5, 6), torch.tensor([5, 3]), trace=True)
        >>> y.shape, weights[1, 3:].tolist()
        (torch.Size([2, 6]), [0.0, 0.0])
    """

    def __init__(self, kind: PoolingKind, features: int, *, bidirectional: bool = False) -> None:
        super().__init__()
        if kind not in get_args(PoolingKind):
            raise ArgumentError(
                "TimePooling: kind must be one of {known}; got {kind!r}. Use {near!r}.",
                known=", ".join(get_args(PoolingKind)),
                kind=kind,
                near=nearest(str(kind), get_args(PoolingKind)) or "last",
            )
        if features < 1 or (bidirectional and features % 2):
            raise ArgumentError(
                "TimePooling: features must be at least 1, and even for a bidirectional layer; "
                "got {features}. Give the width of the layer's output, both halves together.",
                features=features,
            )
        self.kind: PoolingKind = kind
        self.features = features
        self.bidirectional = bidirectional
        if kind == "attention":
            self.project = nn.Linear(features, features)
            self.score = nn.Linear(features, 1, bias=False)

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
        """One vector a sequence; with `trace` also the attention weights of its steps."""
        check_features("TimePooling", "features", x, self.features)
        valid = valid_lengths("TimePooling", x, lengths)
        if self.kind == "attention":
            pooled, weights = self._attended(x, valid)
            return (pooled, weights) if trace else pooled
        if trace:
            raise ArgumentError(
                "TimePooling.forward: trace=True shows attention weights; kind is {kind!r}. Use "
                'kind="attention", or leave trace out.',
                kind=self.kind,
            )
        return self._plain(x, valid)

    @property
    def output_features(self) -> int:
        """The width of the output: 2F for mean-max, else F."""
        return 2 * self.features if self.kind == "mean-max" else self.features

    def extra_repr(self) -> str:
        return f"{self.kind!r}, {self.features}, bidirectional={self.bidirectional}"

    def _plain(self, x: Tensor, lengths: Tensor) -> Tensor:
        if self.kind == "last":
            final = x[torch.arange(len(x), device=x.device), lengths - 1]
            half = self.features // 2
            return torch.cat((final[:, :half], x[:, 0, half:]), 1) if self.bidirectional else final
        parts = []
        if self.kind != "max":
            parts.append(zero_padding(x, lengths).sum(dim=1) / lengths[:, None].to(x.dtype))
        if self.kind != "mean":
            padding = ~steps_mask(lengths, x.shape[1])[..., None]
            parts.append(x.masked_fill(padding, -torch.inf).max(dim=1).values)
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def _attended(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        x = zero_padding(x, lengths)
        scores = self.score(torch.tanh(self.project(x))).squeeze(-1)
        weights = scores.masked_fill(~steps_mask(lengths, x.shape[1]), -torch.inf).softmax(dim=1)
        return torch.einsum("bt,btf->bf", weights, x), weights
