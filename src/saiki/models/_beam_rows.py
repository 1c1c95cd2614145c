"""The unfinished sequences of a beam, and how they grow by one token.

The rows of one source stand in the order of their tokens. All are of one length, so a row's place
and the next token, read as one number, order what can grow from them: of equal sums the lower
number is the sequence of smaller tokens.
"""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

__all__ = ["Row", "Trail", "grow", "highest"]

Offer: TypeAlias = tuple[float, int, int]  # minus the sum, the row's place, the token

# Columns of a group, whose maximum says whether to look; worth it for so many numbers and columns.
GROUP, MANY, WIDE = 16, 1 << 16, 1 << 10


class Trail(NamedTuple):
    """Where a row looked: a row of the attentions of all steps, and the step before."""

    place: int
    before: "Trail | None"


class Row(NamedTuple):
    """An unfinished sequence; `place` is the row of the state that it has grown from."""

    owner: int
    tokens: tuple[int, ...]
    total: float
    place: int
    trail: Trail | None


def highest(rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` highest numbers of each row, falling, and where they are; of equal ones any.

    NaN is higher than every number.
    """
    size = rows.shape[1]
    count = min(count, size)
    if rows.numel() < MANY or size < max(WIDE, GROUP * count):
        return rows.topk(count)
    # Column j and every `step`-th behind it are one group. A group that is not among the `count`
    # with the highest maxima has nothing that is higher than those.
    step = size // GROUP
    groups = rows[:, : step * GROUP].view(len(rows), GROUP, step)
    found = groups.amax(1).topk(count, sorted=False).indices
    inner = groups.gather(2, found[:, None].expand(-1, GROUP, -1)).flatten(1)
    values, places = torch.cat([inner, rows[:, step * GROUP :]], 1).topk(count)
    grouped = found.gather(1, places % count) + places // count * step
    return values, torch.where(places < GROUP * count, grouped, places + GROUP * (step - count))


def grow(
    gains: Tensor,
    best: tuple[list[list[float]], list[list[int]]],
    rows: list[Row],
    width: int,
    barred: Sequence[int],
) -> list[list[Offer]]:
    """The `width` likeliest continuations of each source's rows, in the order of their tokens.

    Args:
        gains: (R, V) log p.
        best: of each row the highest of these, falling, and their tokens, by `highest`.
        rows: those that go on; R of them or fewer.
        width: how many each source may have.
        barred: tokens that no row goes on with.
    """
    offered = []
    for _, own in groupby(rows, key=_owner):
        offers: list[Offer] = []
        for row in own:
            offers += _offers(gains, best, row, offers, width, barred)
            offers.sort()
            del offers[width:]
        offers.sort(key=_order)
        offered.append(offers)
    return offered


def _offers(
    gains: Tensor,
    best: tuple[list[list[float]], list[list[int]]],
    row: Row,
    rivals: list[Offer],
    width: int,
    barred: Sequence[int],
) -> list[Offer]:
    """What a row offers that can be among the `width` best, its rivals so far being sorted."""
    place, total = row.place, row.total
    offers: list[Offer] = []
    least = -rivals[-1][0] if len(rivals) == width else -math.inf
    values, tokens = best[0][place], best[1][place]
    for value, token in zip(values, tokens, strict=True):
        if token in barred:
            continue
        grown = total + min(value, 0.0)
        if grown < least or grown == -math.inf:
            return offers
        offers.append((-grown, place, token))
        if len(offers) >= width:
            least = max(least, -offers[width - 1][0])
    if len(values) == gains.shape[1]:
        return offers
    # The last of those at hand is as high as any that could be needed: there may be equals.
    return _all_offers(gains[place], row, width, barred)


def _all_offers(gains: Tensor, row: Row, width: int, barred: Sequence[int]) -> list[Offer]:
    allowed = gains.to(torch.float64, copy=True).clamp_(max=0)
    allowed[list(barred)] = -math.inf
    values, tokens = allowed.sort(descending=True, stable=True)
    pairs = zip(values[:width].tolist(), tokens[:width].tolist(), strict=True)
    sums = ((row.total + value, token) for value, token in pairs)
    return [(-grown, row.place, token) for grown, token in sums if grown > -math.inf]


def _owner(row: Row) -> int:
    return row.owner


def _order(offer: Offer) -> tuple[int, int]:
    return offer[1:]
