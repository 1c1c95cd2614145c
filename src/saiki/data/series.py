"""`Series`: multivariate series as they are, or normalised."""

from collections.abc import Iterable, Sequence
from typing import Any, Self, final

import numpy as np

from saiki.data._augment_frames import change_tempo, mask
from saiki.data._statistics import (
    Normalisation,
    Statistics,
    check_normalisation,
    fitted,
    generators,
    normalise,
)
from saiki.data.augmentation import Augmentation, Draw
from saiki.data.examples import Examples, FloatArray
from saiki.errors import DataError

__all__ = ["Series"]

_VARIANCE_FLOOR = 1e-10  # a constant channel becomes 0


@final
class Series:
    """Each channel by the mean and deviation of the training part, or as it is.

    Args:
        normalise: "global", by the training part's mean and deviation of each channel;
            "utterance", by each case's own; "utterance-mean", by its own mean and the training
            part's deviation; "utterance-scale", by one mean and one deviation for all
            channels of the case; "none".

    Shapes: each value (T, channels); each output (T, channels).

    Raises:
        ArgumentError: an unknown `normalise`.

    Example:
        >>> import numpy as np
        >>> values = [np.array([[1.0], [3.0]], np.float32)]
        >>> examples = Examples(values, ["a"], kind="series")
        >>> Series().fit(examples, [0]).transform(values)[0].ravel().tolist()
        [-1.0, 1.0]
    """

    def __init__(self, *, normalise: Normalisation = "global") -> None:
        check_normalisation("Series", normalise)
        self.normalise = normalise
        self._statistics: Statistics | None = None

    @property
    def features(self) -> int:
        """F, the number of channels; known after `fit`."""
        return len(fitted(self._statistics, "Series").mean)

    def fit(self, examples: Examples, indices: Iterable[int]) -> Self:
        """Takes the mean and deviation of each channel over the training part."""
        if examples.kind != "series":
            raise DataError(
                "Series.fit: expected series; got {kind}. Use LogMel or RawWaveform for audio.",
                kind=examples.kind,
            )
        self._statistics = Statistics.of(examples.values(indices))
        return self

    def transform(
        self,
        values: Sequence[FloatArray],
        augment: Augmentation | None = None,
        draws: Sequence[Draw] | None = None,
    ) -> list[FloatArray]:
        """(T, channels) for each case."""
        rngs = generators("Series", len(values), augment, draws)
        known = fitted(self._statistics, "Series")
        for value in values:
            if value.ndim != 2 or value.shape[1] != len(known.mean):
                raise DataError(
                    "Series.transform: each case must be (T, channels={expected}), as in "
                    "training; got {got}. Give the same channels.",
                    expected=len(known.mean),
                    got=value.shape,
                )
        if augment is None or not rngs:
            return [self._normalise(v, known) for v in values]
        outputs = []
        for value, rng in zip(values, rngs, strict=True):
            changed = self._normalise(_jitter(value, augment, known, rng), known)
            outputs.append(mask(change_tempo(changed, augment, rng), augment, rng))
        return outputs

    def to_json(self) -> dict[str, Any]:
        """Settings and statistics."""
        statistics = self._statistics.to_json() if self._statistics else None
        return {"kind": "series", "normalise": self.normalise, "statistics": statistics}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Series":
        """The front end that `to_json` wrote."""
        made = cls(normalise=stored["normalise"])
        made._statistics = Statistics.from_json(stored["statistics"])
        return made

    def _normalise(self, value: FloatArray, known: Statistics) -> FloatArray:
        return normalise(
            value, self.normalise, known, name="Series", variance_floor=_VARIANCE_FLOOR
        )


def _jitter(
    value: FloatArray, plan: Augmentation, known: Statistics, rng: np.random.Generator
) -> FloatArray:
    if not plan.jitter:
        return value
    noise = rng.standard_normal(value.shape, dtype=np.float32) * known.deviation
    return value + np.float32(plan.jitter) * noise
