"""What `metrics.jsonl` shows: learning curves over epochs, gradient norm over steps."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from saiki.insight.report._figures import Figure, Keep, Points, axis, figure, line, thin
from saiki.insight.report._format import (
    Texts,
    capital,
    finite,
    integer,
    metric_title,
    number,
    percent,
)
from saiki.insight.report._reading import Row, Run

__all__ = [
    "best_epoch",
    "best_mark",
    "epoch_axis",
    "epoch_metrics",
    "epoch_points",
    "learning_curves",
    "step_view",
]

_MOST_POINTS = 1500
_FIRST_METRICS = ("loss_nats", "accuracy")
_PARTS = ("train", "validation")


def epoch_metrics(runs: Iterable[Run]) -> list[str]:
    """The metrics that the epochs hold, the loss and the accuracy first."""
    rows = [row.get(part) for run in runs for row in run.epochs for part in _PARTS]
    tables = [row for row in rows if isinstance(row, Mapping)]
    seen = dict.fromkeys(name for row in tables for name in row)
    first = [name for name in _FIRST_METRICS if name in seen]
    return first + [name for name in seen if name not in first]


def epoch_points(run: Run, part: str, metric: str) -> Points:
    """(epoch, value) wherever the value is finite."""
    found = []
    for row in run.epochs:
        table = row.get(part)
        epoch = finite(row.get("epoch"))
        value = finite(table.get(metric)) if isinstance(table, Mapping) else None
        if epoch is not None and value is not None:
            found.append((epoch, value))
    return found


def best_epoch(run: Run) -> int | None:
    """The epoch that the result names, else the one of the smallest validation loss."""
    named = finite((run.result or {}).get("best_epoch"))
    if named is not None:
        return int(named)
    points = epoch_points(run, "validation", "loss_nats")
    return int(min(points, key=lambda point: point[1])[0]) if points else None


def learning_curves(run: Run, text: Texts, *, marks_best: bool = True) -> dict[str, Any]:
    """One figure a metric, training and validation together, and what had to be left out."""
    best = best_epoch(run) if marks_best else None
    figures = [_learning_curve(run, name, best, text) for name in epoch_metrics([run])]
    note = _non_finite_epochs(run.epochs, text)
    return {"figures": [made for made in figures if made], "note": note}


def _learning_curve(run: Run, metric: str, best: int | None, text: Texts) -> Figure | None:
    lines = []
    for color, part in zip(("@1", "@2"), _PARTS, strict=True):
        points = epoch_points(run, part, metric)
        if points:
            lines.append(line(text[f"part_{part}"], points, color))
    if not lines:
        return None
    if best is not None:
        lines.append(best_mark(best, lines, text))
    title = metric_title(metric, text)
    caption = capital(text["per_epoch"].format(metric=title))
    x, y = epoch_axis(run.epochs, text), axis(title)
    return figure(caption, lines, x, y, showlegend=True)


def epoch_axis(epochs: Sequence[Row], text: Texts) -> dict[str, Any]:
    """Epochs are whole: a short axis would otherwise get ticks between them."""
    return axis(text["epoch"], **({"dtick": 1} if len(epochs) <= 12 else {}))


def best_mark(best: int, lines: Sequence[dict[str, Any]], text: Texts) -> dict[str, Any]:
    """A vertical line at the best epoch; named in the legend, where it covers no curve."""
    heights = [y for drawn in lines for y in drawn["y"]]
    ends = [(float(best), min(heights)), (float(best), max(heights))]
    name = text["best_epoch_mark"].format(epoch=best)
    style = {"width": 1.5, "dash": "dot"}
    return line(name, ends, "@muted", mode="lines", line=style, hoverinfo="skip")


def _non_finite_epochs(epochs: Sequence[Row], text: Texts) -> str:
    bad = [
        row.get("epoch")
        for row in epochs
        for part in _PARTS
        if isinstance(row.get(part), Mapping)
        for value in row[part].values()
        if number(value) is not None and finite(value) is None
    ]
    return text["non_finite_epochs"].format(count=len(bad), epoch=bad[0]) if bad else ""


def step_view(run: Run, text: Texts) -> dict[str, Any]:
    """Gradient norm, learning rate and loss over the steps, with what they say in words."""
    figures = [
        _gradient_norm(run, text),
        _step_figure(run, "learning_rate", text["learning_rate"], "largest", text),
        _step_figure(run, "loss_nats", text[_step_loss(run)], "mean", text),
    ]
    return {"figures": [made for made in figures if made], "note": _non_finite_steps(run, text)}


def _step_loss(run: Run) -> str:
    """The loss of a forecast is an error of numbers, not of probabilities."""
    return "step_loss_plain" if run.configuration.get("task") == "forecast" else "step_loss"


def _step_figure(run: Run, key: str, title: str, keep: Keep, text: Texts) -> Figure | None:
    points, size = thin(_step_points(run, key), _MOST_POINTS, keep)
    if not points:
        return None
    note = text["thinned_max" if keep == "largest" else "thinned_mean"]
    return figure(
        title,
        [line(title, points, "@1", mode="lines", line={"width": 1.5})],
        axis(text["step"]),
        axis("", exponentformat="power"),
        note=note.format(count=size) if size > 1 else "",
        showlegend=False,
    )


def _step_points(run: Run, key: str) -> Points:
    pairs = ((finite(row.get("step")), finite(row.get(key))) for row in run.steps)
    return [(step, value) for step, value in pairs if step is not None and value is not None]


def _clip_norm(run: Run) -> float | None:
    training = run.configuration.get("training")
    return finite(training.get("clip_norm")) if isinstance(training, Mapping) else None


def _gradient_norm(run: Run, text: Texts) -> Figure | None:
    norms = _step_points(run, "gradient_norm")
    if not norms:
        return None
    points, size = thin(norms, _MOST_POINTS, "largest")
    lines = [line(text["gradient_norm_axis"], points, "@1", mode="lines", line={"width": 1})]
    notes = [text["thinned_max"].format(count=size)] if size > 1 else []
    threshold = _clip_norm(run)
    if threshold is not None and threshold > 0:
        ends = [(norms[0][0], threshold), (norms[-1][0], threshold)]
        name = text["clip_threshold"].format(value=f"{threshold:g}")
        lines.append(line(name, ends, "@2", mode="lines", line={"dash": "dash"}))
        notes.append(_clipped_steps([value for _, value in norms], threshold, text))
    heights = [value for drawn in lines for value in drawn["y"] if value > 0] or [1.0]
    ticks = 1 if max(heights) >= 100 * min(heights) else "D2"  # powers of ten, or 1, 2, 5 too
    y = axis(text["gradient_norm_axis"], type="log", exponentformat="power", dtick=ticks)
    x = axis(text["step"])
    return figure(text["gradient_norm"], lines, x, y, note=" ".join(notes), showlegend=True)


def _clipped_steps(norms: Sequence[float], threshold: float, text: Texts) -> str:
    count = sum(value > threshold for value in norms)
    return text["clipped_steps"].format(
        count=integer(count), total=integer(len(norms)), share=percent(count / len(norms))
    )


def _non_finite_steps(run: Run, text: Texts) -> str:
    bad = [
        row.get("step")
        for row in run.steps
        for key in ("loss_nats", "gradient_norm")
        if number(row.get(key)) is not None and finite(row.get(key)) is None
    ]
    return text["non_finite"].format(count=integer(len(bad)), step=bad[0]) if bad else ""
