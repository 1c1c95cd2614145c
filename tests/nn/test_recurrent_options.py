"""What torch.nn lacks: traces, recurrent drop-out, learned states, second derivatives."""

import copy

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from saiki import nn

SHAPES = [(1, False), (2, True)]
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_the_trace_shows_what_the_run_did(case, layers, both, close, data):
    layer = case.build(3, 4, layers, bidirectional=both, batch_first=True).eval()
    x, lengths = data(), [7, 2, 4]
    output, end, trace = layer(x, lengths=lengths, trace=True)
    plain_output, plain_end = layer(x, lengths=lengths)
    close([output], [plain_output], 1e-12)
    close(
        end if isinstance(end, tuple) else [end],
        plain_end if isinstance(plain_end, tuple) else [plain_end],
        1e-12,
    )
    places = [(k, r) for k in range(layers) for r in (False, True)[: 1 + both]]
    assert [(one.layer, one.reverse) for one in trace] == places
    top = torch.cat([one.hidden for one in trace[-(1 + both) :]], 2)
    close([top], [output], 0)
    for one in trace:
        for values in (*one.gates.values(), *([] if one.cell is None else [one.cell])):
            assert values.shape == (3, 7, 4)
            assert bool((values[1, 2:] == 0).all())
            assert bool((values[1, :2] != 0).any())
        assert (one.cell is None) == (case.kind != "LSTM")
        assert len(one.hidden_steps) == 7


def test_the_steps_of_a_trace_carry_the_gradient_through_time(data):
    layer = nn.RNN(3, 4, bias=False, batch_first=True, dtype=torch.float64)
    x = data()
    output, _, (trace,) = layer(x, trace=True)
    per_step = torch.autograd.grad(output[:, -1].sum(), trace.hidden_steps)
    arriving = torch.ones(3, 4, dtype=torch.float64)
    for t in reversed(range(7)):
        torch.testing.assert_close(per_step[t], arriving)
        arriving = (arriving * (1 - output[:, t] ** 2)) @ layer.weight_hh_l0


def test_the_trace_of_a_packed_sequence_is_in_the_callers_order(close, data):
    layer = nn.GRU(3, 4, batch_first=True, dtype=torch.float64)
    x, lengths = data(), [2, 7, 4]
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    _, _, (one,) = layer(packed, trace=True)
    _, _, (two,) = layer(x, lengths=lengths, trace=True)
    close([one.hidden, *one.gates.values()], [two.hidden, *two.gates.values()], 1e-14)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_recurrent_drop_out_uses_one_mask_for_all_steps(kind, monkeypatch):
    layer = getattr(nn, kind)(3, 50, batch_first=True, recurrent_dropout=0.4)
    seen = []
    real = layer._mask

    def spy(like):
        seen.append(real(like))
        return seen[-1]

    monkeypatch.setattr(layer, "_mask", spy)
    x = torch.randn(8, 5, 3)
    output, _ = layer(x)
    (mask,) = seen[0]  # of one direction
    assert mask.shape == (8, 50)
    assert mask.unique().tolist() == pytest.approx([0, 1 / 0.6])
    assert abs(float((mask == 0).double().mean()) - 0.4) < 0.1
    torch.testing.assert_close(output, masked_by_hand(layer, kind, x, mask), rtol=0, atol=1e-6)


def masked_by_hand(layer, kind, x, mask):
    """Torch's own cells, with the recurrent weights of the units that the mask drops left out."""
    outputs = []
    for row in range(len(x)):
        cell = getattr(torch.nn, kind + "Cell")(3, 50)
        cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
        carried = None
        for step in x[row]:
            if kind == "GRU":  # the carried state is not dropped, so the cell is taken apart
                carried = gru_by_hand(cell, step, carried, mask[row])
                outputs.append(carried)
                continue
            if carried is None:
                dropped = None
            elif kind == "LSTM":
                dropped = (carried[0] * mask[row], carried[1])
            else:
                dropped = carried * mask[row]
            carried = cell(step, dropped)
            outputs.append(carried[0] if kind == "LSTM" else carried)
    return torch.stack(outputs).view(len(x), x.shape[1], -1)


