"""From a configuration's data section to examples, parts, labels and a fitted front end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.data import (
    Augmentation,
    Examples,
    FrontEnd,
    LabelSet,
    LogMel,
    Parts,
    RawWaveform,
    Series,
    SplitPlan,
    Tokens,
    group_names,
    join_examples,
    read_examples,
    split_examples,
)
from saiki.errors import ConfigurationError, DataError
from saiki.tasks.config import AugmentConfig, DataConfig

__all__ = [
    "Prepared",
    "augmentation",
    "groups_of",
    "labels_in",
    "make_front_end",
    "prepare",
    "read_and_split",
    "read_data",
    "read_source",
    "targets_from",
]

# The features that each kind of data can become, the usual one first.
_FEATURES = {"audio": ("log-mel", "raw"), "series": ("series",), "text": ("tokens",)}
_TOKENS = (
    "tokenizer",
    "unicode_form",
    "lower_case",
    "min_count",
    "max_vocabulary",
    "max_tokens",
)


@dataclass(frozen=True)
class Prepared:
    """All that a run needs of its data; `features` are those without augmentation.

    Of texts the features are token ids, `cut` counts those of each part that were too long, and
    `unlabelled` are the further texts that word vectors learn from.
    """

    examples: Examples
    parts: Parts
    labels: LabelSet
    front_end: FrontEnd
    features: Sequence[NDArray[Any]]
    label_separator: str | None = None
    cut: Mapping[str, int] = field(default_factory=dict)
    unlabelled: Sequence[str] = ()

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of the data, taken once for all runs on it."""
        return self.examples.fingerprint()

    def targets_of(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The class number of each of these examples; see `targets_from`."""
        cells = self.examples.labels or ()
        return targets_from([cells[i] for i in indices], self.labels, self.label_separator)


def prepare(config: DataConfig) -> Prepared:
    """Reads, splits, and fits the front end on the training part only.

    Raises:
        DataError: see `saiki.data.read_examples` and `split_examples`.
    """
    examples, parts = read_and_split(config)
    cells = examples.labels or ()
    train = [cells[i] for i in parts.train]
    labels = LabelSet(label for cell in train for label in labels_in(cell, config.label_separator))
    front_end = make_front_end(config, examples)
    front_end.fit(examples, parts.train)
    if not isinstance(front_end, Tokens):
        features = front_end.transform(examples.values())
        return Prepared(examples, parts, labels, front_end, features, config.label_separator)
    encoded = front_end.encode(examples.values())
    return Prepared(
        examples,
        parts,
        labels,
        front_end,
        [front_end.cut(ids) for ids in encoded],
        config.label_separator,
        {
            part: sum(len(encoded[i]) > front_end.max_tokens for i in getattr(parts, part))
            for part in ("train", "validation", "test")
        },
        _unlabelled(config),
    )


def read_and_split(config: DataConfig) -> tuple[Examples, Parts]:
    """The labelled examples, and which of them are for what; nothing is fitted yet.

    Raises:
        DataError: see `prepare`.
    """
    examples = read_data(config)
    several = config.label_separator is not None
    parts = split_examples(_unlabelled_form(examples) if several else examples, _split_plan(config))
    if examples.labels is None:
        raise DataError(
            "{source}: every example must have a label; there are none. Put the files into "
            "sub-folders named by label, or name the column with --data.label-column.",
            source=config.source,
        )
    if not len(parts.test):
        raise DataError(
            "{source}: the test part must not be empty; no example is in it. Set --data.split "
            "fractions, or give --data.test-source.",
            source=config.source,
        )
    return examples, parts


def _unlabelled_form(examples: Examples) -> Examples:
    """The same without labels: sets of labels may be rare, so a split cannot be stratified."""
    return Examples(
        examples.values(),
        examples.names,
        kind=examples.kind,
        groups=examples.groups,
        parts=examples.parts,
        channels=examples.channels,
        sample_rate_hz=examples.sample_rate_hz,
    )


def labels_in(cell: str, separator: str | None) -> list[str]:
    """The labels of an example, in order and each once; without a separator the cell is one."""
    if separator is None:
        return [cell]
    return list(dict.fromkeys(label for part in cell.split(separator) if (label := part.strip())))


def targets_from(cells: Sequence[str], labels: LabelSet, separator: str | None) -> NDArray[Any]:
    """The class number of each example; where it may have several a row of 0 and 1.

    Shapes: (N,) int64, or (N, labels) float32.

    Raises:
        DataError: a label that is not one of `labels`.
    """
    if separator is None:
        return labels.encode(cells)
    targets = np.zeros((len(cells), len(labels)), np.float32)
    for row, cell in zip(targets, cells, strict=True):
        row[labels.encode(labels_in(cell, separator))] = 1.0
    return targets


def _unlabelled(config: DataConfig) -> list[str]:
    if config.unlabelled_source is None:
        return []
    source = config.unlabelled_source
    texts: list[str] = read_source(
        replace(config, kind="text"), source, allow_unlabelled=True
    ).values()
    return texts


def read_data(config: DataConfig) -> Examples:
    """The examples of `source`, and of `test_source` as test part where it is given."""
    examples = read_source(config, config.source)
    if config.test_source is None:
        return examples
    given = examples.parts or ("train",) * len(examples)
    own: dict[str, Examples | None] = {}
    for part in ("train", "validation"):  # an own test part gives way to the second source
        chosen = [i for i, name in enumerate(given) if name == part]
        own[part] = examples.subset(chosen) if chosen else None
    if own["train"] is None:
        raise DataError(
            "{source}: must hold training examples; all of them belong to another part. Leave "
            "data.test_source out, or give another source.",
            source=config.source,
        )
    test = read_source(config, config.test_source)
    return join_examples(train=own["train"], validation=own["validation"], test=test)


def read_source(config: DataConfig, source: Any, *, allow_unlabelled: bool = False) -> Examples:
    """The examples of any source, read as `config` says."""
    return read_examples(
        source,
        kind=config.kind,
        text_columns=config.text_columns,
        record=None if config.record == "auto" else config.record,
        encoding=config.encoding,
        path_column=config.path_column,
        label_column=config.label_column,
        group_column=config.group_column,
        part_column=config.part_column,
        id_column=config.id_column,
        time_column=config.time_column,
        sample_rate_hz=config.sample_rate_hz,
        channels=config.channels,
        allow_unlabelled=allow_unlabelled,
    )


def groups_of(config: DataConfig) -> tuple[str, ...]:
    """The groups of the data, sorted; for a run that holds out each in turn."""
    return group_names(read_data(config))


def _split_plan(config: DataConfig) -> SplitPlan:
    return SplitPlan(
        by=config.split,
        test_fraction=config.test_fraction,
        validation_fraction=config.validation_fraction,
        held_out=config.held_out,
        seed=config.split_seed,
    )


def make_front_end(config: DataConfig, examples: Examples) -> FrontEnd:
    """The unfitted front end that `config.features` describes.

    Raises:
        ConfigurationError: features of one kind of data were asked for another.
    """
    features = config.features
    kind = features.kind if features.kind != "auto" else _FEATURES[examples.kind][0]
    if kind not in _FEATURES[examples.kind]:
        raise ConfigurationError(
            "data.features.kind: {kind} does not fit data of kind {data}. Set it to auto.",
            kind=kind,
            data=examples.kind,
        )
    if kind == "series":
        return Series(normalise=features.normalise)
    if kind == "tokens":
        return _tokens(config)
    rate = examples.sample_rate_hz or 1
    if kind == "raw":
        return RawWaveform(
            rate,
            features.seconds,
            hop=features.samples_per_step,
            normalise=features.normalise,
        )
    settings = asdict(features)
    for other in ("kind", "seconds", "samples_per_step", *_TOKENS):
        settings.pop(other)
    return LogMel(rate, **settings)


def _tokens(config: DataConfig) -> Tokens:
    if config.augment != AugmentConfig():
        raise ConfigurationError(
            "data.augment: there is no augmentation of text; got some. Leave it out; "
            "model.embedding_dropout and model.input_dropout serve the same end."
        )
    features = config.features
    return Tokens(**{name: getattr(features, name) for name in _TOKENS})


def augmentation(config: AugmentConfig) -> Augmentation | None:
    """The random changes asked for, or None when all are off."""
    made = Augmentation(**asdict(config))
    return None if made.is_off else made
