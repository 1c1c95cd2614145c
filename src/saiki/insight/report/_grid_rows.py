"""The rows of a grid: settings, metrics over seeds, cost, and which of them is best."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saiki.insight.report._format import Texts, finite, mean_and_spread
from saiki.insight.report._reading import Row

__all__ = ["GridRow", "Metric", "grid_rows", "is_lower_better", "mean_of_groups", "metric_names"]

HELD_OUT = "data.held_out"

_FIRST = (
    "test.accuracy",
    "validation.accuracy",
    "test.micro_f1",
    "validation.micro_f1",
    "test.bleu",
    "validation.bleu",
    "test.exact_match",
    "validation.exact_match",
    "test.mae",
    "validation.mae",
    "test.perplexity",
    "validation.perplexity",
    "test.loss_nats",
)
_LOWER = frozenset(
    {"loss_nats", "perplexity", "perplexity_per_word", "perplexity_with_cache", "bits_per_byte",
     "rmse", "mae", "mase", "mse", "largest_error", "pinball", "seconds"}
)  # fmt: skip
_HIGHER = frozenset(
    {"accuracy", "exact_match", "f1", "macro_f1", "micro_f1", "bleu", "chrf", "elbo_nats", "r2",
     "spearman", "top_5_accuracy"}
)  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """A number over several runs; None where it is unknown or not finite."""

    mean: float | None
    spread: float | None = None
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class GridRow:
    """One setting of the axes and what its runs gave."""

    settings: dict[str, Any]
    name: str
    runs: tuple[str, ...]
    metrics: dict[str, Metric]
    seconds: Metric
    parameters: Any
    peak_memory_bytes: Any
    skipped: str | None
    count: int

    @property
    def group(self) -> Any:
        return self.settings.get(HELD_OUT)


def grid_rows(table: Row, text: Texts) -> list[GridRow]:
    """Every row, in the order of the axes and of their values."""
    axes = _axes(table)
    rows = [_parse(row, text) for row in table.get("rows") or []]

    def place(row: GridRow) -> list[int]:
        keys = ((json.dumps(row.settings.get(a), sort_keys=True), v) for a, v in axes.items())
        return [values.index(key) if key in values else len(values) for key, values in keys]

    return sorted(rows, key=place)


def _axes(table: Row) -> dict[str, list[str]]:
    """Axis name -> its values as JSON, since a value may be a number, a string or null."""
    found = [axis for axis in table.get("axes") or [] if isinstance(axis, Mapping)]
    return {
        str(axis.get("name")): [json.dumps(v, sort_keys=True) for v in axis.get("values") or []]
        for axis in found
    }


def _parse(row: Row, text: Texts) -> GridRow:
    settings = dict(row.get("settings") or {})
    metrics = {str(k): _metric(v) for k, v in (row.get("metrics") or {}).items()}
    runs = tuple(str(name) for name in row.get("runs") or [])
    finished = max((len(metric.values) for metric in metrics.values()), default=0)
    return GridRow(
        settings=settings,
        name=setting_name(settings, text),
        runs=runs,
        metrics=metrics,
        seconds=_metric(row.get("seconds")),
        parameters=row.get("parameters"),
        peak_memory_bytes=row.get("peak_memory_bytes"),
        skipped=str(row["skipped"]) if row.get("skipped") else None,
        count=finished or len(runs),
    )


def _metric(value: Any) -> Metric:
    if not isinstance(value, Mapping):
        return Metric(finite(value))
    given = value.get("values")
    values = given if isinstance(given, list) else []
    kept = tuple(v for v in (finite(item) for item in values) if v is not None)
    spread = finite(value.get("spread")) if len(values) > 1 else None  # one value has no spread
    return Metric(finite(value.get("mean")), spread, kept)


def setting_name(settings: Mapping[str, Any], text: Texts) -> str:
    """cell=gru, bidirectional=true: the settings without the sections that they stand in."""
    words = [f"{key.rpartition('.')[2]}={setting_value(v)}" for key, v in settings.items()]
    return ", ".join(words) or text["unnamed"]


def setting_value(value: Any) -> str:
    """A value as the configuration file writes it, without quotes."""
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def metric_names(rows: Sequence[GridRow]) -> list[str]:
    """The usual metrics and all of the test part; every metric where there are none of these."""
    seen = dict.fromkeys(name for row in rows for name in row.metrics)
    first = [name for name in _FIRST if name in seen]
    tested = [name for name in seen if name.startswith("test.") and name not in first]
    return first + tested or list(seen)


def is_lower_better(name: str) -> bool | None:
    """Whether less of a metric is better; None for a metric of unknown direction."""
    last = name.rpartition(".")[2].partition(" ")[0]
    return True if last in _LOWER else False if last in _HIGHER else None


def mean_of_groups(rows: Sequence[GridRow], text: Texts) -> list[GridRow]:
    """One row for each setting of the other axes: mean and spread over the held-out groups."""
    together: dict[str, list[GridRow]] = {}
    for row in rows:
        rest = {key: value for key, value in row.settings.items() if key != HELD_OUT}
        together.setdefault(json.dumps(rest, sort_keys=True), []).append(row)
    return [_mean_row(members, text) for members in together.values()]


def _mean_row(members: Sequence[GridRow], text: Texts) -> GridRow:
    first = members[0]
    rest = {key: value for key, value in first.settings.items() if key != HELD_OUT}
    return replace(
        first,
        settings=rest,
        name=setting_name(rest, text) if rest else text["mean_of_groups"],
        runs=tuple(name for row in members for name in row.runs),
        metrics={n: _over([_get(row, n) for row in members]) for n in metric_names(members)},
        seconds=_over([row.seconds for row in members]),
        count=len(members),
    )


def _get(row: GridRow, name: str) -> Metric:
    return row.metrics.get(name, Metric(None))


def _over(metrics: Sequence[Metric]) -> Metric:
    means = tuple(metric.mean for metric in metrics if metric.mean is not None)
    return Metric(*mean_and_spread(means), means)
