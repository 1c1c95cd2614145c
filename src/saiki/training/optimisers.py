"""Optimisers by name, with weight decay on matrices only."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

import torch
from torch import nn

from saiki.errors import ArgumentError

__all__ = ["OPTIMISERS", "OptimiserName", "make_optimiser"]

OptimiserName = Literal["adamw", "adam", "sgd", "plain-sgd", "rmsprop", "adagrad"]

OPTIMISERS: dict[OptimiserName, Callable[..., torch.optim.Optimizer]] = {
    "adamw": partial(torch.optim.AdamW, fused=True),
    "adam": partial(torch.optim.Adam, fused=True),
    "sgd": partial(torch.optim.SGD, momentum=0.9, fused=True),
    "plain-sgd": partial(torch.optim.SGD, fused=True),
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}


def make_optimiser(
    name: OptimiserName,
    parameters: Iterable[nn.Parameter],
    *,
    learning_rate: float,
    weight_decay: float = 0.0,
) -> torch.optim.Optimizer:
    """The optimiser called `name`; "sgd" has momentum 0.9, "plain-sgd" none.

    Args:
        name: one of `OPTIMISERS`.
        parameters: those to train; ones that need no gradient are left out.
        learning_rate: step size, above 0.
        weight_decay: per step, on parameters of two or more axes; biases and gains are spared.

    Raises:
        ArgumentError: there is no such optimiser.
    """
    if name not in OPTIMISERS:
        raise ArgumentError(
            "make_optimiser: name must be one of {known}; got {name!r}.",
            known=", ".join(OPTIMISERS),
            name=name,
        )
    trained = [p for p in parameters if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return OPTIMISERS[name]([g for g in groups if g["params"]], lr=learning_rate)
