"""What the three recurrent layers share: parameters, and the way of a batch through them."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.parametrize import is_parametrized
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from saiki.errors import ArgumentError
from saiki.kernels import (
    Backend,
    Cell,
    CellTrace,
    CompiledSteps,
    Form,
    PackedLayer,
    PackedLayers,
    Ragged,
    Sequence,
    Weights,
    choose,
    compiled_layer,
    fused_sequence,
    fused_stack,
    fused_step,
    is_watched,
    read_ragged,
    read_trace,
)
from saiki.nn._backend import find_obstacle
from saiki.nn._checks import check_input, check_layer, check_state
from saiki.nn._lengths import Lengths, check_lengths
from saiki.nn._parameters import RecurrentParameters
from saiki.nn._stream import Stream

State = tuple[Tensor, ...]


class Recurrent(RecurrentParameters):
    """The abstract recurrent layer; a cell says what its parameters are and how it steps."""

    state_parts: tuple[str, ...] = ("hidden",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        layer_norm: bool,
        recurrent_dropout: float,
        learned_initial_state: bool,
        backend: Backend,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.layer_norm, self.learned_initial_state = layer_norm, learned_initial_state
        self.backend = backend
        self._packed = PackedLayers()
        check_layer(self)
        is_plain = self._is_plain and not recurrent_dropout
        choose(backend, layer=self._name, is_plain=is_plain, obstacle=None)

    @property
    @abstractmethod
    def _is_plain(self) -> bool:
        """Whether torch has this cell, recurrent drop-out apart."""

    @property
    @abstractmethod
    def _fused_name(self) -> Cell:
        """What the fused kernels call this cell."""

    @abstractmethod
    def _loop(self, x: Tensor, state: State, weights: Weights, **how: Any) -> Sequence:
        """Runs one layer and direction step by step."""

    @abstractmethod
    def _step(self, x: Tensor, state: State, weights: Weights) -> State:
        """One step (B, I) of one layer without drop-out."""

    def _check_run(self) -> None:
        """Raises where this cell cannot run as the layer stands."""

    def _prefers_loop(self, device: torch.device, *, graph: bool, is_ragged: bool) -> bool:
        """Where the loop's own backward pass, or its leaving out of padding, beats torch."""
        return device.type == "cpu" and (graph or is_ragged)

    def backend_in_use(self, *, training: bool) -> Form:
        """The form that runs for batches with lengths when no trace is asked for."""
        return self._form(training=training, graph=training, is_ragged=True, trace=False)

    def _form(self, *, training: bool, graph: bool, is_ragged: bool, trace: bool) -> Form:
        w = self.weight_ih_l0
        prefers = self._prefers_loop(w.device, graph=graph, is_ragged=is_ragged)
        is_plain = self._is_plain and not (training and self.recurrent_dropout)
        obstacle = None
        if self.backend in {"auto", "compiled"}:
            obstacle = find_obstacle(w, projection=self.proj_size, traces_graph=trace and graph)
        return choose(
            self.backend,
            layer=self._name,
            is_plain=is_plain,
            obstacle=obstacle,
            trace=trace,
            prefers_loop=prefers,
        )

    def advance(self, x: Tensor, state: State, place: int) -> State:
        """One step (B, I) of one layer without drop-out, for streams."""
        weights = self._weights(place)
        if self._is_plain and not self.proj_size and self.backend != "loop":
            return fused_step(self._fused_name, x, state, weights)
        return self._step(x, state, weights)

    def compiled_steps(self, first: State) -> CompiledSteps | None:
        """What takes single steps from these states, where the compiled kernels can."""
        if self.backend not in {"auto", "compiled"} or is_parametrized(self):
            return None
        if find_obstacle(self.weight_ih_l0, projection=self.proj_size, traces_graph=False):
            return None
        places = [[getattr(self, name) for name in names] for names in self._compiled_names]
        return CompiledSteps(self._compiled_kind, places, first)

    def packed(self, x: Tensor) -> list[PackedLayer] | None:
        """The compiled layers, each direction its own, with weights that stay packed between calls.

        For decoding, which makes many short calls: packing takes longer than they do. None where
        gradients, drop-out, x or the layer stand against it. Weights changed through `.data` in a
        way that keeps their sums go unseen.
        """
        is_dropped = self.training and (self.recurrent_dropout or self.dropout)
        if torch.is_grad_enabled() or is_dropped or is_watched(x) or is_parametrized(self):
            return None
        w = self.weight_ih_l0
        if self.backend not in {"auto", "compiled"} or not x.dtype == w.dtype == torch.float32:
            return None
        if find_obstacle(w, projection=self.proj_size, traces_graph=False):
            return None
        found = []
        for place, names in enumerate(self._compiled_names):
            weights = [getattr(self, name) for name in names]
            packed = self._packed.at(place, self._compiled_kind, weights)
            if packed is None:
                return None
            found.append(packed)
        return found

    def stream(self, batch_size: int = 1) -> Stream:
        """One input at a time instead of a whole sequence; gives the same numbers.

        Args:
            batch_size: how many sequences run side by side, at least 1.

        Raises:
            ArgumentError: the layer is bidirectional, so it needs the end before the beginning.
        """
        return Stream(self, batch_size)

    def forward(
        self,
        x: Tensor | PackedSequence,
        state: Any = None,
        *,
        lengths: Lengths | None = None,
        trace: bool = False,
    ) -> tuple[Any, ...]:
        """Runs whole sequences; see the class for shapes."""
        if isinstance(x, PackedSequence):
            return self._forward_packed(x, state, lengths=lengths, trace=trace)
        check_input(self._name, x, "B, T" if self.batch_first else "T, B", self.weight_ih_l0)
        is_single = x.dim() == 2
        if is_single:
            x = x.unsqueeze(1)
        elif self.batch_first:
            x = x.transpose(0, 1)
        steps, batch = x.shape[:2]
        begin = self.read_state(state, batch, is_single=is_single)
        real = None if lengths is None else check_lengths(self._name, lengths, batch, steps)
        output, end, seen = self._run(x, begin, real, trace=trace)
        if is_single:
            output, end = output.squeeze(1), tuple(part.squeeze(1) for part in end)
        elif self.batch_first:
            output = output.transpose(0, 1)
        return self._answer(output, end, seen, trace=trace)

    def _forward_packed(
        self, x: PackedSequence, state: Any, *, lengths: Lengths | None, trace: bool
    ) -> tuple[Any, ...]:
        if lengths is not None:
            raise ArgumentError(
                "{layer}.forward: lengths must be None with a PackedSequence, which holds its own;"
                " got {got}. Leave lengths out, or pass a padded batch.",
                layer=self._name,
                got=type(lengths).__name__,
            )
        padded, real = pad_packed_sequence(PackedSequence(x.data, x.batch_sizes))
        check_input(self._name, padded, "T, B", self.weight_ih_l0)
        begin = self.read_state(state, padded.shape[1], is_single=False)
        if begin is not None:
            begin = tuple(_order(part, x.sorted_indices) for part in begin)
        output, end, seen = self._run(padded, begin, real, trace=trace)
        end = tuple(_order(part, x.unsorted_indices) for part in end)
        packed = pack_padded_sequence(output, real)
        answer = PackedSequence(packed.data, x.batch_sizes, x.sorted_indices, x.unsorted_indices)
        seen = tuple(one.reordered(x.unsorted_indices) for one in seen)
        return self._answer(answer, end, seen, trace=trace)

    def _answer(
        self, output: Any, state: State, seen: tuple[CellTrace, ...], *, trace: bool
    ) -> tuple[Any, ...]:
        end = state if len(state) > 1 else state[0]
        return (output, end, seen) if trace else (output, end)

    def read_state(self, state: Any, batch: int, *, is_single: bool = False) -> State | None:
        if state is None:
            return None
        given = tuple(state) if len(self.state_parts) > 1 else (state,)
        if len(given) != len(self.state_parts):
            raise ArgumentError(
                "{layer}.forward: state must be a pair (h, c); got {count} parts. Pass the state"
                " that an earlier call returned, or None.",
                layer=self._name,
                count=len(given),
            )
        places, weight = self.num_layers * self._directions, self.weight_ih_l0
        for name, part, size in zip(self.state_parts, given, self._state_sizes(), strict=True):
            expected = (places, size) if is_single else (places, batch, size)
            check_state(self._name, f"the {name} state", part, expected, weight)
        given = tuple(part.to(weight.dtype) for part in given)  # under autocast it may be another
        return tuple(part.unsqueeze(1) for part in given) if is_single else given

    def _state_sizes(self) -> tuple[int, ...]:
        return (self._output_size, self.hidden_size)[: len(self.state_parts)]

    def first_state(self, batch: int) -> State:
        """(places, B, size) for each part: learned, else zero."""
        places = self.num_layers * self._directions
        if not self.learned_initial_state:
            make = self.weight_ih_l0.new_zeros
            return tuple(make((places, batch, size)) for size in self._state_sizes())
        names = ("initial_state", "initial_cell")[: len(self.state_parts)]
        return tuple(
            torch.stack([getattr(self, f"{name}_l{k}{s}") for k, s in self._places()])
            .unsqueeze(1)
            .expand(-1, batch, -1)
            .contiguous()
            for name in names
        )

    def _run(
        self, x: Tensor, state: State | None, lengths: Tensor | None, *, trace: bool
    ) -> tuple[Tensor, State, tuple[CellTrace, ...]]:
        """Takes x (T, B, I) through all layers; steps after the longest sequence are only zeros."""
        self._check_run()
        form = self._form(
            training=self.training,
            graph=torch.is_grad_enabled(),
            is_ragged=lengths is not None and int(lengths.min()) < int(lengths.max()),
            trace=trace,
        )
        if state is None:
            state = self.first_state(x.shape[1])
        if form == "compiled":
            with torch.autocast("cpu", enabled=False):  # a state in bfloat16 drifts
                return self._run_compiled(x, state, lengths, trace=trace)
        steps = x.shape[0]
        batch = None
        if lengths is not None:
            x = x[: int(lengths.max())]
            batch = read_ragged(lengths, x.shape[0], x.device)
        if batch is not None:
            x = x.masked_fill(~batch.valid, 0)
        output, end, seen = self._run_layers(x, state, batch, form=form, trace=trace)
        missing = steps - output.shape[0]
        if missing:
            output = functional.pad(output, (0, 0, 0, 0, 0, missing))
            seen = tuple(one.padded(missing) for one in seen)
        return output, end, seen

    def _run_layers(
        self, x: Tensor, state: State, batch: Ragged | None, *, form: Form, trace: bool
    ) -> tuple[Tensor, State, tuple[CellTrace, ...]]:
        if form == "fused" and batch is None:
            output, end = self._run_stack(x, state)
            return output, end, ()
        ends: list[State] = []
        seen: list[CellTrace] = []
        for layer in range(self.num_layers):
            if layer and self.training and self.dropout:
                x = functional.dropout(x, self.dropout)
            outputs = []
            for direction in range(self._directions):
                place = layer * self._directions + direction
                begin = tuple(part[place] for part in state)
                one = self._run_one(x, begin, place, batch, form=form, trace=trace)
                outputs.append(one.output)
                ends.append(one.state)
                if one.trace is not None:
                    seen.append(replace(one.trace, layer=layer))
            x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, 2)
        end = tuple(torch.stack(parts) for parts in zip(*ends, strict=True))
        return x, end, tuple(seen)

    def _run_compiled(
        self, x: Tensor, state: State, lengths: Tensor | None, *, trace: bool
    ) -> tuple[Tensor, State, tuple[CellTrace, ...]]:
        """All layers; a layer's directions run in one operator, and padding is never read."""
        if lengths is not None and int(lengths.min()) == x.shape[0]:
            lengths = None
        ends: list[State] = []
        seen: list[CellTrace] = []
        for layer in range(self.num_layers):
            if layer and self.training and self.dropout:
                x = functional.dropout(x, self.dropout)
            places = range(layer * self._directions, (layer + 1) * self._directions)
            begin = tuple(part[places.start : places.stop] for part in state)
            given = x
            x, end, kept = compiled_layer(
                self._compiled_kind,
                given,
                begin,
                self._mask(begin[0]),
                [getattr(self, name) for k in places for name in self._compiled_names[k]],
                lengths=lengths,
                batch_first=self.batch_first,
                keeps=trace,
            )
            ends.append(end)
            if trace:
                inputs = (given, self.hidden_size, lengths, kept, self._directions)
                found = read_trace(self._compiled_kind, *inputs)
                seen += [replace(one, layer=layer) for one in found]
        end = tuple(torch.cat(parts) for parts in zip(*ends, strict=True))
        return x, end if self.num_layers > 1 else ends[0], tuple(seen)

    def _mask(self, like: Tensor) -> Tensor | None:
        """What recurrent drop-out does to h in the recurrent products; one mask a sequence."""
        if not (self.training and self.recurrent_dropout):
            return None
        return functional.dropout(torch.ones_like(like), self.recurrent_dropout)

    def _run_stack(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        weights = [self._weights(place) for place in range(len(self._names))]
        return fused_stack(
            self._fused_name,
            x,
            state,
            weights,
            layers=self.num_layers,
            dropout=self.dropout,
            training=self.training,
            bidirectional=self.bidirectional,
        )

    def _run_one(
        self, x: Tensor, state: State, place: int, batch: Ragged | None, *, form: str, trace: bool
    ) -> Sequence:
        weights, reverse = self._weights(place), bool(place % self._directions)
        if form == "fused" and batch is not None:
            return fused_sequence(
                self._fused_name,
                x,
                state,
                weights,
                ragged=batch,
                reverse=reverse,
                training=self.training,
            )
        mask = self._mask(state[0])
        with torch.autocast(x.device.type, enabled=False):  # a state in bfloat16 drifts
            return self._loop(
                x.to(state[0].dtype),
                state,
                weights,
                ragged=batch,
                reverse=reverse,
                hidden_mask=mask,
                trace=trace,
            )


def _order(part: Tensor, indices: Tensor | None) -> Tensor:
    return part if indices is None else part.index_select(1, indices)
