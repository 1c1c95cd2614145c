"""The recurrent decoder: all steps in one call of each layer where it can, else step by step."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

from saiki.kernels import PackedLayer
from saiki.models._cell_steps import CellSteps
from saiki.models._loop_products import LoopProduct
from saiki.models._recurrent_source import CellState, Seq2SeqCell, cell_of, in_cell_form
from saiki.nn import AttentionMemory, VariationalDropout

__all__ = ["DecoderShape", "Query", "RecurrentTarget", "TargetState"]

Query: TypeAlias = Literal["none", "previous", "current"]


@dataclass(frozen=True, kw_only=True)
class DecoderShape:
    """What a decoder is built with; `query` is "none" without attention."""

    cell: Seq2SeqCell
    symbol_size: int
    hidden_size: int
    layers: int
    memory_size: int
    output_size: int
    query: Query
    input_feeding: bool
    dropout: float
    reset_after: bool


class TargetState(NamedTuple):
    """Where a decoder stands after a step."""

    layers: tuple[CellState, ...]
    fed: Tensor | None  # (B, O) with input feeding: what the softmax read last

    def select(self, rows: Tensor) -> "TargetState":
        """The state of these rows."""
        layers = tuple(tuple(part.index_select(0, rows) for part in one) for one in self.layers)
        return TargetState(layers, None if self.fed is None else self.fed.index_select(0, rows))


class RecurrentTarget(nn.Module):
    """Layers, attention and readout of a decoder, as `RecurrentSeq2Seq` describes them."""

    def __init__(
        self, shape: DecoderShape, attention: nn.Module | None, readout: nn.Module
    ) -> None:
        super().__init__()
        self.query, self.output_size = shape.query, shape.output_size
        self.input_feeding = shape.input_feeding
        also = shape.memory_size if shape.query == "previous" else 0
        also += shape.output_size if shape.input_feeding else 0
        sizes = [shape.symbol_size + also, *[shape.hidden_size] * (shape.layers - 1)]
        how = {"reset_after": shape.reset_after}
        self.layers = nn.ModuleList(
            cell_of(shape.cell, size, shape.hidden_size, **how) for size in sizes
        )
        self.attention, self.readout = attention, readout
        self.dropout = VariationalDropout(shape.dropout)

    def start(self, states: tuple[CellState, ...]) -> TargetState:
        """The state before the first step."""
        first = states[0][0]
        fed = first.new_zeros(len(first), self.output_size) if self.input_feeding else None
        return TargetState(states, fed)

    def forward(
        self,
        symbols: Tensor,
        lengths: Tensor,
        states: tuple[CellState, ...],
        memory: AttentionMemory | None,
    ) -> tuple[Tensor, Tensor | None]:
        """What the softmax reads (B, T, O) under embedded symbols, and the weights (B, T, S)."""
        if self.query == "previous":
            return self._run_searching(symbols, lengths, states, memory)
        if self.input_feeding:
            return self._run_feeding(symbols, states, memory)
        top = self._run_layers(0, symbols, lengths, states)
        context, weights = self._look(top, memory)
        return self.readout(top, symbols, context), weights

    def packed(self, x: Tensor) -> list[PackedLayer] | None:
        """The layers, ready for many steps without gradients; x is any input of theirs."""
        found = [layer.packed(x) for layer in self.layers]  # type: ignore[operator]  # recurrent layers
        return None if None in found else [one for (one,) in found]

    def step(
        self,
        symbol: Tensor,
        state: TargetState,
        memory: AttentionMemory | None,
        packed: list[PackedLayer] | None = None,
    ) -> tuple[Tensor, TargetState, Tensor | None]:
        """One step, without drop-out: what the softmax reads (B, O), state, weights (B, S)."""
        x, layers = symbol, state.layers
        weights: Tensor | None
        if self.query == "previous":
            before = layers[-1][0]
            context, weights = self._look_back(layers[0][0], memory)
            after = self._advance(torch.cat([x, context], dim=-1), layers, packed)
            seen = self.readout(before, symbol, context)
        else:
            x = x if state.fed is None else torch.cat([x, state.fed], -1)
            after = self._advance(x, layers, packed)
            context, weights = self._look_back(after[-1][0], memory)
            seen = self.readout(after[-1][0], symbol, context)
        fed = seen if self.input_feeding else None
        return seen, TargetState(after, fed), weights

    def _look(self, query: Tensor, memory: AttentionMemory | None) -> tuple[Any, Any]:
        if self.attention is None:
            return None, None
        found: tuple[Tensor, Tensor] = self.attention(query, memory, trace=True)
        return found

    def _look_back(self, query: Tensor, memory: AttentionMemory | None) -> tuple[Any, Any]:
        """Contexts and weights of queries (R, H), those of one memory standing together."""
        if self.attention is None or memory is None:
            return None, None
        queries = query.view(len(memory.keys), -1, query.shape[1])
        context, weights = self.attention.attend_memory(queries, memory)  # type: ignore[operator]  # nn.Module hides it
        return context.flatten(0, 1), weights.flatten(0, 1)

    def _advance(
        self, x: Tensor, states: tuple[CellState, ...], packed: list[PackedLayer] | None
    ) -> tuple[CellState, ...]:
        after: list[CellState] = []
        for k, state in enumerate(states):
            if packed is None or torch.is_grad_enabled():
                after.append(self.layers[k].advance(x, state, 0))  # type: ignore[operator]  # a recurrent layer
            else:
                after.append(packed[k].step(x, state))
            x = after[-1][0]
        return tuple(after)

    def _run_layers(
        self, first: int, x: Tensor, lengths: Tensor, states: tuple[CellState, ...]
    ) -> Tensor:
        """All steps of the layers from `first` on."""
        for place in range(first, len(self.layers)):
            given = self.dropout(x) if place else x
            x, _ = self.layers[place](given, in_cell_form(states[place]), lengths=lengths)
        return x

    def _run_searching(
        self,
        symbols: Tensor,
        lengths: Tensor,
        states: tuple[CellState, ...],
        memory: Any,
    ) -> tuple[Tensor, Tensor]:
        """The query is the state before: the first layer goes step by step.

        A context enters the cell as W_c c_t = Σ_s α_ts (W_c m_s), so W_c m is made once; the
        contexts of all steps come after the loop, and in it the memory has no values.
        """
        cell = CellSteps(self.layers[0], (symbols.shape[-1], memory.values.shape[-1]))
        entering = LoopProduct(cell.project(1, memory.values))
        keys = memory._replace(values=memory.values[..., :0])
        state, seen, looked = states[0], [], []
        for given in cell.project(0, symbols).unbind(1):
            _, weights = self._look(state[0][:, None], keys)
            state = cell.step(given + entering(weights[:, 0]), state)
            seen.append(state[0])
            looked.append(weights)
        weights = torch.cat(looked, dim=1)
        top = self._run_layers(1, torch.stack(seen, dim=1), lengths, states)
        before = torch.cat([states[-1][0][:, None], top[:, :-1]], dim=1)
        return self.readout(before, symbols, weights @ memory.values), weights

    def _run_feeding(
        self, symbols: Tensor, states: tuple[CellState, ...], memory: Any
    ) -> tuple[Tensor, Tensor]:
        """What the softmax reads enters the next step: all layers go step by step."""
        fed = symbols.new_zeros(len(symbols), self.output_size)
        first = CellSteps(self.layers[0], (symbols.shape[-1], self.output_size))
        upper = [CellSteps(layer, (states[0][0].shape[1],)) for layer in self.layers[1:]]
        entering, rising = first.entering(1), [cell.entering(0) for cell in upper]
        masks = [self.dropout(torch.ones_like(states[0][0])[:, None])[:, 0] for _ in upper]
        now, seen, looked = list(states), [], []
        for given, symbol in zip(
            first.project(0, symbols).unbind(1), symbols.unbind(1), strict=True
        ):
            now[0] = first.step(given + entering(fed), now[0])
            for k, cell in enumerate(upper):
                sums = rising[k](now[k][0] * masks[k]) + cell.bias
                now[k + 1] = cell.step(sums, now[k + 1])
            top = now[-1][0]
            context, weights = self._look(top[:, None], memory)
            fed = self.readout(top, symbol, context[:, 0])
            seen.append(fed)
            looked.append(weights)
        return torch.stack(seen, dim=1), torch.cat(looked, dim=1)
