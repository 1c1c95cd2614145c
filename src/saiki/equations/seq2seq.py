"""The encoder and decoder of the first attention: a memory that the decoder searches.

Encoder, over x_1 .. x_S:

    m_s = concat(h^f_s, h^b_s)           two GRUs, the second from each sequence's own end back
    s_0 = tanh(W_s h^b_1)                h^b_1 is the second one's last state

Decoder, at step t, from the symbol y_{t-1} before it and the state s_{t-1}:

    α_t, c_t = additive attention of s_{t-1} to m
    s_t = GRU(concat(y_{t-1}, c_t), s_{t-1})
    τ_t = W_t concat(s_{t-1}, y_{t-1}, c_t)
    l_t,i = max(τ_t,2i, τ_t,2i+1)        maxout
    a_t = W_o l_t                        p(y_t) = softmax(a_t)

Both have the reset gate before the product and z_t weighs the candidate ("z-replaces").

Backward, t from T down to 1, with s̄_t the whole gradient that arrives at s_t:

    l̄ = ā_t W_o,  τ̄ = l̄ at the larger of each pair, 0 at the other
    concat(.., .., ..) gets τ̄ W_t;  concat(y, c) also what the GRU hands back from s̄_t
    s̄_{t-1} = GRU's to h + its part of τ̄ W_t + the attention's to its query
    ∂E/∂m = Σ_t the attention's to its memory;  the encoder goes back from it and from s̄_0:
    at h^b_1 also (s̄_0 ∘ (1 - s_0²)) W_s

Symbols:
    x      (B, S, I)         embedded source; lengths (B,), behind them nothing is read
    m      (B, S, M)         memory, M = 2 H_e; zero in its padding
    y      (B, T, E)         embedded symbols, y_{t-1} at step t: the target, one step late
    s      (B, T, H)         states; s_0 (B, H)
    α, c   (B, T, S), (B, T, M)
    τ, l   (B, T, 2L), (B, T, L);  a (B, T, V)  logits
    W_s    (H, H_e);  W_t (2L, H + E + M);  W_o (V, L)

Source: Bahdanau, Cho, Bengio 2014, arXiv:1409.0473, appendices A.1 and A.2; their W_t is
[U_o V_o C_o], their t̃ and t are τ and l, their gates take E y and C c apart, where one matrix on
concat(y, c) is the same. The cell is that of Cho et al. 2014, arXiv:1406.1078. Differs: the gates
may have biases; zeros are the paper's.

Example:
    >>> import numpy as np
    >>> from saiki.equations import EncoderParameters, encoder_forward, split_gru_weights
    >>> cell = split_gru_weights(np.ones((3, 2)), np.ones((3, 1)))
    >>> both = EncoderParameters(cell, cell, W_s=np.ones((4, 1)))
    >>> run = encoder_forward(both, np.ones((1, 5, 2)))
    >>> run.memory.shape, run.state.shape
    ((1, 5, 2), (1, 4))
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from saiki.equations._arrays import Array, Lengths, check_shape
from saiki.equations.attention import (
    AdditiveAttentionParameters,
    AdditiveAttentionTrace,
    additive_attention,
    additive_attention_backward,
)
from saiki.equations.bidirectional import (
    BidirectionalTrace,
    bidirectional_backward,
    bidirectional_forward,
)
from saiki.equations.dense import dense_backward, dense_forward
from saiki.equations.gru import GRUGradients, GRUParameters, GRUTrace, gru_backward, gru_forward

__all__ = [
    "DecoderGradients",
    "DecoderParameters",
    "DecoderStep",
    "DecoderTrace",
    "EncoderGradients",
    "EncoderParameters",
    "EncoderTrace",
    "decoder_backward",
    "decoder_forward",
    "decoder_step",
    "encoder_backward",
    "encoder_forward",
]


@dataclass(frozen=True)
class EncoderParameters:
    """The two cells, and W_s, from which the decoder's first state comes."""

    forward: GRUParameters
    backward: GRUParameters
    W_s: Array


@dataclass(frozen=True)
class EncoderTrace:
    """Memory m (B, S, M) and first state s_0 (B, H), and the run under them."""

    memory: Array
    state: Array
    parameters: EncoderParameters
    run: BidirectionalTrace[GRUTrace]


@dataclass(frozen=True)
class EncoderGradients:
    """∂E/∂x and ∂E/∂ the parameters, in their own shape."""

    x: Array
    parameters: EncoderParameters


def encoder_forward(
    parameters: EncoderParameters, x: Array, lengths: Lengths | None = None
) -> EncoderTrace:
    """Reads the embedded source x (B, S, I)."""

    def cell(own: GRUParameters, x: Array, lengths: Lengths | None) -> GRUTrace:
        return gru_forward(own, x, lengths=lengths, reset_after=False, convention="z-replaces")

    run = bidirectional_forward(
        lambda x, lengths: cell(parameters.forward, x, lengths),
        lambda x, lengths: cell(parameters.backward, x, lengths),
        x,
        lengths,
    )
    state = np.tanh(dense_forward(parameters.W_s, None, run.backward.last))
    return EncoderTrace(run.y, state, parameters, run)


