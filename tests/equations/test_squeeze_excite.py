import numpy as np
import pytest
import torch

from saiki.equations import (
    SqueezeExciteParameters,
    squeeze_excite_backward,
    squeeze_excite_forward,
)

NAMES = ("W_1", "b_1", "W_2", "b_2")


@pytest.fixture
def parameters(draw):
    return SqueezeExciteParameters(draw(2, 6), draw(2), draw(6, 2), draw(6))


def _autograd(p, x, counts):
    """Sequence by sequence, or picture by picture."""
    out = []
    for maps, n in zip(x, counts, strict=True):
        flat = maps.flatten(0, -2)[:n]
        q = torch.relu(p["W_1"] @ flat.mean(dim=0) + p["b_1"])
        out.append(flat * torch.sigmoid(p["W_2"] @ q + p["b_2"]))
    return out


@pytest.mark.parametrize(
    ("shape", "lengths"),
    [((3, 5, 6), None), ((3, 5, 6), [5, 2, 4]), ((3, 4, 5, 6), None)],
)
def test_equals_autograd(shape, lengths, parameters, draw, leaf, agree):
    x, grad_y = draw(*shape), draw(*shape)
    p, tx = {name: leaf(getattr(parameters, name)) for name in NAMES}, leaf(x)
    counts = lengths or [int(np.prod(shape[1:-1]))] * 3
    run = squeeze_excite_forward(parameters, x, lengths)
    back = squeeze_excite_backward(run, grad_y)
    loss = 0.0
    for b, y in enumerate(_autograd(p, tx, counts)):
        agree(run.y[b].reshape(-1, 6)[: counts[b]], y)
        assert not run.y[b].reshape(-1, 6)[counts[b] :].any()
        loss = loss + (y * torch.tensor(grad_y[b].reshape(-1, 6)[: counts[b]])).sum()
    loss.backward()
    agree(back.x, tx.grad)
    for name in NAMES:
        agree(getattr(back.parameters, name), p[name].grad)


def test_worked_example():
    """Channel means 2 and 1; bottleneck 2 - 1 = 1; gates σ(log 3) = 3/4 and σ(0) = 1/2."""
    p = SqueezeExciteParameters(
        np.array([[1.0, -1.0]]), np.zeros(1), np.array([[np.log(3.0)], [0.0]]), np.zeros(2)
    )
    run = squeeze_excite_forward(p, np.array([[[4.0, 0.0], [0.0, 2.0]]]))
    assert run.gates[0] == pytest.approx([0.75, 0.5])
    assert run.y[0].tolist() == [[pytest.approx(3.0), 0.0], [0.0, pytest.approx(1.0)]]


def test_padding_is_never_read(parameters, draw):
    x, grad_y = draw(2, 4, 6), draw(2, 4, 6)
    clean = squeeze_excite_forward(parameters, x, [4, 3])
    back = squeeze_excite_backward(clean, grad_y)
    x[1, 3] = grad_y[1, 3] = np.nan
    dirty = squeeze_excite_forward(parameters, x, [4, 3])
    np.testing.assert_array_equal(dirty.y, clean.y)
    np.testing.assert_array_equal(squeeze_excite_backward(dirty, grad_y).x, back.x)


def test_errors(parameters, draw):
    with pytest.raises(ValueError, match=r"x must be \(B, T, C\) or \(B, Y, X, C\); got \(5, 6\)"):
        squeeze_excite_forward(parameters, draw(5, 6))
    with pytest.raises(ValueError, match=r"W must have shape \(O, 5\); got \(2, 6\)"):
        squeeze_excite_forward(parameters, draw(2, 4, 5))
    with pytest.raises(ValueError, match=r"grad_y must have shape \(2, 4, 6\)"):
        squeeze_excite_backward(squeeze_excite_forward(parameters, draw(2, 4, 6)), draw(2, 3, 6))
