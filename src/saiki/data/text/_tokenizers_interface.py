"""The interface of every tokeniser, and what all of them do alike."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Self, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from saiki.data.text._decoders import ORDINARY, SPECIAL_NAMES, StreamDecoder, checked_id
from saiki.data.text._tokenizers_files import write_stored
from saiki.data.text._tokenizers_text import TokenizerName, TokenizerSettings
from saiki.data.vocabulary import Vocabulary
from saiki.errors import ArgumentError, DataError


class TextTokenizer(ABC):
    """Text to token ids and back; made by `make_tokenizer`, which states what each form promises.

    The ids 0 to 3 are padding, unknown, start and end in every tokeniser; ordinary tokens follow
    by falling count. `encode` never gives padding, start or end: who feeds a model adds them. A
    text that happens to hold "<pad>" or "</s>" is ordinary text; "<unk>" alone is the unknown
    token where the form is "white-space".

    Shapes: counts (V,), int64: how often `fit` saw each token; padding, start and end 0.

    Raises:
        ArgumentError: it is used before `fit`.

    Example:
        >>> from saiki.data.text import make_tokenizer
        >>> tokenizer = make_tokenizer("white-space").fit(["the cat sat", "the cat"])
        >>> tokenizer.encode("the dog sat").tolist(), tokenizer.counts.tolist()
        ([4, 1, 6], [0, 0, 0, 0, 2, 2, 1])
        >>> tokenizer.decode([2, 4, 1, 6, 3])
        'the <unk> sat'
    """

    padding_id: ClassVar[int] = 0
    unknown_id: ClassVar[int] = 1
    start_id: ClassVar[int] = 2
    end_id: ClassVar[int] = 3

    def __init__(self, settings: TokenizerSettings) -> None:
        self.settings = settings
        self._learnt: Vocabulary | None = None

    def __repr__(self) -> str:
        state = "not fitted" if self._learnt is None else f"{len(self)} tokens"
        return f"{type(self).__name__}({self.name!r}, {state})"

    @property
    def name(self) -> TokenizerName:
        """Which form it is."""
        return self.settings.name

    @property
    @abstractmethod
    def is_exact(self) -> bool:
        """Whether decode(encode(text)) == text for every text without unknown tokens."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The ordinary tokens and their counts; token i has the id 4 + i."""
        if self._learnt is None:
            raise ArgumentError(
                "{name}: the tokeniser has no vocabulary yet. Call fit(texts) first, or load one "
                "that was saved.",
                name=self.name,
            )
        return self._learnt

    @property
    def counts(self) -> NDArray[np.int64]:
        """(V,) how often `fit` saw each token."""
        known = self.vocabulary
        unknown = known.read_words - int(known.counts.sum())
        return np.concatenate([np.array([0, unknown, 0, 0], np.int64), known.counts])

    def __len__(self) -> int:
        return ORDINARY + len(self.vocabulary)

    @abstractmethod
    def fit(self, texts: Iterable[str]) -> Self:
        """Learns the vocabulary from the training texts; the same texts give the same one.

        Raises:
            DataError: no token in the texts, only one kind, or a text that is not Unicode.
            ArgumentError: `max_vocabulary` is too small for this form or these texts.
        """

    def encode(self, text: str) -> NDArray[np.int32]:
        """The ids (n,) of a text, without start and end.

        Raises:
            DataError: it is no `str`, or holds half a surrogate pair.
        """
        return self.encode_many([text])[0]

    def encode_many(self, texts: Iterable[str]) -> list[NDArray[np.int32]]:
        """`encode` of each text; much faster than one by one where texts are short."""
        _ = self.vocabulary
        return self._encode_prepared(self.settings.prepare_all(texts))

    @abstractmethod
    def _encode_prepared(self, texts: Iterable[str]) -> list[NDArray[np.int32]]:
        """The ids of texts that are normalised already."""

    def decode(self, ids: Iterable[SupportsIndex]) -> str:
        """The text of ids; padding, start and end are left out, unknown shows as "<unk>"."""
        decoder = self.decoder()
        return "".join([decoder.add(token_id) for token_id in ids]) + decoder.finish()

    @abstractmethod
    def decoder(self) -> StreamDecoder:
        """A decoder that takes one id after the other."""

    def pieces(self, ids: Iterable[SupportsIndex]) -> list[str]:
        """Each token for display; bytes that are only a part of a character as "<E3>"."""
        words, size = self._shown(), len(self)
        numbers = [checked_id(token_id, size) for token_id in ids]
        return [SPECIAL_NAMES[n] if n < ORDINARY else words[n - ORDINARY] for n in numbers]

    def _shown(self) -> tuple[str, ...]:
        return self.vocabulary.words

    def unknown_rate(self, ids: Iterable[SupportsIndex]) -> float:
        """The share of unknown tokens, from 0 to 1; padding, start and end do not count."""
        size = len(self)
        numbers = [checked_id(token_id, size) for token_id in ids]
        unknown = numbers.count(self.unknown_id)
        counted = unknown + sum(n >= ORDINARY for n in numbers)
        return unknown / counted if counted else 0.0

    def unknown_pieces(self, text: str) -> list[str]:
        """What of a text is the unknown token: words, or characters; each once, in its order.

        Raises:
            DataError: as `encode`.
        """
        characters = dict.fromkeys(self.settings.prepare(text))
        found = zip(characters, self._encode_prepared(characters), strict=True)
        return [character for character, ids in found if self.unknown_id in ids]

    def to_json(self) -> dict[str, Any]:
        """What `tokenizer_from_json` needs: settings, tokens, counts, and the form's own part."""
        return {
            "kind": "text-tokenizer",
            "version": 1,
            **vars(self.settings),
            "vocabulary": self.vocabulary.to_json(),
            **self._form_to_json(),
        }

    def _form_to_json(self) -> dict[str, Any]:
        return {}

    def restore(self, vocabulary: Vocabulary, stored: dict[str, Any]) -> None:
        """Takes what `to_json` wrote, once it is checked."""
        self._learnt = vocabulary

    def save(self, path: Path | str) -> None:
        """Writes `to_json` to a file that is whole or absent.

        Raises:
            StorageError: it cannot be written.
        """
        write_stored(Path(path), self.to_json())


def check_vocabulary(kinds: int, texts: int, settings: TokenizerSettings) -> None:
    """Refuses training texts that hold nothing, or one thing only, to learn from."""
    if texts == 0:
        raise DataError(
            "{name}.fit: no text is left to train on: the data has too few texts for the parts "
            "that are held back. Give more texts (lines), or take a file as one with "
            "record='file'.",
            name=settings.name,
        )
    if kinds == 0:
        raise DataError(
            "{name}.fit: the {texts} training texts hold no token (seen {min_count} times or "
            "more). Check that the files are not empty, and lower min_count.",
            name=settings.name,
            texts=texts,
            min_count=settings.min_count,
        )
    if kinds == 1:
        raise DataError(
            "{name}.fit: the {texts} training texts give a vocabulary of one, a single kind of "
            "token (seen {min_count} times or more): there is nothing to tell apart. Give other "
            "text, lower min_count, or choose another tokenizer.",
            name=settings.name,
            texts=texts,
            min_count=settings.min_count,
        )
