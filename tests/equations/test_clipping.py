import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saiki.equations import clip_by_global_norm, global_norm

NUMBERS = st.floats(-1e300, 1e300, allow_subnormal=False)
GRADIENTS = st.dictionaries(
    st.sampled_from(["W", "U", "b"]), st.lists(NUMBERS, min_size=1, max_size=5).map(np.array)
)


def test_worked_example():
    clipped = clip_by_global_norm({"W": np.array([[3.0]]), "b": np.array([4.0])}, 2.0)
    assert clipped.norm == 5.0
    assert clipped.scale == 0.4
    assert clipped.gradients["W"].tolist() == [[pytest.approx(1.2)]]
    assert clipped.gradients["b"].tolist() == [pytest.approx(1.6)]


@given(GRADIENTS, st.floats(1e-6, 1e6))
def test_norm_falls_to_the_threshold_and_direction_stays(gradients, threshold):
    clipped = clip_by_global_norm(gradients, threshold)
    assert global_norm(clipped.gradients) <= threshold * (1 + 1e-12)
    assert 0 < clipped.scale <= 1
    if clipped.norm <= threshold:
        assert clipped.scale == 1
    else:
        assert global_norm(clipped.gradients) == pytest.approx(threshold, rel=1e-12)
    for name, array in gradients.items():
        np.testing.assert_array_equal(clipped.gradients[name], array * clipped.scale)


def test_equals_torch(draw):
    arrays = {"W": draw(3, 4), "b": draw(3)}
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays.values()]
    for tensor in leaves:
        tensor.grad = tensor.detach().clone()
    norm = torch.nn.utils.clip_grad_norm_(leaves, 0.7)
    clipped = clip_by_global_norm(arrays, 0.7)
    assert clipped.norm == pytest.approx(norm.item(), rel=1e-12)
    for ours, theirs in zip(clipped.gradients.values(), leaves, strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-5)  # torch adds 1e-6 to ‖g‖


@pytest.mark.parametrize("value", [1e200, 1e-200])
def test_squares_neither_overflow_nor_vanish(value):
    assert global_norm({"W": np.full(4, value)}) == pytest.approx(2 * value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_gradients_that_are_not_finite_are_refused_by_name(value):
    broken = {"W": np.ones(2), "U": np.array([0.0, value]), "b": np.array([value])}
    with pytest.raises(FloatingPointError, match="infinity in U, b"):
        clip_by_global_norm(broken, 1.0)


def test_norm_that_overflows_is_refused():
    with pytest.raises(FloatingPointError, match="norm of the gradients overflows"):
        clip_by_global_norm({"W": np.full(4, 1.7e308)}, 1.0)


@pytest.mark.parametrize("threshold", [0.0, -1.0, np.nan, np.inf])
def test_threshold_must_be_positive(threshold):
    with pytest.raises(ValueError, match="threshold must be positive and finite"):
        clip_by_global_norm({}, threshold)


def test_nothing_and_zero_stay():
    assert clip_by_global_norm({}, 1.0).norm == 0.0
    assert clip_by_global_norm({"W": np.zeros(3)}, 1.0).gradients["W"].tolist() == [0, 0, 0]
    assert clip_by_global_norm({"W": np.ones(3, np.float32)}, 1.0).gradients["W"].dtype == "f4"
