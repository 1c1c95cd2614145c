"""A table that somebody wants forecast: read, checked, and continued into the future."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from saiki.data import TimeSeries, read_time_series
from saiki.errors import DataError
from saiki.language import render
from saiki.tasks.forecast_config import TimeSeriesConfig
from saiki.tasks.forecast_preparation import ForecastColumns, PreparedSeries, Scalings, arrange

__all__ = ["prepare_input", "prepare_labelled"]

_ROUNDING = 1e-4  # of a step


def prepare_labelled(
    config: TimeSeriesConfig, columns: ForecastColumns, scalings: Scalings, source: str | Path
) -> PreparedSeries:
    """Another series with its truth, to be measured on: every window that it has.

    Raises:
        DataError: it cannot be read, or is shorter than a window and its horizon.
    """
    names = (*columns.targets, *columns.past, *columns.known)
    series = _read(config, scalings, source, names)
    ahead = 0 if config.target_steps == "same" else config.window
    starts = np.arange(config.difference, len(series) - ahead - config.horizon + 1)
    if not len(starts):
        raise _too_short(series, config.difference + ahead + config.horizon)
    return arrange(config, series, columns, scalings, {"test": starts})


def prepare_input(
    config: TimeSeriesConfig, columns: ForecastColumns, scalings: Scalings, source: str | Path
) -> PreparedSeries:
    """A series to be forecast: the windows of part "predict".

    Of targets that follow the window there is one window, the last; rows at the end whose targets
    are empty are the future. Of targets at the steps of the window, whose columns need not be
    there, windows follow each other, and the last one ends with the series.

    Raises:
        DataError: it cannot be read, is too short, or lacks future rows of the known columns.
    """
    if config.target_steps == "same":
        return _aligned(config, columns, scalings, source)
    names = (*columns.targets, *columns.past, *columns.known)
    series = _read(config, scalings, source, names, open_columns=(*columns.targets, *columns.past))
    past = series.select((*columns.targets, *columns.past))
    present = int(np.isfinite(past).all(1).sum())
    needed = config.window + config.difference
    if present < needed:
        raise _too_short(series, needed)
    end = present + config.horizon
    if columns.known and len(series) < end:
        raise DataError(
            "{name}: the columns {known} must be known for {horizon} rows after the last one with "
            "targets; there are {got}. Add rows with these columns filled and the targets empty.",
            name=series.name,
            known=", ".join(columns.known),
            horizon=config.horizon,
            got=len(series) - present,
        )
    starts = np.array([present - config.window])
    return arrange(config, _continued(series, end), columns, scalings, {"predict": starts})


def _aligned(
    config: TimeSeriesConfig, columns: ForecastColumns, scalings: Scalings, source: str | Path
) -> PreparedSeries:
    series = _read(config, scalings, source, (*columns.past, *columns.known))
    rows = len(series)
    if rows < config.window:
        raise _too_short(series, config.window)
    empty = np.full((rows, len(columns.targets)), np.nan)
    whole = TimeSeries(
        series.name,
        (*series.columns, *columns.targets),
        np.concatenate([series.values, empty], 1),
        series.axis,
    )
    starts = np.arange(0, rows - config.window + 1, config.window)
    if starts[-1] < rows - config.window:
        starts = np.append(starts, rows - config.window)
    return arrange(config, whole, columns, scalings, {"predict": starts})


def _read(
    config: TimeSeriesConfig,
    scalings: Scalings,
    source: str | Path,
    names: Sequence[str],
    open_columns: Sequence[str] = (),
) -> TimeSeries:
    series = read_time_series(
        source,
        time_column=config.time_column,
        columns=names,
        open_columns=open_columns,
        encoding=config.encoding,
    )
    if len(series) > 1:  # one row has no spacing
        _check_spacing(series, scalings)
    return series


def _check_spacing(series: TimeSeries, scalings: Scalings) -> None:
    """Refuses rows that stand further apart, or nearer, than those that were learned from."""
    if series.axis is None or scalings.spacing is None:
        return
    step, unit = scalings.spacing
    if unit != series.axis.unit or abs(series.axis.step - step) > _ROUNDING * step:
        raise DataError(
            "{name}: its rows stand {got} apart; those of training stood {wanted} apart, and a "
            "forecast counts in those. Give a table of the same steps, or train on this one.",
            name=series.name,
            got=_distance(series.axis.step, series.axis.unit),
            wanted=_distance(step, unit),
        )


def _distance(step: float, unit: str) -> str:
    if unit == "months":
        return render("{count:g} months", count=step)
    return render("{count:g} seconds", count=step) if unit == "seconds" else f"{step:g}"


def _continued(series: TimeSeries, end: int) -> TimeSeries:
    """The series up to row `end`, with time stamps and no values where it had ended."""
    missing = end - len(series)
    if missing <= 0:
        return series
    axis = series.axis
    if axis is not None:
        axis = replace(axis, labels=tuple(series.labels(0, end)))
    later = np.full((missing, len(series.columns)), np.nan)
    return TimeSeries(series.name, series.columns, np.concatenate([series.values, later]), axis)


def _too_short(series: TimeSeries, needed: int) -> DataError:
    return DataError(
        "{name}: {needed} rows with all values are needed at least; there are {got}. Give a longer "
        "series, or train with a smaller --data.window.",
        name=series.name,
        needed=needed,
        got=int(np.isfinite(series.values).all(1).sum()),
    )
