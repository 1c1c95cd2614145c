"""From a language model's data section to token streams and a fitted tokeniser."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saiki.data import Examples, join_examples, read_examples
from saiki.data.text import TextTokenizer, make_tokenizer
from saiki.errors import ArgumentError, DataError
from saiki.tasks.language_config import TextConfig

__all__ = ["PreparedText", "TextPart", "encode_part", "prepare_text", "read_texts"]

PartName = Literal["train", "validation", "test"]
Tokens = NDArray[np.int32]
_BLOCKS = 100  # how many blocks a text is cut into where the held-back part is spread over it
_RUN = re.compile(r"\S+")


@dataclass(frozen=True)
class TextPart:
    """One part of the data as tokens.

    Args:
        texts: the records, in order.
        tokens: the tokens of each, without start or end.
        closes: whether every record is closed by an end token (a line is, a file is not).
    """

    texts: tuple[str, ...]
    tokens: tuple[Tokens, ...]
    closes: bool

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def stream(self) -> Tokens:
        """All tokens end to end, those that close lines included (N,)."""
        return np.concatenate([np.zeros(0, np.int32), *self.closed])

    @cached_property
    def closed(self) -> list[Tokens]:
        """The tokens of each record with what closes it."""
        end = np.full(int(self.closes), TextTokenizer.end_id, np.int32)
        return [np.concatenate([tokens, end]) for tokens in self.tokens]

    @cached_property
    def size(self) -> int:
        """How many tokens are predicted."""
        return sum(len(tokens) for tokens in self.tokens) + self.closes * len(self.tokens)

    @cached_property
    def utf8_bytes(self) -> int:
        """Bytes of the text; the end of a line counts as one."""
        return sum(len(text.encode()) for text in self.texts) + self.closes * len(self.texts)

    @cached_property
    def words(self) -> int | None:
        """Words between white space, and the ends of lines; None for text without spaces."""
        runs = sum(len(_RUN.findall(text)) for text in self.texts)
        characters = sum(map(len, self.texts))
        if runs * 15 < characters:
            return None
        return runs + self.closes * len(self.texts)


@dataclass(frozen=True)
class PreparedText:
    """All that a language model's run needs of its data."""

    tokenizer: TextTokenizer
    parts: dict[PartName, TextPart]
    sha256: str


def prepare_text(config: TextConfig) -> PreparedText:
    """Reads, splits, and fits the tokeniser on the training part only.

    Raises:
        DataError: see `saiki.data.read_examples`; or a part that is empty or too short.
    """
    texts, digest = read_texts(config)
    tokenizer = make_tokenizer(
        config.tokenizer,
        normalise=config.unicode_form,
        lower_case=config.lower_case,
        min_count=config.min_count,
        max_vocabulary=config.max_vocabulary,
    ).fit(texts["train"])
    parts = {name: encode_part(tokenizer, part, config) for name, part in texts.items()}
    for name, part in parts.items():
        _check_size(config, name, part)
    return PreparedText(tokenizer, parts, digest)


def encode_part(tokenizer: TextTokenizer, texts: Sequence[str], config: TextConfig) -> TextPart:
    """The texts as tokens."""
    return TextPart(
        tuple(texts), tuple(tokenizer.encode_many(texts)), closes=config.record == "line"
    )


def read_texts(config: TextConfig) -> tuple[dict[PartName, list[str]], str]:
    """The records of each part, and the fingerprint of the data."""
    if config.record == "file" and config.split == "spread":
        raise ArgumentError(
            "data.split spread: is for lines; data.record is file, whose end is held back. Set "
            "--data.split end, or --data.record line."
        )
    examples = read_source(config, config.source)
    sources: dict[PartName, str | None] = {
        "validation": config.validation_source,
        "test": config.test_source,
    }
    others = {n: read_source(config, source) for n, source in sources.items() if source is not None}
    fractions: dict[PartName, float] = {
        "test": config.test_fraction,
        "validation": config.validation_fraction,
    }
    unsaid: PartName = "train"
    given = examples.parts or (unsaid,) * len(examples)
    parts: dict[PartName, list[str]] = {"train": [], "validation": [], "test": []}
    for text, part in zip(examples.values(), given, strict=True):
        parts[part] += [] if part in others else [text]  # a second source takes its place
    for name, other in others.items():
        parts[name] += other.values()
    if others:
        second, third = others.get("validation"), others.get("test")
        examples = join_examples(train=examples, validation=second, test=third)
    for name, fraction in fractions.items():
        if not parts[name] and fraction:
            parts["train"], parts[name] = _hold_back(parts["train"], fraction, config)
    if not parts["train"]:
        raise DataError(
            "{source}: nothing is left to train on once the other parts are held back; it has "
            "{count} text(s). Give more text, or set --data.validation-fraction 0 and "
            "--training.keep last.",
            source=config.source,
            count=len(examples),
        )
    digest = hashlib.sha256(examples.fingerprint().encode()).hexdigest()
    return {name: part for name, part in parts.items() if part}, digest


def read_source(config: TextConfig, source: str) -> Examples:
    """The texts of any source, read as `config` says."""
    return read_examples(
        source,
        kind="text",
        text_columns=config.text_columns,
        part_column=config.part_column,
        record=config.record,
        encoding=config.encoding,
        allow_unlabelled=True,
    )


def _hold_back(
    texts: list[str], fraction: float, config: TextConfig
) -> tuple[list[str], list[str]]:
    """What stays, and what is held back: the end of the text, or blocks spread over it."""
    if config.record == "file":
        return _cut_characters(texts, fraction)
    count = len(texts)
    if config.split == "end":
        at = min(int(count * (1 - fraction)), count - 1)
        return texts[:at], texts[at:]
    blocks = np.minimum(np.arange(count) * _BLOCKS // count, _BLOCKS - 1)
    # Block b is held back where the running share of held-back blocks would fall behind.
    is_held = np.floor((np.arange(_BLOCKS) + 1) * fraction) > np.floor(
        np.arange(_BLOCKS) * fraction
    )
    kept = [text for text, block in zip(texts, blocks, strict=True) if not is_held[block]]
    held = [text for text, block in zip(texts, blocks, strict=True) if is_held[block]]
    return kept, held


def _cut_characters(texts: list[str], fraction: float) -> tuple[list[str], list[str]]:
    """Whole files end to end, cut where so many of their characters are left."""
    rest = int(sum(map(len, texts)) * (1 - fraction))
    kept: list[str] = []
    held: list[str] = []
    for text in texts:
        kept += [text[:rest]] if rest > 0 else []
        held += [text[max(rest, 0) :]] if rest < len(text) else []
        rest -= len(text)
    return kept, held


def _check_size(config: TextConfig, name: str, part: TextPart) -> None:
    if part.size < 2:
        raise DataError(
            "{source}: the {part} part has {size} tokens, too few for a language model. Give more "
            "text, or another data.tokenizer or data.validation_fraction.",
            source=config.source,
            part=name,
            size=part.size,
        )
