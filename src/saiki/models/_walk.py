"""Decoding that goes one way: a token of each source at a step, until each has ended."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from saiki.errors import ArgumentError
from saiki.models._step_model import Hypothesis, Steps
from saiki.models.sampling import draw, next_token_distribution

__all__ = ["Chooser", "Chosen", "collect", "likeliest_choice", "sampled_choice", "walk"]

# log p (R, V) and the source of each row -> the token of each row
Chooser = Callable[[Tensor, list[int]], list[int]]


class Chosen(NamedTuple):
    """The token that a source takes at one step, its log p, and where the model looked."""

    owner: int
    token: int
    log_probability: float
    attention: Tensor | None  # (S,)


@torch.no_grad()
def walk(steps: Steps[Any], choose: Chooser) -> Iterator[list[Chosen]]:
    """What each source that has not ended takes, step by step; ended ones leave the batch."""
    plan = steps.plan
    owners, tokens = list(range(len(plan.lengths))), plan.first
    for step in itertools.count(1):
        rows, attention = steps.advance(tokens, owners)
        tokens = [plan.end] * len(owners)
        free = [row for row, owner in enumerate(owners) if step < plan.most[owner]]
        if free:
            offered = rows if len(free) == len(owners) else rows[free]
            picked = choose(offered, [owners[row] for row in free])
            for row, token in zip(free, picked, strict=True):
                tokens[row] = token
        gains = rows.gather(1, torch.tensor(tokens, device=rows.device)[:, None])[:, 0].tolist()
        yield [
            Chosen(*one, _looked(attention, row, plan.lengths[one[0]]))
            for row, one in enumerate(zip(owners, tokens, gains, strict=True))
        ]
        kept = [row for row, token in enumerate(tokens) if token != plan.end]
        if not kept:
            return
        steps.select(kept, len(owners))
        owners, tokens = [owners[row] for row in kept], [tokens[row] for row in kept]


def collect(steps: Steps[Any], choose: Chooser) -> list[Hypothesis]:
    """The whole walk of each source."""
    taken: list[list[Chosen]] = [[] for _ in steps.plan.lengths]
    for chosen in walk(steps, choose):
        for one in chosen:
            taken[one.owner].append(one)
    return [_hypothesis(one) for one in taken]


def likeliest_choice(rows: Tensor, owners: list[int]) -> list[int]:
    """The likeliest token of each row; of equal ones the lower id."""
    highest = rows.amax(-1)
    if not highest.isfinite().all():
        raise ArgumentError(
            "decoding: source {source} has no token left that is neither forbidden nor impossible"
            " (log-probability minus infinity). Forbid fewer tokens.",
            source=owners[int(highest.isfinite().long().argmin())],
        )
    tokens: list[int] = rows.argmax(-1).tolist()
    return tokens


def sampled_choice(
    seeds: Sequence[int], temperature: float, top_k: int | None, nucleus: float | None
) -> Chooser:
    """Draws each source's token with a generator of its own, so that others change nothing."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def choose(rows: Tensor, owners: list[int]) -> list[int]:
        masses = next_token_distribution(
            rows, temperature=temperature, top_k=top_k, nucleus=nucleus
        ).cpu()
        return [
            int(draw(mass, generators[owner])) for mass, owner in zip(masses, owners, strict=True)
        ]

    return choose


def _looked(attention: Tensor | None, row: int, length: int) -> Tensor | None:
    return None if attention is None else attention[row, :length].clone()


def _hypothesis(taken: list[Chosen]) -> Hypothesis:
    total = sum(one.log_probability for one in taken)
    looked = [one.attention for one in taken if one.attention is not None]
    return Hypothesis(
        tokens=tuple(one.token for one in taken),
        log_probability=total,
        score=total,
        attention=torch.stack(looked) if looked else None,
    )
