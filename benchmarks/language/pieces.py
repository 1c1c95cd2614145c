"""Where the time of a step goes: each piece forward and backward on its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.language.plan import LOOK_UP, RECURRENCE, SOFTMAX, UPDATE
from benchmarks.recurrent.timing import Work


def works_of(
    network: Any,
    batch: tuple[Tensor, Tensor],
    optimiser: torch.optim.Optimizer,
    clip: Callable[[list[nn.Parameter], float], object],
    cast: Callable[[], AbstractContextManager[Any]],
) -> dict[str, Work]:
    """`network` is ours or the plain one: both name their pieces alike.

    Args:
        network: in training mode.
        batch: tokens and targets, as its layers want them: (B, T), or (T, B).
        optimiser: of its parameters.
        clip: scales the gradients of parameters down to a norm.
        cast: within this runs what a step runs within it.
    """
    tokens, targets = batch
    inputs, outputs = _sequences(network, tokens)

    def look_up() -> object:
        weight = network.embedding.weight
        with cast():
            y = network.input_dropout(network.embedding_dropout(weight, tokens))
        grown = [torch.autograd.grad(y, weight, torch.ones_like(y))]
        for raw, dropout in zip(outputs, network.dropouts, strict=True):
            y = dropout(raw)
            if y is not raw:
                grown += torch.autograd.grad(y, raw, torch.ones_like(y))
        return grown

    def recurrence() -> object:
        grown: list[Any] = []
        for layer, x in zip(network.layers, inputs, strict=True):
            with cast():
                y = layer(x)[0]
            grown += torch.autograd.grad(y, [x, *layer.parameters()], torch.ones_like(y))
        return grown

    hidden = outputs[-1].detach().flatten(0, 1).requires_grad_()

    def softmax() -> object:
        with cast():
            loss = network.head.loss(hidden, targets.flatten())
        return torch.autograd.grad(loss, [hidden, *network.head.parameters()])

    return {
        LOOK_UP: look_up,
        RECURRENCE: recurrence,
        SOFTMAX: softmax,
        UPDATE: _update(network, optimiser, clip),
    }


def _sequences(network: Any, tokens: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """What each layer reads and gives, as leaves of a graph."""
    inputs, outputs = [], []
    with torch.no_grad():
        hidden = network.input_dropout(network.embedding_dropout(network.embedding.weight, tokens))
        for layer, dropout in zip(network.layers, network.dropouts, strict=True):
            inputs.append(hidden.clone().requires_grad_())
            outputs.append(layer(hidden)[0].clone().requires_grad_())
            hidden = dropout(outputs[-1].detach())
    return inputs, outputs


def _update(
    network: Any,
    optimiser: torch.optim.Optimizer,
    clip: Callable[[list[nn.Parameter], float], object],
) -> Work:
    parameters = list(network.parameters())
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    norm = nn.utils.get_total_norm([p.grad for p in parameters]).item()

    def update() -> object:
        nonlocal norm
        norm *= 0.999  # a little below, so that every call scales
        clip(parameters, norm)
        return optimiser.step()

    return update
