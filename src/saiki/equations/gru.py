"""The gated recurrent unit, in both forms of the candidate and both conventions of z.

    r_t = σ(W_r x_t + U_r h_{t-1} + b_r)
    z_t = σ(W_z x_t + U_z h_{t-1} + b_z)
    n_t = tanh(W_n x_t + b_x + U_n (r_t ∘ h_{t-1}) + b_h)      reset before: reset_after=False
    n_t = tanh(W_n x_t + b_x + r_t ∘ (U_n h_{t-1} + b_h))      reset after:  reset_after=True
    h_t = (1 - z_t) ∘ h_{t-1} + z_t ∘ n_t                      "z-replaces"
    h_t = (1 - z_t) ∘ n_t + z_t ∘ h_{t-1}                      "z-keeps": torch, cuDNN, ONNX

The two conventions are one network: σ(-a) = 1 - σ(a), so negating W_z, U_z and b_z turns each into
the other, exactly. The two forms of the candidate are two networks; reset after is torch's.

Backward, with ē the whole gradient that arrives at h_t, and ā = ∂E/∂ the argument of a gate's σ or
tanh; for "z-keeps" (for "z-replaces" put 1 - z in the place of z and change the sign of ā_z):

    ā_n = ē ∘ (1 - z) ∘ (1 - n²)        ā_z = ē ∘ (h_{t-1} - n) ∘ z ∘ (1 - z)
    before:  ρ = ā_n U_n    ā_r = ρ ∘ h_{t-1} ∘ r ∘ (1 - r)    to h_{t-1}: ρ ∘ r
             ∂E/∂U_n = Σ_t ā_n (r ∘ h_{t-1})ᵀ                  ∂E/∂b_h = Σ_t ā_n
    after:   μ = ā_n ∘ r    ā_r = ā_n ∘ (U_n h_{t-1} + b_h) ∘ r ∘ (1 - r)    to h_{t-1}: μ U_n
             ∂E/∂U_n = Σ_t μ h_{t-1}ᵀ                          ∂E/∂b_h = Σ_t μ
    to h_{t-1} also: ē ∘ z + ā_r U_r + ā_z U_z

Symbols:
    x            (B, T, I)    inputs
    h            (B, T, H)    outputs; h_0 (B, H), zeros by default
    r, z, n      (B, T, H)    reset gate, update gate, candidate
    W, U, b      (H, I), (H, H), (H,) of each gate; the candidate has two biases, b_x and b_h

With `lengths` the padding of x is never read and every output is zero there.

Source: Cho et al. 2014, arXiv:1406.1078, section 2.3 (reset before, "z-keeps"); Chung et al. 2014,
arXiv:1412.3555, section 3.2 ("z-replaces"). Differs: biases, which neither paper writes.

Example:
    >>> import numpy as np
    >>> from saiki.equations import gru_forward, negate_update_gate, split_gru_weights
    >>> cell = split_gru_weights(np.eye(6, 3), np.eye(6, 2))
    >>> x = np.ones((1, 4, 3))
    >>> other = gru_forward(negate_update_gate(cell), x, convention="z-replaces")
    >>> np.allclose(gru_forward(cell, x).h, other.h)
    True
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from saiki.equations.activations import sigmoid

__all__ = [
    "GRUCandidate",
    "GRUGate",
    "GRUGradients",
    "GRUParameters",
    "GRUStep",
    "GRUTrace",
    "StackedGRUWeights",
    "UpdateConvention",
    "gru_backward",
    "gru_forward",
    "gru_step",
    "negate_update_gate",
    "split_gru_weights",
    "stack_gru_weights",
]

UpdateConvention: TypeAlias = Literal["z-keeps", "z-replaces"]


@dataclass(frozen=True)
class GRUGate:
    """W (H, I), U (H, H), b (H,) of r or z."""

    W: Array
    U: Array
    b: Array


@dataclass(frozen=True)
class GRUCandidate:
    """W (H, I), U (H, H) and the two biases (H,) of n."""

    W: Array
    U: Array
    b_x: Array
    b_h: Array


@dataclass(frozen=True)
class GRUParameters:
    """Reset gate, update gate, candidate."""

    r: GRUGate
    z: GRUGate
    n: GRUCandidate


class GRUStep(NamedTuple):
    """One step, or with a time axis all of them; m = U_n h_{t-1} + b_h or U_n (r ∘ h) + b_h."""

    r: Array
    z: Array
    n: Array
    m: Array
    h: Array


@dataclass(frozen=True)
class GRUTrace:
    """All that a run computed, as the backward pass needs it."""

    parameters: GRUParameters
    reset_after: bool
    convention: UpdateConvention
    valid: Mask
    x: Array
    h_0: Array
    steps: GRUStep
    last: Array

    @property
    def h(self) -> Array:
        """The outputs (B, T, H)."""
        return self.steps.h


@dataclass(frozen=True)
class GRUGradients:
    """∂E/∂ parameters (in their own shape), x, h_0, and h_t for every step."""

    parameters: GRUParameters
    x: Array
    h_0: Array
    h: Array


def gru_step(
    parameters: GRUParameters,
    x_t: Array,
    h: Array,
    *,
    reset_after: bool = True,
    convention: UpdateConvention = "z-keeps",
) -> GRUStep:
    """One step from x_t (B, I) and h_{t-1} (B, H)."""
    r, z = (
        sigmoid(x_t @ gate.W.T + h @ gate.U.T + gate.b) for gate in (parameters.r, parameters.z)
    )
    candidate = parameters.n
    if reset_after:
        m = h @ candidate.U.T + candidate.b_h
        n = np.tanh(x_t @ candidate.W.T + candidate.b_x + r * m)
    else:
        m = (r * h) @ candidate.U.T + candidate.b_h
        n = np.tanh(x_t @ candidate.W.T + candidate.b_x + m)
    kept = z if convention == "z-keeps" else 1 - z
    return GRUStep(r, z, n, m, h=(1 - kept) * n + kept * h)


def gru_forward(
    parameters: GRUParameters,
    x: Array,
    h_0: Array | None = None,
    lengths: Lengths | None = None,
    *,
    reset_after: bool = True,
    convention: UpdateConvention = "z-keeps",
) -> GRUTrace:
    """Runs the cell over x (B, T, I)."""
    if convention not in ("z-keeps", "z-replaces"):
        raise ValueError(
            f"gru_forward: convention must be 'z-keeps' or 'z-replaces'; got {convention!r}."
        )
    units, inputs = parameters.n.W.shape
    _check_gates(parameters, units, inputs)
    x, valid = open_sequences("gru_forward", x, inputs, lengths)
    h = h_0 = open_state("gru_forward: h_0", h_0, x, units)
    steps = []
    for t in range(x.shape[1]):
        now = gru_step(parameters, x[:, t], h, reset_after=reset_after, convention=convention)
        h = np.where(valid[:, t, None], now.h, h)
        steps.append(now)
    stacked = (np.stack(values, axis=1) for values in zip(*steps, strict=True))
    over_time = GRUStep(*(blank_padding(values, valid) for values in stacked))
    return GRUTrace(parameters, reset_after, convention, valid, x, h_0, over_time, h)


def _check_gates(parameters: GRUParameters, units: int, inputs: int) -> None:
    for name, gate in (("r", parameters.r), ("z", parameters.z), ("n", parameters.n)):
        check_shape(f"gru_forward: W of {name}", gate.W, (units, inputs))
        check_shape(f"gru_forward: U of {name}", gate.U, (units, units))
    for name, b in (("r", parameters.r.b), ("z", parameters.z.b), ("n", parameters.n.b_x)):
        check_shape(f"gru_forward: b of {name}", b, (units,))
    check_shape("gru_forward: b_h of n", parameters.n.b_h, (units,))


def gru_backward(
    trace: GRUTrace, grad_h: Array | None = None, grad_last: Array | None = None
) -> GRUGradients:
    """The gradients of `gru_forward`, from ∂E/∂h (B, T, H) and ∂E/∂ the last state (B, H)."""
    grad_h = open_gradient("gru_backward: grad_h", grad_h, trace.h, trace.valid)
    carried = open_state("gru_backward: grad_last", grad_last, trace.x, trace.h.shape[-1])
    all_r, all_z, all_n, all_h = (np.zeros_like(trace.h) for _ in range(4))
    for t in reversed(range(trace.x.shape[1])):
        keep = trace.valid[:, t, None]
        total = carried + grad_h[:, t]
        a_r, a_z, a_n, handed_back = _step_backward(trace, t, total)
        steps = ((all_r, a_r), (all_z, a_z), (all_n, a_n), (all_h, total))
        for over_time, now in steps:
            over_time[:, t] = np.where(keep, now, 0)
        carried = np.where(keep, handed_back, total)
    p = trace.parameters
    grad_x = all_r @ p.r.W + all_z @ p.z.W + all_n @ p.n.W
    return GRUGradients(_parameter_gradients(trace, all_r, all_z, all_n), grad_x, carried, all_h)


def _step_backward(trace: GRUTrace, t: int, grad: Array) -> tuple[Array, Array, Array, Array]:
    """ā of r, z and n, and what goes to h_{t-1}."""
    r, z, n, m, _ = (values[:, t] for values in trace.steps)
    h = trace.h_0 if t == 0 else trace.h[:, t - 1]
    p = trace.parameters
    keeps = trace.convention == "z-keeps"
    kept = z if keeps else 1 - z
    a_n = grad * (1 - kept) * (1 - n**2)
    a_z = grad * (h - n if keeps else n - h) * z * (1 - z)
    if trace.reset_after:
        a_r = a_n * m * r * (1 - r)
        through_n = (a_n * r) @ p.n.U
    else:
        a_r = (a_n @ p.n.U) * h * r * (1 - r)
        through_n = (a_n @ p.n.U) * r
    return a_r, a_z, a_n, grad * kept + through_n + a_r @ p.r.U + a_z @ p.z.U


def _parameter_gradients(trace: GRUTrace, a_r: Array, a_z: Array, a_n: Array) -> GRUParameters:
    h = one_step_back(trace.h_0, trace.h)
    r = trace.steps.r
    inner, seen = (a_n * r, h) if trace.reset_after else (a_n, r * h)
    reset, update = (
        GRUGate(weight_gradient(a, trace.x), weight_gradient(a, h), a.sum(axis=(0, 1)))
        for a in (a_r, a_z)
    )
    candidate = GRUCandidate(
        W=weight_gradient(a_n, trace.x),
        U=weight_gradient(inner, seen),
        b_x=a_n.sum(axis=(0, 1)),
        b_h=inner.sum(axis=(0, 1)),
    )
    return GRUParameters(reset, update, candidate)


def negate_update_gate(parameters: GRUParameters) -> GRUParameters:
    """The same network in the other convention of z; twice gives the first weights back."""
    z = parameters.z
    return replace(parameters, z=GRUGate(-z.W, -z.U, -z.b))


class StackedGRUWeights(NamedTuple):
    """weight_ih (3H, I), weight_hh (3H, H), bias_ih (3H,), bias_hh (3H,); order r z n, as torch's.

    Of gradients, both biases of r and z hold the same numbers: they are added before use.
    """

    weight_ih: Array
    weight_hh: Array
    bias_ih: Array
    bias_hh: Array


def split_gru_weights(
    weight_ih: Array, weight_hh: Array, biases: Sequence[Array] = ()
) -> GRUParameters:
    """Named gates from torch's stacked ones; `biases` is () or (bias_ih, bias_hh), (3H,) each."""
    units = weight_hh.shape[1]
    check_shape("split_gru_weights: weight_hh", weight_hh, (3 * units, units))
    check_shape("split_gru_weights: weight_ih", weight_ih, (3 * units, "I"))
    if len(biases) not in (0, 2):
        raise ValueError(f"split_gru_weights: give no bias, or both; got {len(biases)}.")
    both = biases or (np.zeros(3 * units, dtype=weight_hh.dtype),) * 2
    for bias in both:
        check_shape("split_gru_weights: bias", bias, (3 * units,))
    b_ih, b_hh = (bias.reshape(3, units) for bias in both)
    W, U = (array.reshape(3, units, -1) for array in (weight_ih, weight_hh))
    r, z = (GRUGate(W[k], U[k], b_ih[k] + b_hh[k]) for k in (0, 1))
    return GRUParameters(r, z, GRUCandidate(W[2], U[2], b_ih[2], b_hh[2]))


def stack_gru_weights(gradients: GRUParameters) -> StackedGRUWeights:
    """Gradients in torch's stacked shapes.

    It is meant for gradients: as weights its biases of r and z would count twice.
    """
    r, z, n = gradients.r, gradients.z, gradients.n
    return StackedGRUWeights(
        np.concatenate([r.W, z.W, n.W]),
        np.concatenate([r.U, z.U, n.U]),
        np.concatenate([r.b, z.b, n.b_x]),
        np.concatenate([r.b, z.b, n.b_h]),
    )
