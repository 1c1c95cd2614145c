import math

import numpy as np

from saiki.data._audio import resample
from saiki.data.augmentation import Augmentation
from saiki.data.examples import FloatArray

_KNOTS = 5  # of a smooth spectral curve


def augment_wave(
    samples: FloatArray, sample_rate_hz: int, plan: Augmentation, rng: np.random.Generator
) -> FloatArray:
    """(N,) to (another N,): speed, edges, position, noise, loudness, in this order."""
    if plan.stretch is not None:
        factor = log_uniform(rng, plan.stretch)
        # "LQ" keeps what a 40-band spectrogram sees, in less time than "HQ".
        samples = resample(samples, sample_rate_hz, sample_rate_hz / factor, "LQ")
    if plan.crop_ms:
        samples = _crop(samples, plan.crop_ms * sample_rate_hz / 1000, rng)
    if plan.shift_ms:
        samples = _shift(samples, round(rng.uniform(-1, 1) * plan.shift_ms * sample_rate_hz / 1000))
    if plan.noise_snr_db is not None and rng.random() < plan.noise_probability:
        samples = _add_noise(samples, rng.uniform(*plan.noise_snr_db), rng)
    if plan.gain_db is not None:
        samples = samples * np.float32(10 ** (rng.uniform(*plan.gain_db) / 20))
    return samples


def equalise_wave(samples: FloatArray, plan: Augmentation, rng: np.random.Generator) -> FloatArray:
    """A random smooth change of the spectrum of a waveform."""
    spectrum = np.fft.rfft(samples)
    gain = 10 ** (smooth_curve(rng, len(spectrum), plan.equalise_db) / 20)
    return np.fft.irfft(spectrum * gain, n=len(samples)).astype(np.float32)


def log_uniform(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    """A factor whose logarithm is uniform: as often half as double."""
    return math.exp(rng.uniform(math.log(limits[0]), math.log(limits[1])))


def smooth_curve(rng: np.random.Generator, points: int, deviation: float) -> FloatArray:
    """Straight lines through a few normal draws."""
    knots = rng.standard_normal(_KNOTS) * deviation
    at = np.linspace(0, _KNOTS - 1, points)
    return np.interp(at, np.arange(_KNOTS), knots).astype(np.float32)


def _crop(samples: FloatArray, most: float, rng: np.random.Generator) -> FloatArray:
    most = min(most, len(samples) / 4)
    start, end = (int(x) for x in rng.uniform(0, most, size=2))
    return samples[start : len(samples) - end]


def _shift(samples: FloatArray, by: int) -> FloatArray:
    by = max(-len(samples), min(len(samples), by))
    moved = np.zeros_like(samples)
    if by >= 0:
        moved[by:] = samples[: len(samples) - by]
    else:
        moved[:by] = samples[-by:]
    return moved


def _add_noise(samples: FloatArray, snr_db: float, rng: np.random.Generator) -> FloatArray:
    noise = rng.standard_normal(len(samples), dtype=np.float32)
    tilt = rng.uniform(-0.9, 0.9)  # from rumbling to hissing
    noise[1:] += np.float32(tilt) * noise[:-1]
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    wanted = power * 10 ** (-snr_db / 10)
    return samples + noise * np.float32(math.sqrt(wanted / (1 + tilt**2)))
