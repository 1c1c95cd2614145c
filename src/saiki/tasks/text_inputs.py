"""Texts for a trained classifier: which inputs they are, and whether they look like training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.data import Examples, Tokens
from saiki.errors import DataError
from saiki.language import render
from saiki.tasks.scores import Attention

__all__ = ["attention_of", "is_text_source", "text_example", "text_warning"]

_SUFFIXES = (".txt", ".csv", ".tsv", ".jsonl")
_UNSEEN_RATE = 0.3
# A rate below that of training times this, or of fewer tokens than that, may be chance.
_TIMES_TRAINING = 5.0
_LEAST_NEW_RATE = 0.01
_LEAST_UNSEEN = 5


def is_text_source(one: str | Path) -> bool:
    """Whether an input names a file of texts; any other string is a text itself."""
    if isinstance(one, Path):
        return True
    if not one.removesuffix(".gz").lower().endswith(_SUFFIXES):
        return False
    try:
        return Path(one).is_file()
    except OSError:  # a text that no file could be called
        return False


def text_example(text: str) -> Examples:
    """One text.

    Raises:
        DataError: it is blank.
    """
    if not text.strip():
        raise DataError("predict: a text must hold more than white space; got {got!r}.", got=text)
    return Examples([text], [text], kind="text")


def text_warning(front_end: Tokens, ids: NDArray[np.int32]) -> str | None:
    """What is odd about a text, given all its token ids."""
    said = []
    unseen = front_end.unseen_rate(ids) if len(ids) else 1.0
    expected = max(front_end.new_rate, _LEAST_NEW_RATE)
    is_odd = unseen > _TIMES_TRAINING * expected and unseen * len(ids) >= _LEAST_UNSEEN
    if unseen > _UNSEEN_RATE or is_odd:
        said.append(
            render(
                "unlike the texts of training: {unseen:.0%} of the tokens are unknown (about "
                "{expected:.1%} was to be expected), so the label means little",
                unseen=unseen,
                expected=front_end.new_rate,
            )
        )
    if len(ids) > front_end.max_tokens:
        said.append(
            render(
                "cut: the model reads {read} tokens of a text; this one has {count}",
                read=front_end.max_tokens,
                count=len(ids),
            )
        )
    return "; ".join(said) or None


def attention_of(
    front_end: Any,
    features: Sequence[NDArray[Any]],
    weights: Sequence[NDArray[np.float32]] | None,
) -> list[Attention]:
    """Each token with its attention weight; nothing where there is no text or no attention."""
    if weights is None or not isinstance(front_end, Tokens):
        return []
    return [
        [[piece, round(float(w), 5)] for piece, w in zip(front_end.pieces(ids), row, strict=True)]
        for ids, row in zip(features, weights, strict=False)
    ]
