"""Logarithm, difference and scale: what they do, that they can be undone, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data import SeriesScaling
from saiki.errors import DataError


def series(rows=30, columns=2, seed=1):
    return np.random.default_rng(seed).lognormal(1, 1, (rows, columns))


def test_each_column_is_scaled_by_its_training_rows_alone():
    values = series()
    values[20:] *= 100
    scaled = SeriesScaling.fit(values, ["a", "b"], rows=20).apply(values)
    np.testing.assert_allclose(scaled[:20].mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled[:20].std(0), 1)
    assert (scaled[20:] > 10).any()


def test_difference_and_logarithm_by_hand():
    values = np.array([[1.0], [10.0], [100.0], [10000.0]])
    scaling = SeriesScaling.fit(values, ["a"], rows=4, is_log=True, lag=1, is_scaled=False)
    np.testing.assert_allclose(scaling.apply(values)[1:, 0] / np.log(10), [1, 1, 2])


@given(
    st.booleans(),
    st.sampled_from([0, 1, 3, 12]),
    st.booleans(),
    st.integers(1, 9),
    st.integers(0, 9),
)
def test_what_was_applied_can_be_restored(is_log, lag, is_scaled, horizon, seed):
    values = series(40, seed=seed)
    scaling = SeriesScaling.fit(
        values, ["a", "b"], rows=25, is_log=is_log, lag=lag, is_scaled=is_scaled
    )
    scaling = SeriesScaling.from_json(scaling.to_json())
    first = 40 - horizon
    forecast = scaling.apply(values)[None, first:, :, None]
    restored = scaling.restore(forecast, values[None, :first])
    np.testing.assert_allclose(restored[0, :, :, 0], values[first:], rtol=1e-9)


def test_quantiles_stay_in_order():
    values = series()
    scaling = SeriesScaling.fit(values, ["a", "b"], rows=20, is_log=True, lag=12)
    forecast = np.sort(np.random.default_rng(0).normal(size=(3, 5, 2, 4)), -1)
    before = np.stack([values[:20], values[2:22], values[4:24]])
    assert (np.diff(scaling.restore(forecast, before), axis=-1) > 0).all()


def test_a_constant_column_is_named():
    values = series()
    values[:20, 1] = 7.5
    with pytest.raises(DataError, match=r"column 'b' is constant in the training part \(7.5\)"):
        SeriesScaling.fit(values, ["a", "b"], rows=20)
    rising = np.arange(30.0)[:, None]
    said = r"column 'a' changes by the same over every 2 steps of the training part \(2\)"
    for added in (0.0, 1e6 + 0.1):  # rounding of the large values is no change
        with pytest.raises(DataError, match=said):
            SeriesScaling.fit(rising + added, ["a"], rows=20, lag=2)


def test_no_logarithm_of_what_is_not_above_zero():
    values = series()
    values[4, 1] = 0
    with pytest.raises(DataError, match="column 'b' has 0 in row 5"):
        SeriesScaling.fit(values, ["a", "b"], rows=20, is_log=True)
