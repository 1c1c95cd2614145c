"""Tokenisers: from text to token ids and back.

Nothing is imported before its first use, so that reading a configuration stays light.
"""

from typing import TYPE_CHECKING

from saiki.laziness import lazy_names

if TYPE_CHECKING:
    from saiki.data.text.tokenizers import (
        Normalisation,
        StreamDecoder,
        TextTokenizer,
        TokenizerName,
        load_tokenizer,
        make_tokenizer,
        tokenizer_from_json,
    )

__all__ = [
    "Normalisation",
    "StreamDecoder",
    "TextTokenizer",
    "TokenizerName",
    "load_tokenizer",
    "make_tokenizer",
    "tokenizer_from_json",
]

_HOMES = {
    "tokenizers": (
        "Normalisation", "StreamDecoder", "TextTokenizer", "TokenizerName", "load_tokenizer",
        "make_tokenizer", "tokenizer_from_json",
    ),
}  # fmt: skip

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
