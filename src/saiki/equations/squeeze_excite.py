"""The squeeze-and-excitation block.

    s = mean of x over time or space            squeeze
    a = W_1 s + b_1      q = max(a, 0)          bottleneck
    e = σ(W_2 q + b_2)                          one gate a channel, between 0 and 1
    y = x ∘ e                                   rescale

Backward, with ȳ = ∂E/∂y:

    ē = Σ_space ȳ ∘ x               ā_2 = ē ∘ e ∘ (1 - e)
    ā_1 = (ā_2 W_2) ∘ 1[a > 0]      ∂E/∂x = ȳ ∘ e + (ā_1 W_1) / n at every real place

Symbols:
    x, y   (B, T, C) or (B, Y, X, C)      maps, channels last
    s, e   (B, C)                         squeezed maps, gates
    a, q   (B, R)                         bottleneck
    W_1    (R, C)    b_1  (R,)            R = C / reduction
    W_2    (C, R)    b_2  (C,)
    n                                     number of real steps or pixels

With `lengths` (only for (B, T, C)) the mean is over the real steps, and padding of y is zero.

Source: Hu, Shen, Sun 2018, Squeeze-and-Excitation Networks, arXiv:1709.01507, section 3, equations
2 to 4. Differs: equation 3 has no biases; zeros give it.
"""

from dataclasses import dataclass

import numpy as np

from saiki.equations._arrays import Array, Lengths, check_shape
from saiki.equations._sequences import blank_padding, valid_steps
from saiki.equations.activations import relu, relu_derivative, sigmoid
from saiki.equations.dense import dense_backward, dense_forward
from saiki.equations.pooling import global_average_pool, global_average_pool_backward

__all__ = [
    "SqueezeExciteGradients",
    "SqueezeExciteParameters",
    "SqueezeExciteTrace",
    "squeeze_excite_backward",
    "squeeze_excite_forward",
]


@dataclass(frozen=True)
class SqueezeExciteParameters:
    """The two layers of the bottleneck."""

    W_1: Array
    b_1: Array
    W_2: Array
    b_2: Array


@dataclass(frozen=True)
class SqueezeExciteTrace:
    """y and all that led to it; `gates` is e (B, C)."""

    y: Array
    gates: Array
    parameters: SqueezeExciteParameters
    lengths: Lengths | None
    x: Array
    squeezed: Array
    a: Array


@dataclass(frozen=True)
class SqueezeExciteGradients:
    """∂E/∂x and ∂E/∂ the parameters, in their own shape."""

    x: Array
    parameters: SqueezeExciteParameters


def squeeze_excite_forward(
    parameters: SqueezeExciteParameters, x: Array, lengths: Lengths | None = None
) -> SqueezeExciteTrace:
    """Rescales each channel of x by a gate that sees the mean of every channel."""
    if x.ndim not in (3, 4):
        raise ValueError(
            f"squeeze_excite_forward: x must be (B, T, C) or (B, Y, X, C); got {x.shape}."
        )
    squeezed = global_average_pool(x, lengths)
    if lengths is not None:
        x = blank_padding(x, valid_steps(lengths, *x.shape[:2]))
    a = dense_forward(parameters.W_1, parameters.b_1, squeezed)
    gates = sigmoid(dense_forward(parameters.W_2, parameters.b_2, relu(a)))
    y = x * _over_space(gates, x)
    return SqueezeExciteTrace(y, gates, parameters, lengths, x, squeezed, a)


def squeeze_excite_backward(trace: SqueezeExciteTrace, grad_y: Array) -> SqueezeExciteGradients:
    """The gradients of `squeeze_excite_forward`, from ∂E/∂y."""
    x, gates, lengths = trace.x, trace.gates, trace.lengths
    check_shape("squeeze_excite_backward: grad_y", grad_y, x.shape)
    if lengths is not None:
        grad_y = blank_padding(grad_y, valid_steps(lengths, *x.shape[:2]))
    grad_gates = (grad_y * x).sum(axis=tuple(range(1, x.ndim - 1)))
    second = dense_backward(trace.parameters.W_2, relu(trace.a), grad_gates * gates * (1 - gates))
    first = dense_backward(
        trace.parameters.W_1, trace.squeezed, second.x * relu_derivative(trace.a)
    )
    through_mean = global_average_pool_backward(x.shape, first.x, lengths)
    return SqueezeExciteGradients(
        x=grad_y * _over_space(gates, x) + through_mean,
        parameters=SqueezeExciteParameters(first.W, first.b, second.W, second.b),
    )


def _over_space(gates: Array, x: Array) -> Array:
    return np.expand_dims(gates, tuple(range(1, x.ndim - 1)))
