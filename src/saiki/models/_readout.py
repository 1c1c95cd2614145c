"""What a decoder's softmax reads, made from its state, the token before and the context."""

import torch
from torch import Tensor, nn

__all__ = ["MaxoutReadout", "PlainReadout", "Readout", "TanhReadout"]


class MaxoutReadout(nn.Module):
    """A maxout layer of state, embedded token and context: l_i = max(τ_2i, τ_2i+1), τ = W concat.

    Source: Bahdanau, Cho, Bengio 2014, arXiv:1409.0473, appendix A.2.2.
    """

    def __init__(self, state: int, symbol: int, context: int, output: int) -> None:
        super().__init__()
        self.projection = nn.Linear(state + symbol + context, 2 * output, bias=False)

    def forward(self, state: Tensor, symbol: Tensor, context: Tensor) -> Tensor:
        """(..., O)."""
        tau: Tensor = self.projection(torch.cat([state, symbol, context], dim=-1))
        even, odd = tau.view(*tau.shape[:-1], -1, 2).unbind(-1)
        return torch.maximum(even, odd)


class TanhReadout(nn.Module):
    """The attentional vector h̃ = tanh(W concat(c, h)).

    Source: Luong, Pham, Manning 2015, arXiv:1508.04025, equation 5.
    """

    def __init__(self, state: int, context: int, output: int) -> None:
        super().__init__()
        self.projection = nn.Linear(context + state, output, bias=False)

    def forward(self, state: Tensor, symbol: Tensor, context: Tensor) -> Tensor:
        """(..., O)."""
        joined: Tensor = self.projection(torch.cat([context, state], dim=-1))
        return joined.tanh()


class PlainReadout(nn.Module):
    """The state itself, or a projection of it to the size of a shared embedding."""

    def __init__(self, state: int, output: int) -> None:
        super().__init__()
        is_same = state == output
        self.projection = nn.Identity() if is_same else nn.Linear(state, output, bias=False)

    def forward(self, state: Tensor, symbol: Tensor, context: Tensor | None) -> Tensor:
        """(..., O)."""
        seen: Tensor = self.projection(state)
        return seen


Readout = MaxoutReadout | TanhReadout | PlainReadout
