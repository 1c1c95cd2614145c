"""The character tokeniser."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from saiki.data.text._decoders import ORDINARY, UNKNOWN_ID, StreamDecoder, TextDecoder
from saiki.data.text._tokenizers_interface import TextTokenizer, check_vocabulary
from saiki.data.text._tokenizers_text import TokenizerSettings
from saiki.data.text._words import counted_vocabulary
from saiki.data.vocabulary import Vocabulary


@final
class CharacterTokenizer(TextTokenizer):
    """Every code point of Unicode is a token, white space, joiners and combining marks too.

    Promise: decode(encode(text)) == text for every text whose characters were all seen in `fit`
    (`min_count` times, and within `max_vocabulary`), as long as nothing is normalised.
    """

    def __init__(self, settings: TokenizerSettings) -> None:
        super().__init__(settings)
        self._id_of = np.full(1, UNKNOWN_ID, np.int32)  # by code point; the last stands for more

    @property
    def is_exact(self) -> bool:
        return self.settings.keeps_text

    def fit(self, texts: Iterable[str]) -> Self:
        counter: Counter[str] = Counter()
        number = 0
        for text in self.settings.prepare_all(texts):
            counter.update(text)
            number += 1
        vocabulary = counted_vocabulary(counter, self.settings)
        check_vocabulary(len(vocabulary), number, self.settings)
        self.restore(vocabulary, {})
        return self

    def restore(self, vocabulary: Vocabulary, stored: dict[str, Any]) -> None:
        super().restore(vocabulary, stored)
        codes = [ord(character) for character in vocabulary.words]
        self._id_of = np.full(max(codes) + 2, UNKNOWN_ID, np.int32)
        self._id_of[codes] = np.arange(ORDINARY, ORDINARY + len(codes))

    def _encode_prepared(self, texts: Iterable[str]) -> list[NDArray[np.int32]]:
        last = len(self._id_of) - 1
        codes = (np.frombuffer(text.encode("utf-32-le"), np.uint32) for text in texts)
        return [self._id_of[np.minimum(found, last)] for found in codes]

    def decoder(self) -> StreamDecoder:
        return TextDecoder(self.vocabulary.words, None)
