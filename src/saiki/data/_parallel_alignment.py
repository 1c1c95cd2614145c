"""Where two files of unequal length went out of step."""

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate


def first_gap(sources: Sequence[str], targets: Sequence[str]) -> int:
    """The line, from 1, at which lines of the shorter file are likeliest missing.

    Translations have lengths in a near-constant ratio (Gale and Church 1993). Lines before the
    gap are compared with their neighbours of the same number, those behind it with the ones that
    are shifted by the difference; the gap stands where both together fit best.
    """
    long, short = (sources, targets) if len(sources) > len(targets) else (targets, sources)
    shift = len(long) - len(short)
    usual = _mean_log_length(long) - _mean_log_length(short)
    before = [0.0, *accumulate(_misfits(long, short, usual))]
    shifted = [0.0, *accumulate(_misfits(long[shift:], short, usual))]
    cost = [b + shifted[-1] - s for b, s in zip(before, shifted, strict=True)]
    return 1 + min(range(len(cost)), key=lambda at: (cost[at], -at))


def _misfits(long: Sequence[str], short: Sequence[str], usual: float) -> Iterator[float]:
    for a, b in zip(long, short, strict=False):
        yield abs(_log_length(a) - _log_length(b) - usual)


def _mean_log_length(texts: Sequence[str]) -> float:
    return sum(map(_log_length, texts)) / len(texts)


def _log_length(text: str) -> float:
    return math.log(1 + len(text.strip()))
