"""Clipping by global norm against its definition."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saiki.training import clip_gradients


def parameters(*gradients):
    made = []
    for gradient in gradients:
        parameter = torch.nn.Parameter(torch.zeros(len(gradient), dtype=torch.float64))
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        made.append(parameter)
    return made


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8),
    st.floats(1e-3, 1e3),
)
def test_the_norm_after_is_the_smaller_of_norm_and_threshold(numbers, threshold):
    made = parameters(numbers[:1], numbers[1:])
    before, after = clip_gradients(made, threshold)
    assert before == pytest.approx(math.sqrt(sum(x * x for x in numbers)), rel=1e-9, abs=1e-12)
    found = math.sqrt(sum(float((p.grad**2).sum()) for p in made))
    assert found == pytest.approx(min(before, threshold), rel=1e-9, abs=1e-12)
    assert after == pytest.approx(found, rel=1e-9, abs=1e-12)


def test_below_the_threshold_nothing_changes_bit_for_bit():
    made = parameters([0.1, -0.2], [0.3])
    clip_gradients(made, 1.0)
    assert made[0].grad.tolist() == [0.1, -0.2]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite_is_handed_back_untouched(bad):
    made = parameters([1.0, bad])
    before, _ = clip_gradients(made, 1.0)
    assert not math.isfinite(before)
    assert made[0].grad[0] == 1.0
