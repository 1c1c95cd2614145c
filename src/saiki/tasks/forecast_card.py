"""`MODEL_CARD.md` of a forecast."""

from typing import Any

from saiki.data import SETS
from saiki.tasks.forecast_config import ForecastConfig

__all__ = ["forecast_card"]

_NAMES = {
    "model": "this network",
    "last_value": "last value",
    "seasonal_naive": "seasonal naive",
    "linear": "linear (ridge)",
}


def forecast_card(config: ForecastConfig, result: dict[str, Any]) -> str:
    """The card as Markdown."""
    data, model, known = config.data, config.model, SETS.get(config.data.source)
    source = f"{known.title}, {known.licence}; {known.source_url}" if known else f"`{data.source}`"
    is_same = data.target_steps == "same"
    what = "the same steps" if is_same else f"the {data.horizon} steps that follow"
    return f"""# {config.recipe}

{config.description or "A forecast of a series."}

- **Input**: {data.window} steps of {", ".join(f"`{c}`" for c in result["columns"]["inputs"])}.
- **Output**: {what} of {", ".join(f"`{c}`" for c in result["columns"]["targets"])}\
{_quantiles(config)}.
- **Network**: {model.cell}, {model.layers} layer(s) of {model.hidden_size}, {model.decoding}, \
{result["parameters"]:,} parameters.
- **Training**: {result["epochs"]} epochs in {result["seconds"]:.1f} s, seed {config.seed}.
- **Data**: {source}
{_tables(result)}
The figures hold for data that goes on as it did in the part they were taken on. A forecast knows
nothing of what its columns do not show; where a simple forecast above is better, take that one.
"""


def _quantiles(config: ForecastConfig) -> str:
    levels = ", ".join(map(str, config.model.quantiles))
    return f", quantiles {levels}" if levels else ""


def _tables(result: dict[str, Any]) -> str:
    pieces = []
    for part, rows in result["baselines"].items():
        lines = [
            f"| {_NAMES.get(row['name'], row['name'])} | {row['mae']:.4g} | {row['rmse']:.4g} "
            f"| {row['mase']:.4g} |"
            for row in rows
        ]
        best = _NAMES.get(result["best"][part], result["best"][part])
        pieces.append(
            f"\n| {part} ({result['parts'][part]} windows) | MAE | RMSE | MASE |\n"
            "|---|---|---|---|\n" + "\n".join(lines) + f"\n\nThe lowest MASE has: {best}.\n"
        )
    return "".join(pieces)
