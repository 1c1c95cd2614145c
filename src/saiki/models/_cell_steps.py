"""The steps of one recurrent layer whose input comes in parts, each made ready at its own time."""

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from saiki.models._loop_products import LoopProduct
from saiki.models._recurrent_source import CellState
from saiki.nn import GRU, LSTM

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CellSteps"]


class CellSteps:
    """A layer's own cell, for one run through its steps, with each part of its input apart.

        W concat(x, c) = W_x x + W_c c

    The products of a part that is known beforehand are made for all its steps at once; the biases
    go with part 0, but for that of a reset gate behind the product, which scales it too.
    """

    def __init__(self, layer: Any, sizes: tuple[int, ...]) -> None:
        edges = [0, *accumulate(sizes)]
        self._parts = [layer.weight_ih_l0[:, slice(*pair)] for pair in pairwise(edges)]
        recurrent, units = layer.weight_hh_l0, layer.hidden_size
        of_input, of_state = layer.bias_ih_l0, layer.bias_hh_l0
        self.bias: Tensor = of_input + of_state
        self._products = [LoopProduct(recurrent.t())]
        self._peepholes: Tensor | None = getattr(layer, "weight_peephole_l0", None)
        self._step: Callable[..., CellState] = self._rnn
        if isinstance(layer, LSTM):
            self._step = self._lstm
        elif isinstance(layer, GRU) and layer.reset_after:
            self._step, self._inner = self._gru, of_state[2 * units :]
            self.bias = torch.cat([self.bias[: 2 * units], of_input[2 * units :]])
        elif isinstance(layer, GRU):
            blocks = recurrent[: 2 * units], recurrent[2 * units :]
            self._step = self._gru_reset_before
            self._products = [LoopProduct(block.t()) for block in blocks]

    def project(self, part: int, x: Tensor) -> Tensor:
        """W_part x (..., G H), for part 0 with the biases."""
        return functional.linear(x, self._parts[part], None if part else self.bias)

    def entering(self, part: int) -> LoopProduct:
        """A function x (B, I) -> W_part x (B, G H) of a part that comes step by step, no biases."""
        return LoopProduct(self._parts[part].t())

    def step(self, sums: Tensor, state: CellState) -> CellState:
        """The state after the next step, whose parts add up to `sums` (B, G H)."""
        return self._step(sums.to(state[0].dtype), *state)

    def _rnn(self, sums: Tensor, h: Tensor) -> CellState:
        return ((sums + self._products[0](h)).tanh(),)

    def _gru(self, sums: Tensor, h: Tensor) -> CellState:
        sizes = [2 * h.shape[1], h.shape[1]]
        gates, new = torch.split(sums, sizes, 1)
        of_gates, of_new = torch.split(self._products[0](h), sizes, 1)
        r, z = (gates + of_gates).sigmoid().chunk(2, 1)
        return (torch.lerp(torch.addcmul(new, r, of_new + self._inner).tanh(), h, z),)

    def _gru_reset_before(self, sums: Tensor, h: Tensor) -> CellState:
        gates, new = torch.split(sums, [2 * h.shape[1], h.shape[1]], 1)
        r, z = (gates + self._products[0](h)).sigmoid().chunk(2, 1)
        return (torch.lerp((new + self._products[1](r * h)).tanh(), h, z),)

    def _lstm(self, sums: Tensor, h: Tensor, c: Tensor) -> CellState:
        i, f, g, o = (sums + self._products[0](h)).chunk(4, 1)
        if self._peepholes is None:
            c = torch.addcmul(f.sigmoid() * c, i.sigmoid(), g.tanh())
            return o.sigmoid() * c.tanh(), c
        of_i, of_f, of_o = self._peepholes.chunk(3)
        i, f = (i + of_i * c).sigmoid(), (f + of_f * c).sigmoid()
        c = torch.addcmul(f * c, i, g.tanh())
        return (o + of_o * c).sigmoid() * c.tanh(), c
