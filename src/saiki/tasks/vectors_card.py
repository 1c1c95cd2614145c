"""`MODEL_CARD.md` of word vectors."""

from collections.abc import Mapping, Sequence
from typing import Any

from saiki.data import SETS
from saiki.tasks.vectors_config import WordVectorsConfig

__all__ = ["vectors_card"]


def vectors_card(
    config: WordVectorsConfig, result: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> str:
    """The card as Markdown."""
    corpus, model = result["corpus"], config.model
    dropped = corpus["words_read"] - corpus["words_kept"]
    return f"""# {config.recipe}

{config.description or "Word vectors."}

- **Input**: words, as the tokenizer `{config.data.tokenizer}` gives them.
- **Output**: a vector of {model.vector_size} numbers for each of {corpus["vocabulary"]:,} words.
- **Model**: word2vec, {model.objective}, {model.output}, window {model.window}.
- **Training**: {result["epochs"]} epochs in {result["seconds"]:.1f} s, seed {config.seed}.
- **Data**: {_data(config.data.source)}. {corpus["words_read"]:,} words in {corpus["documents"]:,}
  documents; {dropped:,} of them, which occur less than {model.min_count} times, were dropped.

{_answers(rows)}
The vectors hold what these texts say, their prejudices included. A word that is rare in them has a
poor vector; a word that they do not hold has none.
"""


def _answers(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table: how many questions of each kind are answered first and within the first five."""
    kinds = dict.fromkeys(row["kind"] for row in rows if row["kind"])
    if not kinds:
        return ""
    lines = ["| analogies | questions | right | in the first five |", "|---|---|---|---|"]
    for kind in kinds:
        ranks = [row["rank"] for row in rows if row["kind"] == kind]
        first = sum(rank == 1 for rank in ranks)
        near = sum(rank is not None and rank <= 5 for rank in ranks)
        lines.append(f"| {kind} | {len(ranks)} | {first} | {near} |")
    return "\n".join(lines) + "\n"


def _data(source: str) -> str:
    known = SETS.get(source)
    return f"{known.title}; {known.licence}; {known.source_url}" if known else f"`{source}`"
