"""Sub-words: byte-level byte pair encoding and the unigram model, through `tokenizers`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np
from numpy.typing import NDArray

from saiki.data.text._decoders import ORDINARY, ByteDecoder, StreamDecoder, TextDecoder
from saiki.data.text._subwords_byte_pairs import BytePairs
from saiki.data.text._subwords_unigram import Unigram
from saiki.data.text._tokenizers_interface import TextTokenizer, check_vocabulary
from saiki.data.text._tokenizers_stored import damaged
from saiki.data.text._tokenizers_text import TokenizerSettings
from saiki.data.vocabulary import Vocabulary
from saiki.errors import ArgumentError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH_CHARACTERS = 100_000  # the library keeps some hundred bytes a token until a batch ends
_DEFAULT_VOCABULARY = 8192
_BYTES = 256


@final
class SubwordTokenizer(TextTokenizer):
    """Pieces of words, learnt by count.

    "byte-bpe" works on the bytes of UTF-8, of which all 256 are tokens. Promise:
    decode(encode(text)) == text for every text, as long as nothing is normalised; bytes that are
    no UTF-8, which only a model can put together, decode to U+FFFD.

    "unigram" works on characters, white space among them, and cuts each text into the pieces
    whose product of probabilities is the largest. Promise: decode(encode(text)) == text for
    every text whose characters were all seen in `fit` (`min_count` times), as long as nothing is
    normalised; a run of unknown characters is one unknown token.

    Source: Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword
    Units", ACL 2016; Radford et al., "Language Models are Unsupervised Multitask Learners",
    2019, section 2.2 (bytes); Kudo, "Subword Regularization", ACL 2018, section 3.2 (unigram).
    """

    def __init__(self, settings: TokenizerSettings) -> None:
        super().__init__(settings)
        self._pieces: BytePairs | Unigram | None = None
        self._model: Tokenizer | None = None
        self._room = (settings.max_vocabulary or _DEFAULT_VOCABULARY) - ORDINARY
        if self._is_bytes and self._room < _BYTES:
            raise ArgumentError(
                "byte-bpe: max_vocabulary must be at least {least} (256 bytes and 4 special "
                "tokens); got {got}. Give a larger one, or use 'characters'.",
                least=_BYTES + ORDINARY,
                got=settings.max_vocabulary,
            )

    @property
    def _is_bytes(self) -> bool:
        return self.settings.name == "byte-bpe"

    @property
    def is_exact(self) -> bool:
        return self.settings.keeps_text

    def fit(self, texts: Iterable[str]) -> Self:
        prepared = list(self.settings.prepare_all(texts))
        kinds = len(set().union(*map(set, prepared)))
        check_vocabulary(kinds, len(prepared), self.settings)
        learner = BytePairs if self._is_bytes else Unigram
        pieces = learner.learn(prepared, self._room, self.settings.min_count)
        counts = np.zeros(ORDINARY + len(pieces.tokens), np.int64)
        for ids in _encode_all(pieces.model(), prepared):
            counts += np.bincount(ids, minlength=len(counts))
        order = np.argsort(-counts[ORDINARY:], kind="stable")
        ordered = pieces.in_order(order.tolist())
        ordinary = counts[ORDINARY:][order]
        vocabulary = Vocabulary(ordered.tokens, ordinary, int(counts.sum()))
        self._take(vocabulary, ordered)
        return self

    def _take(self, vocabulary: Vocabulary, pieces: BytePairs | Unigram) -> None:
        model = pieces.model()
        super().restore(vocabulary, {})
        self._pieces, self._model = pieces, model

    def restore(self, vocabulary: Vocabulary, stored: dict[str, Any]) -> None:
        reader = BytePairs if self._is_bytes else Unigram
        try:
            self._take(vocabulary, reader.from_json(vocabulary.words, stored))
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            reason = f"its {reader.__name__} ({type(fault).__name__}: {fault})"
            raise damaged(stored["where"], reason) from fault

    def _form_to_json(self) -> dict[str, Any]:
        return self._pieces.to_json() if self._pieces is not None else {}

    def _encode_prepared(self, texts: Iterable[str]) -> list[NDArray[np.int32]]:
        return list(_encode_all(self._model, texts)) if self._model is not None else []

    def decoder(self) -> StreamDecoder:
        if isinstance(self._pieces, BytePairs):
            return ByteDecoder(self._pieces.bytes_of_tokens)
        return TextDecoder(self.vocabulary.words, None)

    def _shown(self) -> tuple[str, ...]:
        words = super()._shown()
        return self._pieces.shown if isinstance(self._pieces, BytePairs) else words


def _encode_all(model: "Tokenizer", texts: Iterable[str]) -> Iterator[NDArray[np.int32]]:
    for batch in _batches(texts):
        for encoding in model.encode_batch_fast(batch, add_special_tokens=False):
            yield np.array(encoding.ids, np.int32)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for text in texts:
        batch.append(text)
        characters += len(text) + 1
        if characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
