import dataclasses

import numpy as np
import pytest
import torch

from saiki.equations import (
    GRUCandidate,
    GRUGate,
    GRUParameters,
    gru_backward,
    gru_forward,
    gru_step,
    negate_update_gate,
    split_gru_weights,
    stack_gru_weights,
)

LENGTHS = np.array([6, 2, 5])
FORMS = [(after, convention) for after in (True, False) for convention in ("z-keeps", "z-replaces")]


@pytest.fixture
def stacks(draw):
    return [draw(12, 3), draw(12, 4) / 2, draw(12), draw(12)]


@pytest.fixture
def case(draw):
    return {
        "x": draw(3, 6, 3), "h_0": draw(3, 4), "grad_h": draw(3, 6, 4), "grad_last": draw(3, 4)
    }  # fmt: skip


def _split(stacks) -> GRUParameters:
    return split_gru_weights(*stacks[:2], stacks[2:])


def _torch_step(p, x_t, h, reset_after, convention):
    weight_ih, weight_hh, bias_ih, bias_hh = p
    from_x, from_h = weight_ih @ x_t + bias_ih, weight_hh @ h + bias_hh
    r = torch.sigmoid(from_x[:4] + from_h[:4])
    z = torch.sigmoid(from_x[4:8] + from_h[4:8])
    if reset_after:
        n = torch.tanh(from_x[8:] + r * from_h[8:])
    else:
        n = torch.tanh(from_x[8:] + weight_hh[8:] @ (r * h) + bias_hh[8:])
    return (1 - z) * n + z * h if convention == "z-keeps" else (1 - z) * h + z * n


@pytest.mark.parametrize(("reset_after", "convention"), FORMS)
def test_every_form_equals_autograd(reset_after, convention, stacks, case, leaf, agree):
    p, x, h_0 = [leaf(array) for array in stacks], leaf(case["x"]), leaf(case["h_0"])
    out, last, loss, states = np.zeros((3, 6, 4)), np.zeros((3, 4)), 0.0, {}
    for b, n in enumerate(LENGTHS):
        h = h_0[b]
        for t in range(n):
            h = _torch_step(p, x[b, t], h, reset_after, convention)
            h.retain_grad()
            states[b, t] = h
            out[b, t] = h.detach().numpy()
            loss = loss + h @ torch.tensor(case["grad_h"][b, t])
        last[b] = h.detach().numpy()
        loss = loss + h @ torch.tensor(case["grad_last"][b])
    loss.backward()
    run = gru_forward(
        _split(stacks),
        case["x"],
        case["h_0"],
        LENGTHS,
        reset_after=reset_after,
        convention=convention,
    )
    back = gru_backward(run, case["grad_h"], case["grad_last"])
    agree(run.h, out)
    agree(run.last, last)
    agree(back.x, x.grad)
    agree(back.h_0, h_0.grad)
    for ours, theirs in zip(stack_gru_weights(back.parameters), p, strict=True):
        agree(ours, theirs.grad)
    for (b, t), h in states.items():
        agree(back.h[b, t], h.grad)


def test_equals_torch_layer_on_packed_sequences(stacks, case, agree):
    layer = torch.nn.GRU(3, 4, batch_first=True, dtype=torch.float64)
    for theirs, ours in zip(layer.parameters(), stacks, strict=True):
        theirs.data = torch.tensor(ours)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.tensor(case["x"]), LENGTHS, batch_first=True, enforce_sorted=False
    )
    out, last = layer(packed, torch.tensor(case["h_0"])[None])
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    (padded * torch.tensor(case["grad_h"])).sum().backward()
    run = gru_forward(_split(stacks), case["x"], case["h_0"], LENGTHS)
    agree(run.h, padded)
    agree(run.last, last[0])
    grads = stack_gru_weights(gru_backward(run, case["grad_h"]).parameters)
    for ours, theirs in zip(grads, layer.parameters(), strict=True):
        agree(ours, theirs.grad)


def test_worked_step():
    """One unit: r = 3/4, z = 4/5, h = 2; b_h tells the two forms of the candidate apart."""
    zero = np.zeros((1, 1))
    cell = GRUParameters(
        r=GRUGate(zero, zero, np.array([np.log(3.0)])),
        z=GRUGate(zero, zero, np.array([np.log(4.0)])),
        n=GRUCandidate(zero, np.array([[0.2]]), np.array([0.1]), np.array([0.4])),
    )
    h = np.full((1, 1), 2.0)
    n = {True: np.tanh(0.1 + 0.75 * (0.4 + 0.4)), False: np.tanh(0.1 + 0.2 * 1.5 + 0.4)}
    for after in (True, False):
        keeps = gru_step(cell, zero, h, reset_after=after)
        replaces = gru_step(cell, zero, h, reset_after=after, convention="z-replaces")
        assert keeps.h[0, 0] == pytest.approx(0.2 * n[after] + 0.8 * 2.0)
        assert replaces.h[0, 0] == pytest.approx(0.8 * n[after] + 0.2 * 2.0)


