"""Activations by name, with their kinks and largest slopes stated once."""

from collections.abc import Callable

from torch import Tensor

from saiki.errors import ArgumentError, nearest
from saiki.kernels import ACTIVATIONS, ActivationName

__all__ = ["ACTIVATIONS", "ActivationName", "activation"]


def activation(name: str) -> Callable[[Tensor], Tensor]:
    """The activation called `name`, a function from a tensor to one of the same shape.

        identity(x)   = x
        step(x)       = 1 if x > 0 else 0           (derivative 0 everywhere: nothing learns)
        sigmoid(x)    = 1 / (1 + exp(-x))           (slope at most 0.25, at 0)
        tanh(x)       = 2 sigmoid(2x) - 1           (slope at most 1, at 0)
        relu(x)       = max(x, 0)                   (slope 0 at the kink x = 0)
        leaky-relu(x) = x if x > 0 else 0.01 x      (slope 0.01 at the kink x = 0)
        swish(x)      = x sigmoid(x)
        softmax(x)_k  = exp(x_k) / sum_j exp(x_j)   (over the last axis)

    Args:
        name: one of the names above.

    Raises:
        ArgumentError: the name is unknown; the nearest known one is suggested.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> nn.activation("leaky-relu")(torch.tensor([-1.0, 2.0])).tolist()
        [-0.009999999776482582, 2.0]
    """
    if name not in ACTIVATIONS:
        raise ArgumentError(
            "activation: name must be one of {known}; got {name!r}. Use {near!r}.",
            known=", ".join(sorted(ACTIVATIONS)),
            name=name,
            near=nearest(str(name), ACTIVATIONS) or "tanh",
        )
    return ACTIVATIONS[name]
