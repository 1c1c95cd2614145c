"""What the three recurrent layers share: parameters, and the way of a batch through them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import Parameter, functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from saiki.errors import ArgumentError
from saiki.kernels import (
    Backend,
    Cell,
    CellTrace,
    Ragged,
    Sequence,
    Weights,
    choose,
    fused_sequence,
    fused_stack,
    fused_step,
    read_ragged,
)
from saiki.nn._checks import check_input, check_layer, check_state
from saiki.nn._lengths import Lengths, check_lengths
from saiki.nn._stream import Stream

State = tuple[Tensor, ...]
WEIGHT_FIELDS = {field.name for field in fields(Weights)}


class Recurrent(torch.nn.Module, ABC):
    """The abstract recurrent layer; a cell says what its parameters are and how it steps."""

    weight_ih_l0: Tensor
    proj_size = 0
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
        check_layer(self)
        choose(backend, layer=self._name, is_plain=self._is_plain and not recurrent_dropout)

    @property
    @abstractmethod
    def _is_plain(self) -> bool:
        """Whether torch has this cell, recurrent drop-out apart."""

    @property
    @abstractmethod
    def _fused_name(self) -> Cell:
        """What the fused kernels call this cell."""

    @property
    @abstractmethod
    def _blocks(self) -> int:
        """How many blocks of H rows the stacked weights have."""

    @abstractmethod
    def _loop(self, x: Tensor, state: State, weights: Weights, **how: Any) -> Sequence:
        """Runs one layer and direction step by step."""

    @abstractmethod
    def _step(self, x: Tensor, state: State, weights: Weights) -> State:
        """One step (B, I) of one layer without drop-out."""

    def _prefers_loop(self, device: torch.device, *, graph: bool, is_ragged: bool) -> bool:
        """Where the loop's own backward pass, or its leaving out of padding, beats torch."""
        return device.type == "cpu" and (graph or is_ragged)

    def _extra_shapes(self) -> dict[str, tuple[int, ...]]:
        """Parameters that torch lacks, by name, for each layer and direction."""
        rows = (self._blocks * self.hidden_size,)
        shapes: dict[str, tuple[int, ...]] = {}
        if self.layer_norm:
            shapes |= {"norm_ih": rows, "norm_hh": rows}
        if self.learned_initial_state:
            shapes |= {"initial_state": (self._output_size,)}
        return shapes

    @property
    def _name(self) -> str:
        return type(self).__name__

    @property
    def _output_size(self) -> int:
        return self.proj_size or self.hidden_size

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _build(self, device: Any, dtype: Any) -> None:
        """Makes the parameters: torch's in torch's order first, so that one seed gives the same."""
        core: dict[str, tuple[int, ...]] = {}
        extra: dict[str, tuple[int, ...]] = {}
        for layer, suffix in self._places():
            core |= {f"{k}_l{layer}{suffix}": v for k, v in self._core_shapes(layer).items()}
            extra |= {f"{k}_l{layer}{suffix}": v for k, v in self._extra_shapes().items()}
        used = [k for k in (*self._core_shapes(0), *self._extra_shapes()) if k in WEIGHT_FIELDS]
        self._names = [{k: f"{k}_l{n}{s}" for k in used} for n, s in self._places()]
        for name, shape in (core | extra).items():
            setattr(self, name, Parameter(torch.empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _places(self) -> Iterator[tuple[int, str]]:
        for layer in range(self.num_layers):
            for suffix in ("", "_reverse")[: self._directions]:
                yield layer, suffix

    def _core_shapes(self, layer: int) -> dict[str, tuple[int, ...]]:
        rows = self._blocks * self.hidden_size
        inputs = self.input_size if layer == 0 else self._output_size * self._directions
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, inputs),
            "weight_hh": (rows, self._output_size),
        }
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes |= {"weight_hr": (self.proj_size, self.hidden_size)}
        return shapes

    def reset_parameters(self) -> None:
        """Weights and biases uniform in ±1/sqrt(H); norms 1; initial states 0."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.startswith(("norm_cell_bias", "initial_")):
                    parameter.zero_()
                elif name.startswith("norm_"):
                    parameter.fill_(1)
                else:
                    parameter.uniform_(-bound, bound)

    def flatten_parameters(self) -> None:
        """Does nothing; here so that code written for torch.nn runs."""

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The parameters of each layer and direction, in the order of torch.nn."""
        return [[getattr(self, name) for name in names.values()] for names in self._names]

    def extra_repr(self) -> str:
        """The sizes, then every argument that is not at its default."""
        shown = [f"{self.input_size}, {self.hidden_size}"]
        for name, default in self._shown().items():
            if getattr(self, name) != default:
                shown.append(f"{name}={getattr(self, name)!r}")
        return ", ".join(shown)

    def _shown(self) -> dict[str, object]:
        return {
            "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0,
            "bidirectional": False, "layer_norm": False, "recurrent_dropout": 0.0,
            "learned_initial_state": False, "backend": "auto",
        }  # fmt: skip

    def _weights(self, place: int) -> Weights:
        return Weights(**{field: getattr(self, name) for field, name in self._names[place].items()})

    def backend_in_use(self, *, training: bool) -> Literal["fused", "loop"]:
        """The form that runs for batches with lengths when no trace is asked for."""
        device = self.weight_ih_l0.device
        return self._form(device, training=training, graph=training, is_ragged=True, trace=False)

    def _form(
        self, device: torch.device, *, training: bool, graph: bool, is_ragged: bool, trace: bool
    ) -> Literal["fused", "loop"]:
        prefers = self._prefers_loop(device, graph=graph, is_ragged=is_ragged)
        is_plain = self._is_plain and not (training and self.recurrent_dropout)
        return choose(
            self.backend, layer=self._name, is_plain=is_plain, trace=trace, prefers_loop=prefers
        )

    def advance(self, x: Tensor, state: State, place: int) -> State:
        """One step (B, I) of one layer without drop-out, for streams."""
        weights = self._weights(place)
        if self._is_plain and not self.proj_size and self.backend != "loop":
            return fused_step(self._fused_name, x, state, weights)
        return self._step(x, state, weights)

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
        places = self.num_layers * self._directions
        for name, part, size in zip(self.state_parts, given, self._state_sizes(), strict=True):
            expected = (places, size) if is_single else (places, batch, size)
            check_state(self._name, f"the {name} state", part, expected, self.weight_ih_l0)
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
        steps = x.shape[0]
        batch = None
        if lengths is not None:
            x = x[: int(lengths.max())]
            batch = read_ragged(lengths, x.shape[0], x.device)
        if batch is not None:
            x = x.masked_fill(~batch.valid, 0)
        if state is None:
            state = self.first_state(x.shape[1])
        output, end, seen = self._run_layers(x, state, batch, trace=trace)
        missing = steps - output.shape[0]
        if missing:
            output = functional.pad(output, (0, 0, 0, 0, 0, missing))
            seen = tuple(one.padded(missing) for one in seen)
        return output, end, seen

    def _run_layers(
        self, x: Tensor, state: State, batch: Ragged | None, *, trace: bool
    ) -> tuple[Tensor, State, tuple[CellTrace, ...]]:
        graph, is_ragged = torch.is_grad_enabled(), batch is not None
        form = self._form(
            x.device, training=self.training, graph=graph, is_ragged=is_ragged, trace=trace
        )
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
        mask = None
        if self.training and self.recurrent_dropout:
            mask = functional.dropout(torch.ones_like(state[0]), self.recurrent_dropout)
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
