"""Byte pairs: which tokens there are, and in which order pairs are merged."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from saiki.data.text._decoders import ORDINARY

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# One byte a letter: those that Latin-1 prints stand for themselves, the rest come after them.
_PRINTED = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_HIDDEN = [byte for byte in range(256) if byte not in _PRINTED]
_LETTER_OF = {byte: chr(byte) for byte in _PRINTED} | {
    byte: chr(256 + place) for place, byte in enumerate(_HIDDEN)
}
_BYTE_OF = {letter: byte for byte, letter in _LETTER_OF.items()}
# Merges never cross these: a word with the blank before it, a number, a run of marks or blanks.
# The bound on the length keeps the time of a line without blanks in proportion to its length.
_RUNS = (
    r"['’](?:[sdmt]|ll|ve|re)(?!\p{L})| ?[\p{L}\p{M}]{1,64}| ?\p{N}{1,64}"
    r"| ?[^\s\p{L}\p{M}\p{N}]{1,64}|\s{1,64}(?!\S)|\s{1,64}"
)


@dataclass(frozen=True)
class BytePairs:
    """Tokens in the order of their ids, each byte a letter, and merges in the order of ranks."""

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]

    @classmethod
    def learn(cls, texts: Sequence[str], room: int, min_count: int) -> "BytePairs":
        """At most `room` tokens; the commonest pair is merged first, ties by the tokens' age."""
        from tokenizers import Tokenizer, models, trainers  # noqa: PLC0415

        model = Tokenizer(models.BPE())
        _split_bytes(model)
        trainer = trainers.BpeTrainer(
            vocab_size=room,
            min_frequency=max(2, min_count),
            initial_alphabet=[_LETTER_OF[byte] for byte in range(256)],
            show_progress=False,
        )
        model.train_from_iterator(texts, trainer)
        learnt = json.loads(model.to_str())["model"]
        tokens = sorted(learnt["vocab"], key=learnt["vocab"].__getitem__)
        return cls(tuple(tokens), tuple((left, right) for left, right in learnt["merges"]))

    @classmethod
    def from_json(cls, tokens: Sequence[str], stored: dict[str, Any]) -> "BytePairs":
        """What `to_json` wrote; ValueError says what is wrong with it."""
        merges = []
        for pair in stored["merges"]:
            left, right = pair.split(" ")
            merges.append((left, right))
        known = set(tokens)
        if not set(_BYTE_OF) <= known or not set("".join(tokens)) <= set(_BYTE_OF):
            message = "the tokens are not those of all 256 bytes"
            raise ValueError(message)
        for left, right in merges:
            if not {left, right, left + right} <= known:
                message = f"the pair {left!r}, {right!r} is not one of tokens"
                raise ValueError(message)
        return cls(tuple(tokens), tuple(merges))

    def to_json(self) -> dict[str, Any]:
        """The merges; the tokens are in the vocabulary."""
        return {"merges": [f"{left} {right}" for left, right in self.merges]}

    def in_order(self, order: Sequence[int]) -> "BytePairs":
        """The same pairs with other ids."""
        return BytePairs(tuple(self.tokens[i] for i in order), self.merges)

    def model(self) -> "Tokenizer":
        """The library's tokeniser, with our ids and no special tokens."""
        from tokenizers import Tokenizer, models  # noqa: PLC0415

        ids = {token: ORDINARY + i for i, token in enumerate(self.tokens)}
        made = Tokenizer(models.BPE(vocab=ids, merges=list(self.merges)))
        _split_bytes(made)
        return made

    @cached_property
    def bytes_of_tokens(self) -> tuple[bytes, ...]:
        """The bytes that each token stands for."""
        return tuple(bytes(map(_BYTE_OF.__getitem__, token)) for token in self.tokens)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Each token as text, bytes that are no whole character as "<E3>"."""
        return tuple(map(_readable, self.bytes_of_tokens))


def _split_bytes(model: "Tokenizer") -> None:
    from tokenizers import Regex, pre_tokenizers  # noqa: PLC0415

    model.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_RUNS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _readable(token: bytes) -> str:
    shown = ""
    while token:
        try:
            return shown + token.decode()
        except UnicodeDecodeError as fault:
            broken = token[fault.start : fault.end]
            shown += token[: fault.start].decode() + "".join(f"<{byte:02X}>" for byte in broken)
            token = token[fault.end :]
    return shown
