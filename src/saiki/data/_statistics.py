from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from saiki.data._draws import draw
from saiki.data.augmentation import Augmentation, Draw
from saiki.data.examples import FloatArray
from saiki.errors import ArgumentError

Normalisation = Literal["none", "global", "utterance", "utterance-mean", "utterance-scale"]

_LEAST_DEVIATION = 1e-5  # a constant feature stays 0


@dataclass(frozen=True)
class Statistics:
    """The mean and standard deviation of each feature over all steps of the training part."""

    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def of(cls, sequences: Iterable[FloatArray]) -> "Statistics":
        """From (T, F) sequences, added up in float64."""
        count = 0
        total: Any = 0.0
        squares: Any = 0.0
        for sequence in sequences:
            exact = sequence.astype(np.float64)
            count += len(exact)
            total = total + exact.sum(axis=0)
            squares = squares + np.square(exact).sum(axis=0)
        if not count:
            raise ArgumentError("fit: no examples were given. Give the indices of training ones.")
        mean = total / count
        deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
        return cls(
            mean.astype(np.float32), np.maximum(deviation, _LEAST_DEVIATION).astype(np.float32)
        )

    def normalise(self, sequence: FloatArray) -> FloatArray:
        """Each feature with mean 0 and deviation 1."""
        normal: FloatArray = (sequence - self.mean) / self.deviation
        return normal

    def to_json(self) -> dict[str, list[float]]:
        """What `from_json` needs."""
        return {"mean": self.mean.tolist(), "deviation": self.deviation.tolist()}

    @classmethod
    def from_json(cls, stored: dict[str, list[float]] | None) -> "Statistics | None":
        """What `to_json` wrote."""
        if stored is None:
            return None
        return cls(np.array(stored["mean"], np.float32), np.array(stored["deviation"], np.float32))


def fitted(statistics: Statistics | None, name: str) -> Statistics:
    """The statistics, which must be there."""
    if statistics is None:
        raise ArgumentError(
            "{name}.transform: the statistics of the training part are missing. "
            "Call fit(examples, training_indices) first.",
            name=name,
        )
    return statistics


def normalise(
    frames: FloatArray,
    how: Normalisation,
    statistics: Statistics | None,
    *,
    name: str,
    variance_floor: float,
) -> FloatArray:
    """(T, F) to (T, F); `variance_floor` keeps silence and constants from being blown up."""
    if how == "none":
        return frames
    if how == "global":
        return fitted(statistics, name).normalise(frames)
    centred = frames - frames.mean(axis=None if how == "utterance-scale" else 0)
    if how == "utterance-mean":
        deviation = fitted(statistics, name).deviation
    else:
        axis = 0 if how == "utterance" else None
        deviation = np.sqrt(np.square(centred).mean(axis=axis) + np.float32(variance_floor))
    scaled: FloatArray = centred / deviation
    return scaled


def check_normalisation(name: str, how: str) -> None:
    """Raises where `how` is not a `Normalisation`."""
    known = get_args(Normalisation)
    if how not in known:
        raise ArgumentError(
            "{name}: normalise must be one of {known}; got {got!r}. Choose one.",
            name=name,
            known=", ".join(known),
            got=how,
        )


def generators(
    name: str, count: int, augment: Augmentation | None, draws: Sequence[Draw] | None
) -> list[np.random.Generator]:
    """One generator an example, or none where nothing is to be augmented."""
    if augment is None or augment.is_off:
        return []
    if draws is None or len(draws) != count:
        raise ArgumentError(
            "{name}.transform: augmentation needs draws, (seed, epoch, index) for each of the "
            "{expected} values; got {got}. Give one for each.",
            name=name,
            expected=count,
            got="none" if draws is None else len(draws),
        )
    return [draw(seed, "augmentation", epoch, index) for seed, epoch, index in draws]
