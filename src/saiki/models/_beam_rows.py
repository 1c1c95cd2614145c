"""The unfinished sequences of a beam, and how they grow by one token.

The rows of one source stand in the order of their tokens. All are of one length, so a row's place
and the next token, read as one number, order what can grow from them: of equal sums the lower
number is the sequence of smaller tokens.
"""

import math
from collections import defaultdict
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Row", "Trail", "grow"]


class Trail(NamedTuple):
    """Where a row looked: the attention (R, S) of one step, its row there, and the step before."""

    attention: Tensor
    row: int
    before: "Trail | None"


class Row(NamedTuple):
    """An unfinished sequence; `place` is the row of the state that it has grown from."""

    owner: int
    tokens: tuple[int, ...]
    total: float
    place: int
    trail: Trail | None


def grow(sums: Tensor, rows: list[Row], width: int, goes_on: list[bool]) -> list[Row]:
    """The `width` likeliest sequences of each source that goes on, one token longer."""
    owned: dict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if goes_on[row.owner]:
            owned[row.owner].append(place)
    if not owned:
        return []
    ids = likeliest(sums, width)
    most, each = max(map(len, owned.values())), ids.shape[1]
    # A place beyond the last is a row of nothing but the impossible.
    table = [places + [len(rows)] * (most - len(places)) for places in owned.values()]
    values = torch.nn.functional.pad(sums.gather(1, ids), (0, 0, 0, 1), value=-math.inf)
    offers = values[torch.tensor(table, device=sums.device)].flatten(1)  # (B, most * each)
    picked = likeliest(offers, width)
    totals, numbers, tokens = offers.gather(1, picked).tolist(), picked.tolist(), ids.tolist()
    longer = []
    for places, totals_of, numbers_of in zip(owned.values(), totals, numbers, strict=True):
        for total, number in zip(totals_of, numbers_of, strict=True):
            if total > -math.inf:
                place, token = places[number // each], number % each
                longer.append(_longer(rows[place], tokens[place][token], total, place))
    return longer


def _longer(row: Row, token: int, total: float, place: int) -> Row:
    return Row(row.owner, (*row.tokens, token), total, place, row.trail)


def likeliest(rows: Tensor, count: int) -> Tensor:
    """Where each row is highest, in rising order; of equal values the lower places."""
    size = rows.shape[1]
    if count >= size:
        return torch.arange(size, device=rows.device).expand(rows.shape)
    values, places = rows.topk(count + 1)
    found = places[:, :count].clone()
    tied = values[:, count - 1] == values[:, count]
    if tied.any():
        found[tied] = rows[tied].sort(descending=True, stable=True).indices[:, :count]
    return found.sort(-1).values
