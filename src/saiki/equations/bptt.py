"""Back-propagation through time for the simple recurrent network.

With row vectors, and ē_t = ∂E/∂z_t the whole gradient that arrives at a state:

    δ^out_t = ∂E/∂y_t ∘ g'(v_t)
    ē_t     = δ_{t+1} W + δ^out_t W_out
    δ_t     = ē_t ∘ f'(u_t)

    ∂E/∂W_in  = Σ_t δ_t x_tᵀ            ∂E/∂b = Σ_t δ_t
    ∂E/∂W     = Σ_t δ_t z_{t-1}ᵀ        ∂E/∂x_t = δ_t W_in
    ∂E/∂W_out = Σ_t δ^out_t s_tᵀ        ∂E/∂c = Σ_t δ^out_t

For the output from (x_t, z_{t-1}), W_out = [W_ox  W_oz]: ē_t = (δ_{t+1} W + δ^out_{t+1} W_oz) and
∂E/∂x_t gains δ^out_t W_ox.

Truncation by windows of k steps: the steps 0..k-1, k..2k-1, ... are one window each. States are
carried from window to window, gradients are not: whatever step t = k, 2k, ... would hand back to
z_{t-1} is dropped. With k >= T nothing is dropped. This is what training in chunks with a detached
state does; every gradient reaches back at most k - 1 steps, on average about half of that.

Symbols:
    δ      (B, T, H)    ∂E/∂u_t
    δ^out  (B, T, O)    ∂E/∂v_t; for softmax with cross entropy it is y - target
    ē      (B, T, H)    ∂E/∂z_t, whose norm over t shows vanishing and explosion
    the others as in `saiki.equations.rnn`

Source: Werbos 1990, Backpropagation Through Time, Proc. IEEE 78(10); Williams and Peng 1990,
Neural Computation 2(4), for truncation. Differs: theirs drops each error after a fixed number of
steps; windows cut all errors at the same places.
"""

from dataclasses import dataclass

import numpy as np

from saiki.equations._arrays import Array, check_shape
from saiki.equations._sequences import one_step_back, open_gradient, open_state, weight_gradient
from saiki.equations.activations import find_activation, softmax_jvp
from saiki.equations.rnn import RNNTrace

__all__ = ["RNNGradients", "norms_over_time", "output_delta", "rnn_backward"]


@dataclass(frozen=True)
class RNNGradients:
    """∂E/∂ each parameter and input, with δ and ∂E/∂z_t for every step."""

    x: Array
    z_0: Array
    W_in: Array
    W: Array
    b: Array
    W_out: Array | None
    c: Array | None
    z: Array
    delta: Array


def output_delta(trace: RNNTrace, grad_y: Array) -> Array:
    """δ^out (B, T, O) from ∂E/∂y (B, T, O)."""
    if trace.v is None or trace.y is None:
        raise ValueError("output_delta: this run has no output layer; give W_out to rnn_forward.")
    grad_y = open_gradient("output_delta: grad_y", grad_y, trace.y, trace.valid)
    if trace.g == "softmax":
        return softmax_jvp(trace.y, grad_y)
    return np.asarray(grad_y * find_activation(trace.g).derivative(trace.v))


def rnn_backward(
    trace: RNNTrace,
    delta_out: Array | None = None,
    *,
    grad_z: Array | None = None,
    grad_last: Array | None = None,
    truncation: int | None = None,
) -> RNNGradients:
    """The gradients of `rnn_forward`, full or truncated to windows of `truncation` steps.

    Args:
        trace: the run.
        delta_out: δ^out (B, T, O), see `output_delta`.
        grad_z: gradient that reaches the states (B, T, H) from elsewhere, such as a next layer.
        grad_last: gradient that reaches the last state (B, H) from elsewhere.
        truncation: k, at least 1; None for the full gradient.
    """
    if truncation is not None and truncation < 1:
        raise ValueError(f"rnn_backward: truncation must be at least 1 step; got {truncation}.")
    now, back, grad_x, delta_out = _through_output(trace, delta_out)
    now = now + open_gradient("rnn_backward: grad_z", grad_z, trace.z, trace.valid)
    last = open_state("rnn_backward: grad_last", grad_last, trace.x, trace.z.shape[-1])
    delta, arriving, first = _through_time(trace, now, back, last, truncation)
    return RNNGradients(
        x=delta @ trace.parameters.W_in + grad_x,
        z_0=first,
        W_in=weight_gradient(delta, trace.x),
        W=weight_gradient(delta, one_step_back(trace.z_0, trace.z)),
        b=delta.sum(axis=(0, 1)),
        W_out=None if delta_out is None else weight_gradient(delta_out, trace.seen),
        c=None if delta_out is None else delta_out.sum(axis=(0, 1)),
        z=arriving,
        delta=delta,
    )


def _through_output(
    trace: RNNTrace, delta_out: Array | None
) -> tuple[Array, Array, Array, Array | None]:
    """What δ^out sends to z_t, to z_{t-1} and to x_t."""
    nothing = np.zeros_like(trace.z)
    W_out = trace.parameters.W_out
    if delta_out is None:
        return nothing, nothing, np.zeros_like(trace.x), None
    if W_out is None or trace.v is None:
        raise ValueError("rnn_backward: delta_out is given, but this run has no output layer.")
    delta_out = open_gradient("rnn_backward: delta_out", delta_out, trace.v, trace.valid)
    arriving = delta_out @ W_out
    if trace.output_from == "state":
        return arriving, nothing, np.zeros_like(trace.x), delta_out
    inputs = trace.x.shape[-1]
    return nothing, arriving[..., inputs:], arriving[..., :inputs], delta_out


def _through_time(
    trace: RNNTrace, now: Array, back: Array, carried: Array, truncation: int | None
) -> tuple[Array, Array, Array]:
    """δ and ē (B, T, H), and the gradient of z_0."""
    slope = find_activation(trace.f).derivative(trace.u)
    delta, arriving = np.zeros_like(trace.z), np.zeros_like(trace.z)
    for t in reversed(range(now.shape[1])):
        valid = trace.valid[:, t, None]
        total = carried + now[:, t]
        arriving[:, t] = np.where(valid, total, 0)
        delta[:, t] = arriving[:, t] * slope[:, t]
        handed_back = delta[:, t] @ trace.parameters.W + back[:, t]
        if truncation is not None and t > 0 and t % truncation == 0:
            handed_back = np.zeros_like(handed_back)
        carried = np.where(valid, handed_back, total)
    return delta, arriving, carried


def norms_over_time(grad_z: Array) -> Array:
    """‖∂E/∂z_t‖ for every t, over batch and units: (B, T, H) -> (T,)."""
    check_shape("norms_over_time: grad_z", grad_z, ("B", "T", "H"))
    return np.asarray(np.sqrt((grad_z**2).sum(axis=(0, 2))))
