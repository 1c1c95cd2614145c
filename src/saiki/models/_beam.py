"""Beam search over many sources at once, each with a beam of its own."""

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor

from saiki.errors import ArgumentError
from saiki.models._beam_rows import Offer, Row, Trail, grow, highest
from saiki.models._step_model import Hypothesis, Plan, Steps, check_highest, inside

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
    plan, looked, seen = steps.plan, [], 0
    finished: list[list[_Finished]] = [[] for _ in plan.lengths]
    rows = [Row(b, (), 0.0, b, None) for b in range(len(plan.lengths))]
    covered: Tensor | None = None  # (R, S): attention summed over the steps
    barred = [*plan.forbidden, plan.end]
    for step in itertools.count(1):
        tokens = [row.tokens[-1] if row.tokens else plan.first[row.owner] for row in rows]
        gains, attention = steps.advance(tokens, [row.owner for row in rows])
        values, ids = highest(gains, width + len(barred) + 1)
        best = values.tolist(), ids.tolist()
        check_highest(one[0] for one in best[0])
        if ranking.beta:
            covered = _added(covered, attention)
        rows = _placed(rows, None if attention is None else seen)
        if attention is not None:
            looked.append(attention)
            seen += len(rows)
        ends = gains[:, plan.end].tolist()
        _finish(finished, rows, ends, _coverages(covered, rows, plan), ranking, plan.end)
        going = [row for row in rows if step < plan.most[row.owner]]
        offered = grow(gains, best, going, width, barred)
        kept = _kept(offered, rows, finished, ranking, plan, stops_early=stops_early)
        if not kept:
            break
        places = [row.place for row in kept]
        steps.select(places, len(rows))
        covered = None if covered is None else covered[places]
        rows = kept
    attention = torch.cat(looked) if looked else None
    return [_hypotheses(one, b, plan, attention) for b, one in enumerate(finished)]


def _placed(rows: list[Row], seen: int | None) -> list[Row]:
    """Each at its own place in the state, and with where it looked at this step.

    That is a row of the attentions of all steps, of which this step's begin at `seen`.
    """
    return [
        Row(
            row.owner,
            row.tokens,
            row.total,
            place,
            None if seen is None else Trail(seen + place, row.trail),
        )
        for place, row in enumerate(rows)
    ]


def _finish(
    finished: list[list[_Finished]],
    rows: list[Row],
    ends: list[float],
    coverages: list[float],
    ranking: Ranking,
    end: int,
) -> None:
    """Sets aside what ends at this step, and of all that has ended the n best."""
    for row, gain, coverage in zip(rows, ends, coverages, strict=True):
        total = row.total + min(gain, 0.0)
        if total == -math.inf:
            continue
        best, falling = finished[row.owner], -ranking.score(total, len(row.tokens) + 1, coverage)
        if len(best) < ranking.n_best or falling <= best[-1].falling:
            best.append(_Finished(falling, (*row.tokens, end), total, row.trail))
            best.sort(key=_rank)
            del best[ranking.n_best :]


def _rank(one: _Finished) -> tuple[float, tuple[int, ...]]:
    return one.falling, one.tokens


def _kept(
    offered: list[list[Offer]],
    rows: list[Row],
    finished: list[list[_Finished]],
    ranking: Ranking,
    plan: Plan,
    *,
    stops_early: bool,
) -> list[Row]:
    """The grown rows of the sources of which some can still come among the n best."""
    kept = []
    for offers in offered:
        grown = [_longer(rows[place], token, -falling) for falling, place, token in offers]
        if not stops_early or any(_is_open(row, finished, ranking, plan) for row in grown):
            kept += grown
    return kept


def _longer(row: Row, token: int, total: float) -> Row:
    return Row(row.owner, (*row.tokens, token), total, row.place, row.trail)


def _is_open(row: Row, finished: list[list[_Finished]], ranking: Ranking, plan: Plan) -> bool:
    """Whether the row can still come among its source's n best."""
    best = finished[row.owner]
    if len(best) < ranking.n_best:
        return True
    bound = ranking.bound(row.total, len(row.tokens), plan.most[row.owner])
    return (-bound, row.tokens) < _rank(best[-1])


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


def _hypotheses(
    finished: list[_Finished], owner: int, plan: Plan, attention: Tensor | None
) -> list[Hypothesis]:
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
            attention=_looked(one.trail, attention, plan.lengths[owner]),
        )
        for one in finished
    ]


def _looked(trail: Trail | None, attention: Tensor | None, length: int) -> Tensor | None:
    """(T, S) weights along the trail, on the source's own positions."""
    if attention is None:
        return None
    places = []
    while trail is not None:
        places.append(trail.place)
        trail = trail.before
    return attention[places[::-1], :length]
