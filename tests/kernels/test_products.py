"""The product for inference is the layer's, and steps aside where something else is wanted."""

import pytest
import torch
from torch.nn import functional

from saiki.kernels import quick_linear


@pytest.mark.parametrize("rows", [0, 1, 5, 33])
@pytest.mark.parametrize("sizes", [(40, 1000), (3, 4)])
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_is_the_linear_layer(rows, sizes, has_bias, dtype):
    inputs, outputs = sizes
    x, weight = torch.randn(rows, inputs, dtype=dtype), torch.randn(outputs, inputs, dtype=dtype)
    bias = torch.randn(outputs, dtype=dtype) if has_bias else None
    wanted = functional.linear(x, weight, bias)
    with torch.no_grad():
        torch.testing.assert_close(quick_linear(x, weight, bias), wanted, rtol=1e-5, atol=1e-4)


def test_gradients_are_kept():
    x, weight = torch.randn(3, 40), torch.randn(1000, 40, requires_grad=True)
    quick_linear(x, weight).sum().backward()
    torch.testing.assert_close(weight.grad, x.sum(0).expand(1000, 40))


def test_not_a_number_stays_one():
    x, weight = torch.randn(6, 40), torch.randn(1000, 40)
    x[2, 3] = torch.nan
    with torch.no_grad():
        y = quick_linear(x, weight)
    assert y[2].isnan().all()
    assert not y[[0, 1, 3, 4, 5]].isnan().any()
