"""LSTM: every stage and option against the equations, values and gradients, in float64."""

import numpy as np
import pytest
import torch

from saiki import nn
from saiki.equations.lstm import (
    lstm_backward,
    lstm_forward,
    split_lstm_weights,
    stack_lstm_weights,
)

STAGES = ["carousel", "input-output-gates", "forget-gate"]
LENGTHS = np.array([5, 7, 1])


def build(seed=2, **options):
    torch.manual_seed(seed)
    return nn.LSTM(3, 4, batch_first=True, dtype=torch.float64, backend="loop", **options)


def given(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(3, 7, 3)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))


@pytest.mark.parametrize("output_activation", ["tanh", "identity"])
@pytest.mark.parametrize("peephole", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_equals_its_equations_with_every_gradient(stage, peephole, output_activation):
    if peephole and stage == "carousel":
        pytest.skip("the carousel has no gates to look through")
    layer = build(stage=stage, peephole=peephole, output_activation=output_activation)
    eye = layer.weight_peephole_l0.detach().numpy() if peephole else None
    parameters = split_lstm_weights(
        layer.weight_ih_l0.detach().numpy(),
        layer.weight_hh_l0.detach().numpy(),
        [layer.bias_ih_l0.detach().numpy(), layer.bias_hh_l0.detach().numpy()],
        eye,
        stage=stage,
    )
    x, h, c = given()
    seen = lstm_forward(parameters, x, (h, c), LENGTHS, output_activation=output_activation)
    tensors = [torch.tensor(value, requires_grad=True) for value in (x, h, c)]
    state = (tensors[1][None], tensors[2][None])
    output, (last_h, last_c), (trace,) = layer(
        tensors[0], state, lengths=torch.tensor(LENGTHS), trace=True
    )
    pairs = [(output, seen.h), (last_h[0], seen.last_h), (last_c[0], seen.last_c)]
    pairs += [(gate, getattr(seen.steps, name)) for name, gate in trace.gates.items()]
    pairs += [(trace.cell, seen.steps.c)]
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine.detach().numpy(), theirs, rtol=1e-10, atol=1e-12)

    rng = np.random.default_rng(9)
    grads = [rng.normal(size=size) for size in ((3, 7, 4), (3, 4), (3, 4))]
    back = lstm_backward(seen, grads[0], (grads[1], grads[2]))
    weights = stack_lstm_weights(back.parameters)
    torch.autograd.backward(
        [output, last_h, last_c],
        [torch.tensor(grads[0]), *(torch.tensor(grad)[None] for grad in grads[1:])],
    )
    pairs = [
        (tensors[0], back.x),
        (tensors[1], back.h_0),
        (tensors[2], back.c_0),
        (layer.weight_ih_l0, weights.weight_ih),
        (layer.weight_hh_l0, weights.weight_hh),
        (layer.bias_ih_l0, weights.bias),
        (layer.bias_hh_l0, weights.bias),
        *([(layer.weight_peephole_l0, weights.peephole)] if peephole else []),
    ]
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine.grad.numpy(), theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("stage", "blocks", "eyes"), [*zip(STAGES, (1, 3, 4), (0, 2, 3), strict=True)]
)
def test_a_stage_has_only_the_blocks_of_its_gates(stage, blocks, eyes):
    layer = build(stage=stage, peephole=eyes > 0)
    assert layer.weight_ih_l0.shape == (4 * blocks, 3)
    assert layer.weight_hh_l0.shape == (4 * blocks, 4)
    assert layer.bias_hh_l0.shape == (4 * blocks,)
    if eyes:
        assert layer.weight_peephole_l0.shape == (4 * eyes,)


def test_the_gradient_along_the_carousel_is_exactly_one():
    layer = build(stage="carousel", output_activation="identity")
    with torch.no_grad():
        layer.weight_hh_l0.zero_()
    c = torch.zeros(1, 1, 4, dtype=torch.float64, requires_grad=True)
    h = torch.zeros(1, 1, 4, dtype=torch.float64)
    _, (_, last) = layer(torch.randn(1, 500, 3, dtype=torch.float64), (h, c))
    last.sum().backward()
    assert torch.equal(c.grad, torch.ones_like(c))


def normed(v):
    return (v - v.mean(1, keepdims=True)) / np.sqrt(v.var(1, keepdims=True) + 1e-5)


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def test_layer_norm_is_what_the_docstring_says():
    layer = build(layer_norm=True, peephole=True)
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("norm"):
                parameter.normal_()
    p = {k.removesuffix("_l0"): v.detach().numpy() for k, v in layer.named_parameters()}
    x, h, c = given()
    output, (_, last) = layer(torch.tensor(x), (torch.tensor(h)[None], torch.tensor(c)[None]))
    eye = p["weight_peephole"].reshape(3, 4)
    for t in range(7):
        sums = []
        for k in range(4):
            rows = slice(4 * k, 4 * k + 4)
            of_x = p["norm_ih"][rows] * normed(x[:, t] @ p["weight_ih"][rows].T)
            of_h = p["norm_hh"][rows] * normed(h @ p["weight_hh"][rows].T)
            sums.append(of_x + of_h + p["bias_ih"][rows] + p["bias_hh"][rows])
        i, f = sigmoid(sums[0] + eye[0] * c), sigmoid(sums[1] + eye[1] * c)
        c = f * c + i * np.tanh(sums[2])
        o = sigmoid(sums[3] + eye[2] * c)
        h = o * np.tanh(p["norm_cell"] * normed(c) + p["norm_cell_bias"])
        np.testing.assert_allclose(output[:, t].detach().numpy(), h, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(last[0].detach().numpy(), c, rtol=1e-10, atol=1e-12)


def test_the_cell_state_of_a_short_sequence_does_not_move_in_padding():
    torch.manual_seed(0)
    layer = nn.LSTM(3, 4, batch_first=True, backend="fused")
    x = torch.randn(2, 400, 3)
    _, (_, padded) = layer(x, lengths=[400, 3])
    _, (_, alone) = layer(x[1:, :3])
    torch.testing.assert_close(padded[:, 1], alone[:, 0], rtol=1e-6, atol=1e-7)
