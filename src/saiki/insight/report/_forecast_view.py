"""What the page shows of a run of forecasting."""

from collections.abc import Mapping, Sequence
from typing import Any

from saiki.insight.report._curves import learning_curves, step_view
from saiki.insight.report._forecast_figures import curve_picker, curves_of, system_title
from saiki.insight.report._format import (
    Texts,
    finite,
    metric_title,
    metric_value,
    number,
    part_metric_title,
    percent,
)
from saiki.insight.report._grid_rows import is_lower_better
from saiki.insight.report._reading import Row, Run, read_samples
from saiki.insight.report._run_view import cost_figures, record_view, training_end

__all__ = ["forecast_view"]

_PARTS = ("test", "validation")
_JUDGED = ("mae", "rmse")
_FIRST = ("mae", "rmse", "mase", "largest_error")
_OF_BANDS = ("pinball", "coverage")
_MODEL = "model"


def forecast_view(run: Run, text: Texts) -> dict[str, Any]:
    """The values of the template `forecast.html`."""
    samples = read_samples(run.folder)
    curves = curves_of(samples)
    rows = _table_rows(samples)
    return record_view(run, text) | {
        "kind": "forecast",
        "headline": _headline(run, text),
        "verdicts": _verdicts(rows, text),
        "table": _table(rows, text) if rows else None,
        "has_samples": samples is not None,
        "all_curves": curves,
        "picker": curve_picker(curves, text),
        "curves": learning_curves(run, text),
        "steps": step_view(run, text),
    }


def _headline(run: Run, text: Texts) -> list[tuple[str, str]]:
    metrics = (run.result or {}).get("metrics") or {}
    part = next((part for part in _PARTS if isinstance(metrics.get(part), Mapping)), None)
    table = metrics[part] if part else {}
    shown = [
        (part_metric_title(f"{part}.{name}", text), metric_value(name, table[name]))
        for name in (*_FIRST, *_OF_BANDS)
        if number(table.get(name)) is not None
    ]
    return shown + cost_figures(run.result or {}, text) + training_end(run, text)


def _table_rows(samples: Row | None) -> list[Row]:
    found = (samples or {}).get("table")
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    return [row for row in rows if row.get("name") is not None]


def _names(rows: Sequence[Row]) -> list[str]:
    """The metrics of the table, the usual ones first."""
    seen = dict.fromkeys(key for row in rows for key in row if number(row[key]) is not None)
    first = [name for name in _FIRST if name in seen]
    return first + [name for name in seen if name not in first]


def _table(rows: Sequence[Row], text: Texts) -> dict[str, Any]:
    """The model and the simple forecasts, the best of each column marked; for `compare`."""
    names = _names(rows)
    best = {name: _best(rows, name) for name in names}
    return {
        "settings": [text["forecaster"]],
        "numbers": [metric_title(name, text) for name in names],
        "rows": [
            {
                "settings": [system_title(str(row["name"]), text)],
                "numbers": [
                    {
                        "value": metric_value(name, row.get(name)),
                        "mark": "best" if best[name] in _known(row, name) else "",
                        "each": "",
                    }
                    for name in names
                ],
            }
            for row in rows
        ],
    }


def _known(row: Row, name: str) -> list[float]:
    found = finite(row.get(name))
    return [] if found is None else [found]


def _best(rows: Sequence[Row], name: str) -> float | None:
    """The smallest or the largest; nothing of a metric of unknown direction."""
    values = [value for row in rows for value in _known(row, name)]
    is_lower = is_lower_better(name)
    if is_lower is None or not values:
        return None
    return min(values) if is_lower else max(values)


def _verdicts(rows: Sequence[Row], text: Texts) -> list[dict[str, Any]]:
    """Who wins by each error, in words."""
    own = next((row for row in rows if row["name"] == _MODEL), {})
    said = []
    for name in _JUDGED:
        model = finite(own.get(name))
        others = [(value, row) for row in rows if row is not own for value in _known(row, name)]
        if model is None or not others:
            continue
        value, row = min(others, key=lambda pair: pair[0])
        said.append(_verdict(name, model, value, system_title(str(row["name"]), text), text))
    return said


def _verdict(metric: str, model: float, other: float, name: str, text: Texts) -> dict[str, Any]:
    title = metric_title(metric, text)
    ours, theirs = metric_value(metric, model), metric_value(metric, other)
    if model == other:
        said = text["nobody_wins"].format(metric=title, name=name, value=ours)
    elif model < other:
        share = percent(1 - model / other)
        said = text["model_wins"].format(
            metric=title, value=ours, share=share, name=name, other=theirs
        )
    else:
        said = text["baseline_wins"].format(metric=title, name=name, value=theirs, other=ours)
    return {"said": said, "is_won": model < other}
