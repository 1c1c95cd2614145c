"""Beam search with length normalisation, and the exhaustive search that it stands for.

    log p(y) = Σ_t log p(y_t | y_1 .. y_{t-1})
    lp(n) = ((k + n) / (k + 1))^α                  lp(1) = 1; α = 0: no normalisation
    score(y) = log p(y) / lp(n)                    n = |y|, the end token counted
    cp(α) = Σ_s log min(Σ_t α_ts, 1) <= 0          how much of the memory was looked at

The space: every sequence of at most L tokens whose last is the end token, and only the last. At
step L the end is the only choice, and its log p counts.

Beam search of width W keeps after each step the W unfinished sequences of the highest log p, and
sets aside what has ended. Where the space is no wider than W at any step it keeps all of it, so
its answer is that of the exhaustive search. Of equal scores the sequence of smaller tokens is
first.

When it may stop: what is unfinished has log p <= b, the best of the beam, and can end at n in
t+1 .. L; as log p <= 0 its score is at most b / lp(L) for α >= 0 (b / lp(t + 1) for α < 0). Once
the W-th best finished score is at least that, nothing can change any more.

Symbols:
    y   (n,)           tokens, the end token last
    α   exponent of lp; in cp the attention weights (T, S)
    k   5              offset of lp; with k = 0, lp(n) = n^α, and α = 1 is the mean log p
    L   at least 1     the most tokens of y
    W   at least 1     width of the beam

Source: Wu et al. 2016, arXiv:1609.08144, section 7, equation 14 (lp with k = 5; cp, to be added to
the score times β). Differs: k is free; cp of a row that got no weight at all is -inf.

Example:
    >>> import numpy as np
    >>> from saiki.equations import search_exhaustively
    >>> def model(prefix):
    ...     return np.log([0.5, 0.3, 0.2])         # token 0 is the end
    >>> [one.tokens for one in search_exhaustively(model, end=0, most=2, alpha=0.0)]
    [(0,), (1, 0), (2, 0)]
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from saiki.equations._arrays import Array, check_shape

__all__ = [
    "Hypothesis",
    "coverage_penalty",
    "length_penalty",
    "search_by_beam",
    "search_exhaustively",
]

NextLogProbabilities = Callable[[tuple[int, ...]], Array]


class Hypothesis(NamedTuple):
    """The tokens, the end last; log p of them all; and the score by which they are ranked."""

    tokens: tuple[int, ...]
    log_probability: float
    score: float


def length_penalty(length: int, alpha: float, *, offset: float = 5.0) -> float:
    """lp(length)."""
    return float(((offset + length) / (offset + 1)) ** alpha)


def coverage_penalty(weights: Array) -> float:
    """Σ_s log min(Σ_t α_ts, 1), from the attention weights (T, S) of one sequence."""
    check_shape("coverage_penalty: weights", weights, ("T", "S"))
    with np.errstate(divide="ignore"):
        return float(np.log(np.minimum(weights.sum(axis=0), 1)).sum())


def search_exhaustively(
    model: NextLogProbabilities, *, end: int, most: int, alpha: float, offset: float = 5.0
) -> list[Hypothesis]:
    """Every sequence of the space, best first.

    Args:
        model: gives log p (V,) of the token after a prefix.
        end: the end token.
        most: L; the space has Σ_{n<L} (V - 1)^n sequences.
        alpha: the exponent of lp.
        offset: k.
    """
    return search_by_beam(model, end=end, most=most, alpha=alpha, offset=offset, width=None)


def search_by_beam(
    model: NextLogProbabilities,
    *,
    end: int,
    most: int,
    alpha: float,
    width: int | None,
    offset: float = 5.0,
) -> list[Hypothesis]:
    """The finished sequences that a beam of `width` finds, at most so many, best first.

    Args:
        model: gives log p (V,) of the token after a prefix.
        end: the end token.
        most: L.
        alpha: the exponent of lp.
        width: W; None keeps everything.
        offset: k.
    """
    if most < 1 or (width is not None and width < 1):
        raise ValueError(f"search_by_beam: most and width must be at least 1; got {most}, {width}.")
    beam: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    finished: list[Hypothesis] = []
    for step in range(1, most + 1):
        longer = []
        for tokens, total in beam:
            for token, gain in enumerate(model(tokens).tolist()):
                grown = ((*tokens, token), total + gain)
                if token == end:
                    score = grown[1] / length_penalty(step, alpha, offset=offset)
                    finished.append(Hypothesis(*grown, score))
                elif step < most:
                    longer.append(grown)
        beam = sorted(longer, key=lambda one: (-one[1], one[0]))[:width]
    return sorted(finished, key=lambda one: (-one.score, one.tokens))[:width]
