"""Torch's own fused recurrences, made right on padded batches.

Torch's operators know nothing of padding. Outputs are exact for causality's sake: what follows a
sequence cannot change what came before, so zeroing the padded outputs is enough. The state needs
more: the LSTM's cell state is not among the outputs, and a ReLU state may grow without bound while
it runs through padding. Both get one more input, 1 in padding and 0 elsewhere, whose weights close
the input gate and open the forget gate (the cell state stays as it is, bit for bit), or hold the
ReLU below zero.
"""

from typing import Any, Literal

import torch
from torch import _VF, Tensor

from saiki.kernels._ragged import Ragged
from saiki.kernels._types import Sequence, State, Weights

Cell = Literal["rnn-tanh", "rnn-relu", "gru", "lstm"]

_OPERATORS: dict[Cell, Any] = {
    "rnn-tanh": _VF.rnn_tanh,
    "rnn-relu": _VF.rnn_relu,
    "gru": _VF.gru,
    "lstm": _VF.lstm,
}
_STEPS: dict[Cell, Any] = {
    "rnn-tanh": _VF.rnn_tanh_cell,
    "rnn-relu": _VF.rnn_relu_cell,
    "gru": _VF.gru_cell,
    "lstm": _VF.lstm_cell,
}
SHUT = 1e4  # a sigmoid at -1e4 is 0 and at +1e4 is 1, also in float16


def fused_stack(
    cell: Cell,
    x: Tensor,
    state: State,
    weights: list[Weights],
    *,
    layers: int,
    dropout: float,
    training: bool,
    bidirectional: bool,
) -> tuple[Tensor, State]:
    """All layers and directions of a batch without padding in one call; x is (T, B, I)."""
    flat = [tensor for one in weights for tensor in _flat(one)]
    given: Any = state if cell == "lstm" else state[0]
    has_biases = weights[0].bias_ih is not None
    output, *after = _OPERATORS[cell](
        x, given, flat, has_biases, layers, dropout, training, bidirectional, False
    )
    return output, tuple(after)


def fused_sequence(
    cell: Cell,
    x: Tensor,
    state: State,
    weights: Weights,
    *,
    ragged: Ragged,
    reverse: bool = False,
    training: bool = False,
) -> Sequence:
    """One layer and direction of a padded batch; x is (T, B, I) with zeros in padding."""
    if reverse:
        x = mirror(x, ragged)
    if cell in {"lstm", "rnn-relu"}:
        x, weights = _hold(cell, x, weights, ragged)
    given = tuple(part.unsqueeze(0) for part in state)
    output, after = fused_stack(
        cell, x, given, [weights], layers=1, dropout=0.0, training=training, bidirectional=False
    )
    last = output.flatten(0, 1).index_select(0, ragged.ends)
    ends = (last, *(part.squeeze(0) for part in after[1:]))
    output = output.masked_fill(~ragged.valid, 0)
    return Sequence(output=mirror(output, ragged) if reverse else output, state=ends)


def mirror(x: Tensor, ragged: Ragged) -> Tensor:
    """Each sequence of x (T, B, ...) reversed within its own length; padding stays in place."""
    return x.flatten(0, 1).index_select(0, ragged.mirror).view_as(x)


def _flat(weights: Weights) -> list[Tensor]:
    tensors = [
        weights.weight_ih,
        weights.weight_hh,
        weights.bias_ih,
        weights.bias_hh,
        weights.weight_hr,
    ]
    return [tensor for tensor in tensors if tensor is not None]


def _hold(cell: Cell, x: Tensor, weights: Weights, ragged: Ragged) -> tuple[Tensor, Weights]:
    padding = (~ragged.valid).to(x.dtype)
    w = weights.weight_ih
    if cell == "lstm":
        shut = w.new_tensor([-SHUT, SHUT, 0.0, 0.0]).repeat_interleave(w.shape[0] // 4)
    else:
        shut = w.new_full((w.shape[0],), -min(1e18, torch.finfo(w.dtype).max / 4))
    held = Weights(
        weight_ih=torch.cat([w, shut.unsqueeze(1)], 1),
        weight_hh=weights.weight_hh,
        bias_ih=weights.bias_ih,
        bias_hh=weights.bias_hh,
        weight_hr=weights.weight_hr,
    )
    return torch.cat([x, padding], 2), held


def fused_step(cell: Cell, x: Tensor, state: State, weights: Weights) -> State:
    """One step (B, I) of a plain cell without a projection."""
    given: Any = state if cell == "lstm" else state[0]
    after = _STEPS[cell](
        x, given, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh
    )
    return after if cell == "lstm" else (after,)
