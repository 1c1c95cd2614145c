import dataclasses

import numpy as np
import pytest
import torch

from saiki.equations import (
    RNNParameters,
    norms_over_time,
    output_delta,
    rnn_backward,
    rnn_forward,
)

LENGTHS = np.array([7, 3, 6])
STEPS = 7
F = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "leaky-relu": torch.nn.functional.leaky_relu,
    "swish": torch.nn.functional.silu,
    "identity": lambda u: u,
}


@pytest.fixture
def case(draw):
    """Weights, inputs and gradients from outside, for three sequences of unequal length."""

    def build(output_from: str) -> dict:
        seen = 4 if output_from == "state" else 7
        cell = RNNParameters(
            W_in=draw(4, 3), W=draw(4, 4) / 2, b=draw(4), W_out=draw(2, seen), c=draw(2)
        )
        return {
            "cell": cell,
            "x": draw(3, STEPS, 3),
            "z_0": draw(3, 4),
            "grad_y": draw(3, STEPS, 2),
            "grad_z": draw(3, STEPS, 4),
            "grad_last": draw(3, 4),
        }

    return build


def _autograd(case: dict, leaf, f, g, output_from, cut=None) -> dict:
    """The same network with torch, sequence by sequence; the state is detached at k, 2k, ..."""
    p = {field.name: leaf(getattr(case["cell"], field.name))
         for field in dataclasses.fields(case["cell"])}  # fmt: skip
    x, z_0 = leaf(case["x"]), leaf(case["z_0"])
    states = [[None] * STEPS for _ in LENGTHS]
    loss = 0.0
    for b, n in enumerate(LENGTHS):
        z = z_0[b]
        for t in range(n):
            if cut is not None and t > 0 and t % cut == 0:
                z = z.detach()
            before = z
            z = f(p["W_in"] @ x[b, t] + p["W"] @ z + p["b"])
            z.retain_grad()
            states[b][t] = z
            seen = z if output_from == "state" else torch.cat([x[b, t], before])
            y = g(p["W_out"] @ seen + p["c"])
            loss = loss + (y * torch.tensor(case["grad_y"][b, t])).sum()
            loss = loss + (z * torch.tensor(case["grad_z"][b, t])).sum()
        loss = loss + (z * torch.tensor(case["grad_last"][b])).sum()
    loss.backward()
    grads = {name: tensor.grad.numpy() for name, tensor in p.items()}
    z_grad = np.zeros_like(case["grad_z"])
    for b, n in enumerate(LENGTHS):
        z_grad[b, :n] = [state.grad.numpy() for state in states[b][:n]]
    return grads | {"x": x.grad.numpy(), "z_0": z_0.grad.numpy(), "z": z_grad}


def _ours(case: dict, f, g, output_from, cut=None):
    run = rnn_forward(
        case["cell"], case["x"], case["z_0"], LENGTHS, f=f, g=g, output_from=output_from
    )
    return rnn_backward(
        run,
        output_delta(run, case["grad_y"]),
        grad_z=case["grad_z"],
        grad_last=case["grad_last"],
        truncation=cut,
    )


@pytest.mark.parametrize("output_from", ["state", "input-and-previous-state"])
@pytest.mark.parametrize("f", sorted(F))
def test_full_gradient_equals_autograd(f, output_from, case, leaf, agree):
    this = case(output_from)
    expected = _autograd(this, leaf, F[f], torch.sigmoid, output_from)
    ours = _ours(this, f, "sigmoid", output_from)
    for name, gradient in expected.items():
        agree(getattr(ours, name), gradient)


@pytest.mark.parametrize("output_from", ["state", "input-and-previous-state"])
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_truncated_gradient_equals_autograd_with_detached_states(
    cut, output_from, case, leaf, agree
):
    this = case(output_from)
    softmax = torch.nn.Softmax(dim=-1)
    expected = _autograd(this, leaf, torch.tanh, softmax, output_from, cut)
    ours = _ours(this, "tanh", "softmax", output_from, cut)
    for name in ("W_in", "W", "b", "W_out", "c", "x", "z_0"):
        agree(getattr(ours, name), expected[name])


