"""Tensors of one layer and direction as the compiled kernels take them: addresses and strides."""

import threading
from collections.abc import Sequence as Items
from dataclasses import dataclass
from dataclasses import fields as fields_of
from functools import lru_cache
from typing import Any, ClassVar, Literal, TypeAlias

import torch
from torch import Tensor

from saiki.errors import BackendError
from saiki.kernels._levels import native
from saiki.kernels._types import LSTM_GATES, Stage, Weights

CellName: TypeAlias = Literal["rnn", "gru", "gru-reset-before", "lstm"]

CELLS: tuple[CellName, ...] = ("rnn", "gru", "gru-reset-before", "lstm")
ACTIVATIONS = ("identity", "leaky-relu", "relu", "sigmoid", "softmax", "step", "swish", "tanh")
STAGES: tuple[Stage, ...] = ("carousel", "input-output-gates", "forget-gate")
LARGE = 1 << 22  # bytes from which a detour to the reserve pays
LARGEST = 1 << 26  # bytes that a thread keeps between calls

_own = threading.local()


@dataclass(frozen=True, slots=True)
class Kind:
    """Which cell; a string for operators that torch records in graphs."""

    cell: CellName
    activation: str  # of an RNN; of an LSTM's output
    stage: Stage
    fields: tuple[str, ...]  # the weights that the layer has, in the order of FIELDS

    FIELDS: ClassVar = tuple(
        field.name for field in fields_of(Weights) if field.name != "weight_hr"
    )

    def __str__(self) -> str:
        return "/".join([self.cell, self.activation, self.stage, ",".join(self.fields)])

    @classmethod
    @lru_cache
    def read(cls, text: str) -> "Kind":
        """The inverse of str."""
        cell, activation, stage, names = text.split("/")
        return cls(cell, activation, stage, tuple(names.split(",")))  # type: ignore[arg-type]

    @property
    def slots(self) -> dict[str, int]:
        """Where each gate lies in the kernels' rows of sums, see native/plan.h."""
        if self.is_lstm:
            return {name: k for k, name in enumerate(LSTM_GATES[self.stage])}
        return {"a": 0} if self.cell == "rnn" else {"r": 1, "z": 2, "n": 0}

    @property
    def is_lstm(self) -> bool:
        """Whether there is a cell state."""
        return self.cell == "lstm"


def make_call(
    kind: Kind, x: Tensor, hidden: int, lengths: Tensor | None, *, reverse: bool, training: bool
) -> Any:
    """A call with its sizes and rows; x is (T, B, I)."""
    call = native().Call()
    call.cell = CELLS.index(kind.cell)
    call.activation, call.stage = ACTIVATIONS.index(kind.activation), STAGES.index(kind.stage)
    call.steps, call.batch, call.inputs = x.shape
    call.hidden, call.threads = hidden, torch.get_num_threads()
    call.reverse, call.training = reverse, training
    call.set_x(x.data_ptr(), x.stride(0), x.stride(1))
    call.sort(0 if lengths is None else lengths.data_ptr())
    return call


def check_weights(weights: Items[Tensor]) -> list[Tensor]:
    """The same, contiguous.

    Raises:
        BackendError: the kernels would read another type's bits, or another device's address.
    """
    for weight in weights:
        if weight.dtype != torch.float32 or weight.device.type != "cpu":
            raise BackendError(
                "recurrent layer: all its parameters must be float32 on the CPU as its first one"
                " is; got one of {dtype} on {device}. Move or convert the layer as a whole, with"
                " layer.to(...).",
                dtype=weight.dtype,
                device=weight.device,
            )
    return [weight.contiguous() for weight in weights]


def set_weights(call: Any, kind: Kind, weights: Items[Tensor], prefix: str = "") -> None:
    """Parameters, or with prefix "d" their gradients; an empty gradient is not wanted."""
    for name, tensor in zip(kind.fields, weights, strict=True):
        setattr(
            call, prefix + name.replace("weight_p", "p"), tensor.data_ptr() if tensor.numel() else 0
        )


def new_buffer(size: int) -> Tensor:
    """Floats for the kernels' own use; large ones from memory that earlier calls have used."""
    if 4 * size < LARGE or torch.are_deterministic_algorithms_enabled():  # which fill new memory
        return torch.empty(size, dtype=torch.float32)
    buffer: Tensor = native().new_buffer(size)
    return buffer


def scratch(size: int) -> Tensor:
    """Floats for one call at a time; each thread keeps its last ones, up to LARGEST bytes."""
    if torch.are_deterministic_algorithms_enabled():
        return new_buffer(size)
    buffer: Tensor | None = getattr(_own, "buffer", None)
    if buffer is None or buffer.numel() < size:
        buffer = new_buffer(size)
        _own.buffer = buffer if 4 * size <= LARGEST else None
    return buffer


def readable(x: Tensor) -> Tensor:
    """The same with its last axis contiguous, as the kernels read rows."""
    return x if x.stride(-1) == 1 and x.dtype == torch.float32 else x.float().contiguous()


def readable_state(state: Items[Tensor]) -> tuple[Tensor, ...]:
    """The same, each part as the kernels read states: contiguous float32."""
    return tuple(part.float().contiguous() for part in state)
