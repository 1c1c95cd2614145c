"""`MODEL_CARD.md`: what a model is for, what it was trained on and how good it is."""

from typing import Any

from saiki.data import SETS
from saiki.tasks.config import ClassifyConfig

__all__ = ["model_card"]


_SEQUENCES = """The model knows only these labels: whatever else it is given, it answers with one of
them. Its figures hold for data like the test part; speakers, rooms and devices that training never
heard are harder.
"""
_TEXTS = """The model knows only these labels: whatever else it is given, it answers with one of
them. Its figures hold for texts like those of the test part; another source, time or subject is
harder. A text of which many tokens are unknown gets a warning.
"""
_SEVERAL = """Each label is decided by itself, at a probability of one half, so a text may get none.
"""
_HEADINGS = {"loss_nats": "loss (nats)"}


def model_card(config: ClassifyConfig, result: dict[str, Any]) -> str:
    """The card as Markdown."""
    metrics: dict[str, dict[str, float]] = result["metrics"]
    names = sorted(next(iter(metrics.values())), key=lambda name: name == "loss_nats")
    rows = "\n".join(
        f"| {part} | {result['parts'][part]} | "
        + " | ".join(f"{figures[name]:.4f}" for name in names)
        + " |"
        for part, figures in metrics.items()
    )
    headings = " | ".join(_HEADINGS.get(name, name.replace("_", " ")) for name in names)
    labels = ", ".join(f"`{label}`" for label in result["labels"])
    several = config.data.label_separator is not None
    is_text = "vocabulary" in result
    limits = (_TEXTS if is_text else _SEQUENCES) + ("\n" + _SEVERAL if several else "")
    return f"""# {config.recipe}

{config.description or "A sequence classifier."}

- **Input**: {_input(config, result, is_text=is_text)}
- **Output**: {"any" if several else "one"} of {len(result["labels"])} labels: {labels}.
- **Network**: {_network(config)}, {result["parameters"]:,} parameters.
- **Training**: {result["epochs"]} epochs in {result["seconds"]:.1f} s, seed {config.seed}.
- **Data**: {_data(config.data.source)}

| part | examples | {headings} |
|---|---|{"---|" * len(names)}
{rows}

{limits}"""


def _input(config: ClassifyConfig, result: dict[str, Any], *, is_text: bool) -> str:
    if not is_text:
        return "one recording or series, read as `config.toml` says (`[data]`)."
    features = config.data.features
    cut = ", ".join(f"{count} of {part}" for part, count in result["cut_texts"].items())
    return (
        f"one text, of which the first {features.max_tokens} tokens are read (cut: {cut}); "
        f"tokenizer {features.tokenizer}, {result['vocabulary']:,} tokens known."
    )


def _network(config: ClassifyConfig) -> str:
    model = config.model
    if model.cell == "bag":
        return f"bag of steps, {model.pooling} pooling"
    direction = "bidirectional " if model.bidirectional else ""
    return f"{direction}{model.cell}, {model.layers} layer(s) of {model.hidden_size}"


def _data(source: str) -> str:
    known = SETS.get(source)
    return f"{known.title}, {known.licence}; {known.source_url}" if known else f"`{source}`"
