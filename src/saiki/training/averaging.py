"""Averaged stochastic gradient descent: the mean of the weights after every step from a point on.

Training goes on with the weights as they are; validation, the best and the last weights are those
of the mean.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from saiki.errors import ArgumentError

__all__ = ["Averaging", "WeightAverage"]


@dataclass(frozen=True)
class Averaging:
    """From when on weights are averaged.

        w̄_k = w̄_{k-1} + (w_k - w̄_{k-1}) / k       over the steps k = 1, 2, ... after the trigger

    Args:
        trigger: "non-monotonic": once the validation loss of an epoch is above the lowest one of
            all epochs before it but the last `patience`; "epoch": from the epoch `from_epoch` on.
        patience: n, epochs that do not count for "non-monotonic", at least 1.
        from_epoch: the first epoch whose steps count for "epoch"; 0 averages from the first step.

    Raises:
        ArgumentError: an argument is out of range.

    Source: Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging";
    Merity et al. 2017, arXiv:1708.02182, section 3, algorithm 1 (NT-ASGD; their T is the trigger,
    their logging interval L an epoch).

    Differs: the weights at the trigger itself do not count, those after every later step do.

    Example:
        >>> from saiki.training import Averaging
        >>> rows = [{"loss_nats": loss} for loss in (5.0, 4.0, 4.3, 4.1)]
        >>> averaging = Averaging("non-monotonic", patience=1)
        >>> averaging.is_due(3, rows[:3]), averaging.is_due(4, rows)
        (False, True)
    """

    trigger: Literal["non-monotonic", "epoch"]
    patience: int = 5
    from_epoch: int = 0

    def __post_init__(self) -> None:
        if self.trigger not in {"non-monotonic", "epoch"}:
            raise ArgumentError(
                "Averaging: trigger must be 'non-monotonic' or 'epoch'; got {trigger!r}.",
                trigger=self.trigger,
            )
        for name, least in (("patience", 1), ("from_epoch", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ArgumentError(
                    "Averaging: {name} must be a whole number of at least {least}; got {value!r}.",
                    name=name,
                    least=least,
                    value=value,
                )

    def is_due(self, epoch: int, history: Sequence[Mapping[str, float]]) -> bool:
        """Whether steps of `epoch` count, after the validation figures of `history`."""
        if self.trigger == "epoch":
            return epoch >= self.from_epoch
        if any("loss_nats" not in row for row in history):
            raise ArgumentError(
                "Averaging: trigger='non-monotonic' must have a validation loss, loss_nats, of"
                " every epoch; there is none. Give a validation part, or use trigger='epoch'."
            )
        losses = [row["loss_nats"] for row in history]
        return len(losses) > self.patience + 1 and losses[-1] > min(losses[: -1 - self.patience])


class WeightAverage:
    """The mean of a model's parameters over the steps that were added.

    Buffers, like the statistics of batch normalisation, stay those of the model.

    Args:
        model: its parameters are read at every `add`.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self.tensors: dict[str, torch.Tensor] = {}

    @torch.no_grad()
    def add(self, count: int) -> None:
        """Takes in the parameters after a step, the `count`-th one, counted from 1."""
        for name, parameter in self._model.named_parameters():
            if count == 1:
                self.tensors[name] = parameter.detach().clone()
            else:
                self.tensors[name].lerp_(parameter, 1 / count)

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Goes back to what `tensors` held."""
        named = dict(self._model.named_parameters())
        self.tensors = {n: t.to(named[n].device, copy=True) for n, t in tensors.items()}

    @torch.no_grad()
    def put_in(self) -> None:
        """Overwrites the model's parameters with their mean, where there is one."""
        for name, parameter in self._model.named_parameters():
            if name in self.tensors:
                parameter.copy_(self.tensors[name])

    @contextmanager
    def put_in_for_now(self) -> Iterator[None]:
        """The model has the mean inside, its own parameters again after it."""
        if not self.tensors:
            yield
            return
        own = [parameter.detach().clone() for parameter in self._model.parameters()]
        self.put_in()
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, kept in zip(self._model.parameters(), own, strict=True):
                    parameter.copy_(kept)
