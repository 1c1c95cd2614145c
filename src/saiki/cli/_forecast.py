"""`saiki predict` and `saiki evaluate` on a forecast, and its table."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from saiki.cli._texts import input_lines
from saiki.cli.main import Invocation
from saiki.errors import ArgumentError, SaikiError
from saiki.language import render

if TYPE_CHECKING:
    from saiki.tasks.trained_forecaster import TrainedForecaster

__all__ = [
    "comparison_rows",
    "evaluate_forecaster",
    "forecast_table",
    "forecast_tables",
    "is_forecaster",
]

# How the network and the simple forecasts are called, and the figures of each with their headings.
_NAMES = {
    "model": "the network",
    "last_value": "last value",
    "seasonal_naive": "seasonal naive",
    "linear": "linear",
}
_FIGURES = {"mae": "MAE", "rmse": "RMSE", "mase": "MASE", "largest_error": "largest error"}


def is_forecaster(model: Any) -> TypeGuard["TrainedForecaster"]:
    """Whether a loaded run is one; asks its configuration, so that torch need not come in."""
    return bool(model.config.task == "forecast")


def forecast_tables(
    invocation: Invocation, model: "TrainedForecaster", inputs: Sequence[str]
) -> int:
    """The forecast of each table as CSV, a row a step; with --json as JSON lines."""
    names = inputs or [line.strip() for line in input_lines()]
    if not names:
        raise ArgumentError(
            "predict: at least one input must be given, as an argument or as a line on standard "
            "input; got none."
        )
    failures, writer = 0, csv.writer(sys.stdout, lineterminator="\n")
    has_header = False
    for name in names:
        try:
            rows = model.predict(name)
        except SaikiError as error:
            print(f"saiki: {error}", file=sys.stderr)
            failures += 1
            continue
        for row in rows:
            if invocation.as_json:
                print(json.dumps(row, ensure_ascii=False))
                continue
            flat = _flat(row, with_input=len(names) > 1)
            if not has_header:
                writer.writerow(flat)
                has_header = True
            writer.writerow(flat.values())
        sys.stdout.flush()
    invocation.finish({"inputs": len(names), "failures": failures})
    return 2 if failures else 0


def _flat(row: Mapping[str, Any], *, with_input: bool) -> dict[str, Any]:
    """A row of the table that is printed: seven digits, all that the network's numbers have."""
    cells: dict[str, Any] = {"input": row["input"]} if with_input else {}
    cells["time"] = row["time"]
    for column, value in row["forecast"].items():
        cells[column] = f"{value:.7g}"
        for level, one in row.get("quantiles", {}).get(column, {}).items():
            cells[f"{column} {level}"] = f"{one:.7g}"
    return cells


def evaluate_forecaster(
    invocation: Invocation,
    folder: Path,
    model: "TrainedForecaster",
    data: str | None,
    predictions: Path | None,
) -> int:
    """The network beside the simple forecasts, on the test part or on another table."""
    if predictions is not None:
        raise ArgumentError(
            "evaluate: --predictions is for classifiers; this is a forecast. Leave it out; "
            "`saiki predict` writes the forecast of a table."
        )
    scores = model.evaluate(data)
    title = render("{count:,} windows", count=scores.windows)
    table = comparison_rows(title, scores.table, scores.metrics)
    season = model.scalings.season
    if season > 1 and all(row["name"] != "seasonal_naive" for row in scores.table):
        said = render(
            "Seasonal naive is left out: the first window has less than a season ({season} steps) "
            "before its targets.",
            season=season,
        )
        table.caption = f"{table.caption}\n{said}"
    Console().print(table)
    invocation.finish(
        {
            "run": str(folder),
            "windows": scores.windows,
            "metrics": scores.metrics,
            "table": scores.table,
        }
    )
    return 0


def forecast_table(result: Mapping[str, Any], cost: str) -> Table:
    """A run: the network beside the simple forecasts on its last part."""
    parts = result["baselines"]
    if not parts:
        return Table(title=result["recipe"], box=SIMPLE_HEAD, caption=cost)
    part = list(parts)[-1]
    title = render(
        "{recipe}, {part}: {count:,} windows",
        recipe=result["recipe"],
        part=render(part),
        count=result["parts"][part],
    )
    table = comparison_rows(title, parts[part], result["metrics"][part])
    table.caption = f"{table.caption}\n{cost}"
    return table


def comparison_rows(
    title: str, rows: Sequence[Mapping[str, Any]], metrics: Mapping[str, float]
) -> Table:
    """A row for each way to forecast, the best of each column marked; below, who wins."""
    table = Table(title=title, box=SIMPLE_HEAD)
    table.add_column(render("forecast by"))
    for heading in _FIGURES.values():
        table.add_column(render(heading), justify="right")
    least = {name: min(row[name] for row in rows) for name in _FIGURES}
    for row in rows:
        cells = [
            f"{row[name]:.4g}" + (" *" if row[name] == least[name] else "  ") for name in _FIGURES
        ]
        table.add_row(render(_NAMES.get(row["name"], row["name"])), *cells)
    table.caption = "\n".join([_verdict(rows), *_otherwise(rows), *_band(metrics)])
    table.caption_justify = "left"
    return table


def _verdict(rows: Sequence[Mapping[str, Any]]) -> str:
    own = next(row for row in rows if row["name"] == "model")
    best = next(row for row in rows if row["name"] == _best(rows, "mase"))
    if best["name"] != "model":
        return render(
            "{name} wins with a MASE of {best:.4g}; the network has {own:.4g}. Take the simple "
            "forecast, or train another network.",
            name=render(_NAMES.get(best["name"], best["name"])),
            best=best["mase"],
            own=own["mase"],
        )
    second = min((row for row in rows if row is not own), key=lambda row: row["mase"])
    return render(
        "The network wins with a MASE of {own:.4g}, {share:.1%} below the best simple forecast "
        "({name}).",
        own=own["mase"],
        share=1 - own["mase"] / second["mase"] if second["mase"] else 0.0,
        name=render(_NAMES.get(second["name"], second["name"])),
    )


def _otherwise(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where another figure than MASE has another winner."""
    first = _best(rows, "mase")
    others: dict[str, list[str]] = {}
    for figure in ("mae", "rmse"):
        best = _best(rows, figure)
        if best != first:
            others.setdefault(best, []).append(_FIGURES[figure])
    return [
        render(
            "By {figures} the winner is another: {name}.",
            figures=", ".join(figures),
            name=render(_NAMES.get(name, name)),
        )
        for name, figures in others.items()
    ]


def _best(rows: Sequence[Mapping[str, Any]], figure: str) -> str:
    """The name of the row with the least error; the network's where it is no worse."""
    return str(min(rows, key=lambda row: (row[figure], row["name"] != "model"))["name"])


def _band(metrics: Mapping[str, float]) -> list[str]:
    if "coverage" not in metrics:
        return []
    return [
        render(
            "{coverage:.1%} of the truth lies within the band of the quantiles; pinball loss "
            "{pinball:.4g}.",
            coverage=metrics["coverage"],
            pinball=metrics["pinball"],
        )
    ]
