"""Mean and spread of figures, and what is read from a row of results."""

import math
import statistics
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]


def figure(values: Iterable[float]) -> Row:
    """Mean, sample standard deviation (0 for one value) and the values themselves."""
    held = list(values)
    deviation = statistics.stdev(held) if len(held) > 1 else 0.0
    return {"mean": math.fsum(held) / len(held), "spread": deviation, "values": held}


def figures_by_name(answers: Iterable[dict[str, float]]) -> dict[str, Row]:
    held = list(answers)
    return {name: figure(answer[name] for answer in held) for name in held[0]} if held else {}


def row_of(results: Row, part: str, title: str) -> Row:
    """A row of a part that is a list of rows; empty where it was not measured."""
    found = results.get(part)
    rows = found if isinstance(found, list) else []
    return next((row for row in rows if row["title"] == title), {})


def system_of(row: Row, system: str) -> Row:
    return row.get("systems", {}).get(system, {})
