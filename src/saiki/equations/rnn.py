"""The simple recurrent network (Elman), forward.

    u_t = W_in x_t + W z_{t-1} + b      z_t = f(u_t)
    v_t = W_out s_t + c                 y_t = g(v_t)

`output_from` says what the output sees:

    "state"                         s_t = z_t
    "input-and-previous-state"      s_t = concat(x_t, z_{t-1})

In the second the output does not wait for the new state, and W_out is the wider for it. Without
W_out there is no output layer, and y is None. The backward form is in `saiki.equations.bptt`.

Symbols:
    x      (B, T, I)     inputs
    u, z   (B, T, H)     pre-activations and states; z_0 (B, H) the initial state, zeros by default
    v, y   (B, T, O)     pre-activations and values of the output
    W_in   (H, I)        input weights
    W      (H, H)        recurrent weights: the third matrix, shared by all steps
    W_out  (O, H)        output weights; (O, I + H) for "input-and-previous-state"
    b, c   (H,), (O,)    biases
    f, g                 names in ACTIVATIONS; g may also be "softmax"

With `lengths` the padding of x is never read, u, z, v, y are zero there, and `last` is the state
at each sequence's own end.

Source: Elman 1990, Finding Structure in Time, Cognitive Science 14, where f = g = σ.
Differs: Elman's network has no truncation rule; a torch.nn.RNN layer is W_in, W, f and the sum of
its two biases as b, with no output layer.

Example:
    >>> import numpy as np
    >>> from saiki.equations import RNNParameters, rnn_forward
    >>> cell = RNNParameters(W_in=np.eye(1), W=np.array([[0.5]]), b=np.zeros(1))
    >>> rnn_forward(cell, np.array([[[8.0], [0.0], [0.0]]]), f="relu").z[0, :, 0].tolist()
    [8.0, 4.0, 2.0]
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from saiki.equations._arrays import Array, Lengths, Mask, check_shape
from saiki.equations._sequences import blank_padding, one_step_back, open_sequences, open_state
from saiki.equations.activations import Activation, find_activation, softmax
from saiki.equations.dense import dense_forward

__all__ = ["OutputFrom", "RNNParameters", "RNNTrace", "rnn_forward", "rnn_step"]

OutputFrom: TypeAlias = Literal["state", "input-and-previous-state"]


@dataclass(frozen=True)
class RNNParameters:
    """The three weight matrices and two biases; the output layer may be absent."""

    W_in: Array
    W: Array
    b: Array
    W_out: Array | None = None
    c: Array | None = None


@dataclass(frozen=True)
class RNNTrace:
    """All that a run computed, as the backward pass needs it; `seen` is s (B, T, H or I + H)."""

    parameters: RNNParameters
    f: str | Activation
    g: str | Activation
    output_from: OutputFrom
    valid: Mask
    x: Array
    u: Array
    z_0: Array
    z: Array
    seen: Array
    v: Array | None
    y: Array | None
    last: Array

    @property
    def h(self) -> Array:
        """The states under the name that all cells share."""
        return self.z


def rnn_step(
    parameters: RNNParameters, x_t: Array, z: Array, f: str | Activation = "tanh"
) -> tuple[Array, Array]:
    """(u_t, z_t) from x_t (B, I) and z_{t-1} (B, H)."""
    u = x_t @ parameters.W_in.T + z @ parameters.W.T + parameters.b
    return u, find_activation(f).function(u)


def rnn_forward(
    parameters: RNNParameters,
    x: Array,
    z_0: Array | None = None,
    lengths: Lengths | None = None,
    *,
    f: str | Activation = "tanh",
    g: str | Activation = "identity",
    output_from: OutputFrom = "state",
) -> RNNTrace:
    """Runs the network over x (B, T, I)."""
    units, inputs = parameters.W_in.shape
    x, valid = open_sequences("rnn_forward", x, inputs, lengths)
    check_shape("rnn_forward: W", parameters.W, (units, units))
    check_shape("rnn_forward: b", parameters.b, (units,))
    z_0 = open_state("rnn_forward: z_0", z_0, x, units)
    u, z, last = _run(parameters, x, z_0, valid, f)
    seen = _seen(output_from, x, z_0, z)
    v, y = _output(parameters, seen, valid, g)
    return RNNTrace(parameters, f, g, output_from, valid, x, u, z_0, z, seen, v, y, last)


def _run(
    parameters: RNNParameters, x: Array, z_0: Array, valid: Mask, f: str | Activation
) -> tuple[Array, Array, Array]:
    z, all_u, all_z = z_0, [], []
    for t in range(x.shape[1]):
        u_t, z_t = rnn_step(parameters, x[:, t], z, f)
        z = np.where(valid[:, t, None], z_t, z)
        all_u.append(u_t)
        all_z.append(z_t)
    u, states = (blank_padding(np.stack(values, axis=1), valid) for values in (all_u, all_z))
    return u, states, z


def _seen(output_from: OutputFrom, x: Array, z_0: Array, z: Array) -> Array:
    if output_from == "state":
        return z
    if output_from == "input-and-previous-state":
        return np.concatenate([x, one_step_back(z_0, z)], axis=-1)
    raise ValueError(
        "rnn_forward: output_from must be 'state' or 'input-and-previous-state'; "
        f"got {output_from!r}."
    )


def _output(
    parameters: RNNParameters, seen: Array, valid: Mask, g: str | Activation
) -> tuple[Array | None, Array | None]:
    if parameters.W_out is None:
        return None, None
    check_shape("rnn_forward: W_out", parameters.W_out, ("O", seen.shape[-1]))
    v = blank_padding(dense_forward(parameters.W_out, parameters.c, seen), valid)
    y = softmax(v) if g == "softmax" else find_activation(g).function(v)
    return v, blank_padding(y, valid)
