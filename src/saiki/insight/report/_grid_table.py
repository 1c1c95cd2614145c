"""The compare table: cells with their marks."""

from collections.abc import Sequence
from typing import Any, Literal

from saiki.insight.report._format import (
    Texts,
    byte_size,
    integer,
    metric_value,
    part_metric_title,
    seconds,
)
from saiki.insight.report._grid_rows import GridRow, Metric, is_lower_better, metric_names
from saiki.insight.report._grid_rows import setting_value as written

__all__ = ["compare_table"]

Mark = Literal["best", "close", ""]


def compare_table(
    rows: Sequence[GridRow], text: Texts, *, is_marked: bool, count_title: str
) -> dict[str, Any]:
    """Head and body; `is_marked` says whether the rows compete, so that one of them is best."""
    settings = list(dict.fromkeys(key for row in rows for key in row.settings))
    metrics = metric_names(rows)
    marks = {name: _marks(rows, name) if is_marked else [""] * len(rows) for name in metrics}
    costs = [text["seconds"], text["parameters"], text["peak_memory"], count_title]
    return {
        "settings": settings or [text["setting"]],
        "numbers": [part_metric_title(name, text) for name in metrics] + costs,
        "rows": [
            {
                "settings": [
                    written(row.settings[key]) if key in row.settings else "" for key in settings
                ]
                or [row.name],
                "numbers": _cells(row, metrics, [marks[name][at] for name in metrics], text),
            }
            for at, row in enumerate(rows)
        ],
    }


def _cells(
    row: GridRow, metrics: Sequence[str], marks: Sequence[str], text: Texts
) -> list[dict[str, str]]:
    scores = []
    for name, mark in zip(metrics, marks, strict=True):
        metric = row.metrics.get(name, Metric(None))
        value = metric_value(name, metric.mean, metric.spread)
        each = " · ".join(metric_value(name, v) for v in metric.values)
        scores.append({"value": value, "mark": mark, "each": each})
    costs = (
        seconds(row.seconds.mean, text),
        integer(row.parameters),
        byte_size(row.peak_memory_bytes),
        str(row.count),
    )
    return scores + [{"value": value, "mark": "", "each": ""} for value in costs]


def _marks(rows: Sequence[GridRow], name: str) -> list[Mark]:
    lower = is_lower_better(name)
    found = [row.metrics.get(name, Metric(None)) for row in rows]
    means = [metric.mean for metric in found if metric.mean is not None]
    if lower is None or len(means) < 2:
        return [""] * len(rows)
    best_mean = min(means) if lower else max(means)
    best = next(metric for metric in found if metric.mean == best_mean)
    return [_mark(metric, best) for metric in found]


def _mark(metric: Metric, best: Metric) -> Mark:
    if metric.mean is None or best.mean is None:
        return ""
    if metric.mean == best.mean:
        return "best"
    spread = max(metric.spread or 0.0, best.spread or 0.0)
    return "close" if abs(metric.mean - best.mean) <= spread else ""
