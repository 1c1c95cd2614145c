"""Decoding that goes one way: a token of each source at a step, until each has ended."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from saiki.errors import ArgumentError
from saiki.models._step_model import Hypothesis, Plan, Steps, check_highest
from saiki.models.sampling import draw, next_token_distribution

__all__ = ["Chooser", "Chosen", "collect", "likeliest_choice", "sampled_choice", "walk"]

# log p (R, V) as the model gives them, the source of each row, the plan -> what each row takes, and
# its log p
Chooser = Callable[[Tensor, list[int], Plan], tuple[list[int], list[float]]]


class Chosen(NamedTuple):
    """What the sources that have not ended take at one step, and where the model looked."""

    owners: list[int]
    tokens: list[int]
    log_probabilities: list[float]
    attention: Tensor | None  # (R, S)


@torch.no_grad()
def walk(steps: Steps[Any], choose: Chooser) -> Iterator[Chosen]:
    """What each source that has not ended takes, step by step; ended ones leave the batch."""
    plan = steps.plan
    owners, tokens = list(range(len(plan.lengths))), plan.first
    for step in itertools.count(1):
        rows, attention = steps.advance(tokens, owners)
        is_free = [step < plan.most[owner] for owner in owners]
        tokens, gains = _taken(rows, owners, is_free, plan, choose)
        yield Chosen(owners, tokens, gains, attention)
        kept = [row for row, token in enumerate(tokens) if token != plan.end]
        if not kept:
            return
        if len(kept) < len(owners):
            steps.select(kept, len(owners))
            owners, tokens = [owners[row] for row in kept], [tokens[row] for row in kept]


def _taken(
    rows: Tensor, owners: list[int], is_free: list[bool], plan: Plan, choose: Chooser
) -> tuple[list[int], list[float]]:
    """What the rows take that are free to choose; the others end."""
    if all(is_free):
        return choose(rows, owners, plan)
    tokens = [plan.end] * len(owners)
    check_highest(rows.amax(1).tolist())
    gains = [min(one, 0.0) for one in rows[:, plan.end].tolist()]
    free = [row for row, one in enumerate(is_free) if one]
    if free:
        places = torch.tensor(free, device=rows.device)
        picked = choose(rows.index_select(0, places), [owners[row] for row in free], plan)
        for row, token, gain in zip(free, *picked, strict=True):
            tokens[row], gains[row] = token, gain
    return tokens, gains


def collect(steps: Steps[Any], choose: Chooser) -> list[Hypothesis]:
    """The whole walk of each source."""
    plan, looked = steps.plan, []
    tokens: list[list[int]] = [[] for _ in plan.lengths]
    gains: list[list[float]] = [[] for _ in plan.lengths]
    places: list[list[int]] = [[] for _ in plan.lengths]  # in the attention of all steps
    row = 0
    for chosen in walk(steps, choose):
        for owner, token, gain in zip(
            chosen.owners, chosen.tokens, chosen.log_probabilities, strict=True
        ):
            tokens[owner].append(token)
            gains[owner].append(gain)
            places[owner].append(row)
            row += 1
        if chosen.attention is not None:
            looked.append(chosen.attention)
    attention = torch.cat(looked) if looked else None
    return [
        Hypothesis(
            tokens=tuple(tokens[one]),
            log_probability=sum(gains[one]),
            score=sum(gains[one]),
            attention=None if attention is None else attention[places[one], :length],
        )
        for one, length in enumerate(plan.lengths)
    ]


def likeliest_choice(rows: Tensor, owners: list[int], plan: Plan) -> tuple[list[int], list[float]]:
    """The likeliest token of each row; of equal ones the lower id."""
    gains, tokens = _likeliest(rows.detach())
    check_highest(gains)
    barred = [row for row, token in enumerate(tokens) if token in plan.forbidden]
    if barred:
        allowed = rows.detach()[barred]
        allowed[:, plan.forbidden] = -math.inf
        for row, gain, token in zip(barred, *_likeliest(allowed), strict=True):
            gains[row], tokens[row] = gain, token
    if min(gains) == -math.inf:
        raise ArgumentError(
            "decoding: source {source} has no token left that is neither forbidden nor"
            " impossible (log-probability minus infinity). Forbid fewer tokens.",
            source=owners[gains.index(-math.inf)],
        )
    return tokens, [min(gain, 0.0) for gain in gains]


def _likeliest(rows: Tensor) -> tuple[list[float], list[int]]:
    """The highest of each row and the first place of it; NaN is higher than every number."""
    if rows.is_cpu and rows.dtype in {torch.float32, torch.float64}:
        numbers = (
            rows.numpy()
        )  # which looks at many numbers at once; torch's max is ten times slower
        places = numbers.argmax(1)
        return numbers[np.arange(len(numbers)), places].tolist(), places.tolist()
    values, ids = rows.max(1)
    return values.tolist(), ids.tolist()


def sampled_choice(
    seeds: Sequence[int], temperature: float, top_k: int | None, nucleus: float | None
) -> Chooser:
    """Draws each source's token with a generator of its own, so that others change nothing."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def choose(rows: Tensor, owners: list[int], plan: Plan) -> tuple[list[int], list[float]]:
        check_highest(rows.amax(1).tolist())
        rows = rows.to(torch.float64, copy=True).clamp_(max=0)
        if plan.forbidden:
            rows[:, plan.forbidden] = -math.inf
        masses = next_token_distribution(
            rows, temperature=temperature, top_k=top_k, nucleus=nucleus
        ).cpu()
        tokens = [
            int(draw(mass, generators[owner])) for mass, owner in zip(masses, owners, strict=True)
        ]
        taken = torch.tensor(tokens, device=rows.device)[:, None]
        gains: list[float] = rows.gather(1, taken)[:, 0].tolist()
        return tokens, gains

    return choose
