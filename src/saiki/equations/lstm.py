"""Long short-term memory, in the four stages in which it came about.

    i_t = σ(W_i x_t + U_i h_{t-1} + p_i ∘ c_{t-1} + b_i)
    f_t = σ(W_f x_t + U_f h_{t-1} + p_f ∘ c_{t-1} + b_f)
    g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)
    c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
    o_t = σ(W_o x_t + U_o h_{t-1} + p_o ∘ c_t + b_o)
    h_t = o_t ∘ σ_h(c_t)                                  σ_h = tanh or identity

A gate that a stage does not have stands open (it is 1, and has no gradient):

    stage                  gates    what is left
    "carousel"             -        c_t = c_{t-1} + g_t, h_t = σ_h(c_t): along c the gradient is 1
    "input-output-gates"   i, o     c_t = c_{t-1} + i_t ∘ g_t
    "forget-gate"          i, f, o  all of the above with p = 0
    peepholes              any      p_i, p_f, p_o for the gates that the stage has

Backward, with ē^h_t and ē^c_t the whole gradients that arrive at h_t and c_t, and ā = ∂E/∂ the
argument of a gate's σ or tanh:

    ā_o = ē^h_t ∘ σ_h(c_t) ∘ o ∘ (1 - o)
    ē^c_t = (from t + 1) + ē^h_t ∘ o ∘ σ_h'(c_t) + p_o ∘ ā_o
    ā_i = ē^c_t ∘ g ∘ i ∘ (1 - i)            ā_f = ē^c_t ∘ c_{t-1} ∘ f ∘ (1 - f)
    ā_g = ē^c_t ∘ i ∘ (1 - g²)
    to c_{t-1}: ē^c_t ∘ f + p_i ∘ ā_i + p_f ∘ ā_f
    to h_{t-1}: Σ_gates ā U            to x_t: Σ_gates ā W
    ∂E/∂W = Σ_t ā x_tᵀ    ∂E/∂U = Σ_t ā h_{t-1}ᵀ    ∂E/∂b = Σ_t ā    ∂E/∂p = Σ_t ā ∘ (the c it saw)

Symbols:
    x                (B, T, I)    inputs
    h, c             (B, T, H)    outputs and cell states; h_0, c_0 (B, H), zeros by default
    i, f, g, o       (B, T, H)    input gate, forget gate, cell input, output gate
    W, U, b, p       (H, I), (H, H), (H,), (H,) of each gate

With `lengths` the padding of x is never read and every output is zero there.

Source: Hochreiter and Schmidhuber 1997, Neural Computation 9(8), sections 3.2 (carousel) and 4
(input and output gates); Gers, Schmidhuber, Cummins 2000, Neural Computation 12(10) (forget gate);
Gers, Schraudolph, Schmidhuber 2002, JMLR 3 (peepholes). Differs: one cell a block; g is tanh,
where the first papers scale a logistic function; the gradient is exact, where theirs is cut at the
entrance of a block. `through_gates=False` of `lstm_backward` cuts it so.

Example:
    >>> import numpy as np
    >>> from saiki.equations import lstm_forward, split_lstm_weights
    >>> cell = split_lstm_weights(np.ones((4, 2)), np.zeros((4, 4)), stage="carousel")
    >>> run = lstm_forward(cell, np.ones((1, 3, 2)), output_activation="identity")
    >>> run.h[0, :, 0].round(3).tolist()
    [0.964, 1.928, 2.892]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from saiki.equations._arrays import Array, Lengths, Mask, check_shape
from saiki.equations._sequences import (
    blank_padding,
    one_step_back,
    open_gradient,
    open_sequences,
    open_state,
    weight_gradient,
)
from saiki.equations.activations import find_activation, sigmoid

__all__ = [
    "LSTM_STAGES",
    "LSTMGate",
    "LSTMGradients",
    "LSTMParameters",
    "LSTMStage",
    "LSTMStep",
    "LSTMTrace",
    "OutputActivation",
    "StackedLSTMWeights",
    "lstm_backward",
    "lstm_forward",
    "lstm_step",
    "split_lstm_weights",
    "stack_lstm_weights",
]

LSTMStage: TypeAlias = Literal["carousel", "input-output-gates", "forget-gate"]
OutputActivation: TypeAlias = Literal["tanh", "identity"]

LSTM_STAGES: dict[LSTMStage, str] = {
    "carousel": "g",
    "input-output-gates": "igo",
    "forget-gate": "ifgo",
}


@dataclass(frozen=True)
class LSTMGate:
    """W (H, I), U (H, H), b (H,) of one gate, and its peephole p (H,) where it has one."""

    W: Array
    U: Array
    b: Array
    p: Array | None = None


@dataclass(frozen=True)
class LSTMParameters:
    """The cell input g, and the gates that the stage has; None is a gate that stands open."""

    g: LSTMGate
    i: LSTMGate | None = None
    f: LSTMGate | None = None
    o: LSTMGate | None = None

    def gates(self) -> dict[str, LSTMGate]:
        """The gates there are, in the order i f g o."""
        present = {"i": self.i, "f": self.f, "g": self.g, "o": self.o}
        return {name: gate for name, gate in present.items() if gate is not None}


class LSTMStep(NamedTuple):
    """One step, or with a time axis all of them."""

    i: Array
    f: Array
    g: Array
    o: Array
    c: Array
    h: Array


@dataclass(frozen=True)
class LSTMTrace:
    """All that a run computed, as the backward pass needs it."""

    parameters: LSTMParameters
    output_activation: OutputActivation
    valid: Mask
    x: Array
    h_0: Array
    c_0: Array
    steps: LSTMStep
    last_h: Array
    last_c: Array

    @property
    def h(self) -> Array:
        """The outputs (B, T, H)."""
        return self.steps.h


@dataclass(frozen=True)
class LSTMGradients:
    """∂E/∂ parameters (in their own shape), x, h_0, c_0, and h_t and c_t for every step."""

    parameters: LSTMParameters
    x: Array
    h_0: Array
    c_0: Array
    h: Array
    c: Array


def _gate(gate: LSTMGate | None, x_t: Array, h: Array, c: Array) -> Array:
    if gate is None:
        return np.ones_like(c)
    seen = 0 if gate.p is None else gate.p * c
    return sigmoid(x_t @ gate.W.T + h @ gate.U.T + gate.b + seen)


def lstm_step(
    parameters: LSTMParameters,
    x_t: Array,
    h: Array,
    c: Array,
    output_activation: OutputActivation = "tanh",
) -> LSTMStep:
    """One step from x_t (B, I), h_{t-1} and c_{t-1} (B, H)."""
    i = _gate(parameters.i, x_t, h, c)
    f = _gate(parameters.f, x_t, h, c)
    g = np.tanh(x_t @ parameters.g.W.T + h @ parameters.g.U.T + parameters.g.b)
    c = f * c + i * g
    o = _gate(parameters.o, x_t, h, c)
    return LSTMStep(i, f, g, o, c, h=o * find_activation(output_activation).function(c))


def lstm_forward(
    parameters: LSTMParameters,
    x: Array,
    state: tuple[Array, Array] | None = None,
    lengths: Lengths | None = None,
    *,
    output_activation: OutputActivation = "tanh",
) -> LSTMTrace:
    """Runs the cell over x (B, T, I), from state (h_0, c_0)."""
    units, inputs = parameters.g.W.shape
    _check_gates(parameters, units, inputs)
    x, valid = open_sequences("lstm_forward", x, inputs, lengths)
    first = (None, None) if state is None else state
    h = h_0 = open_state("lstm_forward: h_0", first[0], x, units)
    c = c_0 = open_state("lstm_forward: c_0", first[1], x, units)
    steps = []
    for t in range(x.shape[1]):
        now = lstm_step(parameters, x[:, t], h, c, output_activation)
        h = np.where(valid[:, t, None], now.h, h)
        c = np.where(valid[:, t, None], now.c, c)
        steps.append(now)
    stacked = (np.stack(values, axis=1) for values in zip(*steps, strict=True))
    over_time = LSTMStep(*(blank_padding(values, valid) for values in stacked))
    return LSTMTrace(parameters, output_activation, valid, x, h_0, c_0, over_time, h, c)


def _check_gates(parameters: LSTMParameters, units: int, inputs: int) -> None:
    if parameters.g.p is not None:
        raise ValueError(
            "lstm_forward: the cell input g has no peephole; only i, f and o may have one."
        )
    for name, gate in parameters.gates().items():
        check_shape(f"lstm_forward: W of {name}", gate.W, (units, inputs))
        check_shape(f"lstm_forward: U of {name}", gate.U, (units, units))
        check_shape(f"lstm_forward: b of {name}", gate.b, (units,))
        if gate.p is not None:
            check_shape(f"lstm_forward: peephole of {name}", gate.p, (units,))


def lstm_backward(
    trace: LSTMTrace,
    grad_h: Array | None = None,
    grad_last: tuple[Array, Array] | None = None,
    *,
    through_gates: bool = True,
) -> LSTMGradients:
    """The gradients of `lstm_forward`.

    Args:
        trace: the run.
        grad_h: ∂E/∂h (B, T, H).
        grad_last: ∂E/∂ the last (h, c), (B, H) each.
        through_gates: False cuts every path back in time but the carousel, as the first papers
            do: U and the peepholes hand nothing back, and c_{t-1} gets f_t ∘ ē^c_t alone.
    """
    units = trace.h.shape[-1]
    grad_h = open_gradient("lstm_backward: grad_h", grad_h, trace.h, trace.valid)
    last = (None, None) if grad_last is None else grad_last
    dh = open_state("lstm_backward: gradient of the last h", last[0], trace.x, units)
    dc = open_state("lstm_backward: gradient of the last c", last[1], trace.x, units)
    names = trace.parameters.gates()
    before = {name: np.zeros_like(trace.h) for name in names}  # ā of each gate
    all_h, all_c = np.zeros_like(trace.h), np.zeros_like(trace.h)
    for t in reversed(range(trace.x.shape[1])):
        keep = trace.valid[:, t, None]
        total = dh + grad_h[:, t]
        back = _step_backward(trace, t, total, dc, through_gates)
        for name in names:
            before[name][:, t] = np.where(keep, back.before[name], 0)
        all_h[:, t], all_c[:, t] = np.where(keep, total, 0), np.where(keep, back.c, 0)
        dh, dc = np.where(keep, back.to_h, total), np.where(keep, back.to_c, dc)
    grad_x = sum((before[n] @ gate.W for n, gate in names.items()), np.zeros_like(trace.x))
    parameters = _parameter_gradients(trace, before)
    return LSTMGradients(parameters, grad_x, dh, dc, all_h, all_c)


class _Back(NamedTuple):
    before: dict[str, Array]  # ā of each gate, (B, H)
    c: Array
    to_h: Array
    to_c: Array


def _step_backward(trace: LSTMTrace, t: int, dh: Array, dc: Array, through_gates: bool) -> _Back:
    i, f, g, o, c, _ = (values[:, t] for values in trace.steps)
    c_before = trace.c_0 if t == 0 else trace.steps.c[:, t - 1]
    squash, slope = find_activation(trace.output_activation)
    gates = trace.parameters.gates()

    def peeped(name: str, a: Array) -> Array:
        p = gates[name].p if through_gates and name in gates else None
        return np.zeros_like(a) if p is None else p * a

    a_o = dh * squash(c) * o * (1 - o)
    dc = dc + dh * o * slope(c) + peeped("o", a_o)
    a_i, a_f = dc * g * i * (1 - i), dc * c_before * f * (1 - f)
    before: dict[str, Array] = {"i": a_i, "f": a_f, "g": dc * i * (1 - g**2), "o": a_o}
    to_c = dc * f + peeped("i", a_i) + peeped("f", a_f)
    to_h = np.zeros_like(dh)
    if through_gates:
        to_h = sum((before[name] @ gate.U for name, gate in gates.items()), to_h)
    return _Back(before, dc, to_h, to_c)


def _parameter_gradients(trace: LSTMTrace, before: dict[str, Array]) -> LSTMParameters:
    h_before = one_step_back(trace.h_0, trace.h)
    c_before = one_step_back(trace.c_0, trace.steps.c)
    seen = {"i": c_before, "f": c_before, "o": trace.steps.c}
    gradients = {
        name: LSTMGate(
            W=weight_gradient(before[name], trace.x),
            U=weight_gradient(before[name], h_before),
            b=before[name].sum(axis=(0, 1)),
            p=None if gate.p is None else (before[name] * seen[name]).sum(axis=(0, 1)),
        )
        for name, gate in trace.parameters.gates().items()
    }
    return LSTMParameters(**gradients)


class StackedLSTMWeights(NamedTuple):
    """weight_ih (G·H, I), weight_hh (G·H, H), bias (G·H,), peephole or None; order i f g o."""

    weight_ih: Array
    weight_hh: Array
    bias: Array
    peephole: Array | None


def split_lstm_weights(
    weight_ih: Array,
    weight_hh: Array,
    biases: Sequence[Array] = (),
    peephole: Array | None = None,
    *,
    stage: LSTMStage = "forget-gate",
) -> LSTMParameters:
    """Named gates from stacked ones, which hold the stage's blocks alone, in the order i f g o.

    Args:
        weight_ih: (G·H, I); torch's for the stage "forget-gate", where G = 4.
        weight_hh: (G·H, H).
        biases: any number of (G·H,), which are added; torch has two.
        peephole: ((G-1)·H,), in the order i f o.
        stage: which blocks there are: g; i g o; i f g o.
    """
    names, units = LSTM_STAGES[stage], weight_hh.shape[1]
    rows = len(names) * units
    check_shape(f"split_lstm_weights: weight_hh of stage {stage}", weight_hh, (rows, units))
    check_shape(f"split_lstm_weights: weight_ih of stage {stage}", weight_ih, (rows, "I"))
    for one in biases:
        check_shape("split_lstm_weights: bias", one, (rows,))
    bias = sum(biases, np.zeros(rows, dtype=weight_hh.dtype))
    eyes: dict[str, Array] = {}
    if peephole is not None:
        check_shape("split_lstm_weights: peephole", peephole, (rows - units,))
        eyes = dict(zip(names.replace("g", ""), peephole.reshape(-1, units), strict=True))
    blocks = (array.reshape(len(names), units, -1) for array in (weight_ih, weight_hh))
    each = zip(names, *blocks, bias.reshape(-1, units), strict=True)
    return LSTMParameters(**{n: LSTMGate(W, U, b, eyes.get(n)) for n, W, U, b in each})


def stack_lstm_weights(parameters: LSTMParameters) -> StackedLSTMWeights:
    """The inverse of `split_lstm_weights`; of gradients it gives the gradients of the stacks."""
    gates = parameters.gates().values()
    eyes = [gate.p for gate in gates if gate.p is not None]
    return StackedLSTMWeights(
        np.concatenate([gate.W for gate in gates]),
        np.concatenate([gate.U for gate in gates]),
        np.concatenate([gate.b for gate in gates]),
        np.concatenate(eyes) if eyes else None,
    )
