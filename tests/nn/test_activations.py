"""Activations: values and derivatives against the equations, and names."""

import numpy as np
import pytest
import torch

from saiki import nn
from saiki.equations.activations import ACTIVATIONS as EQUATIONS
from saiki.errors import ArgumentError

KINKS_TOO = np.array([-30.0, -2.5, -0.5, 0.0, 0.25, 1.0, 40.0])


@pytest.mark.parametrize("name", sorted(set(nn.ACTIVATIONS) - {"softmax", "step"}))
def test_value_and_derivative_equal_the_equations(name):
    x = torch.tensor(KINKS_TOO, requires_grad=True)
    y = nn.activation(name)(x)
    y.sum().backward()
    function, derivative = EQUATIONS[name]
    np.testing.assert_allclose(y.detach().numpy(), function(KINKS_TOO), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(x.grad.numpy(), derivative(KINKS_TOO), rtol=1e-12, atol=1e-15)


def test_step_and_softmax():
    assert nn.activation("step")(torch.tensor([-1.0, 0.0, 2.0])).tolist() == [0, 0, 1]
    x = torch.randn(2, 3)
    torch.testing.assert_close(nn.activation("softmax")(x), x.exp() / x.exp().sum(1, keepdim=True))


def test_the_equations_have_the_same_names():
    assert set(EQUATIONS) | {"softmax"} == set(nn.ACTIVATIONS)


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(ArgumentError, match=r"activation: name .*; got 'sigmod'\. Use 'sigmoid'"):
        nn.activation("sigmod")
