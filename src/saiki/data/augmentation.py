"""`Augmentation`: random changes of training examples that keep their label.

Everything that is drawn for an example is a pure function of seed, epoch and example, so that a
resumed run, another batch size or another order of batches makes the same changes.
"""

from dataclasses import dataclass, fields
from typing import final

from saiki.errors import ArgumentError

__all__ = ["Augmentation", "Draw"]

Range = tuple[float, float]
Draw = tuple[int, int, int]
"""Seed, epoch and index of an example: all that its random changes depend on."""


@final
@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What may change, and by how much; everything is off by default.

    Args:
        stretch: factors of speed, drawn log-uniformly; tempo and pitch change together, by
            resampling: (0.8, 1.25) is up to a quarter slower or faster.
        gain_db: range of a change in loudness, dB.
        noise_snr_db: range of the signal-to-noise ratio, dB, of added noise of random colour.
        noise_probability: share of the examples that get noise.
        crop_ms: up to this much is cut off at each end, at most a quarter of the sound.
        shift_ms: the sound moves in time by up to this much either way; silence follows.
        equalise_db: standard deviation, dB, of a random smooth change of the spectrum.
        tempo: factors of tempo without pitch, on log-mel frames or series, drawn log-uniformly.
        mel_warp: factors of a stretch of the mel axis (another length of the vocal tract),
            drawn log-uniformly.
        mel_shift: bins by which the mel axis moves at most, either way.
        time_masks, time_mask_frames: how many masks in time, each up to so many steps wide and
            at most a quarter of the sequence; a mask takes the mean of the sequence.
        frequency_masks, frequency_mask_bins: the same along the mel axis.
        jitter: standard deviation of noise on series, in units of each channel's own.

    Raises:
        ArgumentError: a value out of range.

    Source: masks after D. S. Park et al. (2019), "SpecAugment", section 2; warp of the frequency
    axis after N. Jaitly and G. Hinton (2013), "Vocal Tract Length Perturbation".
    Differs: no time warp around a control point; masks take the mean, not zero.

    Example:
        >>> Augmentation(stretch=(0.9, 1.1), time_masks=1).is_off
        False
    """

    stretch: Range | None = None
    gain_db: Range | None = None
    noise_snr_db: Range | None = None
    noise_probability: float = 1.0
    crop_ms: float = 0.0
    shift_ms: float = 0.0
    equalise_db: float = 0.0
    tempo: Range | None = None
    mel_warp: Range | None = None
    mel_shift: float = 0.0
    time_masks: int = 0
    time_mask_frames: int = 10
    frequency_masks: int = 0
    frequency_mask_bins: int = 8
    jitter: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, (tuple, list)):
                _check_range(field.name, tuple(value))
                object.__setattr__(self, field.name, tuple(value))
            elif value is not None and not value >= 0:
                raise ArgumentError(
                    "Augmentation: {name} must be at least 0; got {got}. Give 0 to switch it off.",
                    name=field.name,
                    got=value,
                )
        if self.noise_probability > 1:
            raise ArgumentError(
                "Augmentation: noise_probability must be from 0 to 1; got {got}. "
                "Give the share of the examples.",
                got=self.noise_probability,
            )

    @property
    def is_off(self) -> bool:
        """Whether nothing at all would change."""
        ranges = (self.stretch, self.gain_db, self.noise_snr_db, self.tempo, self.mel_warp)
        numbers = (self.crop_ms, self.shift_ms, self.equalise_db, self.mel_shift, self.jitter)
        masks = (self.time_masks, self.frequency_masks)
        return not any(ranges) and not any(numbers) and not any(masks)


def _check_range(name: str, limits: tuple[float, ...]) -> None:
    is_factor = name in ("stretch", "tempo", "mel_warp")
    if len(limits) != 2 or not limits[0] <= limits[1] or (is_factor and not limits[0] > 0):
        raise ArgumentError(
            "Augmentation: {name} must be (low, high) with low <= high{positive}; got {got}. "
            "Give two numbers.",
            name=name,
            positive=" and low above 0" if is_factor else "",
            got=limits,
        )
