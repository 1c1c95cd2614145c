"""`LogMel`: the log-mel spectrogram, and what makes one voice look like another."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, final

import numpy as np

from saiki.data._augment_frames import augment_log_mel, mask
from saiki.data._augment_wave import augment_wave
from saiki.data._level import level, trim_silence
from saiki.data._mel import MelScale, mel_filters
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

__all__ = ["LogMel"]

_CHUNK = 64  # waveforms in one Fourier transform
_VARIANCE_FLOOR = 0.1  # silence is not blown up; log-mel has a variance of about 6


@dataclass(frozen=True, kw_only=True)
class _Settings:
    sample_rate_hz: int
    mels: int
    window_ms: float
    hop_ms: float
    fft_size: int
    f_min_hz: float
    f_max_hz: float
    mel_scale: MelScale
    log_floor_db: float
    level: Literal["none", "loudest"]
    trim_silence_db: float | None
    normalise: Normalisation
    mean_removal: float
    deltas: int
    stack: int


@final
class LogMel:
    """Log-mel spectrogram of mono audio: one row of features every `hop_ms`.

        S(t, k) = |Fourier transform of x(n) w(n - t hop)|^2 / sum_n w(n)^2     w: Hann
        M(t, m) = log(sum_k filter(m, k) S(t, k) + 10^(log_floor_db / 10))

    so that noise with an effective value of 1 has S = 1 on average. Frames are centred: a sound
    of N samples has N // hop + 1 of them.

    Args:
        sample_rate_hz: of the audio.
        mels: filters, 1 or more.
        window_ms, hop_ms: length and distance of the frames, milliseconds.
        fft_size: points of the transform; the power of two from the window up by default.
        f_min_hz, f_max_hz: ends of the mel axis; f_max_hz is half the sample rate by default.
        mel_scale: "htk" (triangles of height 1) or "slaney" (triangles of equal area).
        log_floor_db: what is added under the logarithm, dB against an effective value of 1.
        level: "loudest" scales each sound so that its loudest 20 ms have an effective value of 1.
        trim_silence_db: cuts off ends that are this far below the loudest 20 ms; None keeps them.
        normalise: "none"; "global", by mean and deviation of each filter over the training part;
            "utterance", by those of the sound itself; "utterance-mean", its own mean and the
            training part's deviation; "utterance-scale", one mean and one deviation for all
            filters of the sound, which keeps the shape of its spectrum.
        mean_removal: before that, this share of each filter's own mean over the sound is taken
            away, in [0, 1]: it holds the microphone, but in a short word the vowel as well.
        deltas: 0, 1 or 2 orders of slopes over two frames either way, added as features.
        stack: frames put side by side as one step; T becomes ceil(T / stack).

    Shapes: each value (N,); each output (T, F) with F = mels * (1 + deltas) * stack.

    Raises:
        ArgumentError: a value out of range, or more mels than the spectrum can tell apart.

    Source: the filter banks are those of `saiki.data._mel`; the slopes are HTK's regression
    (The HTK Book, section 5.9) with a window of 2.

    Example:
        >>> import numpy as np
        >>> front_end = LogMel(8000, mels=20, normalise="utterance", stack=2)
        >>> front_end.transform([np.ones(800, np.float32)])[0].shape, front_end.features
        ((6, 40), 40)
    """

    def __init__(
        self,
        sample_rate_hz: int,
        mels: int = 40,
        *,
        window_ms: float = 25.0,
        hop_ms: float = 10.0,
        fft_size: int | None = None,
        f_min_hz: float = 60.0,
        f_max_hz: float | None = None,
        mel_scale: MelScale = "htk",
        log_floor_db: float = -50.0,
        level: Literal["none", "loudest"] = "loudest",
        trim_silence_db: float | None = None,
        normalise: Normalisation = "global",
        mean_removal: float = 0.0,
        deltas: int = 0,
        stack: int = 1,
    ) -> None:
        window = round(window_ms * sample_rate_hz / 1000)
        self.settings = _Settings(
            sample_rate_hz=sample_rate_hz,
            mels=mels,
            window_ms=window_ms,
            hop_ms=hop_ms,
            fft_size=fft_size or 1 << max(0, window - 1).bit_length(),
            f_min_hz=f_min_hz,
            f_max_hz=sample_rate_hz / 2 if f_max_hz is None else f_max_hz,
            mel_scale=mel_scale,
            log_floor_db=log_floor_db,
            level=level,
            trim_silence_db=trim_silence_db,
            normalise=normalise,
            mean_removal=mean_removal,
            deltas=deltas,
            stack=stack,
        )
        _check(self.settings)
        s = self.settings
        self._window = window
        self._hop = round(hop_ms * sample_rate_hz / 1000)
        self._filters = mel_filters(
            sample_rate_hz, s.fft_size, mels, s.f_min_hz, s.f_max_hz, mel_scale
        )
        self._statistics: Statistics | None = None

    @property
    def features(self) -> int:
        """F, the size of a step of the output."""
        return self.settings.mels * (1 + self.settings.deltas) * self.settings.stack

    def fit(self, examples: Examples, indices: Iterable[int]) -> Self:
        """Takes the statistics of the training part, where `normalise` needs them."""
        if examples.kind != "audio" or examples.sample_rate_hz != self.settings.sample_rate_hz:
            raise DataError(
                "LogMel.fit: expected audio at {expected} Hz; got {kind} at {got} Hz. "
                "Read the files with sample_rate_hz={expected}.",
                expected=self.settings.sample_rate_hz,
                kind=examples.kind,
                got=examples.sample_rate_hz,
            )
        if self.settings.normalise in ("global", "utterance-mean"):
            waves = [self._prepare(v) for v in examples.values(indices)]
            frames = [self._without_mean(f) for f in self._log_mel(waves)]
            if self.settings.normalise == "utterance-mean":
                frames = [f - f.mean(axis=0) for f in frames]
            self._statistics = Statistics.of(frames)
        return self

    def transform(
        self,
        values: Sequence[FloatArray],
        augment: Augmentation | None = None,
        draws: Sequence[Draw] | None = None,
    ) -> list[FloatArray]:
        """(T, F) for each (N,) waveform."""
        rngs = generators("LogMel", len(values), augment, draws)
        waves = [self._prepare(v) for v in values]
        if augment is None or not rngs:
            return [self._finish(self._normalise(f)) for f in self._log_mel(waves)]
        rate = self.settings.sample_rate_hz
        waves = [augment_wave(w, rate, augment, d) for w, d in zip(waves, rngs, strict=True)]
        outputs = []
        for frames, rng in zip(self._log_mel(waves), rngs, strict=True):
            changed = self._normalise(augment_log_mel(frames, augment, rng))
            outputs.append(self._finish(mask(changed, augment, rng)))
        return outputs

    def to_json(self) -> dict[str, Any]:
        """Settings and statistics."""
        statistics = self._statistics.to_json() if self._statistics else None
        return {"kind": "log-mel", **asdict(self.settings), "statistics": statistics}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "LogMel":
        """The front end that `to_json` wrote."""
        settings = {k: v for k, v in stored.items() if k not in ("kind", "statistics")}
        made = cls(**settings)
        made._statistics = Statistics.from_json(stored["statistics"])
        return made

    def _without_mean(self, frames: FloatArray) -> FloatArray:
        share = self.settings.mean_removal
        return frames - np.float32(share) * frames.mean(axis=0) if share else frames

    def _prepare(self, samples: FloatArray) -> FloatArray:
        s = self.settings
        if s.trim_silence_db is not None:
            samples = trim_silence(samples, s.sample_rate_hz, s.trim_silence_db)
        return level(samples, s.sample_rate_hz) if s.level == "loudest" else samples

    def _log_mel(self, waves: Sequence[FloatArray]) -> list[FloatArray]:
        """(T, mels) for each waveform, not normalised."""
        # Neighbours in length share a transform, so that little of it is padding.
        order = sorted(range(len(waves)), key=lambda i: len(waves[i]))
        by_place: dict[int, FloatArray] = {}
        for start in range(0, len(order), _CHUNK):
            chosen = order[start : start + _CHUNK]
            frames = self._log_mel_chunk([waves[i] for i in chosen])
            by_place.update(zip(chosen, frames, strict=True))
        return [by_place[i] for i in range(len(waves))]

    def _log_mel_chunk(self, waves: Sequence[FloatArray]) -> list[FloatArray]:
        import torch  # noqa: PLC0415  readers and configuration work without it

        s = self.settings
        # A sound shorter than one window is padded to it.
        lengths = [max(len(w), self._window) for w in waves]
        padded = np.zeros((len(waves), max(lengths)), dtype=np.float32)
        for row, wave in zip(padded, waves, strict=True):
            row[: len(wave)] = wave
        window = torch.hann_window(self._window)
        spectrum = torch.stft(
            torch.from_numpy(padded),
            s.fft_size,
            self._hop,
            self._window,
            window,
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        power = (spectrum.real.square() + spectrum.imag.square()) / window.square().sum()
        mel = torch.from_numpy(self._filters) @ power  # (B, mels, T)
        log = torch.log(mel + 10 ** (s.log_floor_db / 10)).transpose(1, 2).contiguous().numpy()
        return [f[: n // self._hop + 1] for f, n in zip(log, lengths, strict=True)]

    def _normalise(self, frames: FloatArray) -> FloatArray:
        frames = self._without_mean(frames)
        return normalise(
            frames,
            self.settings.normalise,
            self._statistics,
            name="LogMel",
            variance_floor=_VARIANCE_FLOOR,
        )

    def _finish(self, frames: FloatArray) -> FloatArray:
        """Slopes and stacking."""
        orders = [frames]
        for _ in range(self.settings.deltas):
            orders.append(_slopes(orders[-1]))
        frames = np.concatenate(orders, axis=1) if len(orders) > 1 else frames
        stack = self.settings.stack
        if stack > 1:
            stacked = np.zeros((-(-len(frames) // stack) * stack, frames.shape[1]), np.float32)
            stacked[: len(frames)] = frames
            return stacked.reshape(len(stacked) // stack, -1)
        return np.ascontiguousarray(frames, dtype=np.float32)


def _slopes(frames: FloatArray) -> FloatArray:
    """The regression line through five frames; the ends are repeated."""
    p = np.pad(frames, ((2, 2), (0, 0)), mode="edge")
    slopes: FloatArray = (2 * (p[4:] - p[:-4]) + p[3:-1] - p[1:-3]) / np.float32(10)
    return slopes


def _check(s: _Settings) -> None:
    check_normalisation("LogMel", s.normalise)
    window = s.window_ms * s.sample_rate_hz / 1000
    rules = (
        ("sample_rate_hz", s.sample_rate_hz >= 1, "at least 1"),
        ("mels", s.mels >= 1, "at least 1"),
        ("window_ms", round(window) >= 2, "at least two samples long"),
        ("hop_ms", round(s.hop_ms * s.sample_rate_hz / 1000) >= 1, "at least one sample long"),
        ("fft_size", s.fft_size >= round(window), "at least the samples of the window"),
        ("f_min_hz", 0 <= s.f_min_hz < s.f_max_hz, "from 0 to below f_max_hz"),
        ("f_max_hz", s.f_max_hz <= s.sample_rate_hz / 2, "at most half the sample rate"),
        ("mel_scale", s.mel_scale in ("htk", "slaney"), '"htk" or "slaney"'),
        ("level", s.level in ("none", "loudest"), '"none" or "loudest"'),
        ("mean_removal", 0 <= s.mean_removal <= 1, "from 0 to 1"),
        ("deltas", s.deltas in (0, 1, 2), "0, 1 or 2"),
        ("stack", s.stack >= 1, "at least 1"),
    )
    for name, is_right, rule in rules:
        if not is_right:
            raise ArgumentError(
                "LogMel: {name} must be {rule}; got {got!r}. Change it.",
                name=name,
                rule=rule,
                got=getattr(s, name),
            )
