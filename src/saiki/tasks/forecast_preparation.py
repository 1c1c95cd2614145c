"""From a configuration's data section to scaled arrays and windows. Imports no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from saiki.data import SeriesScaling, TimeSeries, calendar_features, read_time_series
from saiki.errors import ConfigurationError, DataError
from saiki.language import render
from saiki.tasks.forecast_config import TimeSeriesConfig
from saiki.tasks.forecast_season import find_season

__all__ = ["ForecastColumns", "PreparedSeries", "Scalings", "arrange", "prepare_series"]

Floats = NDArray[np.float64]
Starts = NDArray[np.int64]
_ROUNDING = 1e-9  # of a column's deviation


@dataclass(frozen=True)
class ForecastColumns:
    """Which column is for what, with every name spelled out."""

    targets: tuple[str, ...]
    past: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Scalings:
    """What was fitted on the training part: of the targets, and of the other columns.

    `error_scale` (C,) is the mean absolute change over a season there, the unit of MASE; over one
    step where seasons repeat exactly. `spacing` is how far rows are apart and in what unit; None
    where they are only counted.
    """

    targets: SeriesScaling
    others: SeriesScaling
    season: int
    error_scale: Floats
    spacing: tuple[float, str] | None

    def to_json(self) -> dict[str, Any]:
        return {
            "targets": self.targets.to_json(),
            "others": self.others.to_json(),
            "season": self.season,
            "error_scale": self.error_scale.tolist(),
            "spacing": self.spacing,
        }

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> "Scalings":
        return cls(
            SeriesScaling.from_json(table["targets"]),
            SeriesScaling.from_json(table["others"]),
            int(table["season"]),
            np.array(table["error_scale"], np.float64),
            tuple(table["spacing"]) if table.get("spacing") else None,
        )


@dataclass(frozen=True, eq=False)
class PreparedSeries:
    """A series as a network reads it, and the windows of each part.

    Args:
        series: as it was read.
        columns: what each is for.
        scalings: fitted on the training part.
        inputs: (T, I) what the encoder reads: targets (unless aligned), past, known, calendar.
        known: (T, K) what the decoder reads of each step.
        targets: (T, C) scaled.
        truth: (T, C) in the unit of the data.
        window, horizon: steps.
        is_aligned: the targets are the steps of the window.
        starts: of each part, the first row of every window.
    """

    series: TimeSeries
    columns: ForecastColumns
    scalings: Scalings
    inputs: NDArray[np.float32]
    known: NDArray[np.float32]
    targets: NDArray[np.float32]
    truth: Floats
    window: int
    horizon: int
    is_aligned: bool
    starts: Mapping[str, Starts]

    @property
    def ahead(self) -> int:
        """Rows from the start of a window to its first target."""
        return 0 if self.is_aligned else self.window

    def windows(self, starts: Starts) -> NDArray[np.float32]:
        """What the encoder reads (N, W, I)."""
        return _cut(self.inputs, starts, self.window)

    def known_ahead(self, starts: Starts) -> NDArray[np.float32]:
        """What is known of the horizon (N, H, K)."""
        return _cut(self.known, starts + self.ahead, self.horizon)

    def targets_of(self, starts: Starts) -> NDArray[np.float32]:
        """The scaled targets (N, H, C)."""
        return _cut(self.targets, starts + self.ahead, self.horizon)

    def truth_of(self, starts: Starts) -> Floats:
        """The targets in the unit of the data (N, H, C)."""
        return _cut(self.truth, starts + self.ahead, self.horizon)

    def restore(self, forecast: Floats, starts: Starts) -> Floats:
        """Scaled forecasts (N, H, C, Q) in the unit of the data."""
        lag = self.scalings.targets.lag
        before = _cut(self.truth, starts + self.ahead - lag, lag) if lag else self.truth[None, :0]
        return self.scalings.targets.restore(forecast.astype(np.float64), before)


def _cut(values: NDArray[Any], begins: Starts, length: int) -> NDArray[Any]:
    """(T, F) -> (N, length, F), from each row of `begins` on."""
    if not len(begins) or not values.shape[1]:
        return np.zeros((len(begins), length, values.shape[1]), values.dtype)
    view = sliding_window_view(values, length, axis=0)[begins]  # (N, F, length)
    return np.ascontiguousarray(view.transpose(0, 2, 1))


def prepare_series(config: TimeSeriesConfig) -> PreparedSeries:
    """Reads, parts by time, and fits the scaling on the training part only.

    Raises:
        DataError: see `saiki.data.read_time_series`; a part is too short, a column constant.
        ConfigurationError: settings that do not go together.
    """
    _check(config)
    series = read_time_series(
        config.source,
        time_column=config.time_column,
        columns=_columns_read(config),
        encoding=config.encoding,
    )
    columns = _columns_of(config, series)
    ends = _ends(config, len(series))
    _check_rows(config, ends)
    scalings = _fit(config, series, columns, ends[0])
    return arrange(config, series, columns, scalings, _starts(config, ends))


def _check(config: TimeSeriesConfig) -> None:
    if config.calendar and config.time_column is None:
        raise ConfigurationError(
            "data.calendar: needs dates; data.time_column is none. Name the column of the time "
            "stamps, or leave data.calendar out."
        )
    if config.target_steps == "next":
        return
    if config.difference:
        raise ConfigurationError(
            "data.difference: needs the targets' past, which is not read with data.target_steps "
            "same. Set --data.difference 0."
        )
    if not (config.past_columns or config.known_columns):
        raise ConfigurationError(
            "data.target_steps same: the targets are made from other columns; there are none. "
            "Name them with --data.past-columns."
        )


def _columns_read(config: TimeSeriesConfig) -> tuple[str, ...]:
    if not config.targets:
        return ()
    return tuple(dict.fromkeys((*config.targets, *config.past_columns, *config.known_columns)))


def _columns_of(config: TimeSeriesConfig, series: TimeSeries) -> ForecastColumns:
    others = (*config.past_columns, *config.known_columns)
    named = config.targets or tuple(c for c in series.columns if c not in others)
    twice = [c for at, c in enumerate((*named, *others)) if c in (*named, *others)[:at]]
    if twice or not named:
        raise ConfigurationError(
            "data.targets, past_columns and known_columns: each column must have one use, and one "
            "at least be a target; twice named: {twice}. Leave it out of one of them.",
            twice=", ".join(twice) or "-",
        )
    series.select(others)  # raises where one is not there
    return ForecastColumns(tuple(named), config.past_columns, config.known_columns)


def _ends(config: TimeSeriesConfig, rows: int) -> tuple[int, int, int]:
    """The row after the last one of each part."""
    if config.part_steps is not None:
        train, validation, test = config.part_steps
        ends = (train, train + validation, train + validation + test)
        if min(config.part_steps) < 0:
            raise ConfigurationError(
                "data.part_steps: no part can have less than 0 steps; got {got}. Give 0 for a part "
                "that is not wanted.",
                got=", ".join(map(str, config.part_steps)),
            )
        if ends[2] > rows:
            raise DataError(
                "data.part_steps: the parts have {wanted} steps together; {source} has {got}. "
                "Give parts that fit, or leave it out.",
                wanted=ends[2],
                source=config.source,
                got=rows,
            )
        return ends
    held = config.validation_fraction + config.test_fraction
    if held >= 1:
        raise ConfigurationError(
            "data.validation_fraction and test_fraction: must be less than 1 together; got "
            "{got:g}. Lower one of them.",
            got=held,
        )
    test = round(rows * config.test_fraction)
    validation = round(rows * config.validation_fraction)
    return rows - test - validation, rows - test, rows


def _check_rows(config: TimeSeriesConfig, ends: tuple[int, int, int]) -> None:
    """A window and its horizon in training; a horizon in the others, if they are not empty."""
    is_same = config.target_steps == "same"
    whole = config.window if is_same else config.window + config.horizon + config.difference
    parts = {"train": (0, ends[0]), "validation": ends[:2], "test": ends[1:]}
    for part, (begin, end) in parts.items():
        needed = whole if part == "train" else config.horizon
        if end - begin < needed and (part == "train" or end > begin):
            raise DataError(
                "{source}: the {part} part has {got} steps, and {needed} are needed at least "
                "(window {window}, horizon {horizon}, difference {difference}). Lower "
                "--data.window or --data.horizon, or give the part more steps.",
                source=config.source,
                part=render(part),
                got=end - begin,
                needed=needed,
                window=config.window,
                horizon=config.horizon,
                difference=config.difference,
            )


def _starts(config: TimeSeriesConfig, ends: tuple[int, int, int]) -> dict[str, Starts]:
    """The windows whose targets lie in a part; what they read may lie in the one before."""
    ahead = 0 if config.target_steps == "same" else config.window
    begins = {"train": config.difference + ahead, "validation": ends[0], "test": ends[1]}
    return {
        part: np.arange(begins[part], end - config.horizon + 1) - ahead
        for part, end in zip(begins, ends, strict=True)
        if end - config.horizon >= begins[part]
    }


def _fit(
    config: TimeSeriesConfig, series: TimeSeries, columns: ForecastColumns, rows: int
) -> Scalings:
    targets, others = series.select(columns.targets), (*columns.past, *columns.known)
    is_scaled = config.scaling == "standard"
    scaling = SeriesScaling.fit(
        targets,
        columns.targets,
        rows=rows,
        is_log=config.transform == "log",
        lag=config.difference,
        is_scaled=is_scaled,
    )
    season = config.season or find_season(scaling.apply(targets)[:rows], targets[:rows])
    if season >= rows:
        raise ConfigurationError(
            "data.season: must be less than the {rows} steps of the training part, on which the "
            "unit of MASE is measured; got {season}. Lower --data.season, or leave it out.",
            rows=rows,
            season=season,
        )
    return Scalings(
        scaling,
        SeriesScaling.fit(series.select(others), others, rows=rows, is_scaled=is_scaled),
        season,
        _error_scale(targets[:rows], season),
        series.axis and (series.axis.step, series.axis.unit),
    )


def _error_scale(targets: Floats, season: int) -> Floats:
    """The unit of MASE, of the training rows; never 0, since no column of them is constant."""
    change: Floats = np.abs(targets[season:] - targets[:-season]).mean(0)
    is_exact = change <= _ROUNDING * targets.std(0)
    if is_exact.any():
        change = np.where(is_exact, np.abs(np.diff(targets, axis=0)).mean(0), change)
    return change


def arrange(
    config: TimeSeriesConfig,
    series: TimeSeries,
    columns: ForecastColumns,
    scalings: Scalings,
    starts: Mapping[str, Starts],
) -> PreparedSeries:
    """A series as arrays, with what was fitted already."""
    truth = series.select(columns.targets)
    scaled = scalings.targets.apply(truth).astype(np.float32)
    names: Sequence[str] = (*columns.past, *columns.known)
    others = scalings.others.apply(series.select(names)).astype(np.float32)
    known = others[:, len(columns.past) :]
    if config.calendar:
        known = np.concatenate([known, _calendar(config, series)], 1)
    is_aligned = config.target_steps == "same"
    own = [] if is_aligned else [scaled]
    return PreparedSeries(
        series=series,
        columns=columns,
        scalings=scalings,
        inputs=np.concatenate([*own, others[:, : len(columns.past)], known], 1),
        known=known,
        targets=scaled,
        truth=truth,
        window=config.window,
        horizon=config.horizon,
        is_aligned=is_aligned,
        starts=starts,
    )


def _calendar(config: TimeSeriesConfig, series: TimeSeries) -> NDArray[np.float32]:
    if series.axis is None or series.axis.form is None:
        raise DataError(
            "{source}: data.calendar needs dates; the column {column!r} holds numbers. Leave "
            "data.calendar out.",
            source=series.name,
            column=config.time_column,
        )
    return calendar_features(series.axis.dates(), config.calendar)
