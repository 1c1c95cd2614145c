"""Activations, each with its derivative; at a kink the subgradient is stated.

    name        f(x)                                f'(x)                       at the kink
    step        1 where x > 0, else 0               0                           0 (also at 0)
    sigmoid     σ(x) = 1 / (1 + e^-x)               σ(x) (1 - σ(x)) <= 1/4      smooth
    tanh        2 σ(2x) - 1                         1 - tanh²(x) <= 1           smooth
    relu        max(x, 0)                           1 where x > 0, else 0       f'(0) = 0
    leaky-relu  x where x > 0, else α x             1 where x > 0, else α       f'(0) = α
    swish       x σ(βx)                             σ(βx) + βx σ'(βx)           smooth
    identity    x                                   1                           smooth
    softmax     e^x_k / Σ_j e^x_j                   J v = y ∘ (v - Σ_j y_j v_j) smooth

Swish also has ∂f/∂β = x² σ'(βx), for a trainable β. Softmax mixes the elements of an axis, so it
has a Jacobian J = diag(y) - y yᵀ in the place of a derivative; J is symmetric, so `softmax_jvp`
gives J v and Jᵀ v alike.

Symbols:
    x   any shape      input
    y   shape of x     softmax(x)
    v   shape of x     direction, or the gradient ∂E/∂y
    α   0.01           slope of the leaky ReLU for x <= 0
    β   1              sharpness of Swish

Source: Maas, Hannun, Ng 2013 (leaky ReLU, α = 0.01); Ramachandran, Zoph, Le 2017,
arXiv:1710.05941 (Swish). At the kinks ReLU and leaky ReLU do what torch does.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from saiki.equations._arrays import Array

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "find_activation",
    "identity",
    "identity_derivative",
    "leaky_relu",
    "leaky_relu_derivative",
    "log_softmax",
    "relu",
    "relu_derivative",
    "sigmoid",
    "sigmoid_derivative",
    "softmax",
    "softmax_jvp",
    "step",
    "step_derivative",
    "swish",
    "swish_beta_derivative",
    "swish_derivative",
    "tanh",
    "tanh_derivative",
]


class Activation(NamedTuple):
    """An element-wise function and its derivative, both of the input x."""

    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]


def step(x: Array) -> Array:
    """1 where x > 0, else 0."""
    return np.heaviside(x, 0)


def step_derivative(x: Array) -> Array:
    """0 everywhere, by convention also at the jump: nothing can be learned through a step."""
    return np.zeros_like(x)


def sigmoid(x: Array) -> Array:
    """σ(x); e^-|x| never overflows, so it is exact to rounding at both ends."""
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + tail), tail / (1 + tail))


def sigmoid_derivative(x: Array) -> Array:
    """σ(x) σ(-x), which is σ (1 - σ) without its loss of digits at large x."""
    return np.asarray(sigmoid(x) * sigmoid(-x))


def tanh(x: Array) -> Array:
    """2 σ(2x) - 1, by NumPy's own function."""
    return np.tanh(x)


def tanh_derivative(x: Array) -> Array:
    """1 - tanh²(x)."""
    return np.asarray(1 - np.tanh(x) ** 2)


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


def relu_derivative(x: Array) -> Array:
    """1 where x > 0, else 0."""
    return step(x)


def leaky_relu(x: Array, alpha: float = 0.01) -> Array:
    """X where x > 0, else α x."""
    return np.where(x > 0, x, alpha * x)


def leaky_relu_derivative(x: Array, alpha: float = 0.01) -> Array:
    """1 where x > 0, else α."""
    return np.where(x > 0, np.ones_like(x), alpha * np.ones_like(x))


def swish(x: Array, beta: float = 1.0) -> Array:
    """X σ(βx)."""
    return np.asarray(x * sigmoid(beta * x))


def swish_derivative(x: Array, beta: float = 1.0) -> Array:
    """∂/∂x of x σ(βx)."""
    return np.asarray(sigmoid(beta * x) + beta * x * sigmoid_derivative(beta * x))


def swish_beta_derivative(x: Array, beta: float = 1.0) -> Array:
    """∂/∂β of x σ(βx)."""
    return np.asarray(x**2 * sigmoid_derivative(beta * x))


def identity(x: Array) -> Array:
    """X."""
    return x


def identity_derivative(x: Array) -> Array:
    """1."""
    return np.ones_like(x)


def softmax(x: Array, axis: int = -1) -> Array:
    """e^x / Σ e^x; the largest x is taken off first, so nothing overflows."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """X - log Σ e^x, finite also where softmax(x) underflows to 0."""
    shifted = x - x.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def softmax_jvp(y: Array, v: Array, axis: int = -1) -> Array:
    """J v = y ∘ (v - Σ y v), with y = softmax(x)."""
    return np.asarray(y * (v - (y * v).sum(axis=axis, keepdims=True)))


ACTIVATIONS: dict[str, Activation] = {
    "step": Activation(step, step_derivative),
    "sigmoid": Activation(sigmoid, sigmoid_derivative),
    "tanh": Activation(tanh, tanh_derivative),
    "relu": Activation(relu, relu_derivative),
    "leaky-relu": Activation(leaky_relu, leaky_relu_derivative),
    "swish": Activation(swish, swish_derivative),
    "identity": Activation(identity, identity_derivative),
}


def find_activation(choice: str | Activation) -> Activation:
    """The pair of that name; a pair is given back as it is."""
    if isinstance(choice, Activation):
        return choice
    if choice not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {sorted(ACTIVATIONS)}; got {choice!r}.")
    return ACTIVATIONS[choice]
