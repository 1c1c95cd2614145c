import dataclasses

import numpy as np
import pytest
import torch

from saiki.equations import (
    LSTM_STAGES,
    LSTMGate,
    LSTMParameters,
    lstm_backward,
    lstm_forward,
    lstm_step,
    sigmoid,
    split_lstm_weights,
    stack_lstm_weights,
)

LENGTHS = np.array([6, 2, 5])
KINDS = [
    ("carousel", False),
    ("input-output-gates", False),
    ("input-output-gates", True),
    ("forget-gate", False),
    ("forget-gate", True),
]


def _weights(draw, stage: str, peephole: bool) -> dict[str, np.ndarray]:
    """Stacked weights as nn.LSTM holds them: inputs 3, units 4."""
    blocks = len(LSTM_STAGES[stage])
    stacks = {
        "weight_ih": draw(4 * blocks, 3),
        "weight_hh": draw(4 * blocks, 4) / 2,
        "bias_ih": draw(4 * blocks),
        "bias_hh": draw(4 * blocks),
    }
    return stacks | ({"peephole": draw(4 * (blocks - 1))} if peephole else {})


def _split(stacks: dict[str, np.ndarray], stage: str) -> LSTMParameters:
    biases = (stacks["bias_ih"], stacks["bias_hh"])
    return split_lstm_weights(
        stacks["weight_ih"], stacks["weight_hh"], biases, stacks.get("peephole"), stage=stage
    )


def _torch_step(p, stage, x_t, h, c, squash):
    """Each stage written out by itself, on stacked weights."""
    a = p["weight_ih"] @ x_t + p["bias_ih"] + p["weight_hh"] @ h + p["bias_hh"]
    eye = p.get("peephole", torch.zeros(12, dtype=torch.float64))
    if stage == "carousel":
        c = c + torch.tanh(a)
        return squash(c), c
    if stage == "input-output-gates":
        c = c + torch.sigmoid(a[:4] + eye[:4] * c) * torch.tanh(a[4:8])
        return torch.sigmoid(a[8:] + eye[4:8] * c) * squash(c), c
    i, f = torch.sigmoid(a[:4] + eye[:4] * c), torch.sigmoid(a[4:8] + eye[4:8] * c)
    c = f * c + i * torch.tanh(a[8:12])
    return torch.sigmoid(a[12:] + eye[8:] * c) * squash(c), c


@pytest.fixture
def case(draw):
    names = ("grad_last_h", "grad_last_c", "h_0", "c_0")
    return {"x": draw(3, 6, 3), "grad_h": draw(3, 6, 4)} | {name: draw(3, 4) for name in names}


def _autograd(stacks, stage, case, leaf, squash):
    p = {name: leaf(array) for name, array in stacks.items()}
    x, h_0, c_0 = (leaf(case[name]) for name in ("x", "h_0", "c_0"))
    out, last = np.zeros_like(case["grad_h"]), np.zeros((2, 3, 4))
    loss, states = 0.0, {}
    for b, n in enumerate(LENGTHS):
        h, c = h_0[b], c_0[b]
        for t in range(n):
            h, c = _torch_step(p, stage, x[b, t], h, c, squash)
            h.retain_grad()
            c.retain_grad()
            states[b, t] = (h, c)
            out[b, t] = h.detach().numpy()
            loss = loss + h @ torch.tensor(case["grad_h"][b, t])
        last[:, b] = h.detach().numpy(), c.detach().numpy()
        loss = loss + h @ torch.tensor(case["grad_last_h"][b])
        loss = loss + c @ torch.tensor(case["grad_last_c"][b])
    loss.backward()
    return p | {"x": x, "h_0": h_0, "c_0": c_0}, states, out, last


@pytest.mark.parametrize("output_activation", ["tanh", "identity"])
@pytest.mark.parametrize(("stage", "peephole"), KINDS)
def test_every_stage_equals_autograd(stage, peephole, output_activation, case, draw, leaf, agree):
    stacks = _weights(draw, stage, peephole)
    squash = torch.tanh if output_activation == "tanh" else lambda c: c * 1
    leaves, states, out, last = _autograd(stacks, stage, case, leaf, squash)
    run = lstm_forward(
        _split(stacks, stage),
        case["x"],
        (case["h_0"], case["c_0"]),
        LENGTHS,
        output_activation=output_activation,
    )
    back = lstm_backward(run, case["grad_h"], (case["grad_last_h"], case["grad_last_c"]))
    agree(run.h, out)
    agree(np.stack([run.last_h, run.last_c]), last)
    for name in ("x", "h_0", "c_0"):
        agree(getattr(back, name), leaves[name].grad)
    grads = stack_lstm_weights(back.parameters)
    agree(grads.weight_ih, leaves["weight_ih"].grad)
    agree(grads.weight_hh, leaves["weight_hh"].grad)
    agree(grads.bias, leaves["bias_ih"].grad)
    agree(grads.bias, leaves["bias_hh"].grad)
    if peephole:
        agree(grads.peephole, leaves["peephole"].grad)
    for (b, t), (h, c) in states.items():
        agree(back.h[b, t], h.grad)
        agree(back.c[b, t], c.grad)


