import numpy as np
import pytest

from saiki.equations import (
    append_one,
    dense_backward,
    dense_forward,
    dense_homogeneous,
    dense_parameter_count,
    from_homogeneous,
    to_homogeneous,
)

W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
b = np.array([0.5, -1.0])


def test_worked_example():
    x = np.array([1.0, 0.0, -1.0])
    assert dense_forward(W, b, x).tolist() == [-1.5, -3.0]
    assert dense_forward(W, None, x).tolist() == [-2.0, -2.0]
    assert append_one(x).tolist() == [1.0, 0.0, -1.0, 1.0]


def test_homogeneous_form_is_the_same_map(draw, agree):
    x = draw(2, 5, 3)
    assert to_homogeneous(W, b).tolist() == [[1, 2, 3, 0.5], [4, 5, 6, -1]]
    agree(dense_homogeneous(to_homogeneous(W, b), x), dense_forward(W, b, x))


def test_conversion_there_and_back():
    back_W, back_b = from_homogeneous(to_homogeneous(W, b))
    np.testing.assert_array_equal(back_W, W)
    np.testing.assert_array_equal(back_b, b)


def test_backward_equals_autograd(draw, leaf, agree):
    x, grad_y = draw(2, 5, 3), draw(2, 5, 2)
    tx, tW, tb = leaf(x), leaf(W), leaf(b)
    (tx @ tW.T + tb).backward(leaf(grad_y).detach())
    ours = dense_backward(W, x, grad_y)
    agree(ours.x, tx.grad)
    agree(ours.W, tW.grad)
    agree(ours.b, tb.grad)


def test_gradient_of_the_homogeneous_matrix_joins_those_of_W_and_b(draw, agree):
    x, grad_y = draw(4, 3), draw(4, 2)
    apart = dense_backward(W, x, grad_y)
    joined = dense_backward(to_homogeneous(W, b), append_one(x), grad_y)
    agree(joined.W, to_homogeneous(apart.W, apart.b))


def test_parameter_count():
    assert dense_parameter_count(3, 2) == W.size + b.size == 8
    assert dense_parameter_count(3, 2, bias=False) == W.size


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"W must have shape \(O, 4\); got \(2, 3\)"):
        dense_forward(W, b, np.ones(4))
    with pytest.raises(ValueError, match=r"b must have shape \(2\); got \(3,\)"):
        dense_forward(W, np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match=r"grad_y must have shape \(1, 2\)"):
        dense_backward(W, np.ones((1, 3)), np.ones((1, 3)))
