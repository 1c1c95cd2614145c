"""Training a forecast: one run, from configuration to a finished run folder."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional

from saiki.artifacts import (
    RunFolder,
    reset_peak_memory,
    write_bytes_atomic,
    write_json_atomic,
)
from saiki.errors import ConfigurationError
from saiki.models import Forecaster
from saiki.models.forecaster import pinball
from saiki.tasks.classifier import choose_device
from saiki.tasks.configure import config_to_toml
from saiki.tasks.failed_step import stoppable
from saiki.tasks.fitting import (
    check_same_data,
    check_validation,
    finish,
    finished_run,
    observers_of,
    optimiser_of,
    result_of,
    some_threads,
)
from saiki.tasks.forecast_baselines import LinearForecast, fit_linear
from saiki.tasks.forecast_batches import WindowBatches
from saiki.tasks.forecast_card import forecast_card
from saiki.tasks.forecast_config import ForecastConfig
from saiki.tasks.forecast_measure import (
    baseline_forecasts,
    comparison,
    forecast_windows,
    measure_forecast,
    measure_quantiles,
    scaled_forecasts,
    winner,
)
from saiki.tasks.forecast_preparation import Floats, PreparedSeries, prepare_series
from saiki.tasks.forecast_samples import forecast_samples
from saiki.tasks.run import Run, run_facts
from saiki.training import EarlyStopping, Measured, Progress, Training, fit, make_schedule

__all__ = [
    "LINEAR_FILE",
    "build_forecaster",
    "forecast_objective",
    "measure_all",
    "median_of",
    "train_forecast",
]

LINEAR_FILE = "linear.safetensors"

_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squared": lambda a, b: (a - b).square(),
    "absolute": lambda a, b: (a - b).abs(),
    "huber": lambda a, b: functional.huber_loss(a, b, reduction="none"),
}


def train_forecast(
    config: ForecastConfig,
    folder: Path,
    *,
    resume: bool = False,
    console: Console | None = None,
    title: str | None = None,
) -> Run:
    """Trains one forecast into `folder`; see `train_language_model` for arguments and errors."""
    run = RunFolder(folder)
    finished = finished_run(run, config, resume=resume)
    if finished is not None:
        return finished
    reset_peak_memory()
    device = choose_device(config.training.device)
    _check_choices(config)
    prepared = prepare_series(config.data)
    check_validation(config.training, is_there="validation" in prepared.starts, also={})
    with torch.random.fork_rng(), some_threads(config.training.threads):
        torch.manual_seed(config.seed)
        network = build_forecaster(config, _channels(prepared))
        training = Training(network.to(device), optimiser_of(config.training, network))
        source = WindowBatches(
            prepared,
            batch_size=config.training.batch_size,
            epochs=config.training.epochs,
            teacher_forcing=config.training.teacher_forcing,
            seed=config.seed,
            device=device,
        )
        _begin(run, config, prepared)
        progress = _fit(run, config, prepared, training, source, console, title)
        return _finish(run, config, prepared, network, progress)


def build_forecaster(config: ForecastConfig, channels: Mapping[str, int]) -> Forecaster:
    """The network that `config` describes, with fresh weights.

    Args:
        config: of the run.
        channels: numbers a step: "inputs" of the window, "targets", and "known" of the horizon.
    """
    return Forecaster(
        channels["inputs"],
        channels["targets"],
        known=channels["known"],
        window=config.data.window,
        horizon=config.data.horizon,
        is_aligned=config.data.target_steps == "same",
        **asdict(config.model),
    )


def _check_choices(config: ForecastConfig) -> None:
    """What would do nothing, or be wrong."""
    lag, horizon = config.data.difference, config.data.horizon
    if len(config.model.quantiles) > 1 and 0 < lag < horizon:
        raise ConfigurationError(
            "model.quantiles: with a difference over {lag} steps they are right for {lag} steps "
            "ahead only, since sums of quantiles are no quantiles; data.horizon is {horizon}. "
            "Lower --data.horizon, or set --data.difference 0.",
            lag=lag,
            horizon=horizon,
        )
    if config.model.decoding == "direct" and config.training.teacher_forcing != 1:
        raise ConfigurationError(
            "training.teacher_forcing: is for model.decoding autoregressive; it is direct. Leave "
            "it out."
        )


def _channels(prepared: PreparedSeries) -> dict[str, int]:
    return {
        "inputs": prepared.inputs.shape[1],
        "targets": prepared.targets.shape[1],
        "known": prepared.known.shape[1],
    }


def _begin(run: RunFolder, config: ForecastConfig, prepared: PreparedSeries) -> None:
    sha256 = prepared.series.fingerprint()
    if run.is_begun:
        check_same_data(run, sha256, config.data.source)
        return
    columns = prepared.columns
    scaling = {
        "columns": asdict(columns),
        "channels": _channels(prepared),
        "scalings": prepared.scalings.to_json(),
    }
    write_json_atomic(run.preprocess_file("series"), scaling)
    data = {
        "source": config.data.source,
        "sha256": sha256,
        "steps": len(prepared.series),
        "windows": {part: len(starts) for part, starts in prepared.starts.items()},
        "season": prepared.scalings.season,
    }
    run.begin(config_to_toml(config), run_facts(config.seed, torch.get_num_threads(), data))


def forecast_objective(
    config: ForecastConfig,
) -> Callable[[nn.Module, Mapping[str, Tensor]], Measured]:
    """The training objective: the mean loss of every value of the horizon, in the scaled unit."""
    is_forced = config.model.decoding == "autoregressive"

    def objective(network: nn.Module, batch: Mapping[str, Tensor]) -> Measured:
        known, truth = batch["known"], batch["targets"]
        forecast = network(
            batch["values"],
            known if known.shape[-1] else None,
            truth if is_forced else None,
            batch["share"].item(),
        )
        loss = loss_of(config, forecast, truth).mean()
        count = len(truth)
        return Measured(loss, {"loss": loss.item() * count}, count)

    return objective


def loss_of(config: ForecastConfig, forecast: Tensor, truth: Tensor) -> Tensor:
    """The loss of each value (B, H, C)."""
    if config.model.quantiles:
        return pinball(forecast, truth, config.model.quantiles)
    return _LOSSES[config.training.loss](forecast[..., 0], truth)


def _fit(
    run: RunFolder,
    config: ForecastConfig,
    prepared: PreparedSeries,
    training: Training,
    source: WindowBatches,
    console: Console | None,
    title: str | None,
) -> Progress:
    settings = config.training
    with stoppable(run, training):
        return fit(
            training,
            forecast_objective(config),
            source,
            epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            schedule=make_schedule(settings.schedule, settings.epochs * len(source)),
            evaluate=_validation(config, prepared),
            clip_norm=settings.clip_norm,
            stopping=EarlyStopping("loss", settings.patience, settings.keep),
            observers=observers_of(run, settings, console, title or config.recipe, len(source)),
        )


def _validation(
    config: ForecastConfig, prepared: PreparedSeries
) -> Callable[[nn.Module], dict[str, float]]:
    starts = prepared.starts.get("validation")

    def evaluate(network: nn.Module) -> dict[str, float]:
        if starts is None or not isinstance(network, Forecaster):
            return {}
        device = network.head.weight.device
        scaled = scaled_forecasts(network, prepared, starts, device)
        truth = torch.from_numpy(prepared.targets_of(starts).astype(np.float64))
        loss = loss_of(config, torch.from_numpy(scaled), truth).mean().item()
        own = prepared.restore(scaled, starts)[..., median_of(config)]
        figures = measure_forecast(own, prepared.truth_of(starts), prepared.scalings.error_scale)
        return {"loss": loss} | {name: figures[name] for name in ("mae", "mase")}

    return evaluate


def median_of(config: ForecastConfig) -> int:
    """The place of the forecast itself among the quantiles."""
    return config.model.quantiles.index(0.5) if config.model.quantiles else 0


def measure_all(
    config: ForecastConfig,
    prepared: PreparedSeries,
    network: Forecaster,
    linear: LinearForecast,
    part: str,
) -> tuple[dict[str, float], list[dict[str, Any]], dict[str, Floats]]:
    """Of the windows of a part: figures of the network, rows of every forecast, the forecasts."""
    starts, levels = prepared.starts[part], config.model.quantiles
    device = network.head.weight.device
    own = forecast_windows(network, prepared, starts, device)
    simple = baseline_forecasts(prepared, starts, linear)
    rows = comparison({"model": own[..., median_of(config)]} | simple, prepared, starts)
    figures = {name: value for name, value in rows[0].items() if isinstance(value, float)}
    figures |= measure_quantiles(own, prepared.truth_of(starts), levels)
    return figures, rows, {"model": own} | {n: values[..., None] for n, values in simple.items()}


def _finish(
    run: RunFolder,
    config: ForecastConfig,
    prepared: PreparedSeries,
    network: Forecaster,
    progress: Progress,
) -> Run:
    from safetensors.numpy import save  # noqa: PLC0415  only here

    began = time.perf_counter()
    linear = fit_linear(prepared)
    write_bytes_atomic(run.path / LINEAR_FILE, save(linear.to_arrays()))
    metrics: dict[str, dict[str, float]] = {}
    tables: dict[str, list[dict[str, Any]]] = {}
    forecasts: dict[str, Floats] = {}
    for part in prepared.starts:
        if part != "train":
            found = measure_all(config, prepared, network, linear, part)
            metrics[part], tables[part], forecasts = found
    _write_samples(run, config, prepared, tables, forecasts)
    took = time.perf_counter() - began
    result = result_of(
        config, network, progress, metrics, backend=network.backend(), evaluation_seconds=took
    ) | {
        "preset": config.preset,
        "parts": {part: len(starts) for part, starts in prepared.starts.items()},
        "columns": {"targets": list(prepared.columns.targets), "inputs": _input_names(prepared)},
        "season": prepared.scalings.season,
        "baselines": tables,
        "best": {part: winner(rows) for part, rows in tables.items()},
    }
    return finish(
        run, network, forecast_card(config, result), result, files=[run.path / LINEAR_FILE]
    )


def _input_names(prepared: PreparedSeries) -> list[str]:
    columns = prepared.columns
    own: Sequence[str] = () if prepared.is_aligned else columns.targets
    return [*own, *columns.past, *columns.known]


def _write_samples(
    run: RunFolder,
    config: ForecastConfig,
    prepared: PreparedSeries,
    tables: Mapping[str, list[dict[str, Any]]],
    forecasts: Mapping[str, Floats],
) -> None:
    """The curves and the table of the last part that was held back: the test part."""
    part = list(prepared.starts)[-1]
    curves: list[dict[str, Any]] = []
    if part != "train":
        curves = forecast_samples(
            prepared, prepared.starts[part], forecasts, config.model.quantiles, config.samples
        )
    table = [
        {name: value for name, value in row.items() if name != "columns"}
        for row in tables.get(part, ())
    ]
    write_json_atomic(run.path / "samples.json", {"curves": curves, "table": table})
