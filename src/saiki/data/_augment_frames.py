import numpy as np
from numpy.typing import NDArray

from saiki.data._augment_wave import log_uniform, smooth_curve
from saiki.data.augmentation import Augmentation
from saiki.data.examples import FloatArray

_NEPERS_PER_DB = np.log(10) / 10  # of power
_MOST_OF_TIME = 0.25  # of a sequence that one mask may hide


def augment_log_mel(frames: FloatArray, plan: Augmentation, rng: np.random.Generator) -> FloatArray:
    """(T, mels) to (another T, mels), before normalisation: tempo, mel axis, equaliser."""
    frames = change_tempo(frames, plan, rng)
    if plan.mel_warp is not None or plan.mel_shift:
        factor = 1.0 if plan.mel_warp is None else log_uniform(rng, plan.mel_warp)
        at = np.arange(frames.shape[1]) * factor + rng.uniform(-1, 1) * plan.mel_shift
        frames = np.ascontiguousarray(_interpolate(frames.T, at).T)
    if plan.equalise_db:
        curve = smooth_curve(rng, frames.shape[1], plan.equalise_db)
        frames = frames + curve * np.float32(_NEPERS_PER_DB)
    return frames


def change_tempo(frames: FloatArray, plan: Augmentation, rng: np.random.Generator) -> FloatArray:
    """(T, F) to (another T, F), by straight lines between the steps."""
    if plan.tempo is None:
        return frames
    steps = max(1, round(len(frames) / log_uniform(rng, plan.tempo)))
    return _interpolate(frames, np.linspace(0, len(frames) - 1, steps))


def mask(frames: FloatArray, plan: Augmentation, rng: np.random.Generator) -> FloatArray:
    """(T, F): hides stretches of time and of frequency behind the mean of the sequence."""
    if not plan.time_masks and not plan.frequency_masks:
        return frames
    frames, mean = frames.copy(), frames.mean(axis=0)
    for _ in range(plan.time_masks):
        most = min(plan.time_mask_frames, _MOST_OF_TIME * len(frames))
        start, end = _stretch(rng, len(frames), most)
        frames[start:end] = mean
    for _ in range(plan.frequency_masks):
        start, end = _stretch(rng, frames.shape[1], min(plan.frequency_mask_bins, frames.shape[1]))
        frames[:, start:end] = mean[start:end]
    return frames


def _stretch(rng: np.random.Generator, size: int, most: float) -> tuple[int, int]:
    width = int(rng.uniform(0, most + 1))
    start = int(rng.integers(0, size - width + 1))
    return start, start + width


def _interpolate(rows: FloatArray, at: NDArray[np.floating]) -> FloatArray:
    """Rows at fractional positions; the outermost rows go on beyond the ends."""
    at = np.clip(at, 0, len(rows) - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, len(rows) - 1)
    weight = (at - low).astype(np.float32)[:, None]
    between: FloatArray = rows[low] * (1 - weight) + rows[high] * weight
    return between
