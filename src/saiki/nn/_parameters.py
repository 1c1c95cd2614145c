"""The parameters of the three recurrent layers: names, shapes and first values, as in torch.nn."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from saiki.kernels import CellName, Kind, Stage, Weights

WEIGHT_FIELDS = {field.name for field in fields(Weights)}


class RecurrentParameters(torch.nn.Module, ABC):
    """What a recurrent layer holds; how it runs is in `Recurrent`."""

    weight_ih_l0: Tensor
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    bidirectional: bool
    layer_norm: bool
    learned_initial_state: bool
    proj_size = 0

    @property
    @abstractmethod
    def _kind(self) -> tuple[CellName, str, Stage]:
        """What the compiled kernels call this cell: its name, activation and stage."""

    @property
    @abstractmethod
    def _blocks(self) -> int:
        """How many blocks of H rows the stacked weights have."""

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
        known = tuple(field for field in Kind.FIELDS if field in used)
        self._compiled_names = [[names[field] for field in known] for names in self._names]
        self._compiled_kind = Kind(*self._kind, known)
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
