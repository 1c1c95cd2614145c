"""`RawWaveform`: the samples themselves, cut or padded to one length."""

from collections.abc import Iterable, Sequence
from typing import Any, Self, final

import numpy as np

from saiki.data._augment_frames import mask
from saiki.data._augment_wave import augment_wave, equalise_wave
from saiki.data._statistics import (
    Normalisation,
    Statistics,
    check_normalisation,
    generators,
    normalise,
)
from saiki.data.augmentation import Augmentation, Draw
from saiki.data.examples import Examples, FloatArray
from saiki.errors import ArgumentError, DataError

__all__ = ["RawWaveform"]

_VARIANCE_FLOOR = 1e-8  # -80 dB


@final
class RawWaveform:
    """Samples as a sequence: the middle of long sounds, short ones with silence after them.

    Args:
        sample_rate_hz: of the audio.
        seconds: the one length of all outputs.
        hop: samples a step; each step has them as its features.
        normalise: "none"; "global", by mean and deviation of the training part's samples;
            "utterance" (or "utterance-scale"), by those of the sound itself; "utterance-mean",
            its own mean and the training part's deviation.

    Shapes: each value (N,); each output (T, hop) with T = round(seconds * sample_rate_hz) // hop.

    Raises:
        ArgumentError: a value out of range.

    Example:
        >>> import numpy as np
        >>> RawWaveform(8000, 0.5).transform([np.ones(800, np.float32)])[0].shape
        (4000, 1)
    """

    def __init__(
        self,
        sample_rate_hz: int,
        seconds: float,
        *,
        hop: int = 1,
        normalise: Normalisation = "none",
    ) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.seconds = seconds
        self.hop = hop
        self.normalise = normalise
        self._statistics: Statistics | None = None
        check_normalisation("RawWaveform", normalise)
        if hop < 1 or sample_rate_hz < 1 or round(seconds * sample_rate_hz) < hop:
            raise ArgumentError(
                "RawWaveform: one step must fit in: seconds * sample_rate_hz >= hop >= 1; got "
                "seconds={seconds}, sample_rate_hz={rate}, hop={hop}. Give more seconds.",
                seconds=seconds,
                rate=sample_rate_hz,
                hop=hop,
            )

    @property
    def features(self) -> int:
        """F, the size of a step of the output."""
        return self.hop

    def fit(self, examples: Examples, indices: Iterable[int]) -> Self:
        """Takes the mean and deviation of the training part's samples, where they are needed."""
        if examples.kind != "audio" or examples.sample_rate_hz != self.sample_rate_hz:
            raise DataError(
                "RawWaveform.fit: expected audio at {expected} Hz; got {kind} at {got} Hz. "
                "Read the files with sample_rate_hz={expected}.",
                expected=self.sample_rate_hz,
                kind=examples.kind,
                got=examples.sample_rate_hz,
            )
        if self.normalise in ("global", "utterance-mean"):
            self._statistics = Statistics.of(v[:, None] for v in examples.values(indices))
        return self

    def transform(
        self,
        values: Sequence[FloatArray],
        augment: Augmentation | None = None,
        draws: Sequence[Draw] | None = None,
    ) -> list[FloatArray]:
        """(T, hop) for each (N,) waveform."""
        rngs = generators("RawWaveform", len(values), augment, draws)
        values = [self._normalise(v) for v in values]
        if augment is None or not rngs:
            return [self._cut(v) for v in values]
        outputs = []
        for value, rng in zip(values, rngs, strict=True):
            changed = augment_wave(value, self.sample_rate_hz, augment, rng)
            if augment.equalise_db:
                changed = equalise_wave(changed, augment, rng)
            outputs.append(mask(self._cut(changed), augment, rng))
        return outputs

    def to_json(self) -> dict[str, Any]:
        """The settings."""
        return {
            "kind": "raw-waveform",
            "sample_rate_hz": self.sample_rate_hz,
            "seconds": self.seconds,
            "hop": self.hop,
            "normalise": self.normalise,
            "statistics": self._statistics.to_json() if self._statistics else None,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "RawWaveform":
        """The front end that `to_json` wrote."""
        made = cls(**{k: v for k, v in stored.items() if k not in ("kind", "statistics")})
        made._statistics = Statistics.from_json(stored["statistics"])
        return made

    def _normalise(self, samples: FloatArray) -> FloatArray:
        return normalise(
            samples[:, None],
            self.normalise,
            self._statistics,
            name="RawWaveform",
            variance_floor=_VARIANCE_FLOOR,
        )[:, 0]

    def _cut(self, samples: FloatArray) -> FloatArray:
        size = round(self.seconds * self.sample_rate_hz) // self.hop * self.hop
        start = max(0, (len(samples) - size) // 2)
        cut = np.zeros(size, dtype=np.float32)
        kept = samples[start : start + size]
        cut[: len(kept)] = kept
        return cut.reshape(-1, self.hop)
