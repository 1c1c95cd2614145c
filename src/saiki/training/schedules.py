"""Learning-rate schedules: pure functions of the step and of the validation history.

A schedule gives a factor on the learning rate. Being pure, it needs no state in a checkpoint.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from saiki.errors import ArgumentError

__all__ = ["SCHEDULES", "Schedule", "ScheduleName", "make_schedule"]

Schedule = Callable[[int, Sequence[Mapping[str, float]]], float]
ScheduleName = Literal["constant", "one-cycle", "cosine", "plateau"]


def _constant(_step: int, _total: int, _history: Sequence[Mapping[str, float]]) -> float:
    """Always 1."""
    return 1.0


def _one_cycle(step: int, total: int, _history: Sequence[Mapping[str, float]]) -> float:
    """Half a cosine up from 1/25 over the first 30 % of steps, then one down to 1e-4 / 25.

    Source: Smith and Topin 2018, "Super-convergence", with cosine legs.
    """
    peak = 0.3 * total
    if step < peak:
        return _cosine_between(1 / 25, 1.0, step / peak)
    return _cosine_between(1.0, 1e-4 / 25, (step - peak) / max(total - peak, 1))


def _cosine(step: int, total: int, _history: Sequence[Mapping[str, float]]) -> float:
    """Half a cosine from 1 to 0 after a linear warm-up over the first 5 % of steps.

    Source: Loshchilov and Hutter 2017, "SGDR", one cycle without restarts.
    """
    warm = max(1, round(0.05 * total))
    if step < warm:
        return (step + 1) / warm
    return _cosine_between(1.0, 0.0, (step - warm) / max(total - warm, 1))


def _plateau(_step: int, _total: int, history: Sequence[Mapping[str, float]]) -> float:
    """Halved after every 3 epochs in a row without a lower validation loss."""
    factor, best, waited = 1.0, math.inf, 0
    for row in history:
        waited += 1
        if row["loss_nats"] < best:
            best, waited = row["loss_nats"], 0
        if waited == 3:
            factor, waited = factor / 2, 0
    return factor


def _cosine_between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


SCHEDULES: dict[ScheduleName, Callable[..., Any]] = {
    "constant": _constant,
    "one-cycle": _one_cycle,
    "cosine": _cosine,
    "plateau": _plateau,
}


def make_schedule(name: ScheduleName, total_steps: int) -> Schedule:
    """The schedule called `name` for a run of `total_steps` steps.

    Raises:
        ArgumentError: there is no such schedule.
    """
    if name not in SCHEDULES:
        raise ArgumentError(
            "make_schedule: name must be one of {known}; got {name!r}.",
            known=", ".join(SCHEDULES),
            name=name,
        )
    shape = SCHEDULES[name]
    return lambda step, history: float(shape(step, total_steps, history))
