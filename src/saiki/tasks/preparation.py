"""From a configuration's data section to examples, parts, labels and a fitted front end."""

from dataclasses import asdict, dataclass
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
    "make_front_end",
    "prepare",
    "read_data",
    "read_source",
]


@dataclass(frozen=True)
class Prepared:
    """All that a run needs of its data; `features` are those without augmentation."""

    examples: Examples
    parts: Parts
    labels: LabelSet
    front_end: FrontEnd
    features: list[NDArray[np.float32]]

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of the data, taken once for all runs on it."""
        return self.examples.fingerprint()

    def targets_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """The class number of each of these examples."""
        labels = self.examples.labels or ()
        return self.labels.encode(labels[i] for i in indices)


def prepare(config: DataConfig) -> Prepared:
    """Reads, splits, and fits the front end on the training part only.

    Raises:
        DataError: see `saiki.data.read_examples` and `split_examples`.
    """
    examples = read_data(config)
    parts = split_examples(examples, _split_plan(config))
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
    labels = LabelSet([examples.labels[i] for i in parts.train])
    front_end = make_front_end(config, examples)
    front_end.fit(examples, parts.train)
    return Prepared(examples, parts, labels, front_end, front_end.transform(examples.values()))


def read_data(config: DataConfig) -> Examples:
    """The examples of `source`, and of `test_source` as test part where it is given."""
    examples = read_source(config, config.source)
    if config.test_source is None:
        return examples
    return join_examples(train=examples, test=read_source(config, config.test_source))


def read_source(config: DataConfig, source: Any, *, allow_unlabelled: bool = False) -> Examples:
    """The examples of any source, read as `config` says."""
    return read_examples(
        source,
        kind=config.kind,
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
        ConfigurationError: features of audio were asked for series, or the other way round.
    """
    features = config.features
    kind = features.kind
    if kind == "auto":
        kind = "log-mel" if examples.kind == "audio" else "series"
    if (kind == "series") != (examples.kind == "series"):
        raise ConfigurationError(
            "data.features.kind: {kind} does not fit data of kind {data}. Set it to auto.",
            kind=kind,
            data=examples.kind,
        )
    if kind == "series":
        return Series(normalise=features.normalise)
    rate = examples.sample_rate_hz or 1
    if kind == "raw":
        return RawWaveform(
            rate,
            features.seconds,
            hop=features.samples_per_step,
            normalise=features.normalise,
        )
    settings = asdict(features)
    for other in ("kind", "seconds", "samples_per_step"):
        settings.pop(other)
    return LogMel(rate, **settings)


def augmentation(config: AugmentConfig) -> Augmentation | None:
    """The random changes asked for, or None when all are off."""
    made = Augmentation(**asdict(config))
    return None if made.is_off else made
