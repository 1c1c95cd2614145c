"""The functions behind the names of activations."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

ActivationName = Literal[
    "identity", "leaky-relu", "relu", "sigmoid", "softmax", "step", "swish", "tanh"
]

LEAK = 0.01  # slope of leaky-relu below zero


def identity(x: Tensor) -> Tensor:
    return x


def step(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype)


def leaky_relu(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, LEAK)


def softmax(x: Tensor) -> Tensor:
    return torch.softmax(x, dim=-1)


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": identity,
    "leaky-relu": leaky_relu,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softmax": softmax,
    "step": step,
    "swish": functional.silu,
    "tanh": torch.tanh,
}
