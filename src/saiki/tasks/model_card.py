"""`MODEL_CARD.md`: what a model is for, what it was trained on and how good it is."""

from typing import Any

from saiki.data import SETS
from saiki.tasks.config import ClassifyConfig

__all__ = ["model_card"]


def model_card(config: ClassifyConfig, result: dict[str, Any]) -> str:
    """The card as Markdown."""
    rows = "\n".join(
        f"| {part} | {result['parts'][part]} | {figures['accuracy']:.4f} "
        f"| {figures['loss_nats']:.4f} |"
        for part, figures in result["metrics"].items()
    )
    labels = ", ".join(f"`{label}`" for label in result["labels"])
    return f"""# {config.recipe}

{config.description or "A sequence classifier."}

- **Input**: one recording or series, read as `config.toml` says (`[data]`).
- **Output**: one of {len(result["labels"])} labels: {labels}.
- **Network**: {_network(config)}, {result["parameters"]:,} parameters.
- **Training**: {result["epochs"]} epochs in {result["seconds"]:.1f} s, seed {config.seed}.
- **Data**: {_data(config.data.source)}

| part | examples | accuracy | loss (nats) |
|---|---|---|---|
{rows}

The model knows only these labels: whatever else it is given, it answers with one of them. Its
figures hold for data like the test part; speakers, rooms and devices that training never heard
are harder.
"""


def _network(config: ClassifyConfig) -> str:
    model = config.model
    direction = "bidirectional " if model.bidirectional else ""
    return f"{direction}{model.cell}, {model.layers} layer(s) of {model.hidden_size}"


def _data(source: str) -> str:
    known = SETS.get(source)
    return f"{known.title}, {known.licence}; {known.source_url}" if known else f"`{source}`"
