"""What predicts what, and how: the choices of a trainer of vectors."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from saiki.errors import ArgumentError

Objective: TypeAlias = Literal["skip-gram", "cbow", "dbow", "dm", "dm-concat"]
Output: TypeAlias = Literal["negative", "hierarchical"]
Quality: TypeAlias = Literal["exact", "fast"]

# A shared negative is moved by a whole chunk in one step. Beyond twice these, training diverges.
MOST_SHARED = 20
MOST_PAIRS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What predicts what, and how.

    Args:
        objective: see the table of the module.
        output: negative sampling or hierarchical softmax.
        window: most kept tokens to each side, 1 or more.
        negatives: noise words for each prediction, 1 or more; hierarchical softmax has none.
        quality: "exact" draws negatives for each centre (its window shares them); "fast" lets the
            tokens of a chunk (8 with skip-gram, else 16) share 16, weighted by negatives / 16 for
            each of their predictions: the same expected gradient, at steps that are larger and
            fewer. Hierarchical softmax and "dm-concat" are the same in both.
        trains_words: whether word vectors move; with "dbow", whether skip-gram trains them on the
            same outputs.
        trains_outputs: whether output vectors move.

    With neither words nor outputs moving, documents are inferred: the draws and the learning rate
    of each depend on its own tokens alone, so that its vector is the same in any company.
    """

    objective: Objective
    output: Output = "negative"
    window: int = 5
    negatives: int = 5
    quality: Quality = "exact"
    trains_words: bool = True
    trains_outputs: bool = True

    def __post_init__(self) -> None:
        choices = {"objective": Objective, "output": Output, "quality": Quality}
        for name, choice in choices.items():
            if getattr(self, name) not in get_args(choice):
                raise ArgumentError(
                    "Rule.{name} must be one of {choices}; got {got!r}.",
                    name=name,
                    choices=", ".join(get_args(choice)),
                    got=getattr(self, name),
                )
        for name in ("window", "negatives"):
            check_whole(f"Rule.{name}", getattr(self, name), 1, 10_000)
        if self.quality == "fast" and self.output == "negative" and self.objective != "dm-concat":
            check_fast(self.objective, self.window, self.negatives, trains_words=self.trains_words)

    @property
    def has_documents(self) -> bool:
        """Whether documents have vectors of their own."""
        return self.objective in {"dbow", "dm", "dm-concat"}

    @property
    def reads_words(self) -> bool:
        """Whether word vectors take part."""
        return self.objective != "dbow" or self.trains_words

    def output_columns(self, vector_size: int) -> int:
        """The width E' of the output table: E, with "dm-concat" (2 window + 1) E."""
        return vector_size * (2 * self.window + 1 if self.objective == "dm-concat" else 1)


def check_fast(objective: str, window: int, negatives: int, *, trains_words: bool) -> None:
    """Refuses what `quality="fast"` cannot learn: one step would move a shared negative too far."""
    has_pairs = objective == "skip-gram" or (objective == "dbow" and trains_words)
    if negatives > MOST_SHARED or (has_pairs and window * negatives > MOST_PAIRS):
        raise ArgumentError(
            "quality='fast' must have at most {negatives} negatives, and with skip-gram a window of"
            " at most {pairs} / negatives; got window={window}, negatives={got}. Use"
            " quality='exact'.",
            negatives=MOST_SHARED,
            pairs=MOST_PAIRS,
            window=window,
            got=negatives,
        )


def check_whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ArgumentError("{name} must be a whole number; got {got!r}.", name=name, got=value)
    if not least <= value <= most:
        raise ArgumentError(
            "{name} must be in {least}..{most}; got {got}.",
            name=name,
            least=least,
            most=most,
            got=value,
        )
