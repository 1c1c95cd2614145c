import math

import numpy as np
import pytest
import torch

from saiki.equations import (
    ACTIVATIONS,
    Activation,
    find_activation,
    leaky_relu,
    leaky_relu_derivative,
    log_softmax,
    relu_derivative,
    sigmoid,
    sigmoid_derivative,
    softmax,
    softmax_jvp,
    step,
    step_derivative,
    swish,
    swish_beta_derivative,
    swish_derivative,
    tanh,
    tanh_derivative,
)

GRID = np.concatenate([np.linspace(-30, 30, 241), [1e-3, -1e-3, 700.0, -700.0]])  # holds 0 too
TORCH = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky-relu": torch.nn.functional.leaky_relu,
    "swish": torch.nn.functional.silu,
    "identity": lambda x: x * 1,
}


@pytest.mark.parametrize("name", sorted(TORCH))
def test_value_and_derivative_equal_autograd(name, leaf):
    x = leaf(GRID)
    y = TORCH[name](x)
    y.sum().backward()
    function, derivative = ACTIVATIONS[name]
    np.testing.assert_allclose(function(GRID), y.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(derivative(GRID), x.grad.numpy(), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_shape_are_kept(name, dtype):
    x = np.linspace(-3, 3, 6, dtype=dtype).reshape(2, 3)
    for function in ACTIVATIONS[name]:
        assert function(x).dtype == dtype
        assert function(x).shape == (2, 3)


def test_published_values():
    assert sigmoid(np.array(math.log(3.0))) == pytest.approx(0.75, abs=1e-15)
    assert swish(np.array(math.log(3.0)), beta=2.0) == pytest.approx(0.9 * math.log(3.0))
    assert leaky_relu(np.array([-2.0, 3.0])).tolist() == [-0.02, 3.0]
    assert softmax(np.log([1.0, 2.0, 5.0])) == pytest.approx([0.125, 0.25, 0.625])


def test_step_and_its_derivative():
    x = np.array([-2.0, -0.0, 0.0, 1e-300, 5.0])
    assert step(x).tolist() == [0, 0, 0, 1, 1]
    assert step_derivative(x).tolist() == [0, 0, 0, 0, 0]


def test_subgradients_at_the_kink():
    zero = np.array([0.0])
    assert relu_derivative(zero).tolist() == [0.0]
    assert leaky_relu_derivative(zero).tolist() == [0.01]
    assert leaky_relu_derivative(zero, alpha=0.3).tolist() == [0.3]


def test_largest_slopes():
    x = np.linspace(-8, 8, 1601)
    for derivative, largest in ((sigmoid_derivative, 0.25), (tanh_derivative, 1.0)):
        slopes = derivative(x)
        assert slopes.max() == largest
        assert x[slopes.argmax()] == pytest.approx(0.0, abs=1e-12)


def test_tanh_is_a_stretched_sigmoid(agree):
    agree(tanh(GRID), 2 * sigmoid(2 * GRID) - 1)


def test_sigmoid_keeps_its_digits_at_both_ends():
    far = np.array([-745.0, -700.0, -40.0])
    np.testing.assert_allclose(sigmoid(far), np.exp(far), rtol=1e-15)
    assert sigmoid(-far).tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(sigmoid_derivative(-far), np.exp(far), rtol=1e-15)
    assert sigmoid(np.array([-np.inf, np.inf])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("beta", [0.3, 1.0, 2.5, -1.0])
def test_swish_derivatives_in_x_and_beta(beta, leaf):
    x = np.linspace(-5, 5, 41)
    tx, tb = leaf(x), leaf(np.full(41, beta))
    y = tx * torch.sigmoid(tb * tx)
    y.sum().backward()
    np.testing.assert_allclose(swish(x, beta), y.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(swish_derivative(x, beta), tx.grad.numpy(), rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(
        swish_beta_derivative(x, beta), tb.grad.numpy(), rtol=1e-10, atol=1e-15
    )


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_softmax_and_its_jacobian(axis, draw, leaf, agree):
    x, v = draw(3, 4, 5), draw(3, 4, 5)
    tx = leaf(x)
    y = torch.softmax(tx, axis)
    y.backward(torch.tensor(v))
    agree(softmax(x, axis), y)
    agree(softmax_jvp(softmax(x, axis), v, axis), tx.grad)
    agree(log_softmax(x, axis), torch.log_softmax(tx, axis))


def test_softmax_of_huge_inputs():
    x = np.array([1000.0, 0.0, -1000.0])
    assert softmax(x).tolist() == [1.0, 0.0, 0.0]
    assert log_softmax(x).tolist() == [0.0, -1000.0, -2000.0]


def test_find_activation():
    steep = Activation(lambda x: 3 * x, lambda x: 3 + 0 * x)
    assert find_activation(steep) is steep
    assert find_activation("relu") is ACTIVATIONS["relu"]
    with pytest.raises(ValueError, match=r"must be one of \['identity'.*got 'reul'"):
        find_activation("reul")