@pytest.mark.parametrize("cut", [STEPS, STEPS + 1, 100])
def test_truncation_as_long_as_the_sequence_is_the_full_gradient(cut, case):
    this = case("state")
    full, cut_late = _ours(this, "tanh", "tanh", "state"), _ours(this, "tanh", "tanh", "state", cut)
    for field in dataclasses.fields(full):
        np.testing.assert_array_equal(getattr(cut_late, field.name), getattr(full, field.name))


def test_truncation_changes_the_gradient(case):
    this = case("state")
    full, cut = _ours(this, "tanh", "tanh", "state"), _ours(this, "tanh", "tanh", "state", 6)
    assert np.abs(full.W - cut.W).max() > 1e-6
    np.testing.assert_array_equal(full.W_out, cut.W_out)


@pytest.mark.parametrize("w", [0.5, 1.0, 2.0])
def test_gradient_through_time_is_a_power_of_the_weight(w):
    cell = RNNParameters(W_in=np.array([[1.0]]), W=np.array([[w]]), b=np.zeros(1))
    run = rnn_forward(cell, np.ones((1, 6, 1)), f="identity")
    back = rnn_backward(run, grad_last=np.ones((1, 1)))
    assert norms_over_time(back.z).tolist() == [w**5, w**4, w**3, w**2, w, 1.0]
    assert back.z_0.tolist() == [[w**6]]


def test_norms_run_over_batch_and_units():
    grad_z = np.array([[[3.0, 0.0], [1.0, 2.0]], [[0.0, 4.0], [2.0, 4.0]]])
    assert norms_over_time(grad_z).tolist() == [5.0, 5.0]


def test_delta_is_the_form_of_the_textbook(case, agree):
    this = case("state")
    run = rnn_forward(this["cell"], this["x"], f="tanh")
    out = output_delta(run, this["grad_y"])
    back = rnn_backward(run, out)
    later = back.delta[:, 3] @ this["cell"].W + out[:, 2] @ this["cell"].W_out
    agree(back.delta[:, 2], later * (1 - run.z[:, 2] ** 2))
    agree(back.W_in, np.einsum("bth,bti->hi", back.delta, this["x"]))


def test_gradients_on_padding_are_ignored(case):
    this = case("state")
    clean = _ours(this, "tanh", "tanh", "state")
    for name in ("x", "grad_y", "grad_z"):
        this[name][1, 3:] = np.nan
    dirty = _ours(this, "tanh", "tanh", "state")
    for field in dataclasses.fields(clean):
        np.testing.assert_array_equal(getattr(dirty, field.name), getattr(clean, field.name))


def test_without_output_layer(case, draw):
    cell = dataclasses.replace(case("state")["cell"], W_out=None, c=None)
    run = rnn_forward(cell, draw(1, 2, 3))
    back = rnn_backward(run, grad_z=draw(1, 2, 4))
    assert back.W_out is None
    assert back.c is None
    with pytest.raises(ValueError, match="has no output layer; give W_out"):
        output_delta(run, draw(1, 2, 2))
    with pytest.raises(ValueError, match="delta_out is given, but"):
        rnn_backward(run, draw(1, 2, 2))


def test_errors(case, draw):
    run = rnn_forward(case("state")["cell"], draw(1, 2, 3))
    with pytest.raises(ValueError, match="truncation must be at least 1 step; got 0"):
        rnn_backward(run, truncation=0)
    with pytest.raises(ValueError, match=r"grad_z must have shape \(1, 2, 4\)"):
        rnn_backward(run, grad_z=draw(1, 3, 4))
    with pytest.raises(ValueError, match=r"must have shape \(B, T, H\)"):
        norms_over_time(draw(2, 3))
