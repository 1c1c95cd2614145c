"""How good forecasts are: of the network and of the baselines, on exactly the same windows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from saiki.models import Forecaster
from saiki.tasks.forecast_baselines import LinearForecast, last_value, seasonal_naive
from saiki.tasks.forecast_batches import window_batch
from saiki.tasks.forecast_preparation import Floats, PreparedSeries, Starts

__all__ = [
    "baseline_forecasts",
    "comparison",
    "forecast_windows",
    "measure_forecast",
    "measure_quantiles",
    "scaled_forecasts",
    "winner",
]

_ROWS = 256  # windows at once
_EQUAL = 1e-12  # errors that are nearer are equal


@torch.no_grad()
def scaled_forecasts(
    network: Forecaster, prepared: PreparedSeries, starts: Starts, device: torch.device
) -> Floats:
    """What the network says of each window, in the scale of training (N, H, C, Q)."""
    network.eval()
    pieces: list[Floats] = []
    for at in range(0, len(starts), _ROWS):
        batch = window_batch(prepared, starts[at : at + _ROWS], device)
        answer = network(batch["values"], batch["known"] if batch["known"].shape[-1] else None)
        pieces.append(answer.cpu().numpy().astype(np.float64))
    return np.concatenate(pieces)


def forecast_windows(
    network: Forecaster, prepared: PreparedSeries, starts: Starts, device: torch.device
) -> Floats:
    """The forecasts in the unit of the data (N, H, C, Q)."""
    return prepared.restore(scaled_forecasts(network, prepared, starts, device), starts)


def baseline_forecasts(
    prepared: PreparedSeries, starts: Starts, linear: LinearForecast
) -> dict[str, Floats]:
    """Every baseline that these windows allow (N, H, C), in the unit of the data."""
    found = {"last_value": last_value(prepared, starts)}
    seasonal = seasonal_naive(prepared, starts)
    if seasonal is not None:
        found["seasonal_naive"] = seasonal
    return found | {"linear": linear.forecast(prepared, starts)}


def measure_forecast(forecast: Floats, truth: Floats, error_scale: Floats) -> dict[str, float]:
    """The figures of forecasts (N, H, C), all in the unit of the data but MASE.

        MAE = mean |y - ŷ|,  RMSE = √ mean (y - ŷ)²,  MASE = mean |y - ŷ| / scale

    `error_scale` (C,) is the mean absolute change over a season in the training part.

    Source: Hyndman and Koehler 2006, "Another look at measures of forecast accuracy".
    """
    error = np.abs(forecast - truth)
    return {
        "mae": float(error.mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "mase": float((error / error_scale).mean()),
        "largest_error": float(error.max()),
    }


def measure_quantiles(
    forecast: Floats, truth: Floats, quantiles: Sequence[float]
) -> dict[str, float]:
    """Mean pinball loss, and the share of the truth between the lowest and highest quantile."""
    if len(quantiles) < 2:
        return {}
    levels = np.array(quantiles)
    error = truth[..., None] - forecast
    inside = (truth >= forecast[..., 0]) & (truth <= forecast[..., -1])
    return {
        "pinball": float(np.maximum(levels * error, (levels - 1) * error).mean()),
        "coverage": float(inside.mean()),
    }


def comparison(
    forecasts: Mapping[str, Floats], prepared: PreparedSeries, starts: Starts
) -> list[dict[str, Any]]:
    """A row for each way to forecast, the network ("model") first, with figures of each target."""
    truth, scale = prepared.truth_of(starts), prepared.scalings.error_scale
    rows = []
    for name, forecast in forecasts.items():
        of_columns = {
            column: measure_forecast(
                forecast[..., place : place + 1], truth[..., place : place + 1], scale[place]
            )
            for place, column in enumerate(prepared.columns.targets)
        }
        rows.append(
            {"name": name} | measure_forecast(forecast, truth, scale) | {"columns": of_columns}
        )
    return rows


def winner(rows: Sequence[Mapping[str, Any]], metric: str = "mase") -> str:
    """The name of the row with the lowest error; the network's where it is no worse."""
    least = min(row[metric] for row in rows)
    near = [row["name"] for row in rows if row[metric] <= least + _EQUAL]
    return "model" if "model" in near else str(near[0])
