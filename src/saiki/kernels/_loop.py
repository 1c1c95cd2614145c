"""A recurrence as a loop over time in torch operators: every option, any dtype, any derivative."""

from collections.abc import Callable
from collections.abc import Sequence as Items
from functools import partial

import torch
from torch import Tensor
from torch.autograd import Function

from saiki.kernels._cells import gru_step, lstm_step, project, rnn_step
from saiki.kernels._packing import Packing
from saiki.kernels._ragged import Ragged
from saiki.kernels._stacked import StackedGRU, StackedRNN, run_stacked
from saiki.kernels._types import (
    GRU_GATES,
    LSTM_GATES,
    RNN_GATES,
    CellTrace,
    Sequence,
    Stage,
    State,
    Step,
    Weights,
)


def rnn_loop(
    x: Tensor,
    state: State,
    weights: Weights,
    *,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
    ragged: Ragged | None = None,
    reverse: bool = False,
    hidden_mask: Tensor | None = None,
    trace: bool = False,
) -> Sequence:
    """Takes x (T, B, I), state ((B, H),) to output (T, B, H)."""
    name = "tanh" if activation is torch.tanh else "relu"
    has_form = activation in {torch.tanh, torch.relu}
    if has_form and not trace and _is_bare(weights, hidden_mask):
        reference = partial(rnn_scan, activation=activation, ragged=ragged, reverse=reverse)
        return _stacked(StackedRNN, x, state, weights, reference, ragged, reverse, name)
    return rnn_scan(
        x,
        state,
        weights,
        activation=activation,
        ragged=ragged,
        reverse=reverse,
        hidden_mask=hidden_mask,
        trace=trace,
    )


def rnn_scan(
    x: Tensor,
    state: State,
    weights: Weights,
    *,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
    ragged: Ragged | None = None,
    reverse: bool = False,
    hidden_mask: Tensor | None = None,
    trace: bool = False,
) -> Sequence:
    """`rnn_loop` left to autograd."""
    sums = project(x, weights, weights.weight_hh.shape[0], both_biases=True)
    step = rnn_step(weights, activation, hidden_mask)
    return _scan(step, sums, state, RNN_GATES, ragged=ragged, reverse=reverse, trace=trace)


def gru_loop(
    x: Tensor,
    state: State,
    weights: Weights,
    *,
    reset_after: bool = True,
    ragged: Ragged | None = None,
    reverse: bool = False,
    hidden_mask: Tensor | None = None,
    trace: bool = False,
) -> Sequence:
    """Takes x (T, B, I), state ((B, H),) to output (T, B, H)."""
    if reset_after and not trace and _is_bare(weights, hidden_mask):
        reference = partial(gru_scan, ragged=ragged, reverse=reverse)
        return _stacked(StackedGRU, x, state, weights, reference, ragged, reverse)
    return gru_scan(
        x,
        state,
        weights,
        reset_after=reset_after,
        ragged=ragged,
        reverse=reverse,
        hidden_mask=hidden_mask,
        trace=trace,
    )


def gru_scan(
    x: Tensor,
    state: State,
    weights: Weights,
    *,
    reset_after: bool = True,
    ragged: Ragged | None = None,
    reverse: bool = False,
    hidden_mask: Tensor | None = None,
    trace: bool = False,
) -> Sequence:
    """`gru_loop` left to autograd."""
    size = weights.weight_hh.shape[1]
    sums = project(x, weights, size, both_biases=not reset_after)
    step = gru_step(weights, reset_after=reset_after, hidden_mask=hidden_mask)
    return _scan(step, sums, state, GRU_GATES, ragged=ragged, reverse=reverse, trace=trace)


def _is_bare(weights: Weights, hidden_mask: Tensor | None) -> bool:
    return hidden_mask is None and weights.norm_hh is None


def _stacked(
    kind: type[Function],
    x: Tensor,
    state: State,
    weights: Weights,
    reference: Callable[..., Sequence],
    ragged: Ragged | None,
    reverse: bool,
    activation: str = "tanh",
) -> Sequence:
    def again(x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor) -> Items[Tensor]:
        given = Weights(weight_ih=w, weight_hh=u, bias_ih=b, bias_hh=c)
        result = reference(x, (h,), given)
        return result.output, result.state[0]

    packing = Packing(x.shape[0], x.shape[1], ragged, reverse)
    output, last = run_stacked(kind, x, state[0], weights, (packing, again, activation))
    return Sequence(output=output, state=(last,))


def lstm_loop(
    x: Tensor,
    state: State,
    weights: Weights,
    *,
    stage: Stage = "forget-gate",
    output_activation: Callable[[Tensor], Tensor] = torch.tanh,
    ragged: Ragged | None = None,
    reverse: bool = False,
    hidden_mask: Tensor | None = None,
    trace: bool = False,
) -> Sequence:
    """Takes x (T, B, I), state ((B, P), (B, H)) to output (T, B, P)."""
    names = LSTM_GATES[stage]
    sums = project(x, weights, weights.weight_hh.shape[0] // len(names), both_biases=True)
    step = lstm_step(
        weights, stage=stage, output_activation=output_activation, hidden_mask=hidden_mask
    )
    return _scan(step, sums, state, names, ragged=ragged, reverse=reverse, trace=trace)


def _scan(
    step: Step,
    sums: Tensor,
    state: State,
    names: tuple[str, ...],
    *,
    ragged: Ragged | None,
    reverse: bool,
    trace: bool,
) -> Sequence:
    """Steps through time; where a sequence has no step, its state stays as it is."""
    inputs = sums.unbind(0)
    valid = None if ragged is None else ragged.valid.unbind(0)
    full = len(inputs) if ragged is None else ragged.shortest
    states: list[State] = [state] * len(inputs)
    gates: list[tuple[Tensor, ...]] = [()] * len(inputs)
    for t in reversed(range(len(inputs))) if reverse else range(len(inputs)):
        after, seen = step(inputs[t], state)
        if valid is not None and t >= full:
            live = valid[t]
            after = tuple(
                torch.where(live, new, old) for new, old in zip(after, state, strict=True)
            )
        states[t] = state = after
        if trace:
            gates[t] = seen
    output = _stack([s[0] for s in states], ragged)
    if not trace:
        return Sequence(output=output, state=state)
    return Sequence(
        output=output, state=state, trace=_record(output, states, gates, names, ragged, reverse)
    )


def _record(
    output: Tensor,
    states: list[State],
    gates: list[tuple[Tensor, ...]],
    names: tuple[str, ...],
    ragged: Ragged | None,
    reverse: bool,
) -> CellTrace:
    hidden_steps = tuple(s[0] for s in states)
    cell_steps = tuple(s[1] for s in states if len(s) > 1)
    columns = zip(names, zip(*gates, strict=True), strict=True)
    return CellTrace(
        layer=0,
        reverse=reverse,
        gates={name: _stack(column, ragged).transpose(0, 1) for name, column in columns},
        hidden=output.transpose(0, 1),
        cell=_stack(cell_steps, ragged).transpose(0, 1) if cell_steps else None,
        hidden_steps=hidden_steps,
        cell_steps=cell_steps,
    )


def _stack(steps: Items[Tensor], ragged: Ragged | None) -> Tensor:
    stacked = torch.stack(tuple(steps))
    return stacked if ragged is None else stacked.masked_fill(~ragged.valid, 0)
