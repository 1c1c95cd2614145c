"""The goals set for language models, each with its figure: reached or missed."""

from collections.abc import Iterator
from typing import Any

from benchmarks.language.plan import (
    AUTOCAST,
    AUTOCAST_SOFTMAX,
    JAX,
    OURS,
    OURS_BF16,
    TENSORFLOW,
    TENSORFLOW_XLA,
    THREADS,
    TORCH,
)

Row = dict[str, Any]
# Ours, against the fastest of these.
PAIRS = {
    "float32 ÷ torch.nn": (OURS, (TORCH,)),
    "bf16 ÷ torch.nn": (OURS_BF16, (TORCH,)),
    "bf16 ÷ torch.nn, autocast": (OURS_BF16, (AUTOCAST, AUTOCAST_SOFTMAX)),
    "float32 ÷ Keras on JAX": (OURS, (JAX,)),
    "float32 ÷ Keras on TensorFlow": (OURS, (TENSORFLOW, TENSORFLOW_XLA)),
}
SPEED = {"lstm": 1.3, "gru": 2.0}
JUDGED = tuple(PAIRS)[:3]
TEST, VALIDATION, MINUTES = "test perplexity", "validation nats", "minutes"
# Recipe, preset: most of a figure, most minutes.
QUALITY = {
    ("ptb", "small"): (TEST, 110.0, 30.0),
    ("ptb", "medium"): (TEST, 88.0, 180.0),
    ("shakespeare", "cpu"): (VALIDATION, 1.60, 3.0),
}


def judge(results: dict[str, Any]) -> list[Row]:
    return [*_speed(results), *_quality(results)]


def step_rows(results: dict[str, Any], cell: str, threads: int) -> list[Row]:
    rows = (results.get("step") or {}).get("rows", [])
    return [row for row in rows if (row["cell"], row["threads"]) == (cell, threads)]


def ratio(results: dict[str, Any], cell: str, threads: int, pair: str) -> float | None:
    """Times our speed is a peer's, both measured in one process; None where it was not."""
    ours, others = PAIRS[pair]
    for row in step_rows(results, cell, threads):
        measured = [row["seconds"][name] for name in others if name in row["seconds"]]
        if measured:
            return min(measured) / row["seconds"][ours]
    return None


def run_of(results: dict[str, Any], recipe: str, preset: str) -> Row | None:
    """The first one of ours, by seed."""
    found = [
        row
        for row in results.get("runs") or []
        if (row["system"], row["recipe"], row["preset"]) == (OURS, recipe, preset)
    ]
    return min(found, key=lambda row: row["seed"]) if found else None


def figure_of(row: Row, name: str) -> float | None:
    part, key = {TEST: ("test", "perplexity"), VALIDATION: ("validation", "loss_nats")}[name]
    return row["metrics"].get(part, {}).get(key)


def _row(work: str, measure: str, bar: str, figure: float | None, *, reached: bool) -> Row:
    """A figure that was not measured misses its goal."""
    found = None if figure is None else round(figure, 3)
    row = {"work": work, "measure": measure, "bar": bar, "figure": found}
    return row | {"reached": reached and figure is not None}


def _speed(results: dict[str, Any]) -> Iterator[Row]:
    for cell, bar in SPEED.items():
        for threads in THREADS:
            work = f"{cell.upper()}, threads: {threads}"
            for pair in JUDGED:
                value = ratio(results, cell, threads, pair)
                yield _row(work, pair, f"≥ {bar:g}x", value, reached=(value or 0) >= bar)


def _quality(results: dict[str, Any]) -> Iterator[Row]:
    for (recipe, preset), (name, bar, most) in QUALITY.items():
        row = run_of(results, recipe, preset)
        value = figure_of(row, name) if row else None
        minutes = row["seconds"] / 60 if row else None
        work = f"{recipe}, {preset}"
        reached = value is not None and value <= bar
        yield _row(work, name, f"≤ {bar:g}", value, reached=reached)
        in_time = minutes is not None and minutes <= most
        yield _row(work, MINUTES, f"≤ {most:g}", minutes, reached=in_time)
