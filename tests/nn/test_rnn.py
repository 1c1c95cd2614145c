"""RNN: every activation against the equations, values and gradients, in float64."""

import numpy as np
import pytest
import torch

from saiki import nn
from saiki.equations.activations import softmax
from saiki.equations.bptt import rnn_backward
from saiki.equations.rnn import RNNParameters, rnn_forward

LENGTHS = np.array([5, 7, 1])
NAMES = ["tanh", "relu", "sigmoid", "leaky-relu", "swish", "identity"]


def build(**options):
    torch.manual_seed(2)
    return nn.RNN(3, 4, batch_first=True, dtype=torch.float64, **options)


def arrays(layer):
    return {k.removesuffix("_l0"): v.detach().numpy() for k, v in layer.named_parameters()}


def given():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 7, 3)), rng.normal(size=(3, 4))


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_activation_equals_its_equations_with_every_gradient(name, trace):
    layer = build(nonlinearity=name, backend="loop")
    p, (x, h) = arrays(layer), given()
    parameters = RNNParameters(p["weight_ih"], p["weight_hh"], p["bias_ih"] + p["bias_hh"])
    seen = rnn_forward(parameters, x, h, LENGTHS, f=name)
    x, h = torch.tensor(x, requires_grad=True), torch.tensor(h, requires_grad=True)
    output, last, *more = layer(x, h[None], lengths=LENGTHS.tolist(), trace=trace)
    pairs = [(output, seen.z), (last[0], seen.last)]
    pairs += [(one.gates["a"], seen.u) for (one,) in more]
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine.detach().numpy(), theirs, rtol=1e-10, atol=1e-12)

    rng = np.random.default_rng(9)
    grads = rng.normal(size=(3, 7, 4)), rng.normal(size=(3, 4))
    back = rnn_backward(seen, grad_z=grads[0], grad_last=grads[1])
    torch.autograd.backward([output, last], [torch.tensor(grads[0]), torch.tensor(grads[1])[None]])
    pairs = [
        (x, back.x),
        (h, back.z_0),
        (layer.weight_ih_l0, back.W_in),
        (layer.weight_hh_l0, back.W),
        (layer.bias_ih_l0, back.b),
        (layer.bias_hh_l0, back.b),
    ]
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine.grad.numpy(), theirs, rtol=1e-10, atol=1e-12)


def test_softmax_runs_over_the_units():
    layer = build(nonlinearity="softmax")
    p, (x, h) = arrays(layer), given()
    output, _ = layer(torch.tensor(x), torch.tensor(h)[None])
    bias = p["bias_ih"] + p["bias_hh"]
    for t in range(7):
        h = softmax(x[:, t] @ p["weight_ih"].T + h @ p["weight_hh"].T + bias)
        np.testing.assert_allclose(output[:, t].detach().numpy(), h, rtol=1e-10, atol=1e-12)


def test_layer_norm_is_what_the_docstring_says():
    layer = build(layer_norm=True)
    with torch.no_grad():
        layer.norm_ih_l0.normal_(), layer.norm_hh_l0.normal_()
    p, (x, h) = arrays(layer), given()
    output, _ = layer(torch.tensor(x), torch.tensor(h)[None])

    def normed(v):
        return (v - v.mean(1, keepdims=True)) / np.sqrt(v.var(1, keepdims=True) + 1e-5)

    for t in range(7):
        of_x = p["norm_ih"] * normed(x[:, t] @ p["weight_ih"].T) + p["bias_ih"]
        h = np.tanh(of_x + p["norm_hh"] * normed(h @ p["weight_hh"].T) + p["bias_hh"])
        np.testing.assert_allclose(output[:, t].detach().numpy(), h, rtol=1e-10, atol=1e-12)
