"""The curves that the report shows: forecasts over the truth, beside the baselines."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from saiki.tasks.forecast_config import CurvesConfig
from saiki.tasks.forecast_preparation import Floats, PreparedSeries, Starts

__all__ = ["forecast_samples"]

_DIGITS = 7  # significant ones: all that float32 holds


def forecast_samples(
    prepared: PreparedSeries,
    starts: Starts,
    forecasts: Mapping[str, Floats],
    quantiles: Sequence[float],
    wanted: CurvesConfig,
) -> list[dict[str, Any]]:
    """Curves of the targets, the last first: a stretch forecast anew each horizon, and windows.

    Args:
        starts: windows in order, one a step.
        forecasts: of each way to forecast (N, H, C, Q); the network's is called "model".

    `time` of a curve has a label for each value of `past`, then one for each of `truth`.
    """
    places = range(len(prepared.columns.targets))[: -wanted.columns - 1 : -1]
    curves = []
    joined = np.arange(0, min(len(starts), max(wanted.steps - prepared.horizon + 1, 0)))
    joined = joined[:: prepared.horizon]
    if len(joined) > 1:
        curves += [
            _curve(prepared, starts, joined, forecasts, place, quantiles, past=0)
            for place in places
        ]
    count = min(wanted.windows, len(starts))
    alone = np.unique(np.linspace(0, len(starts) - 1, count).round().astype(np.int64))
    past = 0 if prepared.is_aligned else prepared.window
    curves += [
        _curve(prepared, starts, alone[at : at + 1], forecasts, place, quantiles, past=past)
        for at in range(len(alone))
        for place in places
    ]
    return curves


def _curve(
    prepared: PreparedSeries,
    starts: Starts,
    chosen: Any,
    forecasts: Mapping[str, Floats],
    place: int,
    quantiles: Sequence[float],
    *,
    past: int,
) -> dict[str, Any]:
    """One target of windows that follow each other, as one curve."""
    own = {name: values[chosen, :, place] for name, values in forecasts.items()}  # (n, H, Q)
    model = own.pop("model")
    middle = quantiles.index(0.5) if quantiles else 0
    first = int(starts[chosen[0]]) + prepared.ahead
    end = first + len(chosen) * prepared.horizon
    labels = prepared.series.labels(first - past, end)
    column = prepared.columns.targets[place]
    has_band = len(quantiles) > 1
    return {
        "name": f"{column}: {labels[past]} – {labels[-1]}",
        "time": labels if prepared.series.axis is None else prepared.series.axis.plotted(labels),
        "past": _plain(prepared.truth[first - past : first, place]),
        "truth": _plain(prepared.truth[first:end, place]),
        "forecast": _plain(model[..., middle]),
        "low": _plain(model[..., 0]) if has_band else None,
        "high": _plain(model[..., -1]) if has_band else None,
        "baselines": {name: _plain(values[..., 0]) for name, values in own.items()},
    }


def _plain(values: Floats) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values.ravel()]
