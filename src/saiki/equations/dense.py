"""The dense (affine) layer.

    y = W x + b                         affine form
    y = W' concat(x, 1)                 homogeneous form, W' = [W  b]

Backward, from ḡ = ∂E/∂y summed over every leading axis of x:

    ∂E/∂W = Σ ḡ xᵀ      ∂E/∂b = Σ ḡ      ∂E/∂x = Wᵀ ḡ

Symbols:
    x   (..., I)       input
    y   (..., O)       output
    W   (O, I)         weights; I·O of them
    b   (O,)           biases; O of them
    W'  (O, I + 1)     weights with the bias as last column

Source: Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.5.4, for the backward form.
"""

from dataclasses import dataclass

import numpy as np

from saiki.equations._arrays import Array, check_shape

__all__ = [
    "DenseGradients",
    "append_one",
    "dense_backward",
    "dense_forward",
    "dense_homogeneous",
    "dense_parameter_count",
    "from_homogeneous",
    "to_homogeneous",
]


@dataclass(frozen=True)
class DenseGradients:
    """∂E/∂x (..., I), ∂E/∂W (O, I), ∂E/∂b (O,)."""

    x: Array
    W: Array
    b: Array


def dense_forward(W: Array, b: Array | None, x: Array) -> Array:
    """Y = W x + b for every vector on the last axis of x; without b, y = W x."""
    check_shape("dense_forward: W", W, ("O", x.shape[-1]))
    if b is None:
        return np.asarray(x @ W.T)
    check_shape("dense_forward: b", b, (W.shape[0],))
    return np.asarray(x @ W.T + b)


def dense_backward(W: Array, x: Array, grad_y: Array) -> DenseGradients:
    """The gradients of `dense_forward`, from its inputs and grad_y = ∂E/∂y (..., O)."""
    check_shape("dense_backward: grad_y", grad_y, (*x.shape[:-1], W.shape[0]))
    rows_y, rows_x = grad_y.reshape(-1, W.shape[0]), x.reshape(-1, W.shape[1])
    return DenseGradients(x=grad_y @ W, W=rows_y.T @ rows_x, b=rows_y.sum(axis=0))


def append_one(x: Array) -> Array:
    """concat(x, 1) on the last axis: (..., I) -> (..., I + 1)."""
    return np.concatenate([x, np.ones_like(x[..., :1])], axis=-1)


def dense_homogeneous(W_prime: Array, x: Array) -> Array:
    """Y = W' concat(x, 1)."""
    return dense_forward(W_prime, None, append_one(x))


def to_homogeneous(W: Array, b: Array) -> Array:
    """W' = [W  b]."""
    check_shape("to_homogeneous: b", b, (W.shape[0],))
    return np.concatenate([W, b[:, None]], axis=1)


def from_homogeneous(W_prime: Array) -> tuple[Array, Array]:
    """(W, b) from W' = [W  b]."""
    return W_prime[:, :-1], W_prime[:, -1]


def dense_parameter_count(inputs: int, outputs: int, *, bias: bool = True) -> int:
    """I·O weights, and O biases where there are any."""
    return inputs * outputs + (outputs if bias else 0)