def test_equals_torch_layer_on_packed_sequences(case, draw, agree):
    layer = torch.nn.LSTM(3, 4, batch_first=True, dtype=torch.float64)
    stacks = _weights(draw, "forget-gate", peephole=False)
    for theirs, ours in zip(layer.parameters(), stacks.values(), strict=True):
        theirs.data = torch.tensor(ours)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.tensor(case["x"]), LENGTHS, batch_first=True, enforce_sorted=False
    )
    first = (torch.tensor(case["h_0"])[None], torch.tensor(case["c_0"])[None])
    out, (last_h, last_c) = layer(packed, first)
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    (padded * torch.tensor(case["grad_h"])).sum().backward()
    cell = _split(stacks, "forget-gate")
    run = lstm_forward(cell, case["x"], (case["h_0"], case["c_0"]), LENGTHS)
    agree(run.h, padded)
    agree(run.last_h, last_h[0])
    agree(run.last_c, last_c[0])
    grads = stack_lstm_weights(lstm_backward(run, case["grad_h"]).parameters)
    agree(grads.weight_ih, layer.weight_ih_l0.grad)
    agree(grads.weight_hh, layer.weight_hh_l0.grad)
    agree(grads.bias, layer.bias_ih_l0.grad)


def test_worked_step():
    """One unit whose gate arguments are log-odds of round numbers, peepholes included."""
    log3, log4 = np.log(3.0), np.log(4.0)

    def gate(w, u, b, p=None):
        return LSTMGate(*(np.array(v) for v in ([[w]], [[u]], [b])), None if p is None else [p])

    cell = LSTMParameters(
        g=gate(np.arctanh(0.5), 0.0, 0.0),
        i=gate(log3, 0.0, 0.0, 0.0),  # σ(log 3) = 3/4
        f=gate(0.0, 0.0, 0.0, log4 / 2),  # c_{t-1} = 2: σ(log 4) = 4/5
        o=gate(0.0, 0.0, 0.0, log3 / 1.975),  # c_t = 1.975: σ(log 3) = 3/4
    )
    now = lstm_step(cell, np.ones((1, 1)), np.zeros((1, 1)), np.full((1, 1), 2.0), "identity")
    assert [float(v[0, 0]) for v in now] == pytest.approx([0.75, 0.8, 0.5, 0.75, 1.975, 1.48125])


def test_carousel_gradient_is_exactly_one_through_time(draw):
    cell = split_lstm_weights(draw(4, 3), draw(4, 4), stage="carousel")
    run = lstm_forward(cell, draw(2, 100, 3), output_activation="identity")
    error = draw(2, 4)
    back = lstm_backward(run, grad_last=(np.zeros((2, 4)), error), through_gates=False)
    for t in range(100):
        np.testing.assert_array_equal(back.c[:, t], error)
    np.testing.assert_array_equal(back.c_0, error)
    assert not back.h[:, :-1].any()


def test_carousel_without_recurrent_weights_has_exact_gradient_one(draw):
    cell = split_lstm_weights(draw(4, 3), np.zeros((4, 4)), stage="carousel")
    run = lstm_forward(cell, draw(2, 50, 3))
    error = draw(2, 4)
    back = lstm_backward(run, grad_last=(np.zeros((2, 4)), error))
    np.testing.assert_array_equal(back.c, np.broadcast_to(error[:, None], (2, 50, 4)))


def test_gradient_cut_at_the_gates_is_the_product_of_the_forget_gates(draw, agree):
    cell = _split(_weights(draw, "forget-gate", peephole=True), "forget-gate")
    run = lstm_forward(cell, draw(2, 8, 3))
    back = lstm_backward(run, grad_last=(np.zeros((2, 4)), np.ones((2, 4))), through_gates=False)
    for t in range(8):
        agree(back.c[:, t], run.steps.f[:, t + 1 :].prod(axis=1))


def test_absent_gates_stand_open(draw):
    run = lstm_forward(split_lstm_weights(draw(4, 3), draw(4, 4), stage="carousel"), draw(2, 5, 3))
    for gate in (run.steps.i, run.steps.f, run.steps.o):
        assert (gate == 1).all()
    np.testing.assert_allclose(run.steps.c, run.steps.g.cumsum(axis=1), rtol=1e-12)


