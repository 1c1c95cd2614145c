"""From a translator's data section to pairs of token sequences and two fitted tokenisers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saiki.data.parallel import ParallelText, read_parallel
from saiki.data.text import TextTokenizer, make_tokenizer
from saiki.errors import ConfigurationError, DataError
from saiki.tasks.translate_config import PairsConfig

__all__ = [
    "LeftOut",
    "PairPart",
    "PreparedPairs",
    "ReadPairs",
    "Tokens",
    "encode_pairs",
    "encode_sources",
    "measurable",
    "measured_tokens",
    "prepare_pairs",
    "read_pairs",
    "read_source_pairs",
]

PartName = Literal["train", "validation", "test"]
Tokens = NDArray[np.int32]
_MEASURED = 1000  # tokens of a side; longer held-back ones would need all the memory there is


@dataclass(frozen=True)
class PairPart:
    """One part of the data as tokens.

    Args:
        sources: the texts that are translated, as the tokeniser prepared them.
        targets: their translations, likewise.
        source_tokens: the tokens of each source, without start or end; at least one.
        target_tokens: the tokens of each target, the end token last.
        groups: the group of each pair, where the data has groups.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    source_tokens: tuple[Tokens, ...]
    target_tokens: tuple[Tokens, ...]
    groups: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.sources)

    @cached_property
    def size(self) -> int:
        """How many tokens are predicted, end tokens included."""
        return sum(map(len, self.target_tokens))

    def take(self, places: Sequence[int]) -> "PairPart":
        """The pairs at these places, in this order."""
        return PairPart(
            tuple(self.sources[i] for i in places),
            tuple(self.targets[i] for i in places),
            tuple(self.source_tokens[i] for i in places),
            tuple(self.target_tokens[i] for i in places),
            None if self.groups is None else tuple(self.groups[i] for i in places),
        )


@dataclass(frozen=True)
class LeftOut:
    """Pairs that are not used: a side is empty or too long; see `measurable` for held-back ones."""

    empty: int
    too_long: int


@dataclass(frozen=True)
class PreparedPairs:
    """All that a translator's run needs of its data."""

    source_tokenizer: TextTokenizer
    target_tokenizer: TextTokenizer
    parts: dict[PartName, PairPart]
    left_out: LeftOut
    sha256: str

    @property
    def seen(self) -> dict[PartName, int]:
        """How many pairs of each held-back part stand in the training part too."""
        train = self.parts["train"]
        known = set(zip(train.sources, train.targets, strict=True))
        return {
            name: sum(pair in known for pair in zip(part.sources, part.targets, strict=True))
            for name, part in self.parts.items()
            if name != "train"
        }


def prepare_pairs(config: PairsConfig) -> PreparedPairs:
    """Reads, splits, and fits the tokenisers on the training part only.

    Raises:
        ConfigurationError: one vocabulary is wanted of two kinds of tokens.
        DataError: see `saiki.data.parallel.read_parallel`; or nothing is left to train on.
    """
    _check_tokenizers(config)
    read = read_pairs(config)
    source_tokenizer, target_tokenizer = _tokenizers(config, read.parts["train"])
    parts = {
        name: encode_pairs(source_tokenizer, target_tokenizer, part)
        for name, part in read.parts.items()
    }
    count = sum(map(len, parts.values()))
    parts = {
        name: _short_enough(part, config) if name == "train" else measurable(part, config, name)
        for name, part in parts.items()
    }
    left_out = LeftOut(read.skipped, count - sum(map(len, parts.values())))
    return PreparedPairs(source_tokenizer, target_tokenizer, parts, left_out, read.sha256)


def _check_tokenizers(config: PairsConfig) -> None:
    if config.shared_vocabulary and config.source_tokenizer != config.target_tokenizer:
        raise ConfigurationError(
            "data.shared_vocabulary: needs one kind of tokens on both sides; got {source} and "
            "{target}. Set data.source_tokenizer and data.target_tokenizer alike, or leave "
            "data.shared_vocabulary out.",
            source=config.source_tokenizer,
            target=config.target_tokenizer,
        )


def _tokenizers(config: PairsConfig, train: ParallelText) -> tuple[TextTokenizer, TextTokenizer]:
    source, target = (
        make_tokenizer(
            name,
            normalise=config.unicode_form,
            lower_case=config.lower_case,
            min_count=config.min_count,
            max_vocabulary=config.max_vocabulary,
        )
        for name in (config.source_tokenizer, config.target_tokenizer)
    )
    if config.shared_vocabulary:
        both = source.fit([*train.sources, *train.targets])
        return both, both
    return source.fit(train.sources), target.fit(train.targets)


def encode_pairs(source: TextTokenizer, target: TextTokenizer, texts: ParallelText) -> PairPart:
    """The pairs as tokens."""
    end = np.array([TextTokenizer.end_id], np.int32)
    targets = [np.concatenate([tokens, end]) for tokens in target.encode_many(texts.targets)]
    return PairPart(
        tuple(map(source.settings.prepare, texts.sources)),
        tuple(map(target.settings.prepare, texts.targets)),
        tuple(encode_sources(source, texts.sources)),
        tuple(targets),
        texts.groups,
    )


def encode_sources(tokenizer: TextTokenizer, texts: Sequence[str]) -> list[Tokens]:
    """The tokens of each source; one that holds no token at all is the unknown token."""
    unknown = np.array([TextTokenizer.unknown_id], np.int32)
    return [tokens if len(tokens) else unknown for tokens in tokenizer.encode_many(texts)]


