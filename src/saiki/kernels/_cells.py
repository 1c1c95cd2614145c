"""One time step of each cell in torch operators; the sums over the input come ready-made."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from saiki.kernels._types import LSTM_GATES, PEEPHOLE_GATES, Stage, State, Step, Weights

NORM_EPSILON = 1e-5


def norm_gates(sums: Tensor, gain: Tensor, hidden_size: int) -> Tensor:
    """Layer normalisation over H of each gate's block of `sums` (..., G H)."""
    blocks = sums.view(*sums.shape[:-1], -1, hidden_size)
    normed = functional.layer_norm(blocks, (hidden_size,), None, None, NORM_EPSILON)
    return normed.flatten(-2) * gain


def project(x: Tensor, weights: Weights, hidden_size: int, *, both_biases: bool) -> Tensor:
    """The input's part of every gate's sum, for all steps in one product: (T, B, G H)."""
    bias = weights.bias_ih
    if both_biases and bias is not None and weights.bias_hh is not None:
        bias = bias + weights.bias_hh
    if weights.norm_ih is None:
        return functional.linear(x, weights.weight_ih, bias)
    sums = norm_gates(functional.linear(x, weights.weight_ih), weights.norm_ih, hidden_size)
    return sums if bias is None else sums + bias


def recurrence(weights: Weights, hidden_size: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A function (p, h) -> p + U h, or p + LN(U h) with layer normalisation."""
    transposed, gain = weights.weight_hh.t(), weights.norm_hh
    if gain is None:
        return lambda p, h: torch.addmm(p, h, transposed)
    return lambda p, h: p + norm_gates(h @ transposed, gain, hidden_size)


def rnn_step(
    weights: Weights, activation: Callable[[Tensor], Tensor], hidden_mask: Tensor | None = None
) -> Step:
    """The step h' = f(p + U h)."""
    recur = recurrence(weights, weights.weight_hh.shape[0])

    def step(p: Tensor, state: State) -> tuple[State, tuple[Tensor, ...]]:
        (h,) = state
        sums = recur(p, h if hidden_mask is None else h * hidden_mask)
        return (activation(sums),), (sums,)

    return step


def gru_step(weights: Weights, *, reset_after: bool, hidden_mask: Tensor | None = None) -> Step:
    """The step h' = (1 - z) n + z h; the reset gate after or before the recurrent product."""
    size = weights.weight_hh.shape[1]
    propose = _proposal_after(weights, size) if reset_after else _proposal_before(weights, size)

    def step(p: Tensor, state: State) -> tuple[State, tuple[Tensor, ...]]:
        (h,) = state
        r, z, n = propose(p, h if hidden_mask is None else h * hidden_mask)
        return (torch.lerp(n, h, z),), (r, z, n)

    return step


_Proposal = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]


def _proposal_after(weights: Weights, size: int) -> _Proposal:
    transposed, bias, gain = weights.weight_hh.t(), weights.bias_hh, weights.norm_hh

    def propose(p: Tensor, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if gain is None:
            u = h @ transposed if bias is None else torch.addmm(bias, h, transposed)
        else:
            u = norm_gates(h @ transposed, gain, size) + (0 if bias is None else bias)
        r, z = torch.sigmoid(p[:, : 2 * size] + u[:, : 2 * size]).chunk(2, 1)
        return r, z, torch.tanh(torch.addcmul(p[:, 2 * size :], r, u[:, 2 * size :]))

    return propose


def _proposal_before(weights: Weights, size: int) -> _Proposal:
    of_gates, of_new = _rows(weights, 0, 2 * size), _rows(weights, 2 * size, 3 * size)
    recur_gates, recur_new = recurrence(of_gates, size), recurrence(of_new, size)

    def propose(p: Tensor, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        r, z = torch.sigmoid(recur_gates(p[:, : 2 * size], h)).chunk(2, 1)
        return r, z, torch.tanh(recur_new(p[:, 2 * size :], r * h))

    return propose


def _rows(weights: Weights, start: int, stop: int) -> Weights:
    return Weights(
        weight_ih=weights.weight_ih,
        weight_hh=weights.weight_hh[start:stop],
        norm_hh=None if weights.norm_hh is None else weights.norm_hh[start:stop],
    )


def lstm_step(
    weights: Weights,
    *,
    stage: Stage = "forget-gate",
    output_activation: Callable[[Tensor], Tensor] = torch.tanh,
    hidden_mask: Tensor | None = None,
) -> Step:
    """The step c' = f c + i g, h' = o s(c'), with the gates that `stage` has; the others are 1."""
    names = LSTM_GATES[stage]
    recur = recurrence(weights, weights.weight_hh.shape[0] // len(names))
    peep = _peepholes(weights, stage)

    def step(p: Tensor, state: State) -> tuple[State, tuple[Tensor, ...]]:
        h, c = state
        sums = recur(p, h if hidden_mask is None else h * hidden_mask)
        a = dict(zip(names, sums.chunk(len(names), 1), strict=True))
        i = torch.sigmoid(_peek(a["i"], c, peep.get("i"))) if "i" in a else None
        f = torch.sigmoid(_peek(a["f"], c, peep.get("f"))) if "f" in a else None
        g = torch.tanh(a["g"])
        kept = c if f is None else f * c
        c = kept + g if i is None else torch.addcmul(kept, i, g)
        o = torch.sigmoid(_peek(a["o"], c, peep.get("o"))) if "o" in a else None
        shown = output_activation(_norm_cell(c, weights))
        h = shown if o is None else o * shown
        if weights.weight_hr is not None:
            h = h @ weights.weight_hr.t()
        return (h, c), tuple(gate for gate in (i, f, g, o) if gate is not None)

    return step


def _peepholes(weights: Weights, stage: Stage) -> dict[str, Tensor]:
    if weights.weight_peephole is None:
        return {}
    names = PEEPHOLE_GATES[stage]
    return dict(zip(names, weights.weight_peephole.chunk(len(names)), strict=True))


def _peek(sums: Tensor, cell: Tensor, peephole: Tensor | None) -> Tensor:
    return sums if peephole is None else torch.addcmul(sums, cell, peephole)


def _norm_cell(cell: Tensor, weights: Weights) -> Tensor:
    if weights.norm_cell is None:
        return cell
    return functional.layer_norm(
        cell, cell.shape[-1:], weights.norm_cell, weights.norm_cell_bias, NORM_EPSILON
    )
