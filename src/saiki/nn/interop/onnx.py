"""Recurrent layers from and to ONNX's operators RNN, GRU and LSTM; needs no onnx package."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from saiki.errors import ArgumentError, ShapeError, nearest
from saiki.nn._lengths import Lengths, check_lengths
from saiki.nn.gru import GRU
from saiki.nn.interop._onnx_attributes import (
    GATES,
    OnnxKind,
    Settings,
    onnx_activations,
    read_attributes,
)
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

__all__ = ["OnnxOperator", "OnnxRecurrent", "from_onnx", "to_onnx"]

ONNX_LACKS = ("layer_norm", "learned_initial_state", "proj_size", "stage")


class OnnxOperator(NamedTuple):
    """One ONNX operator: its type, its weights by input name, its attributes."""

    op_type: OnnxKind
    weights: dict[str, Array]
    attributes: dict[str, Any]


class OnnxRecurrent(torch.nn.Module):
    """An ONNX recurrent operator on top of a layer of ours, with ONNX's inputs and outputs.

    Args:
        layer: one stacked layer of ours, bidirectional where the operator is; its batch_first is
            the operator's layout.
        is_reverse: direction="reverse": every sequence runs from its own end to its start.

    Shapes:
        layout 0: X (T, B, I); initial_h, initial_c, Y_h, Y_c (D, B, H); Y (T, D, B, H).
        layout 1: X (B, T, I); initial_h, initial_c, Y_h, Y_c (B, D, H); Y (B, T, D, H).
        sequence_lens: (B,) integers. D is 2 if bidirectional, else 1.

    Raises:
        ArgumentError: the layer is stacked or projected, reverse and bidirectional at once, or
            initial_c is given to an operator without a cell.

    Source: onnx.ai/onnx/operators/onnx__{RNN,GRU,LSTM}.html, version 22.

    Differs: a sequence of length 0 is refused.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> from saiki.nn import interop
        >>> operator = interop.OnnxRecurrent(nn.GRU(3, 4), is_reverse=True)
        >>> Y, Y_h = operator(torch.randn(5, 2, 3), sequence_lens=torch.tensor([5, 3]))
        >>> Y.shape, Y_h.shape
        (torch.Size([5, 1, 2, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(self, layer: Layer, *, is_reverse: bool = False) -> None:
        super().__init__()
        layer_kind("OnnxRecurrent", layer)
        refuse_options("OnnxRecurrent", layer, "ONNX", ("proj_size",))
        if layer.num_layers != 1 or (is_reverse and layer.bidirectional):
            raise ArgumentError(
                "OnnxRecurrent: layer must have num_layers=1, and not be bidirectional if "
                "reverse; got {layer}. Make one operator for each stacked layer.",
                layer=layer,
            )
        self.layer = layer
        self.is_reverse = is_reverse

    def forward(
        self,
        X: Tensor,
        sequence_lens: Lengths | None = None,
        initial_h: Tensor | None = None,
        initial_c: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Y and Y_h; an LSTM gives Y_c as well."""
        time = 1 if self.layer.batch_first else 0
        if X.dim() != 3:
            raise ShapeError(
                "OnnxRecurrent.forward: X must have three axes, {axes}; got {got}.",
                axes="(B, T, I)" if time else "(T, B, I)",
                got=tuple(X.shape),
            )
        steps, batch = X.shape[time], X.shape[1 - time]
        lengths = None
        if sequence_lens is not None:
            lengths = check_lengths("OnnxRecurrent", sequence_lens, batch, steps)
        state = self._state(X, batch, initial_h, initial_c)
        x = _reversed(X, lengths, time) if self.is_reverse else X
        output, final = self.layer(x, state, lengths=lengths)
        output = _reversed(output, lengths, time) if self.is_reverse else output
        return self._unstacked(output), *self._to_onnx_state(final)

    def _state(
        self, X: Tensor, batch: int, initial_h: Tensor | None, initial_c: Tensor | None
    ) -> Any:
        has_cell = isinstance(self.layer, LSTM)
        if initial_c is not None and not has_cell:
            raise ArgumentError(
                "OnnxRecurrent.forward: initial_c is an input of LSTM alone. Leave it out for "
                "{kind}.",
                kind=type(self.layer).__name__,
            )
        if initial_h is None and initial_c is None:
            return None
        zero = X.new_zeros(2 if self.layer.bidirectional else 1, batch, self.layer.hidden_size)
        given = [
            zero if part is None else part.transpose(0, 1) if self.layer.batch_first else part
            for part in (initial_h, initial_c)
        ]
        return tuple(given) if has_cell else given[0]

    def _unstacked(self, output: Tensor) -> Tensor:
        """(., ., D H) with the direction as an axis of its own."""
        apart = output.reshape(*output.shape[:2], -1, self.layer.hidden_size)
        return apart if self.layer.batch_first else apart.transpose(1, 2)

    def _to_onnx_state(self, final: Any) -> tuple[Tensor, ...]:
        parts = final if isinstance(final, tuple) else (final,)
        return tuple(part.transpose(0, 1) if self.layer.batch_first else part for part in parts)


def from_onnx(
    op_type: OnnxKind, weights: Mapping[str, Array], attributes: Mapping[str, Any] | None = None
) -> OnnxRecurrent:
    """The operator as a module; its `.layer` is a layer of ours, ready to be trained.

    Args:
        op_type: "RNN", "GRU" or "LSTM".
        weights: W and R, and where the operator has them B and P, by these names. What the
            operator is given at run time (initial_h, initial_c, sequence_lens) goes to the module.
        attributes: the operator's attributes by name; strings may be bytes, as onnx reads them.

    Shapes:
        W: (D, G H, I); R: (D, G H, H); B: (D, 2 G H), input biases then recurrent ones; P:
        (D, 3 H). Gates in the order i o f c (LSTM), z r h (GRU); P in the order i o f.

    Raises:
        ArgumentError: clip, input_forget, an activation that our layers lack, or an unknown name.
        ShapeError: an array does not fit the others or hidden_size.

    Source: onnx.ai/onnx/operators/onnx__{RNN,GRU,LSTM}.html, version 22.

    Example:
        >>> import numpy as np
        >>> from saiki.nn import interop
        >>> weights = {"W": np.zeros((1, 12, 3)), "R": np.zeros((1, 12, 4))}
        >>> interop.from_onnx("GRU", weights, {"linear_before_reset": 1}).layer
        GRU(3, 4, bias=False)
    """
    settings = read_attributes(op_type, attributes or {})
    arrays = {name: np.asarray(array) for name, array in weights.items()}
    hidden_size = _check_weights(op_type, arrays, settings)
    layer = _built(op_type, arrays, settings, hidden_size)
    rows: dict[str, Array] = {}
    for place, suffix in enumerate(directions("from_onnx", layer, 0)):
        rows |= _our_rows(op_type, {name: a[place] for name, a in arrays.items()}, suffix)
    load_rows(layer, rows)
    return OnnxRecurrent(layer, is_reverse=settings.direction == "reverse")


def to_onnx(layer: Layer, index: int = 0) -> OnnxOperator:
    """The ONNX operator (layout 0) of one stacked layer of ours; `from_onnx(*it)` is its inverse.

    Args:
        layer: an RNN, LSTM or GRU without the options that ONNX lacks.
        index: which of the stacked layers, from 0; ONNX has one operator for each.

    Raises:
        ArgumentError: the layer uses an option or activation that ONNX lacks (layer
            normalisation, learned initial state, projection, a historical stage, swish, step,
            softmax), or index is out of range.

    Example:
        >>> from saiki import nn
        >>> from saiki.nn import interop
        >>> operator = interop.to_onnx(nn.LSTM(3, 4, bidirectional=True))
        >>> operator.weights["W"].shape, operator.attributes["direction"]
        ((2, 16, 3), 'bidirectional')
    """
    kind = layer_kind("to_onnx", layer)
    refuse_options("to_onnx", layer, "ONNX", ONNX_LACKS)
    suffixes = directions("to_onnx", layer, index)
    attributes: dict[str, Any] = {
        "hidden_size": layer.hidden_size,
        "direction": "bidirectional" if layer.bidirectional else "forward",
    }
    if isinstance(layer, RNN):
        attributes |= onnx_activations([layer.nonlinearity], len(suffixes))
    elif isinstance(layer, LSTM):
        names = ["sigmoid", "tanh", layer.output_activation]
        attributes |= onnx_activations(names, len(suffixes))
    else:
        attributes["linear_before_reset"] = int(layer.reset_after)
    each = [_their_arrays(kind, layer, suffix) for suffix in suffixes]
    weights = {name: np.stack([arrays[name] for arrays in each]) for name in each[0]}
    return OnnxOperator(kind, weights, attributes)  # type: ignore[arg-type]  # the same three names


def _built(
    op_type: OnnxKind, arrays: Mapping[str, Array], settings: Settings, hidden_size: int
) -> Layer:
    options: dict[str, Any] = {
        "input_size": arrays["W"].shape[2],
        "hidden_size": hidden_size,
        "bias": "B" in arrays,
        "batch_first": settings.is_batch_first,
        "bidirectional": settings.directions == 2,
        "dtype": torch.from_numpy(np.empty(0, arrays["W"].dtype)).dtype,
        "device": "meta",
    }
    layer: Layer
    if op_type == "RNN":
        layer = RNN(**options, nonlinearity=settings.activations[0])  # type: ignore[arg-type]  # one of ours
    elif op_type == "GRU":
        layer = GRU(**options, reset_after=settings.reset_after)
    else:
        shown: Any = settings.activations[2]
        layer = LSTM(**options, peephole="P" in arrays, output_activation=shown)
    layer.to_empty(device="cpu")
    return layer


def _check_weights(op_type: str, arrays: Mapping[str, Array], settings: Settings) -> int:
    """Refuses arrays that do not fit; gives H."""
    known = ("W", "R", "B", "P") if op_type == "LSTM" else ("W", "R", "B")
    for name in arrays:
        if name not in known:
            raise ArgumentError(
                "from_onnx: weights of {op_type} are {known}; got {name!r}. Use {near!r}; give "
                "initial_h, initial_c and sequence_lens to the module.",
                op_type=op_type,
                known=", ".join(known),
                name=name,
                near=nearest(name, known) or "W",
            )
    for name in ("W", "R"):
        if name not in arrays or arrays[name].ndim != 3:
            raise ShapeError(
                "from_onnx: weights must have {name} with three axes, (D, G H, I or H); got {got}.",
                name=name,
                got=arrays[name].shape if name in arrays else None,
            )
    size = settings.hidden_size or arrays["R"].shape[2]
    d, rows = settings.directions, len(GATES[op_type]) * size
    shapes = {
        "W": (d, rows, arrays["W"].shape[2]),
        "R": (d, rows, size),
        "B": (d, 2 * rows),
        "P": (d, 3 * size),
    }
    for name, array in arrays.items():
        check_shape(f"from_onnx({op_type!r})", name, array, shapes[name])
    return size


def _our_rows(op_type: str, arrays: Mapping[str, Array], suffix: str) -> dict[str, Array]:
    theirs, ours = GATES[op_type], OUR_GATES[op_type]
    rows = {
        f"weight_ih_{suffix}": reorder(arrays["W"], theirs, ours),
        f"weight_hh_{suffix}": reorder(arrays["R"], theirs, ours),
    }
    if "B" in arrays:
        of_input, recurrent = np.split(arrays["B"], 2)
        rows[f"bias_ih_{suffix}"] = reorder(of_input, theirs, ours)
        rows[f"bias_hh_{suffix}"] = reorder(recurrent, theirs, ours)
    if "P" in arrays:
        rows[f"weight_peephole_{suffix}"] = reorder(arrays["P"], "iof", "ifo")
    return rows


def _their_arrays(kind: str, layer: Layer, suffix: str) -> dict[str, Array]:
    ours, theirs = OUR_GATES[kind], GATES[kind]
    W, R, of_input, recurrent = (
        rows_of(layer, f"{name}_{suffix}", ours, theirs)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    B = None
    if of_input is not None and recurrent is not None:
        B = np.concatenate((of_input, recurrent))
    P = rows_of(layer, f"weight_peephole_{suffix}", "ifo", "iof")
    arrays = {"W": W, "R": R, "B": B, "P": P}
    return {name: array for name, array in arrays.items() if array is not None}


def _reversed(x: Tensor, lengths: Tensor | None, time: int) -> Tensor:
    """Every sequence reversed within its own length; padding stays where it is."""
    if lengths is None:
        return x.flip(time)
    steps = torch.arange(x.shape[time], device=x.device)
    ends = lengths.to(x.device)[:, None]
    source = torch.where(steps < ends, ends - 1 - steps, steps)  # (B, T)
    rows = source if time == 1 else source.t()
    return x.gather(time, rows[..., None].expand_as(x))
