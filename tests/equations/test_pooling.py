import numpy as np
import pytest
import torch
from torch.nn import functional

from saiki.equations import (
    average_pool,
    average_pool_backward,
    global_average_pool,
    global_average_pool_backward,
    max_pool,
    max_pool_backward,
)

POOLS = {
    "max": (max_pool, max_pool_backward, (functional.max_pool1d, functional.max_pool2d)),
    "average": (
        average_pool,
        average_pool_backward,
        (functional.avg_pool1d, functional.avg_pool2d),
    ),
}
WINDOWS = [(2, None, 0), (3, 2, 1), (2, 3, 1), (4, 1, 2)]


@pytest.mark.parametrize("kind", sorted(POOLS))
@pytest.mark.parametrize(("size", "stride", "padding"), WINDOWS)
@pytest.mark.parametrize("shape", [(2, 9, 3), (2, 7, 8, 3)])
def test_equals_torch(kind, size, stride, padding, shape, draw, leaf, agree):
    forward, backward, theirs = POOLS[kind]
    x = draw(*shape)
    tx = leaf(x)
    ty = theirs[len(shape) - 3](tx.movedim(-1, 1), size, stride, padding).movedim(1, -1)
    y = forward(x, size, stride, padding)
    agree(y, ty)
    grad_y = draw(*y.shape)
    ty.backward(torch.tensor(grad_y))
    agree(backward(x, grad_y, size, stride, padding), tx.grad)


def test_window_with_unlike_sides(draw, agree):
    x = draw(1, 4, 6, 2)
    y = max_pool(x, (2, 3))
    agree(y, x.reshape(1, 2, 2, 2, 3, 2).max(axis=(2, 4)))


def test_worked_example():
    x = np.array([3.0, 1.0, 4.0, 1.0, 5.0]).reshape(1, 5, 1)
    assert max_pool(x, 2)[0, :, 0].tolist() == [3, 4]
    assert max_pool(x, 3, 1)[0, :, 0].tolist() == [4, 4, 5]
    assert average_pool(x, 2)[0, :, 0].tolist() == [2, 2.5]
    assert average_pool(x, 2, 2, 1)[0, :, 0].tolist() == [1.5, 2.5, 3]


def test_ties_go_to_the_first():
    grad = max_pool_backward(np.ones((1, 4, 1)), np.array([[[1.0], [2.0]]]), 2)
    assert grad[0, :, 0].tolist() == [1, 0, 2, 0]


def test_max_of_negative_numbers_ignores_the_padding():
    assert max_pool(np.full((1, 2, 1), -5.0), 2, 1, 1)[0, :, 0].tolist() == [-5, -5, -5]


def test_global_average_over_real_steps():
    x = np.array([[[1.0], [3.0], [np.nan]], [[2.0], [4.0], [9.0]]])
    assert global_average_pool(x, [2, 3]).tolist() == [[2.0], [5.0]]
    assert global_average_pool(x, [2, 0])[1].tolist() == [0.0]
    grad = global_average_pool_backward(x.shape, np.array([[1.0], [6.0]]), [2, 3])
    assert grad[..., 0].tolist() == [[0.5, 0.5, 0.0], [2.0, 2.0, 2.0]]


@pytest.mark.parametrize("shape", [(2, 5, 3), (2, 4, 5, 3)])
def test_global_average_equals_autograd(shape, draw, leaf, agree):
    x, grad_y = draw(*shape), draw(2, 3)
    tx = leaf(x)
    ty = tx.flatten(1, -2).mean(dim=1)
    ty.backward(torch.tensor(grad_y))
    agree(global_average_pool(x), ty)
    agree(global_average_pool_backward(shape, grad_y), tx.grad)


def test_errors(draw):
    with pytest.raises(ValueError, match="half the window at most; got 2"):
        max_pool(draw(1, 9, 1), 3, padding=2)
    with pytest.raises(ValueError, match=r"x must be \(B, T, C\) or \(B, Y, X, C\); got \(9, 1\)"):
        average_pool(draw(9, 1), 3)
    with pytest.raises(ValueError, match=r"x with lengths must have shape \(B, T, C\)"):
        global_average_pool(draw(1, 2, 3, 4), [1])
    with pytest.raises(ValueError, match=r"grad_y must have shape \(1, 4, 1\)"):
        max_pool_backward(draw(1, 9, 1), draw(1, 3, 1), 2)
