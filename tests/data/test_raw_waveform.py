import json

import numpy as np
import pytest

from saiki.data import Augmentation, Examples, RawWaveform, front_end_from_json
from saiki.errors import ArgumentError, DataError


def ramp(samples):
    return np.arange(1, samples + 1, dtype=np.float32)


def data(values, rate=100):
    return Examples(values, map(str, range(len(values))), kind="audio", sample_rate_hz=rate)


def test_one_length():
    front_end = RawWaveform(100, 0.1)
    short, exact, long = front_end.transform([ramp(4), ramp(10), ramp(16)])
    assert short.ravel().tolist() == [1, 2, 3, 4, 0, 0, 0, 0, 0, 0]
    assert exact.ravel().tolist() == list(range(1, 11))
    assert long.ravel().tolist() == list(range(4, 14))
    assert short.shape == exact.shape == (10, 1)
    assert (front_end.features, short.dtype) == (1, np.float32)


def test_several_samples_a_step():
    (got,) = RawWaveform(100, 0.11, hop=3).transform([ramp(9)])
    assert got.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_normalisation_ignores_the_padding():
    values = [ramp(4) * 3, ramp(7) - 2]
    front_end = RawWaveform(100, 0.1, normalise="global").fit(data(values), [0, 1])
    joined = np.concatenate(values)
    got = front_end.transform(values)[1].ravel()
    np.testing.assert_allclose(got[:7], (values[1] - joined.mean()) / joined.std(), rtol=1e-5)
    assert (got[7:] == 0).all()
    own = RawWaveform(100, 0.1, normalise="utterance").transform(values)[1].ravel()
    np.testing.assert_allclose(own[:7], (values[1] - values[1].mean()) / 2, rtol=1e-5)
    again = front_end_from_json(json.loads(json.dumps(front_end.to_json())))
    np.testing.assert_array_equal(again.transform(values)[1].ravel(), got)
    assert again.features == 1


def test_augmentation_moves_but_keeps_the_length(tone):
    front_end = RawWaveform(8000, 0.2)
    wave = tone(0.15)
    changes = Augmentation(stretch=(0.7, 0.8), equalise_db=6.0, shift_ms=20.0)
    got = front_end.transform([wave], changes, [(0, 0, 0)])[0]
    assert got.shape == (1600, 1)
    assert not np.allclose(got, front_end.transform([wave])[0], atol=0.05)


def test_refusals():
    with pytest.raises(
        DataError, match=r"RawWaveform.fit: expected audio at 50 Hz; got audio at 100"
    ):
        RawWaveform(50, 1.0).fit(data([ramp(3)]), [0])
    with pytest.raises(ArgumentError, match=r"one step must fit in.* got seconds=0.01, .* hop=2"):
        RawWaveform(100, 0.01, hop=2)
    with pytest.raises(ArgumentError, match="RawWaveform: normalise must be one of none, "):
        RawWaveform(100, 1.0, normalise="loud")
    with pytest.raises(ArgumentError, match=r"RawWaveform.transform: the statistics"):
        RawWaveform(100, 1.0, normalise="global").transform([ramp(3)])
