"""The softmax over a target's vocabulary, and which embeddings share its weights."""

from typing import Any, Literal, TypeAlias

from torch import nn

from saiki.errors import ArgumentError
from saiki.nn import FullSoftmax
from saiki.nn.vocabulary import Precision

__all__ = ["TiedEmbeddings", "shared_head"]

TiedEmbeddings: TypeAlias = Literal["none", "target", "all"]

SPECIALS = 4  # padding, unknown, start, end


def shared_head(
    model: str,
    tied: TiedEmbeddings,
    source: nn.Embedding,
    target: nn.Embedding,
    output_size: int,
    precision: Precision,
) -> FullSoftmax:
    """The softmax; with "target" its weight is the target's embedding, with "all" the source's too.

    Raises:
        ArgumentError: the vocabularies cannot be shared, or have no place for the special tokens.
    """
    if tied not in ("none", "target", "all"):
        raise ArgumentError(
            '{model}: tied must be "none", "target" or "all"; got {tied!r}.',
            model=model,
            tied=tied,
        )
    rows = source.num_embeddings, target.num_embeddings
    if min(rows) < SPECIALS:
        raise ArgumentError(
            "{model}: both vocabularies must be at least 4, for padding, unknown, start and end;"
            " got {source} and {target}. Give len() of the tokenisers.",
            model=model,
            source=rows[0],
            target=rows[1],
        )
    if tied == "all":
        if rows[0] != rows[1]:
            raise ArgumentError(
                '{model}: tied="all" must have one vocabulary for both sides; got {source} and'
                ' {target} tokens. Fit one tokeniser to both, or take tied="target".',
                model=model,
                source=rows[0],
                target=rows[1],
            )
        source.weight = target.weight
    weight: Any = None if tied == "none" else target.weight
    return FullSoftmax(output_size, rows[1], weight=weight, precision=precision)