@pytest.mark.parametrize(("stage", "peephole"), KINDS)
def test_finite_differences(stage, peephole, draw):
    stacks = _weights(draw, stage, peephole)
    x, grad_h = draw(2, 4, 3), draw(2, 4, 4)
    direction = {name: draw(*array.shape) for name, array in stacks.items()}

    def loss(s):
        moved = {name: array + s * direction[name] for name, array in stacks.items()}
        return (lstm_forward(_split(moved, stage), x).h * grad_h).sum()

    grads = stack_lstm_weights(
        lstm_backward(lstm_forward(_split(stacks, stage), x), grad_h).parameters
    )
    slope = sum((grads[k] * direction[name]).sum() for k, name in enumerate(list(stacks)[:3]))
    slope += (grads.bias * direction["bias_hh"]).sum()
    if peephole:
        slope += (grads.peephole * direction["peephole"]).sum()
    assert slope == pytest.approx((loss(1e-6) - loss(-1e-6)) / 2e-6, rel=1e-6)


def test_padding_is_never_read(case, draw):
    cell = _split(_weights(draw, "forget-gate", peephole=True), "forget-gate")
    clean = lstm_forward(cell, case["x"], lengths=LENGTHS)
    back = lstm_backward(clean, case["grad_h"])
    case["x"][1, 2:] = case["grad_h"][1, 2:] = np.nan
    dirty = lstm_forward(cell, case["x"], lengths=LENGTHS)
    for ours, theirs in zip(clean.steps, dirty.steps, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert not ours[1, 2:].any()
    again = lstm_backward(dirty, case["grad_h"])
    np.testing.assert_array_equal(again.x, back.x)
    np.testing.assert_array_equal(again.parameters.i.U, back.parameters.i.U)


def test_split_names_the_blocks_in_the_order_i_f_g_o(draw, agree):
    stacks = _weights(draw, "forget-gate", peephole=True)
    cell = _split(stacks, "forget-gate")
    for k, name in enumerate("ifgo"):
        rows = slice(4 * k, 4 * k + 4)
        agree(getattr(cell, name).W, stacks["weight_ih"][rows])
        agree(getattr(cell, name).U, stacks["weight_hh"][rows])
        agree(getattr(cell, name).b, stacks["bias_ih"][rows] + stacks["bias_hh"][rows])
    for k, name in enumerate("ifo"):
        agree(getattr(cell, name).p, stacks["peephole"][4 * k : 4 * k + 4])
    assert cell.g.p is None


def test_split_of_a_stage_without_forget_gate(draw, agree):
    stacks = _weights(draw, "input-output-gates", peephole=True)
    cell = _split(stacks, "input-output-gates")
    assert cell.f is None
    assert list(cell.gates()) == ["i", "g", "o"]
    agree(cell.o.W, stacks["weight_ih"][8:])
    agree(cell.o.p, stacks["peephole"][4:])
    again = stack_lstm_weights(cell)
    agree(again.weight_hh, stacks["weight_hh"])
    agree(again.peephole, stacks["peephole"])


def test_output_gate_sees_the_new_cell_state(draw, agree):
    cell = _split(_weights(draw, "forget-gate", peephole=True), "forget-gate")
    x, h, c = draw(2, 3), draw(2, 4), draw(2, 4)
    now = lstm_step(cell, x, h, c)
    seen = x @ cell.o.W.T + h @ cell.o.U.T + cell.o.b + cell.o.p * now.c
    agree(now.o, sigmoid(seen))


def test_errors(draw):
    with pytest.raises(ValueError, match=r"weight_hh of stage carousel must have shape \(4, 4\)"):
        split_lstm_weights(draw(16, 3), draw(16, 4), stage="carousel")
    with pytest.raises(ValueError, match=r"bias must have shape \(16\)"):
        split_lstm_weights(draw(16, 3), draw(16, 4), [draw(1)])
    with pytest.raises(ValueError, match=r"peephole must have shape \(8\); got \(12,\)"):
        split_lstm_weights(draw(12, 3), draw(12, 4), (), draw(12), stage="input-output-gates")
    cell = split_lstm_weights(draw(16, 3), draw(16, 4))
    with pytest.raises(ValueError, match=r"c_0 must have shape \(2, 4\)"):
        lstm_forward(cell, draw(2, 5, 3), (draw(2, 4), draw(2, 3)))
    with pytest.raises(ValueError, match="the cell input g has no peephole"):
        lstm_forward(
            dataclasses.replace(cell, g=dataclasses.replace(cell.g, p=draw(4))), draw(1, 1, 3)
        )
    with pytest.raises(ValueError, match=r"U of i must have shape \(4, 4\)"):
        lstm_forward(
            dataclasses.replace(cell, i=dataclasses.replace(cell.i, U=draw(4, 3))), draw(1, 1, 3)
        )
