"""Tokenisers: text to token ids and back; made by `make_tokenizer`, kept as JSON."""

from pathlib import Path
from typing import Any

from saiki.data.text._characters import CharacterTokenizer
from saiki.data.text._decoders import StreamDecoder
from saiki.data.text._morphemes import Morphemes
from saiki.data.text._subwords import SubwordTokenizer
from saiki.data.text._tokenizers_files import read_file
from saiki.data.text._tokenizers_interface import TextTokenizer
from saiki.data.text._tokenizers_stored import read_stored
from saiki.data.text._tokenizers_text import Normalisation, TokenizerName, TokenizerSettings
from saiki.data.text._words import CountedTokenizer, WhiteSpace, Words

__all__ = [
    "Normalisation",
    "StreamDecoder",
    "TextTokenizer",
    "TokenizerName",
    "load_tokenizer",
    "make_tokenizer",
    "tokenizer_from_json",
]


def make_tokenizer(
    name: TokenizerName,
    *,
    normalise: Normalisation = "none",
    lower_case: bool = False,
    min_count: int = 1,
    max_vocabulary: int | None = None,
) -> TextTokenizer:
    """A tokeniser that `fit` makes ready.

    | name | tokens | promise, for known tokens |
    |---|---|---|
    | white-space | runs between white space; "<unk>" is unknown | encode(decode(ids)) == ids |
    | words | Unicode words (UAX #29), punctuation apart | encode(decode(ids)) == ids |
    | characters | code points | decode(encode(text)) == text |
    | byte-bpe | byte pairs merged by count | decode(encode(text)) == text for every text |
    | unigram | the likeliest pieces of a unigram model | decode(encode(text)) == text |
    | sudachi-a, -b, -c | Japanese morphemes, short to long | decode(encode(text)) == text |

    Where something is normalised, "text" is the normalised one. "byte-bpe" knows every text.

    Args:
        name: the form, as above; "sudachi-…" needs the extra `ja`.
        normalise: "none"; "nfc", canonical composition; "nfkc", which also makes one of
            full-width and ordinary letters, half-width and ordinary katakana, ㍿ and 株式会社.
        lower_case: whether letters are made small, after the normalisation.
        min_count: tokens seen less often are unknown; "unigram": characters seen less often;
            "byte-bpe": pairs seen less often, or only once, are not merged.
        max_vocabulary: the largest V, the four special tokens included. None: all tokens, but
            8192 for "byte-bpe" and "unigram".

    Raises:
        ArgumentError: an unknown name, or a number out of range.
        DependencyError: SudachiPy or its dictionary is missing.

    Example:
        >>> tokenizer = make_tokenizer("characters", normalise="nfkc").fit(["ｶﾅ かな", "カナ"])
        >>> tokenizer.decode(tokenizer.encode("かなｶﾅ"))
        'かなカナ'
    """
    return _make(
        TokenizerSettings(
            name=name,
            normalise=normalise,
            lower_case=lower_case,
            min_count=min_count,
            max_vocabulary=max_vocabulary,
        )
    )


def _make(settings: TokenizerSettings) -> TextTokenizer:
    match settings.name:
        case "white-space":
            return CountedTokenizer(settings, WhiteSpace())
        case "words":
            return CountedTokenizer(settings, Words())
        case "characters":
            return CharacterTokenizer(settings)
        case "byte-bpe" | "unigram":
            return SubwordTokenizer(settings)
        case _:
            return CountedTokenizer(settings, Morphemes(settings.name))


def tokenizer_from_json(stored: dict[str, Any]) -> TextTokenizer:
    """The fitted tokeniser that `to_json` wrote.

    Raises:
        DataError: it is damaged, or something else.
        DependencyError: SudachiPy or its dictionary is missing.

    Example:
        >>> fitted = make_tokenizer("words").fit(["It's a cat, isn't it?"])
        >>> again = tokenizer_from_json(fitted.to_json())
        >>> again.decode(again.encode("a cat, isn't it?"))
        "a cat, isn't it?"
    """
    return _restore(stored, "tokenizer_from_json")


def load_tokenizer(path: Path | str) -> TextTokenizer:
    """The fitted tokeniser that `save` wrote; errors as `tokenizer_from_json`, naming the file.

    Raises:
        MissingFileError: there is no such file.
    """
    return _restore(read_file(Path(path)), str(path))


def _restore(stored: Any, where: str) -> TextTokenizer:
    settings, vocabulary = read_stored(stored, where)
    tokenizer = _make(settings)
    tokenizer.restore(vocabulary, stored | {"where": where})
    return tokenizer
