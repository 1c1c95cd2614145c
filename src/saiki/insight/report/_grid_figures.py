"""Plots of a grid: every seed's value, and the learning curves of all runs."""

from collections.abc import Sequence
from typing import Any

from saiki.insight.report._curves import epoch_axis, epoch_metrics, epoch_points
from saiki.insight.report._figures import (
    Figure,
    Points,
    axis,
    dash,
    figure,
    line,
    plain,
    series_color,
)
from saiki.insight.report._format import Texts, capital, mean_and_spread, part_metric_title
from saiki.insight.report._grid_rows import GridRow, metric_names
from saiki.insight.report._reading import Grid, Row, Run

__all__ = ["curve_figures", "seed_figures"]

_POINT_METRICS = 3


def seed_figures(rows: Sequence[GridRow], text: Texts) -> list[Figure]:
    """One strip a setting, one dot a run, for the first metrics."""
    names = metric_names(rows)[:_POINT_METRICS]
    return [_seed_figure(rows, name, text) for name in names]


def _seed_figure(rows: Sequence[GridRow], metric: str, text: Texts) -> Figure:
    found = [(at, row.metrics[metric]) for at, row in enumerate(rows) if metric in row.metrics]
    dots = [(value, at) for at, m in found for value in m.values]
    means = [(m.mean, at) for at, m in found if m.mean is not None]
    title = part_metric_title(metric, text)
    each = {"type": "scatter", "mode": "markers"}
    traces = [
        {
            **each,
            "name": plain(text["mean"]),
            "x": [value for value, _ in means],
            "y": [at for _, at in means],
            "marker": {
                "symbol": "line-ns-open",
                "size": 18,
                "color": "@text",
                "line": {"width": 2},
            },
        },
        {
            **each,
            "name": plain(text["one_run"]),
            "x": [value for value, _ in dots],
            "y": [at for _, at in dots],
            "marker": {"size": 9, "color": [series_color(at) for _, at in dots], "opacity": 0.8},
        },
    ]
    ticks = {
        "tickmode": "array",
        "tickvals": list(range(len(rows))),
        "ticktext": [plain(row.name) for row in rows],
        "range": [len(rows) - 0.5, -0.5],
        "zeroline": False,
    }
    # The labels already stand at the axis: a legend would show one colour for all.
    x, y = axis(title, zeroline=False), axis("", **ticks)
    height = 90 + 30 * max(2, len(rows))
    return figure(title, traces, x, y, height=height, showlegend=False, hovermode="closest")


def curve_figures(rows: Sequence[GridRow], grid: Grid, text: Texts) -> list[Figure]:
    """Validation curves of all runs, one colour a setting; training's where there are no others."""
    made = []
    longest = max((run.epochs for run in grid.runs.values()), key=len, default=[])
    for metric in epoch_metrics(grid.runs.values()):
        for part in ("validation", "train"):
            traces = [
                trace
                for at, row in enumerate(rows)
                for trace in _row_curves(at, row, grid, part, metric)
            ]
            if traces:
                title = part_metric_title(f"{part}.{metric}", text)
                made.append(_curve_figure(traces, title, len(rows), longest, text))
                break
    return made


def _curve_figure(
    traces: list[dict[str, Any]], title: str, rows: int, longest: Sequence[Row], text: Texts
) -> Figure:
    beside = {"orientation": "v", "x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"}
    return figure(
        capital(text["per_epoch"].format(metric=title)),
        traces,
        epoch_axis(longest, text),
        axis(title),
        height=max(340, 60 + 20 * rows),
        showlegend=True,
        legend=beside,
    )


def _row_curves(at: int, row: GridRow, grid: Grid, part: str, metric: str) -> list[dict[str, Any]]:
    runs: list[Run] = [grid.runs[name] for name in row.runs if name in grid.runs]
    curves = [points for run in runs if (points := epoch_points(run, part, metric))]
    if not curves:
        return []
    color, style = series_color(at), {"dash": dash(at)}
    own = {"legendgroup": str(at), "mode": "lines"}
    hidden = {"showlegend": False, "opacity": 0.35, "hoverinfo": "skip"}
    thin_line = {**style, "width": 1}
    single = [line(row.name, c, color, **own, **hidden, line=thin_line) for c in curves]
    mean = line(row.name, _mean_curve(curves), color, **own, line={**style, "width": 2.5})
    return [*(single if len(curves) > 1 else []), mean]


def _mean_curve(curves: Sequence[Points]) -> Points:
    """The mean at every epoch that all runs reached; a mean of the rest alone would jump."""
    tables = [dict(points) for points in curves]
    shared = sorted(set.intersection(*(set(table) for table in tables)))
    pairs = ((epoch, mean_and_spread([table[epoch] for table in tables])[0]) for epoch in shared)
    return [(epoch, mean) for epoch, mean in pairs if mean is not None]
