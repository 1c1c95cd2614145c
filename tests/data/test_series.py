import json

import numpy as np
import pytest

from saiki.data import Augmentation, Examples, Series, front_end_from_json
from saiki.errors import ArgumentError, DataError


@pytest.fixture
def cases():
    rng = np.random.default_rng(1)
    values = [(rng.normal(size=(n, 3)) * (1, 10, 0.1) + (5, 0, -3)).astype(np.float32)
              for n in (4, 9, 30, 2)]  # fmt: skip
    return Examples(values, "abcd", kind="series", channels=3)


def test_global_statistics_are_those_of_the_training_part(cases):
    front_end = Series().fit(cases, [0, 2])
    train = np.concatenate(cases.values([0, 2])).astype(np.float64)
    got = front_end.transform(cases.values())
    for value, frames in zip(cases.values(), got, strict=True):
        assert frames.dtype == np.float32
        np.testing.assert_allclose(
            frames, (value - train.mean(axis=0)) / train.std(axis=0), rtol=1e-3, atol=1e-4
        )
    assert front_end.features == 3


def test_other_normalisations(cases):
    value = cases.value(2)
    none = Series(normalise="none").fit(cases, [0]).transform([value])[0]
    np.testing.assert_array_equal(none, value)
    own = Series(normalise="utterance").fit(cases, [0]).transform([value])[0]
    np.testing.assert_allclose(own.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(own.std(axis=0), 1, rtol=1e-3)
    flat = Series(normalise="utterance").fit(cases, [0]).transform([np.ones((4, 3), np.float32)])
    assert (flat[0] == 0).all()


def test_json_gives_the_same_numbers(cases):
    front_end = Series().fit(cases, [1, 2])
    again = front_end_from_json(json.loads(json.dumps(front_end.to_json())))
    for a, b in zip(
        front_end.transform(cases.values()), again.transform(cases.values()), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_jitter_is_in_units_of_each_channel(cases):
    front_end = Series(normalise="none").fit(cases, [0, 1, 2])
    value = np.zeros((5000, 3), np.float32)
    got = front_end.transform([value], Augmentation(jitter=0.2), [(1, 2, 3)])[0]
    deviation = np.concatenate(cases.values([0, 1, 2])).std(axis=0)
    np.testing.assert_allclose(got.std(axis=0), 0.2 * deviation, rtol=0.05)


def test_tempo_keeps_the_ends(cases):
    front_end = Series(normalise="none").fit(cases, [0])
    value = cases.value(2)
    draws = [(0, 0, i) for i in range(50)]
    got = front_end.transform([value] * 50, Augmentation(tempo=(0.5, 2.0)), draws)
    assert {len(g) for g in got} <= set(range(15, 61))
    assert len({len(g) for g in got}) > 10
    for frames in got:
        np.testing.assert_allclose(frames[[0, -1]], value[[0, -1]], rtol=1e-5)


def test_refusals(cases):
    with pytest.raises(DataError, match=r"Series.fit: expected series; got audio. Use LogMel"):
        Series().fit(Examples([np.zeros(3, np.float32)], "a", kind="audio"), [0])
    with pytest.raises(ArgumentError, match=r"Series.transform: the statistics .* are missing"):
        Series().transform(cases.values())
    with pytest.raises(ArgumentError, match="Series: normalise must be one of"):
        Series(normalise="case")
    with pytest.raises(DataError, match=r"\(T, channels=3\), as in training; got \(4, 2\)"):
        Series().fit(cases, [0]).transform([np.zeros((4, 2), np.float32)])
