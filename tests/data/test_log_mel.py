import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.data import Examples, LogMel, front_end_from_json
from saiki.data._level import trim_silence
from saiki.errors import ArgumentError, DataError


def sound(samples=4000, seed=0, rate=8000):
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / rate
    tones = sum(np.sin(2 * np.pi * hz * time + hz) for hz in rng.uniform(80, 3500, 5))
    return (0.1 * tones + 0.02 * rng.normal(size=samples)).astype(np.float32)


def plain(**settings):
    return LogMel(8000, **{"normalise": "none", "level": "none", **settings})


def examples(count=6, rate=8000, kind="audio"):
    values = [sound(1000 + 300 * i, seed=i) for i in range(count)]
    return Examples(values, [str(i) for i in range(count)], kind=kind, sample_rate_hz=rate)


@pytest.mark.parametrize("scale", ["htk", "slaney"])
@pytest.mark.parametrize("f_max_hz", [None, 3100.0])
def test_filters_are_librosas_and_the_rest_is_the_formula(scale, f_max_hz):
    filters = pytest.importorskip("librosa.filters").mel(
        sr=8000,
        n_fft=256,
        n_mels=32,
        fmin=70.0,
        fmax=f_max_hz,
        htk=scale == "htk",
        norm=None if scale == "htk" else "slaney",
    )
    wave = sound(4321)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(200) / 200)
    # Frame t is centred on sample 80 t; the window stands in the middle of the 256 points.
    padded = np.pad(wave.astype(np.float64), 128 + 80)
    frames = np.stack([padded[80 + 80 * t + 28 :][:200] for t in range(4321 // 80 + 1)])
    power = np.abs(np.fft.rfft(frames * window, n=256)) ** 2 / np.sum(window**2)
    expected = np.log(power @ filters.T.astype(np.float64) + 1e-5)
    front_end = plain(mels=32, f_min_hz=70.0, f_max_hz=f_max_hz, mel_scale=scale)
    (got,) = front_end.transform([wave])
    assert got.dtype == np.float32
    assert got.shape == (4321 // 80 + 1, 32)
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_noise_of_effective_value_one_has_power_one():
    noise = np.random.default_rng(3).normal(size=200_000).astype(np.float32)
    front_end = plain(mels=10)
    power = np.exp(front_end.transform([noise])[0]).mean(axis=0)
    np.testing.assert_allclose(power / front_end._filters.sum(axis=1), 1, rtol=0.05)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=70))
def test_a_batch_equals_one_by_one(sizes):
    waves = [sound(n, seed=n) for n in sizes]
    front_end = LogMel(8000, mels=20, normalise="utterance", deltas=1, stack=3)
    together = front_end.transform(waves)
    for wave, got in zip(waves, together, strict=True):
        np.testing.assert_allclose(got, front_end.transform([wave])[0], rtol=1e-4, atol=1e-4)


def test_shorter_than_one_window_is_padded_to_it():
    short, padded = sound(30), np.zeros(200, np.float32)
    padded[:30] = short
    got = plain(mels=20).transform([short])[0]
    assert got.shape == (3, 20)
    np.testing.assert_array_equal(got, plain(mels=20).transform([padded])[0])


def test_silence_is_the_floor():
    got = LogMel(8000, normalise="none", log_floor_db=-40.0).transform([np.zeros(900, np.float32)])
    np.testing.assert_allclose(got[0], np.log(1e-4), rtol=1e-5)
    assert np.isfinite(
        LogMel(8000, normalise="utterance").transform([np.zeros(9, np.float32)])
    ).all()


def test_level_makes_loudness_irrelevant():
    wave = sound()
    front_end = LogMel(8000, normalise="none")
    np.testing.assert_allclose(
        front_end.transform([wave])[0], front_end.transform([wave * 0.01])[0], atol=1e-3
    )
    louder = plain().transform([wave * 2])[0] - plain().transform([wave])[0]
    assert louder.mean() > 1


def test_silent_ends_are_cut_off(tone):
    wave = np.concatenate([np.zeros(2000), tone(0.25), np.zeros(4000)]).astype(np.float32)
    wave += 1e-4 * np.random.default_rng(0).normal(size=len(wave)).astype(np.float32)
    cut = LogMel(8000, normalise="none", trim_silence_db=30.0).transform([wave])[0]
    whole = LogMel(8000, normalise="none").transform([wave])[0]
    assert len(whole) == 101
    assert 25 <= len(cut) <= 30
    np.testing.assert_allclose(cut[5:20], whole[29:44], atol=1e-3)
    short = plain(trim_silence_db=30.0).transform([tone(0.01)])
    assert short[0].shape == (3, 40)


def test_no_loud_sample_is_cut_off():
    wave = np.zeros(8000, np.float32)
    wave[2000:4000] = 0.5
    assert np.count_nonzero(trim_silence(wave, 8000, 30.0)) == 2000
    assert len(trim_silence(wave, 8000, 30.0)) <= 2000 + 2 * 80
    assert np.count_nonzero(trim_silence(wave[:3970], 8000, 30.0)) == 1970
    assert len(trim_silence(np.zeros(500, np.float32), 8000, 30.0)) == 500


def test_global_statistics_are_those_of_the_training_part():
    data = examples()
    front_end = LogMel(8000, mels=15).fit(data, [0, 1, 2])
    frames = np.concatenate(front_end.transform(data.values([0, 1, 2])))
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-4)
    others = np.concatenate(front_end.transform(data.values([3, 4, 5])))
    assert np.abs(others.mean(axis=0)).max() > 0.05


def test_utterance_statistics():
    data = examples()
    raw = LogMel(8000, mels=15, normalise="none").transform(data.values())
    centred = [f - f.mean(axis=0) for f in raw]
    training_deviation = np.concatenate(centred[:3]).std(axis=0)
    expected = {
        "utterance": [c / np.sqrt(c.var(axis=0) + 0.1) for c in centred],
        "utterance-mean": [c / training_deviation for c in centred],
        "utterance-scale": [(f - f.mean()) / np.sqrt(f.var() + 0.1) for f in raw],
    }
    for how, frames in expected.items():
        front_end = LogMel(8000, mels=15, normalise=how).fit(data, range(3))
        for a, b in zip(front_end.transform(data.values()), frames, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_slopes():
    base = plain(mels=5)
    frames = base.transform([sound()])[0]
    got = plain(mels=5, deltas=2).transform([sound()])[0]
    assert got.shape[1] == 15 == plain(mels=5, deltas=2).features
    np.testing.assert_array_equal(got[:, :5], frames)
    at = np.clip(np.arange(len(frames))[:, None] + np.arange(-2, 3), 0, len(frames) - 1)
    slope = np.einsum("k,tkf->tf", np.arange(-2, 3) / 10, frames[at])
    np.testing.assert_allclose(got[:, 5:10], slope, atol=1e-5)
    np.testing.assert_allclose(
        got[:, 10:], np.einsum("k,tkf->tf", np.arange(-2, 3) / 10, slope[at]), atol=1e-5
    )


def test_stacking():
    frames = plain(mels=4).transform([sound(800)])[0]
    stacked = plain(mels=4, stack=3).transform([sound(800)])[0]
    assert (frames.shape, stacked.shape) == ((11, 4), (4, 12))
    np.testing.assert_array_equal(stacked.reshape(12, 4)[:11], frames)
    assert (stacked[3, 8:] == 0).all()
    assert plain(mels=4, stack=3).features == 12


@pytest.mark.parametrize("how", ["global", "utterance-mean", "utterance"])
def test_json_gives_the_same_numbers(how):
    data = examples()
    front_end = LogMel(
        8000, mels=12, normalise=how, deltas=1, stack=2, trim_silence_db=35.0, mel_scale="slaney"
    ).fit(data, [0, 2])
    again = front_end_from_json(json.loads(json.dumps(front_end.to_json())))
    for a, b in zip(
        front_end.transform(data.values()), again.transform(data.values()), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    assert again.features == front_end.features


def test_fit_refuses_other_data():
    with pytest.raises(DataError, match="expected audio at 8000 Hz; got audio at 16000 Hz"):
        LogMel(8000).fit(examples(rate=16000), [0])
    with pytest.raises(DataError, match="expected audio at 8000 Hz; got series"):
        LogMel(8000).fit(examples(kind="series"), [0])
    with pytest.raises(ArgumentError, match="no examples were given"):
        LogMel(8000).fit(examples(), [])


def test_transform_before_fit():
    with pytest.raises(ArgumentError, match=r"LogMel.transform: the statistics .* Call fit\("):
        LogMel(8000).transform([sound()])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_rate_hz": 0}, "sample_rate_hz must be at least 1; got 0"),
        ({"mels": 0}, "mels must be at least 1; got 0"),
        ({"mels": 200}, "200 mels are too many for fft_size=256 at 8000 Hz: filter 1"),
        ({"window_ms": 0.1}, "window_ms must be at least two samples long; got 0.1"),
        ({"hop_ms": 0.0}, "hop_ms must be at least one sample long; got 0.0"),
        ({"fft_size": 128}, "fft_size must be at least the samples of the window; got 128"),
        ({"f_min_hz": 5000.0}, "f_min_hz must be from 0 to below f_max_hz; got 5000.0"),
        ({"f_max_hz": 4001.0}, "f_max_hz must be at most half the sample rate; got 4001.0"),
        ({"mel_scale": "bark"}, "mel_scale must be .* got 'bark'"),
        ({"level": "rms"}, "level must be .* got 'rms'"),
        ({"normalise": "globl"}, "normalise must be one of none, global, .* got 'globl'"),
        ({"deltas": 3}, "deltas must be 0, 1 or 2; got 3"),
        ({"stack": 0}, "stack must be at least 1; got 0"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ArgumentError, match=f"LogMel: {message}"):
        LogMel(**{"sample_rate_hz": 8000, **settings})


def test_unknown_front_end():
    with pytest.raises(
        DataError, match="kind must be one of log-mel, raw-waveform, series, tokens; got 'x'"
    ):
        front_end_from_json({"kind": "x"})
