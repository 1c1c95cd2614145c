"""SqueezeExcite against the equations, and the promises about padding."""

import numpy as np
import pytest
import torch

from saiki import equations
from saiki.errors import ArgumentError, ShapeError
from saiki.nn.squeeze_excite import SqueezeExcite

LENGTHS = torch.tensor([6, 3, 1])


def block_and_batch(fill=float("nan")):
    torch.manual_seed(0)
    block = SqueezeExcite(8, reduction=3).double()
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.normal_()
    x = torch.randn(3, 6, 8, dtype=torch.float64)
    for row, length in enumerate(LENGTHS):
        x[row, length:] = fill
    return block, x


def oracle(block, x, lengths=None):
    numbers = [parameter.detach().numpy() for parameter in block.parameters()]
    parameters = equations.SqueezeExciteParameters(*numbers)
    return equations.squeeze_excite_forward(parameters, x.numpy(), lengths)


def assert_equals_the_equations(block, x, lengths=None):
    wanted = oracle(block, x, None if lengths is None else lengths.numpy())
    torch.manual_seed(1)
    grad_y = torch.randn_like(x)
    back = equations.squeeze_excite_backward(wanted, grad_y.numpy())
    x.requires_grad_()
    y, gates = block(x, lengths, trace=True)
    np.testing.assert_allclose(y.detach(), wanted.y, rtol=1e-10)
    np.testing.assert_allclose(gates.detach(), wanted.gates, rtol=1e-10)
    assert torch.equal(y, block(x, lengths))
    y.backward(grad_y)
    np.testing.assert_allclose(x.grad, back.x, rtol=1e-10, atol=1e-13)
    for parameter, name in zip(block.parameters(), ("W_1", "b_1", "W_2", "b_2"), strict=True):
        gradient = getattr(back.parameters, name)
        np.testing.assert_allclose(parameter.grad, gradient, rtol=1e-10, atol=1e-13)


def test_a_padded_batch_equals_the_equations():
    block, x = block_and_batch()
    assert block.reduce.out_features == 2
    assert_equals_the_equations(block, x, LENGTHS)


def test_a_two_dimensional_map_equals_the_equations():
    block, _ = block_and_batch()
    assert_equals_the_equations(block, torch.randn(2, 3, 5, 8, dtype=torch.float64))


def test_a_padded_batch_equals_one_by_one_runs():
    block, x = block_and_batch()
    y = block(x, LENGTHS)
    for row, length in enumerate(LENGTHS):
        alone = block(x[row : row + 1, :length])
        torch.testing.assert_close(y[row : row + 1, :length], alone, rtol=1e-12, atol=0)
        assert (y[row, length:] == 0).all()


def test_nan_in_padding_reaches_no_gradient():
    block, x = block_and_batch()
    x.requires_grad_()
    block(x, LENGTHS).square().sum().backward()
    for gradient in (x.grad, *(parameter.grad for parameter in block.parameters())):
        assert gradient.isfinite().all()
        assert gradient.abs().sum() > 0


def test_gradients():
    block, x = block_and_batch(fill=0.0)
    torch.autograd.gradcheck(lambda x: block(x, LENGTHS), (x.requires_grad_(),))


def test_the_bottleneck_keeps_one_unit():
    assert SqueezeExcite(2, reduction=4).reduce.out_features == 1


def test_refused():
    with pytest.raises(ArgumentError, match="at least 1; got 0 and 4"):
        SqueezeExcite(0)
    with pytest.raises(ShapeError, match=r"channels=8\); got \(2, 3, 7\)"):
        SqueezeExcite(8)(torch.ones(2, 3, 7))
    with pytest.raises(ShapeError, match=r"lengths go with \(B, T, C\); got x \(2, 3, 4, 8\)"):
        SqueezeExcite(8)(torch.ones(2, 3, 4, 8), torch.tensor([1, 1]))
    with pytest.raises(ArgumentError, match=r"in 1\.\.T=3; got 4"):
        SqueezeExcite(8)(torch.ones(2, 3, 8), torch.tensor([3, 4]))