def gru_by_hand(cell, x, h, mask):
    h = torch.zeros(50) if h is None else h
    r, z, n = (cell.weight_ih @ x + cell.bias_ih).chunk(3)
    u_r, u_z, u_n = (cell.weight_hh @ (h * mask) + cell.bias_hh).chunk(3)
    r, z = torch.sigmoid(r + u_r), torch.sigmoid(z + u_z)
    return (1 - z) * torch.tanh(n + r * u_n) + z * h


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_recurrent_drop_out_is_off_in_eval_mode(kind):
    torch.manual_seed(0)
    dropping = getattr(nn, kind)(3, 4, recurrent_dropout=0.9).eval()
    plain = getattr(nn, kind)(3, 4)
    plain.load_state_dict(dropping.state_dict())
    x = torch.randn(6, 2, 3)
    assert torch.equal(dropping(x)[0], plain(x)[0])
    assert not torch.equal(dropping.train()(x)[0], plain(x)[0])


@pytest.mark.parametrize("backend", ["fused", "loop"])
@pytest.mark.parametrize("lengths", [None, [7, 2, 4]])
def test_drop_out_between_layers_drops_that_share_and_scales(backend, lengths):
    layer = nn.RNN(3, 1, 2, "relu", bias=False, dropout=0.25, backend=backend, batch_first=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(1)
        layer.weight_hh_l0.zero_(), layer.weight_hh_l1.zero_()
    torch.manual_seed(0)
    seen = torch.stack([layer(torch.ones(3, 7, 3), lengths=lengths)[0] for _ in range(400)])
    real = seen if lengths is None else seen[:, 0]
    assert set(real.unique().tolist()) == {0.0, 4.0}
    assert abs(float((real == 0).double().mean()) - 0.25) < 0.03
    assert layer.eval()(torch.ones(3, 7, 3))[0].unique().tolist() == [3.0]


@pytest.mark.parametrize("backend", ["fused", "loop"])
def test_a_learned_initial_state_is_where_sequences_start(plain, backend, close, flat, data):
    layer = plain.build(3, 4, 2, bidirectional=True, learned_initial_state=True, backend=backend)
    parts = ["initial_state", "initial_cell"][: 1 + (plain.kind == "LSTM")]
    state = tuple(
        torch.stack([getattr(layer, f"{part}_l{k}{s}") for k in (0, 1) for s in ("", "_reverse")])
        .unsqueeze(1)
        .repeat(1, 3, 1)
        for part in parts
    )
    x = data().transpose(0, 1)
    given = state if len(state) > 1 else state[0]
    for lengths in (None, [7, 2, 4]):
        close(flat(layer(x, lengths=lengths)), flat(layer(x, given, lengths=lengths)), 0)
    fresh = getattr(nn, plain.kind)(3, 4, learned_initial_state=True)
    assert not fresh.initial_state_l0.any()
    layer(x, lengths=[7, 2, 4])[0].sum().backward()
    assert bool(layer.initial_state_l1_reverse.grad.any())


def test_initial_values_are_uniform_in_one_over_root_h(case):
    torch.manual_seed(0)
    layer = getattr(nn, case.kind)(30, 25, **case.options)
    for name, parameter in layer.named_parameters():
        if name.startswith("norm"):
            assert set(parameter.unique().tolist()) == {0.0 if "bias" in name else 1.0}
        elif not name.startswith("initial"):
            assert 0.15 < float(parameter.detach().abs().max()) <= 0.2
            assert abs(float(parameter.detach().mean())) < 0.05


def test_layers_copy_save_and_move(case, tmp_path, data):
    layer = case.build(3, 4, 2, bidirectional=True, batch_first=True)
    copied, x = copy.deepcopy(layer), data()
    assert torch.equal(copied(x)[0], layer(x)[0])
    with torch.no_grad():
        copied.weight_hh_l0.zero_()
    assert not torch.equal(copied(x)[0], layer(x)[0])
    copied.load_state_dict(layer.state_dict())
    assert torch.equal(copied(x)[0], layer(x)[0])
    moved = copied.float()
    moved.flatten_parameters()
    torch.testing.assert_close(moved(x.float())[0].double(), layer(x)[0], rtol=0, atol=1e-5)
    assert len(layer.all_weights) == 4


def test_the_representation_shows_what_is_not_default():
    layer = nn.LSTM(3, 4, 2, bidirectional=True, peephole=True)
    assert repr(layer) == "LSTM(3, 4, num_layers=2, bidirectional=True, peephole=True)"
    assert repr(nn.GRU(3, 4, reset_after=False)) == "GRU(3, 4, reset_after=False)"
    assert repr(nn.RNN(3, 4, nonlinearity="relu")) == "RNN(3, 4, nonlinearity='relu')"


def test_automatic_mixed_precision_runs():
    for kind in ("RNN", "GRU", "LSTM"):
        layer = getattr(nn, kind)(3, 4, batch_first=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output, _ = layer(torch.ones(2, 5, 3), lengths=[5, 2])
        output.float().sum().backward()
        assert bool(layer.weight_hh_l0.grad.any())


@pytest.mark.parametrize("backend", ["auto", "compiled", "fused", "loop"])
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_narrow_states_are_taken_under_autocast(kind, backend):
    """Where torch's products come in bfloat16, the bridge of a model gives such a state."""
    torch.manual_seed(4)
    layer = getattr(nn, kind)(3, 4, batch_first=True, backend=backend)
    x, parts = torch.randn(2, 5, 3), [torch.randn(1, 2, 4).bfloat16() for _ in layer.state_parts]

    def form(parts):
        return tuple(parts) if len(parts) > 1 else parts[0]

    narrow = [part.clone().requires_grad_() for part in parts]
    wide = [part.float().requires_grad_() for part in parts]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, _ = layer(x, form(narrow))
    expected, _ = layer(x, form(wide))
    torch.testing.assert_close(found.float(), expected, rtol=0, atol=0.02)
    found.float().sum().backward()
    expected.sum().backward()
    for mine, theirs in zip(narrow, wide, strict=True):
        torch.testing.assert_close(mine.grad.float(), theirs.grad, rtol=0.05, atol=0.05)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        again, _ = layer(x, form(parts))
    torch.testing.assert_close(again.float(), expected, rtol=0, atol=0.02)


@pytest.mark.parametrize("kind", ["RNN", "GRU"])
def test_only_the_gradients_that_are_wanted(kind, close, data):
    layer = getattr(nn, kind)(3, 4, batch_first=True, dtype=torch.float64, backend="loop")
    x = data()
    (wanted,) = torch.autograd.grad(layer(x, lengths=[2, 7, 3])[0].sum(), x)
    layer.requires_grad_(False)
    (alone,) = torch.autograd.grad(layer(x, lengths=[2, 7, 3])[0].sum(), x)
    close([alone], [wanted], 0)
    layer.weight_hh_l0.requires_grad_()
    layer(x.detach())[0].sum().backward()
    assert layer.weight_ih_l0.grad is None
    assert layer.weight_hh_l0.grad is not None


@pytest.mark.parametrize("backend", ["fused", "loop"])
def test_an_output_may_be_changed_in_place(backend):
    for kind in ("RNN", "GRU"):
        layer = getattr(nn, kind)(3, 4, backend=backend)
        output, _ = layer(torch.randn(5, 2, 3))
        output += 1
        output.sum().backward()
        assert layer.weight_hh_l0.grad is not None


@pytest.mark.parametrize("lengths", [None, [3, 1]])
def test_first_and_second_derivatives(case, lengths, data):
    layer = case.build(2, 3, bidirectional=True, backend="loop", batch_first=True)
    names = [name for name, _ in layer.named_parameters()]

    def run(x, *parameters):
        values = dict(zip(names, parameters, strict=True))
        output, end = torch.func.functional_call(layer, values, (x,), {"lengths": lengths})
        return (output, *(end if isinstance(end, tuple) else (end,)))

    parameters = [p.detach().clone().requires_grad_() for p in layer.parameters()]
    given = (data(2, 3, 2), *parameters)
    assert torch.autograd.gradcheck(run, given, fast_mode=True)
    assert torch.autograd.gradgradcheck(run, given, fast_mode=True)