@pytest.mark.parametrize("reset_after", [True, False])
def test_conversion_between_the_conventions(reset_after, stacks, case, agree):
    cell = _split(stacks)
    keeps = gru_forward(cell, case["x"], case["h_0"], reset_after=reset_after)
    other = gru_forward(
        negate_update_gate(cell),
        case["x"],
        case["h_0"],
        reset_after=reset_after,
        convention="z-replaces",
    )
    agree(other.h, keeps.h)
    agree(other.steps.z, 1 - keeps.steps.z)
    twice = negate_update_gate(negate_update_gate(cell))
    for ours, first in zip(stack_gru_weights(twice), stack_gru_weights(cell), strict=True):
        np.testing.assert_array_equal(ours, first)


def test_the_forms_and_the_conventions_differ(stacks, case):
    runs = [
        gru_forward(_split(stacks), case["x"], reset_after=after, convention=convention).h
        for after, convention in FORMS
    ]
    for k, one in enumerate(runs):
        for other in runs[k + 1 :]:
            assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize(("reset_after", "convention"), FORMS)
def test_finite_differences(reset_after, convention, stacks, draw):
    form = {"reset_after": reset_after, "convention": convention}
    x, grad_h = draw(2, 4, 3), draw(2, 4, 4)
    direction = [draw(*array.shape) for array in stacks]

    def loss(s):
        moved = [array + s * way for array, way in zip(stacks, direction, strict=True)]
        return (gru_forward(_split(moved), x, **form).h * grad_h).sum()

    back = gru_backward(gru_forward(_split(stacks), x, **form), grad_h)
    grads = stack_gru_weights(back.parameters)
    slope = sum((g * way).sum() for g, way in zip(grads, direction, strict=True))
    assert slope == pytest.approx((loss(1e-6) - loss(-1e-6)) / 2e-6, rel=1e-6)


def test_padding_is_never_read(stacks, case):
    clean = gru_forward(_split(stacks), case["x"], lengths=LENGTHS)
    back = gru_backward(clean, case["grad_h"])
    case["x"][1, 2:] = case["grad_h"][1, 2:] = np.nan
    dirty = gru_forward(_split(stacks), case["x"], lengths=LENGTHS)
    for ours, theirs in zip(clean.steps, dirty.steps, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert not ours[1, 2:].any()
    np.testing.assert_array_equal(gru_backward(dirty, case["grad_h"]).x, back.x)


def test_split_names_the_blocks_in_the_order_r_z_n(stacks, agree):
    cell = _split(stacks)
    for k, name in enumerate("rzn"):
        agree(getattr(cell, name).W, stacks[0][4 * k : 4 * k + 4])
        agree(getattr(cell, name).U, stacks[1][4 * k : 4 * k + 4])
    agree(cell.z.b, stacks[2][4:8] + stacks[3][4:8])
    agree(cell.n.b_x, stacks[2][8:])
    agree(cell.n.b_h, stacks[3][8:])
    assert not split_gru_weights(*stacks[:2]).n.b_h.any()


def test_errors(stacks, draw):
    with pytest.raises(ValueError, match=r"weight_hh must have shape \(15, 5\)"):
        split_gru_weights(draw(12, 3), draw(12, 5))
    with pytest.raises(ValueError, match="give no bias, or both; got 1"):
        split_gru_weights(*stacks[:2], stacks[2:3])
    with pytest.raises(ValueError, match="'z-keeps' or 'z-replaces'; got 'keeps'"):
        gru_forward(_split(stacks), draw(1, 1, 3), convention="keeps")
    cell = _split(stacks)
    bent = dataclasses.replace(cell, n=dataclasses.replace(cell.n, b_h=draw(1)))
    with pytest.raises(ValueError, match=r"b_h of n must have shape \(4\)"):
        gru_forward(bent, draw(1, 1, 3))
    with pytest.raises(ValueError, match=r"grad_h must have shape \(1, 1, 4\)"):
        gru_backward(gru_forward(cell, draw(1, 1, 3)), draw(1, 2, 4))
