"""`MODEL_CARD.md` of a language model."""

from typing import Any

from saiki.data import SETS
from saiki.tasks.language_config import LanguageModelConfig

__all__ = ["language_card"]


def language_card(config: LanguageModelConfig, result: dict[str, Any]) -> str:
    """The card as Markdown."""
    model, known = config.model, SETS.get(config.data.source)
    data = f"{known.title}, {known.licence}; {known.source_url}" if known else config.data.source
    rows = "\n".join(
        f"| {part} | {result['tokens'][part]:,} | {figures['perplexity']:.2f} "
        f"| {figures['loss_nats']:.4f} | {figures['bits_per_byte']:.3f} |"
        for part, figures in result["metrics"].items()
    )
    return f"""# {config.recipe}

{config.description or "A recurrent language model."}

- **Input**: text; tokens are those of the {config.data.tokenizer} tokeniser in `preprocess/`.
- **Output**: the probability of each of {result["vocabulary"]:,} tokens to come next.
- **Network**: {model.cell}, {model.layers} layer(s) of {model.hidden_size}, \
{result["parameters"]:,} parameters.
- **Training**: {result["epochs"]} epochs in {result["seconds"]:.1f} s, seed {config.seed}.
- **Data**: {data}

| part | tokens | perplexity | nats a token | bits a byte |
|---|---|---|---|---|
{rows}

The model knows the kind of text that it was trained on, its opinions and its mistakes included. It
does not know facts, and what it writes is no statement of anybody.
"""
