"""A trained forecast: tables in, the steps that follow out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from saiki.artifacts import RunFolder, read_json
from saiki.errors import ArgumentError, RunFolderError
from saiki.models import Forecaster
from saiki.tasks.classifier import choose_device
from saiki.tasks.configure import read_config
from saiki.tasks.fitting import read_weights
from saiki.tasks.forecast import LINEAR_FILE, build_forecaster, measure_all, median_of
from saiki.tasks.forecast_baselines import LinearForecast
from saiki.tasks.forecast_config import ForecastConfig
from saiki.tasks.forecast_inputs import prepare_input, prepare_labelled
from saiki.tasks.forecast_measure import forecast_windows
from saiki.tasks.forecast_preparation import (
    ForecastColumns,
    PreparedSeries,
    Scalings,
    prepare_series,
)

__all__ = ["ForecastScores", "TrainedForecaster", "restore_forecaster"]


@dataclass(frozen=True)
class ForecastScores:
    """How good a forecast is: over how many windows, its figures, and a row of each baseline."""

    windows: int
    metrics: dict[str, float]
    table: list[dict[str, Any]]


def restore_forecaster(
    run: RunFolder,
) -> tuple[ForecastConfig, ForecastColumns, Scalings, Forecaster]:
    """What a run wrote down when it began, and its network with fresh weights."""
    config = read_config(run.config_file)
    if not isinstance(config, ForecastConfig):
        raise RunFolderError(
            "{path}: must be the run of a forecast; got one of the task {task}. Give another run.",
            path=run.path,
            task=config.task,
        )
    kept = read_json(run.preprocess_file("series"))
    columns = ForecastColumns(**{use: tuple(names) for use, names in kept["columns"].items()})
    scalings = Scalings.from_json(kept["scalings"])
    return config, columns, scalings, build_forecaster(config, kept["channels"])


class TrainedForecaster:
    """A forecast read from its run folder.

    Example:
        model = saiki.load("runs/airline")
        model.predict("passengers.csv")[0]   # {"input": …, "time": "1961-01", "forecast": {…}}
        model.evaluate("newer.csv").metrics["mase"]
    """

    def __init__(
        self,
        config: ForecastConfig,
        columns: ForecastColumns,
        scalings: Scalings,
        network: Forecaster,
        linear: LinearForecast,
        data_sha256: str,
    ) -> None:
        self.config, self.columns, self.scalings = config, columns, scalings
        self.network, self.linear, self.data_sha256 = network, linear, data_sha256
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, folder: Path) -> "TrainedForecaster":
        """Reads a run folder, wherever it was moved.

        Raises:
            RunFolderError: not a finished run, or a file is damaged or swapped.
        """
        from safetensors.numpy import load as load_arrays  # noqa: PLC0415  only here
        from safetensors.torch import load  # noqa: PLC0415

        run = RunFolder(folder)
        run.verify()
        config, columns, scalings, network = restore_forecaster(run)
        read_weights(network, load(run.model_file.read_bytes()), run)
        network.eval().to(choose_device("auto"))
        linear = LinearForecast.from_arrays(load_arrays((run.path / LINEAR_FILE).read_bytes()))
        sha256 = read_json(run.run_file)["data"]["sha256"]
        return cls(config, columns, scalings, network, linear, sha256)

    def predict(self, inputs: str | Path | Sequence[str | Path]) -> list[dict[str, Any]]:
        """The steps that follow each table, or those of its own steps: a row a step.

        Args:
            inputs: tables with the columns of training. Rows at the end whose targets are empty
                are the future; columns that are known ahead must be filled there.

        Returns:
            `{"input", "time", "forecast": {column: value}}`, and with quantiles `"quantiles":
            {column: {"0.1": value, …}}`.

        Raises:
            DataError: a table cannot be read, or is too short.
        """
        sources = [inputs] if isinstance(inputs, (str, Path)) else list(inputs)
        return [row for source in sources for row in self._forecast(source)]

    def _forecast(self, source: str | Path) -> list[dict[str, Any]]:
        prepared = prepare_input(self.config.data, self.columns, self.scalings, source)
        starts = prepared.starts["predict"]
        answers = forecast_windows(self.network, prepared, starts, self.device)
        rows: dict[int, dict[str, Any]] = {}
        for start, answer in zip(starts + prepared.ahead, answers, strict=True):
            for step, values in enumerate(answer):
                rows.setdefault(int(start) + step, self._row(source, values))
        labels = prepared.series.labels(min(rows), max(rows) + 1)
        named = zip(labels, (rows[at] for at in sorted(rows)), strict=True)
        return [{"input": row["input"], "time": label, **row} for label, row in named]

    def _row(self, source: str | Path, values: Any) -> dict[str, Any]:
        """One step, (C, Q) numbers."""
        levels, middle = self.config.model.quantiles, median_of(self.config)
        row: dict[str, Any] = {
            "input": str(source),
            "forecast": {
                column: float(one[middle])
                for column, one in zip(self.columns.targets, values, strict=True)
            },
        }
        if len(levels) > 1:
            row["quantiles"] = {
                column: {f"{q:g}": float(v) for q, v in zip(levels, one, strict=True)}
                for column, one in zip(self.columns.targets, values, strict=True)
            }
        return row

    def evaluate(self, source: str | Path | None = None) -> ForecastScores:
        """Figures of the network and of the baselines on the test part, or on another table.

        Raises:
            RunFolderError: the training data has changed, so its parts are not what they were.
            ArgumentError: nothing was held back from training.
        """
        if source is None:
            prepared, part = self._held_back()
        else:
            data = self.config.data
            prepared = prepare_labelled(data, self.columns, self.scalings, source)
            part = "test"
        with torch.no_grad():
            figures, rows, _ = measure_all(self.config, prepared, self.network, self.linear, part)
        return ForecastScores(len(prepared.starts[part]), figures, rows)

    def _held_back(self) -> tuple[PreparedSeries, str]:
        prepared = prepare_series(self.config.data)
        if prepared.series.fingerprint() != self.data_sha256:
            raise RunFolderError(
                "evaluate: {source} has changed since training, so its test part may hold what "
                "was learned. Bring the old data back, or name the data with --data.",
                source=self.config.data.source,
            )
        part = list(prepared.starts)[-1]
        if part == "train":
            raise ArgumentError(
                "evaluate: nothing was held back from the training of this run. Name another "
                "table with --data."
            )
        return prepared, part
