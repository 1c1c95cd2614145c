import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saiki.equations import convolve, convolve_backward, convolved_size

ONE = [(1, 0), (2, 0), (1, 2), (3, 1)]
TWO = [(1, 0), (2, 1), ((1, 3), (2, 0)), ((3, 2), (0, 1))]


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 8), st.integers(0, 8))
def test_size_rule_counts_the_places_where_the_filter_fits(n, k, s, p):
    places = [start for start in range(0, n + 2 * p, s) if start + k <= n + 2 * p]
    if not places:
        with pytest.raises(ValueError, match=f"the filter k={k} is wider than"):
            convolved_size(n, k, s, p)
        return
    assert convolved_size(n, k, s, p) == len(places)
    y = convolve(np.ones((1, n, 1)), np.ones((1, 1, k)), stride=s, padding=p)
    assert y.shape == (1, len(places), 1)


def test_the_size_of_the_documents():
    assert convolved_size(5, 3, s=2, p=1) == 3
    assert convolve(np.ones((1, 5, 5, 1)), np.ones((1, 1, 3, 3)), None, 2, 1).shape == (1, 3, 3, 1)


def test_worked_example():
    x = np.arange(1.0, 6.0).reshape(1, 5, 1)
    weight = np.array([[[1.0, 0.0, -2.0]]])
    assert convolve(x, weight)[0, :, 0].tolist() == [-5, -6, -7]  # 1 - 2·3, 2 - 2·4, 3 - 2·5
    assert convolve(x, weight, np.array([10.0]), 2, 1)[0, :, 0].tolist() == [6, 4, 14]


@pytest.mark.parametrize(("stride", "padding"), ONE)
def test_one_axis_equals_torch(stride, padding, draw, leaf, agree):
    x, weight, bias = draw(2, 9, 3), draw(4, 3, 4), draw(4)
    tx, tw, tb = leaf(x), leaf(weight), leaf(bias)
    ty = torch.nn.functional.conv1d(tx.transpose(1, 2), tw, tb, stride, padding).transpose(1, 2)
    y = convolve(x, weight, bias, stride, padding)
    agree(y, ty)
    grad_y = draw(*y.shape)
    ty.backward(torch.tensor(grad_y))
    back = convolve_backward(x, weight, grad_y, stride, padding)
    agree(back.x, tx.grad)
    agree(back.weight, tw.grad)
    agree(back.bias, tb.grad)


@pytest.mark.parametrize(("stride", "padding"), TWO)
def test_two_axes_equal_torch(stride, padding, draw, leaf, agree):
    x, weight, bias = draw(2, 7, 8, 3), draw(4, 3, 3, 2), draw(4)
    tx, tw, tb = leaf(x), leaf(weight), leaf(bias)
    ty = torch.nn.functional.conv2d(tx.permute(0, 3, 1, 2), tw, tb, stride, padding)
    ty = ty.permute(0, 2, 3, 1)
    y = convolve(x, weight, bias, stride, padding)
    agree(y, ty)
    agree(convolve(x, weight, None, stride, padding), y - bias)
    grad_y = draw(*y.shape)
    ty.backward(torch.tensor(grad_y))
    back = convolve_backward(x, weight, grad_y, stride, padding)
    agree(back.x, tx.grad)
    agree(back.weight, tw.grad)
    agree(back.bias, tb.grad)


def test_errors(draw):
    with pytest.raises(ValueError, match="k, s >= 1 and p >= 0; got n=5, k=3, s=0, p=0"):
        convolved_size(5, 3, 0)
    with pytest.raises(ValueError, match=r"x must have shape \(B, T, 3\); got \(2, 3, 9\)"):
        convolve(draw(2, 3, 9), draw(4, 3, 4))
    with pytest.raises(ValueError, match=r"weight must be \(O, C, k\) or"):
        convolve(draw(2, 9, 3), draw(4, 3))
    with pytest.raises(ValueError, match="one for each of 1 axes"):
        convolve(draw(2, 9, 3), draw(4, 3, 4), stride=(1, 2))
    with pytest.raises(ValueError, match=r"bias must have shape \(4\)"):
        convolve(draw(2, 9, 3), draw(4, 3, 4), draw(3))
    with pytest.raises(ValueError, match=r"grad_y must have shape \(2, 6, 4\)"):
        convolve_backward(draw(2, 9, 3), draw(4, 3, 4), draw(2, 5, 4))