def measurable(part: PairPart, config: PairsConfig, name: str) -> PairPart:
    """The held-back pairs that are measured: those that training would keep, and longer ones.

    No side has more than 1000 tokens, or data.max_tokens where that is more.

    Raises:
        DataError: none is left.
    """
    limit = measured_tokens(config)
    kept = _up_to(part, limit)
    if not len(kept):
        raise DataError(
            "{source}: all {count} pairs of the {part} part have a side of more than {limit} "
            "tokens, so none is left. Split the texts into sentences.",
            source=config.source,
            count=len(part),
            part=name,
            limit=limit,
        )
    return kept


def measured_tokens(config: PairsConfig) -> int:
    """The most tokens of a side of a held-back pair."""
    return max(_MEASURED, config.max_tokens)


def _up_to(part: PairPart, limit: int) -> PairPart:
    """The pairs of which no side has more tokens."""
    pairs = zip(part.source_tokens, part.target_tokens, strict=True)
    kept = [i for i, (a, b) in enumerate(pairs) if max(len(a), len(b) - 1) <= limit]
    return part if len(kept) == len(part) else part.take(kept)


def _short_enough(part: PairPart, config: PairsConfig) -> PairPart:
    """The training pairs of which no side is too long."""
    kept = _up_to(part, config.max_tokens)
    if not len(kept):
        raise DataError(
            "{source}: all {count} training pairs have a side of more than {limit} tokens, so "
            "none is left. Raise --data.max-tokens, or split the texts into sentences.",
            source=config.source,
            count=len(part),
            limit=config.max_tokens,
        )
    return kept


@dataclass(frozen=True)
class ReadPairs:
    """The texts of each part, the fingerprint of all, and how many pairs have an empty side."""

    parts: dict[PartName, ParallelText]
    sha256: str
    skipped: int


def read_pairs(config: PairsConfig) -> ReadPairs:
    """Reads and splits.

    Raises:
        DataError: see `saiki.data.parallel.read_parallel`; or nothing is left to train on.
    """
    _check_targets(config)
    first = read_source_pairs(config, config.source, config.target)
    others: dict[PartName, ParallelText] = {}
    if config.validation_source is not None:
        others["validation"] = _second_source(
            config, "validation", config.validation_source, config.validation_target, first
        )
    if config.test_source is not None:
        others["test"] = _second_source(
            config, "test", config.test_source, config.test_target, first
        )
    parts = _own_parts(first) | others  # a second source takes the place of that part
    fractions: dict[PartName, float] = {
        "test": config.test_fraction,
        "validation": config.validation_fraction,
    }
    for name, fraction in fractions.items():
        if name not in parts and fraction:
            parts["train"], parts[name] = _hold_back(parts["train"], fraction)
    if not len(parts["train"]):
        raise DataError(
            "{source}: nothing is left to train on once the other parts are held back; it has "
            "{count} text(s). Give more text, or set --data.validation-fraction 0 and "
            "--training.keep last.",
            source=config.source,
            count=len(first),
        )
    read = [first, *others.values()]
    digest = hashlib.sha256("\n".join(texts.fingerprint() for texts in read).encode()).hexdigest()
    order: tuple[PartName, ...] = ("train", "validation", "test")
    kept = {name: parts[name] for name in order if len(parts.get(name, ()))}
    return ReadPairs(kept, digest, sum(texts.skipped for texts in read))


def _check_targets(config: PairsConfig) -> None:
    for part in ("validation", "test"):
        target = getattr(config, f"{part}_target")
        if target is not None and getattr(config, f"{part}_source") is None:
            raise ConfigurationError(
                "data.{part}_target: is the other side of data.{part}_source, which is missing. "
                "Give both, or neither.",
                part=part,
            )


def _second_source(
    config: PairsConfig, part: PartName, source: str, target: str | None, first: ParallelText
) -> ParallelText:
    """The pairs of a second source; where it has parts of its own, only those of that part."""
    texts = read_source_pairs(config, source, target)
    if texts.parts is not None:
        texts = replace(texts.part(part), skipped=texts.skipped)
        if not len(texts):
            raise DataError(
                "data.{part}_source: {source} has parts, and none of its pairs is of the {part} "
                "part. Name another source.",
                part=part,
                source=source,
            )
    elif texts.fingerprint() == first.fingerprint():
        raise DataError(
            "data.{part}_source: {source} holds the same pairs as data.source, so what is measured "
            "would be what was learned. Give other pairs, or leave it out and set "
            "--data.{part}-fraction 0.1.",
            part=part,
            source=source,
        )
    return texts


def _own_parts(texts: ParallelText) -> dict[PartName, ParallelText]:
    """The parts that the data itself has, the training part first."""
    if texts.parts is None:
        return {"train": texts}
    names: tuple[PartName, ...] = ("train", "validation", "test")
    parts = {name: texts.part(name) for name in names}
    return {name: part for name, part in parts.items() if name == "train" or len(part)}


def read_source_pairs(config: PairsConfig, source: str, target: str | None) -> ParallelText:
    """The pairs of any source, read as `config` says.

    Raises:
        DataError: see `saiki.data.parallel.read_parallel`.
    """
    return read_parallel(
        source,
        target,
        source_column=config.source_column,
        target_column=config.target_column,
        part_column=config.part_column,
        group_column=config.group_column,
        encoding=config.encoding,
        strict=config.strict,
    )


def _hold_back(texts: ParallelText, fraction: float) -> tuple[ParallelText, ParallelText]:
    """What stays, and what is held back: by a hash of the source, so that equal ones go together.

    At least one source is held back.
    """
    sources = sorted(set(texts.sources), key=_hash)
    held = set(sources[: max(1, round(len(sources) * fraction))])
    is_held = [source in held for source in texts.sources]
    places = range(len(texts))
    return (
        texts.subset(i for i in places if not is_held[i]),
        texts.subset(i for i in places if is_held[i]),
    )


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
