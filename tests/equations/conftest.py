from collections.abc import Callable

import numpy as np
import pytest
import torch


@pytest.fixture
def draw() -> Callable:
    """draw(2, 3) gives a new (2, 3) array of normal numbers, the same ones in every run."""
    generator = np.random.default_rng(20_261_121)
    return lambda *shape: generator.normal(size=shape)


@pytest.fixture
def leaf() -> Callable:
    """leaf(array) gives a float64 tensor that collects its gradient."""
    return lambda array: torch.tensor(array, dtype=torch.float64, requires_grad=True)


@pytest.fixture
def agree() -> Callable:
    """agree(ours, theirs) compares to rounding, in float64, an array with a tensor or an array."""

    def compare(ours: np.ndarray, theirs: np.ndarray | torch.Tensor) -> None:
        expected = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
        np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-12, strict=True)

    return compare


@pytest.fixture
def slope():
    """slope(gradient, loss, x) compares ∂loss/∂x with central differences."""

    def compare(gradient, loss, x, step=1e-5):
        numeric = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            moved = np.zeros_like(x)
            moved[place] = step
            numeric[place] = (loss(x + moved) - loss(x - moved)) / (2 * step)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9, strict=True)

    return compare
