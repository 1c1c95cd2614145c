"""Perplexity over epochs and over wall time, and the loss behind it."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from saiki.insight.report._curves import (
    best_epoch,
    best_mark,
    epoch_axis,
    epoch_points,
    learning_curves,
)
from saiki.insight.report._figures import Figure, axis, figure, line
from saiki.insight.report._format import Texts, capital, finite, metric_title
from saiki.insight.report._reading import Row, Run

__all__ = ["language_curves"]

_PARTS = ("train", "validation")
_LOG_FROM = 5  # times the smallest perplexity; below, a logarithmic axis would have two ticks
_LARGEST_NATS = 700.0  # exp of more is no float


def language_curves(run: Run, text: Texts) -> dict[str, Any]:
    """The figures, and what had to be left out; as `learning_curves`."""
    plain = learning_curves(run, text)
    whole = replace(run, epochs=[_with_perplexity(row) for row in run.epochs])
    title = metric_title("perplexity", text)
    made = [
        _perplexity(whole, {}, epoch_axis(run.epochs, text), text["per_epoch"], title, text),
        _perplexity(
            whole, _seconds(run), axis(text["training_seconds"]), text["over_seconds"], title, text
        ),
    ]
    loss = [f for f in plain["figures"] if f.layout["yaxis"]["title"]["text"] != title]
    return {"figures": [drawn for drawn in made if drawn] + loss, "note": plain["note"]}


def _with_perplexity(row: Row) -> Row:
    """The row with the perplexity of every part, which is exp of its loss."""
    parts = {}
    for part in _PARTS:
        table = row.get(part)
        nats = finite(table.get("loss_nats")) if isinstance(table, Mapping) else None
        if isinstance(table, Mapping) and nats is not None and nats < _LARGEST_NATS:
            parts[part] = {"perplexity": math.exp(nats), **table}
    return row | parts


def _seconds(run: Run) -> dict[float, float]:
    """When each epoch ended, in seconds of training."""
    pairs = ((finite(row.get("epoch")), finite(row.get("seconds"))) for row in run.epochs)
    return {epoch: seconds for epoch, seconds in pairs if epoch is not None and seconds is not None}


def _perplexity(
    run: Run,
    places: Mapping[float, float],
    x: dict[str, Any],
    caption: str,
    title: str,
    text: Texts,
) -> Figure | None:
    """Both parts; with `places`, over the seconds that stand there."""
    lines, heights = [], []
    for color, part in zip(("@1", "@2"), _PARTS, strict=True):
        points = epoch_points(run, part, "perplexity")
        if places:
            points = [(places[epoch], value) for epoch, value in points if epoch in places]
        if points:
            lines.append(line(text[f"part_{part}"], points, color))
            heights += [value for _, value in points]
    if not lines:
        return None
    best = None if places else best_epoch(run)
    if best is not None:
        lines.append(best_mark(best, lines, text))
    ratio = max(heights) / min(heights)
    scale = {"type": "log", "dtick": 1 if ratio >= 100 else "D2"} if ratio >= _LOG_FROM else {}
    y = axis(title, tickformat=",.4~g", hoverformat=",.4g", **scale)
    return figure(capital(caption.format(metric=title)), lines, x, y, showlegend=True)
