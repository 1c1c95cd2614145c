"""What the page shows of a grid of runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from saiki.insight.report._classification import classification_view
from saiki.insight.report._format import (
    Texts,
    finite,
    metric_value,
    part_metric_title,
    seconds,
    uncapital,
)
from saiki.insight.report._grid_figures import curve_figures, seed_figures
from saiki.insight.report._grid_rows import (
    HELD_OUT,
    GridRow,
    Metric,
    grid_rows,
    is_lower_better,
    mean_of_groups,
)
from saiki.insight.report._grid_table import compare_table
from saiki.insight.report._reading import Grid, Row, read_predictions
from saiki.language import Language

__all__ = ["grid_view"]

_CHOOSE_BY = ("validation.accuracy", "validation.loss_nats", "test.accuracy")


def grid_view(grid: Grid, text: Texts, language: Language) -> dict[str, Any]:
    """The values of the template `grid.html`."""
    rows = grid_rows(grid.table, text)
    done = [row for row in rows if not row.skipped and row.metrics]
    is_grouped = bool(done) and all(HELD_OUT in row.settings for row in done)
    means = mean_of_groups(done, text) if is_grouped else []
    one = {"count_title": text["seeds"]}
    return {
        "kind": "grid",
        "name": grid.name,
        "facts": _facts(grid.table, text),
        "is_grouped": is_grouped,
        "table": compare_table(done, text, is_marked=not is_grouped, **one) if done else None,
        "means": compare_table(means, text, is_marked=True, count_title=text["group_count"])
        if means
        else None,
        "points": seed_figures(done, text),
        "curves": curve_figures([row for row in rows if row.runs], grid, text),
        "skipped": [(row.name, row.skipped) for row in rows if row.skipped],
        "reference": _reference(grid.table.get("reference"), text, language),
        "ours": _ours(means or done, text),
        **_detail(grid, means or done, is_grouped, text),
    }


def _facts(table: Row, text: Texts) -> list[tuple[str, str]]:
    seeds = table.get("seeds")
    found = []
    if table.get("recipe") is not None:
        found.append((text["recipe"], str(table["recipe"])))
    if isinstance(seeds, list):
        found.append((text["seed"], ", ".join(str(seed) for seed in seeds)))
    return found


def _reference(value: Any, text: Texts, language: Language) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    given = value.get("rows")
    rows = [row for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []
    return {
        "title": str((language == "ja" and value.get("title_ja")) or value.get("title") or ""),
        "note": str(value.get(f"note_{language}") or value.get("note_en") or ""),
        "rows": [_reference_row(row, text) for row in rows],
    }


def _reference_row(row: Mapping[str, Any], text: Texts) -> list[str]:
    return [
        str(row.get("name", "")),
        seconds(row.get("seconds"), text),
        metric_value("accuracy", row.get("accuracy")),
        metric_value("accuracy", row.get("validation_accuracy")),
    ]


def _ours(rows: Sequence[GridRow], text: Texts) -> list[list[str]]:
    def score(row: GridRow, part: str) -> str:
        metric = row.metrics.get(f"{part}.accuracy", Metric(None))
        return metric_value("accuracy", metric.mean, metric.spread)

    return [
        [row.name, seconds(row.seconds.mean, text), score(row, "test"), score(row, "validation")]
        for row in rows
    ]


def _detail(grid: Grid, rows: Sequence[GridRow], is_grouped: bool, text: Texts) -> dict[str, Any]:
    """The pooled predictions of the best setting, chosen on the validation part where it can be."""
    best, metric = _best(rows)
    if best is None:
        return {"detail": None, "detail_name": "", "detail_note": ""}
    runs = [grid.runs[name] for name in best.runs if name in grid.runs]
    pooled = [row for run in runs for row in read_predictions(run.folder, "test")]
    labels = next((known for run in runs if (known := (run.result or {}).get("labels"))), None)
    title = uncapital(part_metric_title(metric, text))
    return {
        "detail": classification_view(pooled, labels, text),
        "detail_name": best.name if best.settings or not is_grouped else text["all_groups"],
        "detail_note": text["pooled_groups_note"]
        if is_grouped
        else text["best_setting_note"].format(metric=title),
    }


def _best(rows: Sequence[GridRow]) -> tuple[GridRow | None, str]:
    for name in _CHOOSE_BY:
        known = [row for row in rows if _mean(row, name) is not None]
        if known:
            sign = -1 if is_lower_better(name) else 1
            return max(known, key=lambda row: sign * (_mean(row, name) or 0.0)), name
    return (rows[0] if rows else None), ""


def _mean(row: GridRow, name: str) -> float | None:
    return finite(row.metrics.get(name, Metric(None)).mean)
