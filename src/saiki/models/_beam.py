"""Beam search over many sources at once, each with a beam of its own."""

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor

from saiki.errors import ArgumentError
from saiki.models._beam_rows import Row, Trail, grow
from saiki.models._step_model import Hypothesis, Plan, Steps, inside

__all__ = ["Ranking", "search"]


@dataclass(frozen=True)
class Ranking:
    """score = log p / lp(n) + β cp, lp(n) = ((k + n) / (k + 1))^α; and how many are wanted."""

    alpha: float
    offset: float
    beta: float
    n_best: int
    most: int  # the longest that any source may become

    @cached_property
    def penalties(self) -> list[float]:
        """lp(n) at n, from 1 on; made to rise or fall steadily where rounding would not."""
        ratios = ((self.offset + n) / (self.offset + 1) for n in range(1, self.most + 1))
        steady = max if self.alpha >= 0 else min
        return [1.0, *itertools.accumulate((r**self.alpha for r in ratios), steady)]

    def score(self, log_probability: float, length: int, coverage: float) -> float:
        """The score of a finished sequence."""
        scaled = log_probability / self.penalties[length]
        return scaled + self.beta * coverage if self.beta else scaled

    def bound(self, log_probability: float, length: int, most: int) -> float:
        """No sequence that begins with these `length` tokens and goes on has a higher score.

        log p never rises and is at most 0, cp is at most 0, and lp is greatest at one of the two
        ends of length + 1 .. most; in floating point too, as each step of it rounds in order.
        """
        return log_probability / max(self.penalties[length + 1], self.penalties[most])


class _Finished(NamedTuple):
    """In the order of ranking: the highest score first, of equal ones the smaller tokens."""

    falling: float  # minus the score
    tokens: tuple[int, ...]
    log_probability: float
    trail: Trail | None


@torch.no_grad()
def search(
    steps: Steps[Any], ranking: Ranking, width: int, *, stops_early: bool = True
) -> list[list[Hypothesis]]:
    """The n best of each source, best first."""
    plan = steps.plan
    finished: list[list[_Finished]] = [[] for _ in plan.lengths]
    rows = [Row(b, (), 0.0, b, None) for b in range(len(plan.lengths))]
    covered: Tensor | None = None  # (R, S): attention summed over the steps
    step = 0
    while True:
        step += 1
        tokens = [row.tokens[-1] if row.tokens else plan.first[row.owner] for row in rows]
        gains, attention = steps.advance(tokens, [row.owner for row in rows])
        if attention is not None:
            rows = [
                row._replace(trail=Trail(attention, place, row.trail))
                for place, row in enumerate(rows)
            ]
        if ranking.beta:
            covered = _added(covered, attention)
        totals = torch.tensor([row.total for row in rows], dtype=torch.float64)
        sums = gains.add_(totals.to(gains.device)[:, None])  # (R, V)
        ends = sums[:, plan.end].tolist()
        _finish(finished, rows, ends, _coverages(covered, rows, plan), ranking, plan.end)
        sums[:, plan.end] = -math.inf
        grown = grow(sums, rows, width, [step < one for one in plan.most])
        kept = _kept(grown, finished, ranking, plan, stops_early=stops_early)
        if not kept:
            return [_hypotheses(one, b, plan) for b, one in enumerate(finished)]
        places = [row.place for row in kept]
        steps.select(places, len(rows))
        covered = None if covered is None else covered[places]
        rows = kept


def _finish(
    finished: list[list[_Finished]],
    rows: list[Row],
    ends: list[float],
    coverages: list[float],
    ranking: Ranking,
    end: int,
) -> None:
    """Sets aside what ends at this step, and of all that has ended the n best."""
    for row, total, coverage in zip(rows, ends, coverages, strict=True):
        if total > -math.inf:
            score = ranking.score(total, len(row.tokens) + 1, coverage)
            tokens = (*row.tokens, end)
            finished[row.owner].append(_Finished(-score, tokens, total, row.trail))
    for owner in {row.owner for row in rows}:
        finished[owner].sort(key=_rank)
        del finished[owner][ranking.n_best :]


def _rank(one: _Finished) -> tuple[float, tuple[int, ...]]:
    return one.falling, one.tokens


def _kept(
    grown: list[Row],
    finished: list[list[_Finished]],
    ranking: Ranking,
    plan: Plan,
    *,
    stops_early: bool,
) -> list[Row]:
    """The rows of the sources of which some row can still come among the n best."""
    if not stops_early:
        return grown
    open_ones = set()
    for row in grown:
        best = finished[row.owner]
        bound = ranking.bound(row.total, len(row.tokens), plan.most[row.owner])
        if len(best) < ranking.n_best or (-bound, row.tokens) < _rank(best[-1]):
            open_ones.add(row.owner)
    return [row for row in grown if row.owner in open_ones]


def _added(covered: Tensor | None, attention: Tensor | None) -> Tensor:
    if attention is None:
        raise ArgumentError(
            "beam_search: coverage_beta needs a model that gives attention; StepModel.step gave"
            " None. Set coverage_beta to 0."
        )
    return attention.double() if covered is None else covered + attention


def _coverages(covered: Tensor | None, rows: list[Row], plan: Plan) -> list[float]:
    """The cp = Σ_s log min(Σ_t α_ts, 1) of each row, over its own source's positions."""
    if covered is None:
        return [0.0] * len(rows)
    own = inside([plan.lengths[row.owner] for row in rows], covered)
    logs = covered.clamp(max=1).log().masked_fill(~own, 0)
    sums: list[float] = logs.sum(1).tolist()
    return sums


def _hypotheses(finished: list[_Finished], owner: int, plan: Plan) -> list[Hypothesis]:
    if not finished:
        raise ArgumentError(
            "beam_search: source {source}: no sequence of at most {most} tokens that the beam kept"
            " can end: the end token's log-probability is minus infinity. Raise max_steps or width,"
            " or forbid fewer tokens.",
            source=owner,
            most=plan.most[owner],
        )
    return [
        Hypothesis(
            tokens=one.tokens,
            log_probability=one.log_probability,
            score=-one.falling,
            attention=_looked(one.trail, plan.lengths[owner]),
        )
        for one in finished
    ]


def _looked(trail: Trail | None, length: int) -> Tensor | None:
    """(T, S) weights along the trail, on the source's own positions."""
    looked = []
    while trail is not None:
        looked.append(trail.attention[trail.row, :length])
        trail = trail.before
    return torch.stack(looked[::-1]) if looked else None
