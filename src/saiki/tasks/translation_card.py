"""`MODEL_CARD.md` of a translator."""

from typing import Any

from saiki.data import SETS
from saiki.tasks.translate_config import TranslateConfig

__all__ = ["translation_card"]


def translation_card(config: TranslateConfig, result: dict[str, Any]) -> str:
    """The card as Markdown."""
    data, known = config.data, SETS.get(config.data.source)
    files = " and ".join(f"`{name}`" for name in (data.source, data.target) if name)
    source = f"{known.title}, {known.licence}; {known.source_url}" if known else files
    rows = "\n".join(
        f"| {part} | {result['parts'][part]:,} | {figures['bleu']:.2f} | {figures['chrf']:.2f} "
        f"| {figures['exact_match']:.4f} | {figures['perplexity']:.3f} |"
        for part, figures in result["metrics"].items()
    )
    left_out, words = result["left_out"], result["vocabulary"]
    return f"""# {config.recipe}

{config.description or "A translator from one text to another."}

- **Input**: one text of at most {data.max_tokens} tokens ({data.source_tokenizer} tokeniser, \
{words["source"]:,} known).
- **Output**: one text ({data.target_tokenizer} tokeniser, {words["target"]:,} tokens), by beam \
search of width {config.decoding.width}.
- **Network**: {_network(config)}, {result["parameters"]:,} parameters.
- **Training**: {result["epochs"]} epochs in {result["seconds"]:.1f} s, seed {config.seed}; \
{left_out["empty"]:,} pairs with an empty side and {left_out["too_long"]:,} too long ones were \
left out.
- **Data**: {source}{_seen(result)}

| part | pairs | BLEU | chrF | exact match | perplexity |
|---|---|---|---|---|---|
{rows}

The model writes what follows from its training pairs and nothing else: of other subjects, other
words or longer texts it makes fluent mistakes. Words that it does not know get a warning. BLEU and
chrF compare with one reference each, and are comparable only where tokens are cut alike.
"""


def _seen(result: dict[str, Any]) -> str:
    """How many held-back pairs the training part has too, where it has any."""
    counts = [f"{count:,} of {part}" for part, count in result["seen_in_training"].items() if count]
    return f"; pairs that stand in the training part too: {', '.join(counts)}" if counts else ""


def _network(config: TranslateConfig) -> str:
    model = config.model
    if model.architecture == "transformer":
        return (
            f"Transformer, {model.layers or 3} blocks a side of {model.model_size}, "
            f"{model.num_heads} heads"
        )
    direction = "bidirectional " if model.bidirectional else ""
    return (
        f"{direction}{model.cell} encoder and {model.cell} decoder, {model.layers or 1} layer(s) "
        f"of {model.hidden_size}, attention: {model.attention}"
    )
