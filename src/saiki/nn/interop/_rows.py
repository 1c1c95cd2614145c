"""Weights as blocks of gate rows: their order, their shapes, and how they get into a layer."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.errors import ArgumentError, ShapeError
from saiki.nn.gru import GRU
from saiki.nn.lstm import LSTM
from saiki.nn.rnn import RNN

__all__ = [
    "OUR_GATES",
    "Array",
    "Layer",
    "check_shape",
    "directions",
    "layer_kind",
    "load_rows",
    "refuse_options",
    "reorder",
    "rows_of",
]

Layer: TypeAlias = RNN | LSTM | GRU
Array: TypeAlias = NDArray[Any]

OUR_GATES = {"RNN": "a", "LSTM": "ifgo", "GRU": "rzn"}
PLAIN = {
    "layer_norm": False,
    "learned_initial_state": False,
    "output_activation": "tanh",
    "peephole": False,
    "proj_size": 0,
    "recurrent_dropout": 0.0,
    "reset_after": True,
    "stage": "forget-gate",
}  # the value of each option of ours that says nothing


def layer_kind(where: str, layer: object) -> str:
    """The name of the layer's cell: RNN, LSTM or GRU."""
    for kind in (RNN, LSTM, GRU):
        if isinstance(layer, kind):
            return kind.__name__
    raise ArgumentError(
        "{where}: layer must be a saiki.nn RNN, LSTM or GRU; got {got}. Convert a torch layer "
        "with from_torch first.",
        where=where,
        got=type(layer).__name__,
    )


def refuse_options(where: str, layer: Layer, target: str, options: tuple[str, ...]) -> None:
    """Refuses a layer that uses one of `options`, which `target` has not."""
    for option in options:
        value = getattr(layer, option, PLAIN[option])
        if value != PLAIN[option]:
            raise ArgumentError(
                "{where}: {target} has nothing for {option}={value!r}. Convert a layer built with "
                "{option}={plain!r}.",
                where=where,
                target=target,
                option=option,
                value=value,
                plain=PLAIN[option],
            )


def directions(where: str, layer: Layer, index: int) -> tuple[str, ...]:
    """The suffixes of the parameters of stacked layer `index`, forward then backward."""
    if not 0 <= index < layer.num_layers:
        raise ArgumentError(
            "{where}: index must be from 0 to {last}, one stacked layer; got {index}.",
            where=where,
            last=layer.num_layers - 1,
            index=index,
        )
    return (f"l{index}", f"l{index}_reverse")[: 2 if layer.bidirectional else 1]


def reorder(rows: Array, source: str, target: str) -> Array:
    """`rows` (G H, ...) in the gate order `source`, put into the order `target`."""
    blocks = dict(zip(source, np.split(rows, len(source)), strict=True))
    return np.concatenate([blocks[gate] for gate in target])


def rows_of(layer: Layer, name: str, order: str, target: str) -> Array | None:
    """A copy of parameter `name` in the gate order `target`; None where the layer has none."""
    parameter = getattr(layer, name, None)
    if not isinstance(parameter, torch.Tensor):
        return None
    return reorder(parameter.detach().cpu().numpy(), order, target)


def load_rows(layer: Layer, rows: Mapping[str, Array]) -> None:
    """Copies `rows`, by parameter name, into a layer; none may be missing."""
    parameters = dict(layer.named_parameters())
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(rows[name])))


def check_shape(where: str, name: str, array: Array, expected: tuple[int, ...]) -> None:
    """Refuses an array of another shape, or one that does not hold real numbers."""
    if array.shape != expected:
        raise ShapeError(
            "{where}: {name} must be {expected}; got {got}. Check the order of the arrays and "
            "the kind of layer that they come from.",
            where=where,
            name=name,
            expected=expected,
            got=array.shape,
        )
    if array.dtype not in (np.float16, np.float32, np.float64):
        raise ArgumentError(
            "{where}: {name} must be float16, float32 or float64; got {dtype}. Convert it with "
            "astype.",
            where=where,
            name=name,
            dtype=array.dtype,
        )
