"""GRU: both forms of the candidate against the equations, values and gradients, in float64."""

import numpy as np
import pytest
import torch

from saiki import nn
from saiki.equations.gru import gru_backward, gru_forward, split_gru_weights, stack_gru_weights

LENGTHS = np.array([5, 7, 1])


def build(**options):
    torch.manual_seed(2)
    return nn.GRU(3, 4, batch_first=True, dtype=torch.float64, **options)


def arrays(layer):
    return {k.removesuffix("_l0"): v.detach().numpy() for k, v in layer.named_parameters()}


def given():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 7, 3)), rng.normal(size=(3, 4))


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("reset_after", [False, True])
def test_both_forms_equal_their_equations_with_every_gradient(reset_after, trace):
    layer = build(reset_after=reset_after, backend="loop")
    p, (x, h) = arrays(layer), given()
    parameters = split_gru_weights(p["weight_ih"], p["weight_hh"], (p["bias_ih"], p["bias_hh"]))
    seen = gru_forward(parameters, x, h, LENGTHS, reset_after=reset_after, convention="z-keeps")
    x, h = torch.tensor(x, requires_grad=True), torch.tensor(h, requires_grad=True)
    output, last, *more = layer(x, h[None], lengths=LENGTHS.tolist(), trace=trace)
    pairs = [(output, seen.h), (last[0], seen.last)]
    for (one,) in more:
        pairs += [(gate, getattr(seen.steps, name)) for name, gate in one.gates.items()]
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine.detach().numpy(), theirs, rtol=1e-10, atol=1e-12)

    rng = np.random.default_rng(9)
    grads = rng.normal(size=(3, 7, 4)), rng.normal(size=(3, 4))
    back = gru_backward(seen, *grads)
    weights = stack_gru_weights(back.parameters)
    torch.autograd.backward([output, last], [torch.tensor(grads[0]), torch.tensor(grads[1])[None]])
    pairs = [(x, back.x), (h, back.h_0)]
    pairs += [(getattr(layer, f"{name}_l0"), getattr(weights, name)) for name in weights._fields]
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine.grad.numpy(), theirs, rtol=1e-10, atol=1e-12)


def normed(v):
    return (v - v.mean(1, keepdims=True)) / np.sqrt(v.var(1, keepdims=True) + 1e-5)


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


@pytest.mark.parametrize("reset_after", [False, True])
def test_layer_norm_is_what_the_docstring_says(reset_after):
    layer = build(reset_after=reset_after, layer_norm=True)
    with torch.no_grad():
        layer.norm_ih_l0.normal_(), layer.norm_hh_l0.normal_()
    p, (x, h) = arrays(layer), given()
    output, _ = layer(torch.tensor(x), torch.tensor(h)[None])

    def part(kind, v, k):
        rows = slice(4 * k, 4 * k + 4)
        return p[f"norm_{kind}"][rows] * normed(v @ p[f"weight_{kind}"][rows].T), p[f"bias_{kind}"][
            rows
        ]

    for t in range(7):
        (xr, br), (xz, bz), (xn, bn) = (part("ih", x[:, t], k) for k in range(3))
        (hr, cr), (hz, cz) = (part("hh", h, k) for k in range(2))
        r, z = sigmoid(xr + br + hr + cr), sigmoid(xz + bz + hz + cz)
        hn, cn = part("hh", h if reset_after else r * h, 2)
        n = np.tanh(xn + bn + (r * (hn + cn) if reset_after else hn + cn))
        h = (1 - z) * n + z * h
        np.testing.assert_allclose(output[:, t].detach().numpy(), h, rtol=1e-10, atol=1e-12)
