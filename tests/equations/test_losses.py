import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from saiki.equations import (
    sigmoid_cross_entropy,
    sigmoid_cross_entropy_gradient,
    softmax_cross_entropy,
    softmax_cross_entropy_gradient,
    squared_error,
    squared_error_gradient,
)

PAIRS = {
    "sigmoid": (
        sigmoid_cross_entropy,
        sigmoid_cross_entropy_gradient,
        lambda a, t: functional.binary_cross_entropy_with_logits(a, t, reduction="none"),
    ),
    "squared": (
        squared_error,
        squared_error_gradient,
        lambda a, t: functional.mse_loss(a, t, reduction="none"),
    ),
}
WEIGHTS = np.array([[0.5, 0.0, 2.0, 1.0], [0.0, 3.0, 0.25, 0.0]])
TARGETS = np.array([[4, 0, 2, 1], [3, 3, 0, 2]])


def test_worked_numbers():
    logits = np.log([[1.0, 2.0, 5.0], [6.0, 1.0, 1.0]])
    targets = np.array([2, 1])
    expected = (-math.log(5 / 8) - math.log(1 / 8)) / 2
    assert softmax_cross_entropy(logits, targets) == pytest.approx(expected)
    gradient = softmax_cross_entropy_gradient(logits, targets)
    assert gradient.ravel() * 16 == pytest.approx([1, 2, -3, 6, -7, 1])
    assert sigmoid_cross_entropy(np.array([math.log(3)]), np.array([1.0])) == pytest.approx(
        math.log(4 / 3)
    )
    assert squared_error(np.array([1.0, 5.0]), np.array([0.0, 2.0])) == 5.0


def test_uniform_guess_over_v_classes_costs_log_v():
    assert softmax_cross_entropy(np.zeros((3, 10)), np.array([0, 5, 9])) == pytest.approx(
        math.log(10)
    )


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_softmax_cross_entropy_equals_autograd(weights, draw, leaf, agree):
    logits = draw(2, 4, 5)
    a, w = leaf(logits), torch.tensor(np.ones((2, 4)) if weights is None else weights)
    each = functional.cross_entropy(a.movedim(-1, 1), torch.tensor(TARGETS), reduction="none")
    loss = (each * w).sum() / w.sum()
    loss.backward()
    assert softmax_cross_entropy(logits, TARGETS, weights) == pytest.approx(loss.item(), rel=1e-12)
    agree(softmax_cross_entropy_gradient(logits, TARGETS, weights), a.grad)


@pytest.mark.parametrize("name", sorted(PAIRS))
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_element_wise_losses_equal_autograd(name, weights, draw, leaf, agree):
    loss, gradient, theirs = PAIRS[name]
    values, targets = 3 * draw(2, 4), 1 / (1 + np.exp(-draw(2, 4)))
    a, w = leaf(values), torch.tensor(np.ones((2, 4)) if weights is None else weights)
    expected = (theirs(a, torch.tensor(targets)) * w).sum() / w.sum()
    expected.backward()
    assert loss(values, targets, weights) == pytest.approx(expected.item(), rel=1e-12)
    agree(gradient(values, targets, weights), a.grad)


def test_huge_logits_stay_finite():
    assert softmax_cross_entropy(np.array([[1000.0, -1000.0]]), np.array([1])) == 2000.0
    assert sigmoid_cross_entropy(np.array([-1000.0, 1000.0]), np.array([1.0, 0.0])) == 1000.0
    assert sigmoid_cross_entropy(np.array([-40.0]), np.array([0.0])) == pytest.approx(
        math.exp(-40), rel=1e-12
    )


def test_what_is_masked_is_never_read(draw):
    logits, targets, mask = draw(3, 4), np.array([1, -100, 3]), np.array([True, False, True])
    logits[1] = np.nan
    kept = [0, 2]
    loss = softmax_cross_entropy(logits, targets, mask)
    assert loss == pytest.approx(softmax_cross_entropy(logits[kept], targets[kept]), rel=1e-14)
    gradient = softmax_cross_entropy_gradient(logits, targets, mask)
    assert gradient[1].tolist() == [0, 0, 0, 0]
    for one, slope, _ in PAIRS.values():
        values, goals = np.array([1.0, np.nan, 2.0]), np.array([0.0, np.nan, 1.0])
        assert one(values, goals, mask) == pytest.approx(one(values[kept], goals[kept]))
        assert slope(values, goals, mask)[1] == 0


def test_gradient_keeps_the_dtype():
    logits = np.zeros((2, 3), dtype=np.float32)
    assert softmax_cross_entropy_gradient(logits, np.array([0, 1])).dtype == np.float32
    assert squared_error_gradient(logits, logits).dtype == np.float32


def test_errors(draw):
    with pytest.raises(ValueError, match=r"targets must lie in 0 .. 3; got \[0 4\]"):
        softmax_cross_entropy(draw(2, 4), np.array([0, 4]))
    with pytest.raises(ValueError, match=r"targets must be integers of shape \(2,\); got float64"):
        softmax_cross_entropy(draw(2, 4), np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match=r"targets must have shape \(2\); got \(3,\)"):
        squared_error(draw(2), draw(3))
    with pytest.raises(ValueError, match=r"weights must have shape \(2\)"):
        squared_error(draw(2), draw(2), np.ones(3))
    with pytest.raises(ValueError, match="one must be positive; sum 0"):
        squared_error(draw(2), draw(2), np.zeros(2))
    with pytest.raises(ValueError, match="weights must not be negative"):
        squared_error(draw(2), draw(2), np.array([2.0, -1.0]))
