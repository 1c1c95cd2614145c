"""From ids to text, one id after the other."""

import codecs
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import SupportsIndex, final

from saiki.errors import ArgumentError

UNKNOWN = "<unk>"
UNKNOWN_ID = 1
ORDINARY = 4  # the first id that stands for a token of the text
SPECIAL_NAMES = ("<pad>", UNKNOWN, "<s>", "</s>")


class StreamDecoder(ABC):
    """Turns ids into text as they come: all that `add` and `finish` return, joined, is `decode`.

    A piece of text is returned as soon as no later id can change it. Padding, start and end add
    nothing; the unknown token adds "<unk>".

    Example:
        >>> from saiki.data.text import make_tokenizer
        >>> tokenizer = make_tokenizer("byte-bpe").fit(["a bird 🐦"])
        >>> decoder = tokenizer.decoder()
        >>> [decoder.add(i) for i in tokenizer.encode("🐦!")], decoder.finish()
        (['', '', '', '🐦', '!'], '')
    """

    @abstractmethod
    def add(self, token_id: SupportsIndex) -> str:
        """The text that has become certain with this id, "" where none has.

        Raises:
            ArgumentError: the id is not one of the vocabulary's.
        """

    @abstractmethod
    def finish(self) -> str:
        """What was held back; the decoder is then as new."""


def checked_id(token_id: SupportsIndex, size: int) -> int:
    """The id as a Python integer, if it is one of a vocabulary of `size`."""
    try:
        found = operator.index(token_id)
    except TypeError:
        found = -1
    if not 0 <= found < size:
        raise ArgumentError(
            "TextTokenizer: an id must be an integer from 0 to {last}; got {got!r}. Decode with "
            "the tokeniser that encoded.",
            last=size - 1,
            got=token_id,
        )
    return found


@final
class TextDecoder(StreamDecoder):
    """Tokens that are text, a space between two where `gap` wants one; nowhere without it."""

    def __init__(self, tokens: Sequence[str], gap: Callable[[str, str], bool] | None) -> None:
        self._tokens = tokens
        self._gap = gap
        self._before: str | None = None

    def add(self, token_id: SupportsIndex) -> str:
        number = checked_id(token_id, ORDINARY + len(self._tokens))
        if number < ORDINARY and number != UNKNOWN_ID:
            return ""
        token = UNKNOWN if number == UNKNOWN_ID else self._tokens[number - ORDINARY]
        before, self._before = self._before, token
        if before is None or self._gap is None or not self._gap(before, token):
            return token
        return f" {token}"

    def finish(self) -> str:
        self._before = None
        return ""


@final
class ByteDecoder(StreamDecoder):
    """Tokens that are bytes of UTF-8; bytes that are no UTF-8 become U+FFFD."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self._tokens = tokens
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, token_id: SupportsIndex) -> str:
        number = checked_id(token_id, ORDINARY + len(self._tokens))
        if number == UNKNOWN_ID:
            return self._utf8.decode(UNKNOWN.encode())
        return self._utf8.decode(self._tokens[number - ORDINARY]) if number >= ORDINARY else ""

    def finish(self) -> str:
        held = self._utf8.decode(b"", final=True)
        self._utf8.reset()
        return held
