"""`Tokens`: texts as sequences of token ids."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self, final

import numpy as np
from numpy.typing import NDArray

from saiki.data.augmentation import Augmentation, Draw
from saiki.data.examples import Examples
from saiki.data.text import TextTokenizer, TokenizerName, make_tokenizer, tokenizer_from_json
from saiki.errors import ArgumentError, DataError

__all__ = ["Tokens"]

Ids = NDArray[np.int32]


@final
class Tokens:
    """The tokens of each text, by a tokeniser that is fitted on the training part only.

    A text longer than `max_tokens` is cut there. One in which the tokeniser finds no token (only
    white space, say) becomes a single unknown token.

    Args:
        tokenizer: what a token is; see `saiki.data.text.make_tokenizer`.
        unicode_form: "nfkc" or "nfc" brings the text to that form first; "none" leaves it.
        lower_case: whether capitals become small letters.
        min_count: rarer tokens are unknown ones, at least 1.
        max_vocabulary: most tokens in the vocabulary, special ones included; None for no limit.
        max_tokens: most tokens of a text, at least 1.

    Shapes: each value a `str`; each output (T,) int32 with 1 <= T <= max_tokens.

    Raises:
        ArgumentError: an argument is out of range, or an unknown choice.

    Example:
        >>> texts = ["a cat", "a dog", "a cat sat"]
        >>> examples = Examples(texts, texts, kind="text")
        >>> front_end = Tokens(tokenizer="white-space", min_count=2).fit(examples, [0, 1, 2])
        >>> front_end.pieces(front_end.transform(["a cat spoke"])[0])
        ['a', 'cat', '<unk>']
    """

    def __init__(
        self,
        *,
        tokenizer: TokenizerName = "words",
        unicode_form: Literal["none", "nfc", "nfkc"] = "nfkc",
        lower_case: bool = False,
        min_count: int = 1,
        max_vocabulary: int | None = None,
        max_tokens: int = 400,
    ) -> None:
        if max_tokens < 1:
            raise ArgumentError(
                "Tokens: max_tokens must be at least 1; got {got}. Give a larger one.",
                got=max_tokens,
            )
        self.max_tokens = max_tokens
        self.tokenizer: TextTokenizer = make_tokenizer(
            tokenizer,
            normalise=unicode_form,
            lower_case=lower_case,
            min_count=min_count,
            max_vocabulary=max_vocabulary,
        )
        self.new_rate = 0.0

    @property
    def features(self) -> int:
        """V, the size of the vocabulary; known after `fit`."""
        return len(self.tokenizer)

    def fit(self, examples: Examples, indices: Iterable[int]) -> Self:
        """Takes the vocabulary of the texts at `indices`."""
        if examples.kind != "text":
            raise DataError(
                "Tokens.fit: expected texts; got {kind}. Use LogMel or RawWaveform for audio, "
                "Series for series.",
                kind=examples.kind,
            )
        self.tokenizer.fit(examples.values(indices))
        counts = self.tokenizer.counts
        # Good and Turing: as many tokens of new text are new as stand once in the old.
        once = int((counts == 1).sum()) + int(counts[self.tokenizer.unknown_id])
        self.new_rate = once / max(int(counts.sum()), 1)
        return self

    def transform(
        self,
        values: Sequence[str],
        augment: Augmentation | None = None,
        draws: Sequence[Draw] | None = None,
    ) -> list[Ids]:
        """(T,) token ids for each text.

        Raises:
            ArgumentError: augmentation was asked for; there is none for text.
        """
        if augment is not None and draws is not None:
            raise ArgumentError(
                "Tokens.transform: there is no augmentation of text; got some. Leave data.augment "
                "out."
            )
        return [self.cut(ids) for ids in self.encode(values)]

    def encode(self, values: Iterable[str]) -> list[Ids]:
        """All token ids of each text, however many, or none."""
        encoded: list[Ids] = self.tokenizer.encode_many(values)
        return encoded

    def cut(self, ids: Ids) -> Ids:
        """The ids of a text as `transform` gives them: at least 1, at most `max_tokens`."""
        if not len(ids):
            return np.array([self.tokenizer.unknown_id], dtype=np.int32)
        return ids[: self.max_tokens]

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """Each token as readable text."""
        shown: list[str] = self.tokenizer.pieces(ids)
        return shown

    def unseen_rate(self, ids: Ids) -> float:
        """The share of tokens that training never saw: unknown ones, and those of count 0."""
        unseen = (ids == self.tokenizer.unknown_id) | (self.tokenizer.counts[ids] == 0)
        return float(unseen.mean())

    def to_json(self) -> dict[str, Any]:
        """Settings and vocabulary."""
        return {
            "kind": "tokens",
            "max_tokens": self.max_tokens,
            "new_rate": self.new_rate,
            "tokenizer": self.tokenizer.to_json(),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Tokens":
        """The front end that `to_json` wrote."""
        made = cls(tokenizer="characters", max_tokens=stored["max_tokens"])
        made.tokenizer = tokenizer_from_json(stored["tokenizer"])
        made.new_rate = stored["new_rate"]
        return made
