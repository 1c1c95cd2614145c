"""Recurrent layers from and to the lists of arrays that Keras layers give and take."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch

from saiki.errors import ArgumentError, nearest
from saiki.nn.gru import GRU
from saiki.nn.interop._rows import (
    OUR_GATES,
    Array,
    Layer,
    check_shape,
    directions,
    layer_kind,
    load_rows,
    refuse_options,
    reorder,
    rows_of,
)
from saiki.nn.lstm import LSTM
from saiki.nn.rnn import RNN

__all__ = ["KerasKind", "from_keras", "to_keras"]

KerasKind = Literal["SimpleRNN", "LSTM", "GRU"]

OUR_KIND: dict[KerasKind, str] = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}
KERAS_GATES = {"RNN": "a", "LSTM": "ifgo", "GRU": "zrn"}  # Keras calls g and n "c" and "h"
KERAS_LACKS = (
    "layer_norm", "learned_initial_state", "output_activation", "peephole", "proj_size", "stage",
)  # fmt: skip


def from_keras(
    kind: KerasKind,
    weights: Sequence[Array],
    *,
    bidirectional: bool = False,
    reset_after: bool = True,
    activation: str = "tanh",
) -> Layer:
    """A batch-first layer of ours with the weights of one Keras layer.

    Args:
        kind: the class of the Keras layer, inside its Bidirectional wrapper if it has one.
        weights: what `layer.get_weights()` gives: kernel, recurrent kernel, and bias unless
            use_bias=False; for Bidirectional those of the forward layer, then the backward one's.
        bidirectional: the weights are those of Bidirectional(..., merge_mode="concat").
        reset_after: the GRU's option of the same name.
        activation: the SimpleRNN's activation, by our name; the others have tanh, with sigmoid
            gates, as Keras has by default.

    Shapes:
        kernel: (I, G H); recurrent kernel: (H, G H); bias: (G H), or (2, G H) of a GRU with
        reset_after (first row input, second row recurrent). Gates lie side by side in the order
        i f c o (LSTM), z r h (GRU); Keras's GRU has h' = z h + (1 - z) h̃, as ours.

    Raises:
        ArgumentError: unknown kind, wrong number of arrays, or an option the kind has not.
        ShapeError: an array does not fit the others.

    Source: keras/src/layers/rnn/{simple_rnn,lstm,gru}.py of Keras 3, `build` and `call` of each
    cell.

    Example:
        >>> import numpy as np
        >>> from saiki.nn import interop
        >>> arrays = [np.zeros((3, 12)), np.zeros((4, 12)), np.zeros((2, 12))]
        >>> interop.from_keras("GRU", arrays)
        GRU(3, 4, batch_first=True)
    """
    _check_options(kind, activation=activation, reset_after=reset_after)
    parts = _split(kind, [np.asarray(array) for array in weights], bidirectional=bidirectional)
    _check_shapes(kind, parts, reset_after=reset_after)
    kernel, recurrent = parts[0][0], parts[0][1]
    options: dict[str, Any] = {
        "input_size": kernel.shape[0],
        "hidden_size": recurrent.shape[0],
        "bias": len(parts[0]) == 3,
        "batch_first": True,
        "bidirectional": bidirectional,
        "dtype": torch.from_numpy(np.empty(0, kernel.dtype)).dtype,
        "device": "meta",
    }
    layer: Layer
    if kind == "SimpleRNN":
        layer = RNN(**options, nonlinearity=activation)  # type: ignore[arg-type]  # RNN checks it
    elif kind == "LSTM":
        layer = LSTM(**options)
    else:
        layer = GRU(**options, reset_after=reset_after)
    layer.to_empty(device="cpu")
    rows: dict[str, Array] = {}
    for suffix, arrays in zip(directions("from_keras", layer, 0), parts, strict=True):
        rows |= _our_rows(OUR_KIND[kind], arrays, suffix)
    load_rows(layer, rows)
    return layer


def to_keras(layer: Layer, index: int = 0) -> list[Array]:
    """The arrays for `set_weights` of a Keras layer, from one stacked layer of ours.

    Args:
        layer: an RNN, LSTM or GRU without the options that Keras lacks.
        index: which of the stacked layers, from 0; Keras has one layer for each.

    Returns:
        kernel, recurrent kernel and, if the layer has them, bias; those of the backward direction
        follow. The two biases of an RNN, LSTM or GRU with reset_after=False become their sum.

    Raises:
        ArgumentError: the layer uses an option that Keras lacks, or index is out of range.

    Example:
        >>> from saiki import nn
        >>> from saiki.nn import interop
        >>> [array.shape for array in interop.to_keras(nn.LSTM(3, 4))]
        [(3, 16), (4, 16), (16,)]
    """
    kind = layer_kind("to_keras", layer)
    refuse_options("to_keras", layer, "Keras", KERAS_LACKS)
    arrays: list[Array] = []
    for suffix in directions("to_keras", layer, index):
        ours, theirs = OUR_GATES[kind], KERAS_GATES[kind]
        kernel, recurrent, bias, recurrent_bias = (
            rows_of(layer, f"{name}_{suffix}", ours, theirs)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        if kernel is None or recurrent is None:  # every layer has them
            continue
        arrays += [np.ascontiguousarray(kernel.T), np.ascontiguousarray(recurrent.T)]
        if bias is not None and recurrent_bias is not None:
            both = kind == "GRU" and getattr(layer, "reset_after", False)
            arrays.append(np.stack((bias, recurrent_bias)) if both else bias + recurrent_bias)
    return arrays


def _our_rows(kind: str, arrays: Sequence[Array], suffix: str) -> dict[str, Array]:
    theirs, ours = KERAS_GATES[kind], OUR_GATES[kind]
    rows = {
        f"weight_ih_{suffix}": reorder(arrays[0].T, theirs, ours),
        f"weight_hh_{suffix}": reorder(arrays[1].T, theirs, ours),
    }
    if len(arrays) == 3:
        bias = arrays[2]
        pair = bias if bias.ndim == 2 else np.stack((bias, np.zeros_like(bias)))
        rows[f"bias_ih_{suffix}"] = reorder(pair[0], theirs, ours)
        rows[f"bias_hh_{suffix}"] = reorder(pair[1], theirs, ours)
    return rows


def _check_options(kind: str, *, activation: str, reset_after: bool) -> None:
    kinds = get_args(KerasKind)
    if kind not in kinds:
        raise ArgumentError(
            "from_keras: kind must be one of {known}; got {kind!r}. Use {near!r}.",
            known=", ".join(kinds),
            kind=kind,
            near=nearest(str(kind), kinds) or "SimpleRNN",
        )
    if kind != "SimpleRNN" and activation != "tanh":
        raise ArgumentError(
            "from_keras: activation must be tanh for {kind}; got {activation!r}. Other "
            "activations are for SimpleRNN.",
            kind=kind,
            activation=activation,
        )
    if kind != "GRU" and not reset_after:
        raise ArgumentError(
            "from_keras: reset_after is an option of GRU; got reset_after=False with {kind}. "
            "Leave it out.",
            kind=kind,
        )


def _split(kind: str, arrays: list[Array], *, bidirectional: bool) -> list[list[Array]]:
    """The arrays of each direction: kernel, recurrent kernel and perhaps bias."""
    count = 2 if bidirectional else 1
    if len(arrays) not in (2 * count, 3 * count):
        raise ArgumentError(
            "from_keras: weights of a {kind} with bidirectional={bidirectional} must be "
            "{without} arrays, or {full} with biases; got {got}. Give layer.get_weights() of one "
            "layer.",
            kind=kind,
            bidirectional=bidirectional,
            without=2 * count,
            full=3 * count,
            got=len(arrays),
        )
    each = len(arrays) // count
    return [arrays[each * one : each * (one + 1)] for one in range(count)]


def _check_shapes(kind: KerasKind, parts: list[list[Array]], *, reset_after: bool) -> None:
    first = parts[0]
    inputs = first[0].shape[0] if first[0].ndim else 0
    units = first[1].shape[0] if first[1].ndim else 0
    columns = len(KERAS_GATES[OUR_KIND[kind]]) * units
    bias = (2, columns) if kind == "GRU" and reset_after else (columns,)
    shapes = {"kernel": (inputs, columns), "recurrent kernel": (units, columns), "bias": bias}
    for part in parts:
        for array, (name, shape) in zip(part, shapes.items(), strict=False):
            check_shape(f"from_keras({kind!r})", name, array, shape)
