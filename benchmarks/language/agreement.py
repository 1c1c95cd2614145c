"""No time counts before the numbers agree: losses, and gradients where they can be read."""

from typing import Any

import torch
from torch import Tensor

from benchmarks.language.keras_peer import batches_of
from benchmarks.language.plain import PlainLanguageModel
from benchmarks.language.setting import Setting
from benchmarks.recurrent.layers import TOLERANCE, check_agreement
from saiki.models import LanguageModel


def check_torch(
    ours: LanguageModel, theirs: PlainLanguageModel, batch: tuple[Tensor, Tensor]
) -> None:
    """Mean nats of a batch and the gradient of every parameter, without drop-out."""
    values, targets = batch
    found = []
    for network in (ours.eval(), theirs.eval()):
        hidden, _ = network(values)
        loss = network.head.loss(hidden.flatten(0, 1), targets.flatten()) / targets.numel()
        named = dict(network.named_parameters())
        grown = torch.autograd.grad(loss, [named[name] for name in sorted(named)])
        found.append([loss.detach(), *grown])
        network.train()
    check_agreement("ptb against torch.nn", *found)


def check_keras(ours: LanguageModel, made: Any, setting: Setting) -> None:
    """Mean nats of a batch, without drop-out."""
    values, targets = setting.batches[0]
    with torch.no_grad():
        hidden, _ = ours.eval()(values)
        expected = float(ours.head.nats(hidden.flatten(0, 1), targets.flatten()).mean())
    ours.train()
    found = float(made.test_on_batch(*batches_of(setting)[0]))
    if not abs(found - expected) < TOLERANCE * expected:
        raise ArithmeticError(f"ptb against Keras: nats differ, {found} and {expected}")
