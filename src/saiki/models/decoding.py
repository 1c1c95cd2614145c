"""From a model of the next token to whole sequences: greedy, drawn, by beam search, streamed.

All work on a `StepModel`, so a network says only how it begins, how it takes a step, and how its
state is reordered. They share these arguments:

    source_lengths  (B,) how many positions of each source are real; 0 where there is no memory. A
                    tensor's device is where tokens and rows are made.
    start           the token that is read first: one number, or one a source (such as the last
                    token of a prompt).
    end             the token that ends a sequence.
    max_steps       L, at least 1: the most tokens of a sequence, the end token counted; one number,
                    or one a source. At step L the end is the only choice, and its log p counts.
    forbidden       tokens that are never given, such as padding; the log p of the others stays what
                    the model says, so a score is what teacher forcing finds.

Each source is decoded as if it were alone: what has ended leaves the batch, the beam and the
random numbers of each are its own, and attention on padding is an error. So what comes out depends
on the rest of the batch only as far as the model's own arithmetic does. Sums are float64.

Every step is checked: all of the attention, and of each row of log p the highest, which is above 0
or NaN where any of the row is.

Example:
    >>> import torch
    >>> from saiki.models.decoding import beam_search, greedy
    >>> class Weather:                                  # token 0 ends; 1 rain; 2 sun
    ...     table = torch.tensor([[1.0, 0, 0], [0.2, 0.5, 0.3], [0.4, 0.25, 0.35]]).log()
    ...     def start(self, batch):
    ...         return ()
    ...     def step(self, tokens, state):
    ...         return self.table[tokens], state, None
    ...     def select(self, state, rows):
    ...         return state
    >>> where = {"source_lengths": [0], "start": 1, "end": 0, "max_steps": 4}
    >>> [one.tokens for one in greedy(Weather(), None, **where)]
    [(1, 1, 1, 0)]
    >>> best = beam_search(Weather(), None, **where, width=3, length_alpha=0.6, n_best=2)
    >>> [one.tokens for one in best[0]]
    [(0,), (2, 0)]
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from saiki.errors import ArgumentError
from saiki.models._beam import Ranking, search
from saiki.models._step_model import (
    Hypothesis,
    PerSource,
    Plan,
    State,
    StepModel,
    Steps,
    make_plan,
)
from saiki.models._walk import Chooser, Chosen, collect, likeliest_choice, sampled_choice, walk

__all__ = [
    "DecodedToken",
    "Hypothesis",
    "StepModel",
    "beam_search",
    "greedy",
    "sample",
    "stream",
]


class DecodedToken(NamedTuple):
    """One token of a stream, its log p in nats, and the attention (S,) that it was chosen with."""

    token: int
    log_probability: float
    attention: Tensor | None


def greedy(
    model: StepModel[State],
    batch: Any,
    *,
    source_lengths: Sequence[int] | Tensor,
    start: PerSource,
    end: int,
    max_steps: PerSource,
    forbidden: Iterable[int] = (),
) -> list[Hypothesis]:
    """Takes the likeliest token at every step; of equally likely ones the lower id.

    Args:
        model: gives log p of the next token; in eval mode.
        batch: what `model.start` reads, B sources.
        source_lengths, start, end, max_steps, forbidden: see the module.

    Returns:
        One hypothesis a source; its score is its log-probability.

    Raises:
        ArgumentError: an argument is out of range, the model is in training mode, looks at padding,
            or gives every token that is not forbidden no probability.
        NonFiniteError: a log-probability is NaN or above 0.
        ShapeError: the model's rows are not those of the tokens.
    """
    plan = make_plan(source_lengths, start, end, max_steps, forbidden)
    return _collected(model, batch, plan, likeliest_choice)


def sample(
    model: StepModel[State],
    batch: Any,
    *,
    source_lengths: Sequence[int] | Tensor,
    start: PerSource,
    end: int,
    max_steps: PerSource,
    forbidden: Iterable[int] = (),
    temperature: float = 1.0,
    top_k: int | None = None,
    nucleus: float | None = None,
    seed: int | Sequence[int] = 0,
) -> list[Hypothesis]:
    """Draws every token from the model's probabilities, sharpened or cut as asked.

    Args:
        model, batch: as in `greedy`.
        source_lengths, start, end, max_steps, forbidden: see the module.
        temperature, top_k, nucleus: see `saiki.models.next_token_distribution`.
        seed: one for each source; one number stands for seed, seed + 1, ... A source's draws
            depend on its own seed only.

    Returns:
        One hypothesis a source; its log-probability and score are the model's, not those of the
        distribution it was drawn from.

    Raises:
        ArgumentError, NonFiniteError, ShapeError: as `greedy`.
    """
    plan = make_plan(source_lengths, start, end, max_steps, forbidden)
    seeds = _seeds(seed, len(plan.lengths))
    return _collected(model, batch, plan, sampled_choice(seeds, temperature, top_k, nucleus))


def beam_search(
    model: StepModel[State],
    batch: Any,
    *,
    source_lengths: Sequence[int] | Tensor,
    start: PerSource,
    end: int,
    max_steps: PerSource,
    forbidden: Iterable[int] = (),
    width: int,
    length_alpha: float,
    length_offset: float = 5.0,
    coverage_beta: float = 0.0,
    n_best: int = 1,
) -> list[list[Hypothesis]]:
    """Keeps the `width` likeliest unfinished sequences of each source, and the best that ended.

        score(y) = log p(y) / lp(n) + β cp          lp(n) = ((k + n) / (k + 1))^α
        cp = Σ_s log min(Σ_t a_ts, 1)               over the source's own positions

    A source is done once no unfinished sequence can come among its n best any more: log p never
    rises, cp <= 0, and lp is at its best at the next step or at L. That changes no result. Of equal
    scores the sequence of smaller tokens is first. With width 1 and α = 0 the answer is the greedy
    path, cut where it is likeliest.

    Args:
        model, batch: as in `greedy`.
        source_lengths, start, end, max_steps, forbidden: see the module.
        width: W, at least 1.
        length_alpha: α, in [-10, 10]; 0 ranks by log p, and a larger one helps longer sequences.
        length_offset: k, at least 0; with k = 0 and α = 1 the score is the mean log p of a token.
        coverage_beta: β, at least 0; a source position that no step looked at costs most.
        n_best: how many are wanted, in 1 .. width.

    Returns:
        For each source at most n_best hypotheses, best first.

    Raises:
        ArgumentError: an argument is out of range, coverage is asked of a model without attention,
            nothing can end, or as `greedy`.
        NonFiniteError, ShapeError: as `greedy`.

    Source: Wu et al. 2016, arXiv:1609.08144, section 7, equation 14. Differs: k is free (theirs is
    5), and no sequence is pruned beyond the width.
    """
    plan = make_plan(source_lengths, start, end, max_steps, forbidden)
    _check_counts(width, n_best)
    _check_number("length_alpha", length_alpha, -10, 10)
    _check_number("length_offset", length_offset, 0, math.inf)
    _check_number("coverage_beta", coverage_beta, 0, math.inf)
    if not plan.lengths:
        return []
    ranking = Ranking(length_alpha, length_offset, coverage_beta, n_best, max(plan.most))
    return search(Steps(model, batch, plan), ranking, width)


def stream(
    model: StepModel[State],
    source: Any,
    *,
    source_length: int,
    start: int,
    end: int,
    max_steps: int,
    forbidden: Iterable[int] = (),
    temperature: float = 0.0,
    top_k: int | None = None,
    nucleus: float | None = None,
    seed: int = 0,
) -> Iterator[DecodedToken]:
    """Gives each token of one source as soon as it is chosen, the end token last.

    Args:
        model: as in `greedy`.
        source: what `model.start` reads, a batch of one.
        source_length: how many of its positions are real.
        start, end, max_steps, forbidden: see the module.
        temperature: 0 is greedy; else tokens are drawn as by `sample`.
        top_k, nucleus, seed: as in `sample`.

    Raises:
        ArgumentError, NonFiniteError, ShapeError: as `greedy`; for arguments at the call.
    """
    plan = make_plan([source_length], start, end, max_steps, forbidden)
    seeds = _seeds(seed, 1)
    choose = sampled_choice(seeds, temperature, top_k, nucleus) if temperature else likeliest_choice
    steps = Steps(model, source, plan)
    return (_decoded(one, source_length) for one in walk(steps, choose))


def _decoded(one: Chosen, length: int) -> DecodedToken:
    looked = None if one.attention is None else one.attention[0, :length].clone()
    return DecodedToken(one.tokens[0], one.log_probabilities[0], looked)


def _collected(
    model: StepModel[State], batch: Any, plan: Plan, choose: Chooser
) -> list[Hypothesis]:
    return collect(Steps(model, batch, plan), choose) if plan.lengths else []


def _seeds(seed: int | Sequence[int], count: int) -> list[int]:
    seeds = list(range(seed, seed + count)) if isinstance(seed, int) else list(seed)
    if len(seeds) != count or any(not isinstance(one, int) or one < 0 for one in seeds):
        raise ArgumentError(
            "decoding: seed must be a whole number of at least 0, or {count} of them, one for each"
            " source; got {got!r}.",
            count=count,
            got=seed,
        )
    return seeds


def _check_counts(width: int, n_best: int) -> None:
    if not isinstance(width, int) or width < 1:
        raise ArgumentError(
            "beam_search: width must be a whole number of at least 1; got {got!r}. 5 is usual.",
            got=width,
        )
    if not isinstance(n_best, int) or not 1 <= n_best <= width:
        raise ArgumentError(
            "beam_search: n_best must be a whole number in 1..width={width}; got {got!r}. Widen the"
            " beam to get more.",
            width=width,
            got=n_best,
        )


def _check_number(name: str, given: float, least: float, most: float) -> None:
    is_number = isinstance(given, int | float) and math.isfinite(given)
    if not is_number or not least <= given <= most:
        raise ArgumentError(
            "beam_search: {name} must be a finite number in [{least}, {most}]; got {got!r}.",
            name=name,
            least=least,
            most=most,
            got=given,
        )