def encoder_backward(
    trace: EncoderTrace, grad_memory: Array, grad_state: Array
) -> EncoderGradients:
    """The gradients of `encoder_forward`, from ∂E/∂m (B, S, M) and ∂E/∂s_0 (B, H)."""
    check_shape("encoder_backward: grad_state", grad_state, trace.state.shape)
    grad_bridge = grad_state * (1 - trace.state**2)
    bridge = dense_backward(trace.parameters.W_s, trace.run.backward.last, grad_bridge)

    def from_both(run: GRUTrace, grad_h: Array) -> GRUGradients:
        return gru_backward(run, grad_h, bridge.x)

    back = bidirectional_backward(trace.run, grad_memory, gru_backward, from_both)
    cells = back.forward.parameters, back.backward.parameters
    return EncoderGradients(back.x, EncoderParameters(*cells, W_s=bridge.W))


@dataclass(frozen=True)
class DecoderParameters:
    """Attention, the cell over concat(y, c), and the two matrices of the output."""

    attention: AdditiveAttentionParameters
    cell: GRUParameters
    W_t: Array
    W_o: Array


@dataclass(frozen=True)
class DecoderStep:
    """State s_t (B, H), logits a_t (B, V), weights α_t (B, S), and the runs under them."""

    state: Array
    logits: Array
    weights: Array
    attention: AdditiveAttentionTrace
    cell: GRUTrace
    seen: Array  # concat(s_{t-1}, y_{t-1}, c_t)
    tau: Array


@dataclass(frozen=True)
class DecoderTrace:
    """Logits (B, T, V), weights (B, T, S) and states (B, T, H), and every step."""

    logits: Array
    weights: Array
    states: Array
    parameters: DecoderParameters
    steps: tuple[DecoderStep, ...]


@dataclass(frozen=True)
class DecoderGradients:
    """∂E/∂ y (B, T, E), s_0, memory, and the parameters, in their own shape."""

    y: Array
    state: Array
    memory: Array
    parameters: DecoderParameters


def decoder_step(
    parameters: DecoderParameters,
    y: Array,
    state: Array,
    memory: Array,
    lengths: Lengths | None = None,
) -> DecoderStep:
    """One step from y_{t-1} (B, E) and s_{t-1} (B, H), over memory (B, S, M)."""
    looked = additive_attention(parameters.attention, state[:, None], memory, lengths)
    context = looked.context[:, 0]
    inputs = np.concatenate([y, context], axis=-1)[:, None]
    cell = gru_forward(parameters.cell, inputs, state, reset_after=False, convention="z-replaces")
    seen = np.concatenate([state, y, context], axis=-1)
    tau = dense_forward(parameters.W_t, None, seen)
    logits = dense_forward(parameters.W_o, None, _pairs(tau).max(axis=-1))
    return DecoderStep(cell.last, logits, looked.weights[:, 0], looked, cell, seen, tau)


def decoder_forward(
    parameters: DecoderParameters,
    y: Array,
    state: Array,
    memory: Array,
    lengths: Lengths | None = None,
) -> DecoderTrace:
    """All steps, with the true symbols given: y (B, T, E), s_0 (B, H), memory (B, S, M)."""
    check_shape("decoder_forward: y", y, (memory.shape[0], "T", "E"))
    steps = []
    for t in range(y.shape[1]):
        steps.append(decoder_step(parameters, y[:, t], state, memory, lengths))
        state = steps[-1].state
    return DecoderTrace(
        np.stack([step.logits for step in steps], axis=1),
        np.stack([step.weights for step in steps], axis=1),
        np.stack([step.state for step in steps], axis=1),
        parameters,
        tuple(steps),
    )


def decoder_backward(trace: DecoderTrace, grad_logits: Array) -> DecoderGradients:
    """The gradients of `decoder_forward`, from ∂E/∂a (B, T, V)."""
    check_shape("decoder_backward: grad_logits", grad_logits, trace.logits.shape)
    carried = np.zeros_like(trace.steps[0].state)
    to_y, to_memory, found = [], [], []
    for t, step in reversed(list(enumerate(trace.steps))):
        back = _step_backward(trace.parameters, step, grad_logits[:, t], carried)
        carried = back.state
        to_y.append(back.y)
        to_memory.append(back.memory)
        found.append(back.parameters)
    y = np.stack(to_y[::-1], axis=1)
    return DecoderGradients(y, carried, np.sum(to_memory, axis=0), _sum(found))


def _step_backward(
    p: DecoderParameters, step: DecoderStep, grad_logits: Array, grad_state: Array
) -> DecoderGradients:
    units, context = step.state.shape[-1], step.attention.context.shape[-1]
    pairs = _pairs(step.tau)
    out = dense_backward(p.W_o, pairs.max(axis=-1), grad_logits)
    is_larger = np.arange(2) == pairs.argmax(axis=-1)[..., None]
    grad_tau = (out.x[..., None] * is_larger).reshape(step.tau.shape)
    readout = dense_backward(p.W_t, step.seen, grad_tau)
    cell = gru_backward(step.cell, grad_last=grad_state)
    to_state, to_inputs = readout.x[:, :units], readout.x[:, units:] + cell.x[:, 0]
    looked = additive_attention_backward(step.attention, to_inputs[:, None, -context:])
    return DecoderGradients(
        y=to_inputs[:, :-context],
        state=to_state + cell.h_0 + looked.query[:, 0],
        memory=looked.memory,
        parameters=DecoderParameters(looked.parameters, cell.parameters, readout.W, out.W),
    )


def _pairs(tau: Array) -> Array:
    return tau.reshape(*tau.shape[:-1], -1, 2)


def _sum(parts: list[Any]) -> Any:
    """The sum of arrays, or of dataclasses of arrays, field by field."""
    if not is_dataclass(parts[0]):
        return np.sum(parts, axis=0)
    kind: Any = type(parts[0])
    return kind(**{f.name: _sum([getattr(one, f.name) for one in parts]) for f in fields(kind)})
