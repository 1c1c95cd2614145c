import numpy as np
import pytest
import torch

from saiki import equations, nn
from saiki.errors import ArgumentError, ShapeError


@pytest.mark.parametrize("size", [1, 5, 8])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_the_equations(size, dtype):
    positions = nn.SinusoidalPositions(size)
    for start, steps in ((0, 3), (0, 40), (7, 2), (39, 30)):  # the table grows in between
        x = torch.randn(2, steps, size, dtype=dtype)
        wanted = equations.sinusoidal_positions(start + steps, size)[start:]
        tolerance = 1e-12 if dtype == torch.float64 else 1e-6
        got = positions(x, start=start) - x
        assert got.dtype == dtype
        np.testing.assert_allclose(got[1], wanted, rtol=0, atol=tolerance)


def test_precision_is_not_lost_on_the_way_through_float32():
    positions = nn.SinusoidalPositions(4)
    positions(torch.zeros(1, 50, 4))
    got = positions(torch.zeros(1, 50, 4, dtype=torch.float64))[0]
    np.testing.assert_allclose(got, equations.sinusoidal_positions(50, 4), rtol=0, atol=1e-14)


def test_nothing_is_in_the_state_dict():
    positions = nn.SinusoidalPositions(4)
    positions(torch.zeros(1, 5, 4))
    assert not positions.state_dict()
    assert repr(positions) == "SinusoidalPositions(4)"


def test_refused():
    with pytest.raises(ArgumentError, match="size must be a whole number"):
        nn.SinusoidalPositions(0)
    with pytest.raises(ShapeError, match=r"x must be \(B, T, size=4\); got \(3, 4\)"):
        nn.SinusoidalPositions(4)(torch.ones(3, 4))
    with pytest.raises(ArgumentError, match="start must be at least 0; got -1"):
        nn.SinusoidalPositions(4)(torch.ones(1, 3, 4), start=-1)
