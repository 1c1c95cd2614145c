"""Ratios read from the results: how many times our time each other takes."""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Row = dict[str, Any]


class Ratio(NamedTuple):
    """One figure and where it was measured."""

    value: float
    place: str


def rows_of(results: dict[str, Any], part: str) -> list[Row]:
    """No rows where a peer is absent."""
    found = results.get(part)
    return found if isinstance(found, list) else []


def place_of(row: Row) -> str:
    return f"{row['cell']} {row['T']}, {row['B']}, {row['H']}"


def ratios(
    rows: Iterable[Row], *others: str, keep: Callable[[Row], bool] = lambda _: True
) -> list[Ratio]:
    """The fastest of `others` ÷ ours, for the rows kept that have one of them."""
    found = []
    for row in rows:
        seconds = row["seconds"]
        measured = [seconds[name] for name in others if name in seconds]
        if measured and keep(row):
            found.append(Ratio(min(measured) / seconds["saiki"], place_of(row)))
    return found


def geometric_mean(found: Iterable[Ratio]) -> float:
    values = [ratio.value for ratio in found]
    return math.exp(math.fsum(map(math.log, values)) / len(values))
