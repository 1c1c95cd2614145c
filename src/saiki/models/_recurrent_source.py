"""The recurrent encoder of a source: its memory, and the states that a decoder begins with."""

import itertools
import math
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from saiki.kernels import PackedLayer
from saiki.models.encoders import recurrent_layer
from saiki.nn import VariationalDropout

__all__ = ["CellState", "RecurrentSource", "Seq2SeqCell", "cell_of", "in_cell_form"]

Seq2SeqCell: TypeAlias = Literal["rnn", "lstm", "peephole-lstm", "gru"]
CellState: TypeAlias = tuple[Tensor, ...]  # (h,) or (h, c) of one layer, each (B, H)


def cell_of(cell: Seq2SeqCell, inputs: int, units: int, **options: Any) -> Any:
    """One recurrent layer, batch first; `reset_after` is left out where the cell has no reset."""
    if cell != "gru":
        options.pop("reset_after")
    return recurrent_layer(cell, inputs, units, batch_first=True, **options)


def in_cell_form(state: CellState) -> Any:
    """The state as a layer of `saiki.nn` takes it: (1, B, H), or a pair of them."""
    parts = tuple(part.unsqueeze(0) for part in state)
    return parts if len(parts) > 1 else parts[0]


class RecurrentSource(nn.Module):
    """Stacked layers over the embedded source, and a bridge from their ends to the decoder.

        m = the last layer's outputs,   h_0 = tanh(W_h concat of the ends of h),   c_0 = W_c .. of c

    Each layer of the decoder begins from the layer of the encoder at its own height.
    """

    def __init__(
        self,
        cell: Seq2SeqCell,
        inputs: int,
        units: int,
        *,
        layers: int,
        bidirectional: bool,
        dropout: float,
        reset_after: bool,
    ) -> None:
        super().__init__()
        self.memory_size = units * (2 if bidirectional else 1)
        sizes = [inputs, *[self.memory_size] * (layers - 1)]
        how = {"bidirectional": bidirectional, "reset_after": reset_after}
        self.layers = nn.ModuleList(cell_of(cell, size, units, **how) for size in sizes)
        self.dropout = VariationalDropout(dropout)
        # Not layers of their own: they work once a sequence, and `nn.count` would say once a step.
        parts = ("h", "c") if cell in {"lstm", "peephole-lstm"} else ("h",)
        self._bridges = [[f"bridge_{part}_l{k}" for part in parts] for k in range(layers)]
        limit = 1 / math.sqrt(self.memory_size)
        for name in itertools.chain(*self._bridges):
            weight = torch.empty(units, self.memory_size).uniform_(-limit, limit)
            self.register_parameter(name, nn.Parameter(weight))

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, tuple[CellState, ...]]:
        """The memory (B, S, M), zero in padding, and the first state of each decoder layer."""
        states = []
        for place, layer in enumerate(self.layers):
            given = self.dropout(x) if place else x
            packed = layer.packed(given)  # type: ignore[operator]  # a recurrent layer
            if packed is None:
                x, ends = layer(given, lengths=lengths)
                ends = ends if isinstance(ends, tuple) else (ends,)
            else:
                x, ends = _run_packed(packed, given, lengths, layer.first_state(len(x)))  # type: ignore[operator]
            states.append(self._bridged(place, ends))
        return x, tuple(states)

    def _bridged(self, place: int, ends: CellState) -> CellState:
        """What a layer of the decoder begins with, from the ends (D, B, H) of h and c."""
        joined = (torch.cat(tuple(end), dim=-1) for end in ends)
        weights = (getattr(self, name) for name in self._bridges[place])
        # A state stays wide where autocast narrows the products.
        h, *c = ((end @ w.t()).to(end.dtype) for w, end in zip(weights, joined, strict=True))
        return (h.tanh(), *c)


def _run_packed(
    packed: list[PackedLayer], x: Tensor, lengths: Tensor, first: tuple[Tensor, ...]
) -> tuple[Tensor, CellState]:
    """What a layer gives for x (B, S, I), by weights that are packed already."""
    batch, steps, _ = x.shape
    real = lengths.to("cpu", torch.int64).contiguous()
    units = first[0].shape[-1]
    output = x.new_empty(batch, steps, len(packed) * units)
    columns = torch.split(output.transpose(0, 1), units, dim=-1)
    ends = []
    for k, (one, part) in enumerate(zip(packed, columns, strict=True)):
        begin = tuple(each[k] for each in first)
        ends.append(one.run(x.transpose(0, 1), begin, part, real, reverse=bool(k)))
    return output, tuple(torch.stack(each) for each in zip(*ends, strict=True))
