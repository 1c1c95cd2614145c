"""What all recurrent layers and options promise: the contract suite, and torch as the oracle."""

import copy
import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence

from saiki import nn
from saiki.errors import ArgumentError, BackendError, ShapeError

BACKENDS = ["fused", "loop", "auto"]
SHAPES = [(1, False), (2, True)]
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def pair(plain, dtype, layers, both, **more):
    """A torch.nn layer and ours, each made from the same seed."""
    torch.manual_seed(3)
    theirs = getattr(torch.nn, plain.kind)(
        3, 4, layers, bidirectional=both, dtype=dtype, **plain.options
    )
    torch.manual_seed(3)
    mine = getattr(nn, plain.kind)(
        3, 4, layers, bidirectional=both, dtype=dtype, **plain.options, **more
    )
    return theirs, mine


def data(batch=3, steps=7, inputs=3, dtype=torch.float64):
    generator = torch.Generator().manual_seed(11)
    x = torch.randn(batch, steps, inputs, generator=generator, dtype=torch.float64)
    return x.to(dtype).requires_grad_()


def random_state(plain, layers, both, batch, dtype):
    generator = torch.Generator().manual_seed(13)
    sizes = [plain.options.get("proj_size", 4)] + [4] * (plain.kind == "LSTM")
    shape = (layers * (1 + both), *([batch] if batch else []))
    parts = [
        torch.randn((*shape, n), generator=generator, dtype=torch.float64).to(dtype) for n in sizes
    ]
    return tuple(parts) if len(parts) > 1 else parts[0]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize(("layers", "both"), SHAPES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_equals_torch_with_every_gradient(
    plain, backend, layers, both, dtype, tolerance, gradients, close, flat
):
    theirs, mine = pair(plain, dtype, layers, both, backend=backend)
    assert list(theirs.state_dict()) == list(mine.state_dict())
    close(list(mine.parameters()), list(theirs.parameters()), 0)
    x = data(dtype=dtype).transpose(0, 1)
    for steps in (1, 2, 7):
        state = random_state(plain, layers, both, 3, dtype) if steps != 2 else None
        one, two = mine(x[:steps], state), theirs(x[:steps], state)
        close(flat(one), flat(two), tolerance)
        over = [(x, *layer.parameters()) for layer in (mine, theirs)]
        close(gradients(one, over[0]), gradients(two, over[1]), 10 * tolerance)


@pytest.mark.parametrize("backend", BACKENDS)
def test_sixty_three_steps_of_a_wider_layer_equal_torch(backend, close, flat, gradients):
    for kind in ("RNN", "GRU", "LSTM"):
        torch.manual_seed(0)
        theirs = getattr(torch.nn, kind)(5, 17, batch_first=True)
        mine = getattr(nn, kind)(5, 17, batch_first=True, backend=backend)
        mine.load_state_dict(theirs.state_dict())
        x = data(5, 63, 5, torch.float32)
        one, two = mine(x), theirs(x)
        close(flat(one), flat(two), 2e-6)
        close(
            gradients(one, (x, *mine.parameters())), gradients(two, (x, *theirs.parameters())), 2e-4
        )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("lengths", [[7, 5, 1], [1, 7, 3], [4, 4, 4], [2, 1, 3]])
def test_packed_sequences_equal_torch(plain, backend, lengths, gradients, close, flat):
    theirs, mine = pair(plain, torch.float64, 2, True, backend=backend)
    x, state = data(), random_state(plain, 2, True, 3, torch.float64)
    answers = []
    for layer in (theirs, mine):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, end = layer(packed, state)
        assert torch.equal(output.batch_sizes, packed.batch_sizes)
        assert torch.equal(output.unsorted_indices, packed.unsorted_indices)
        answers.append((pad_packed_sequence(output)[0], end))
    close(flat(answers[1]), flat(answers[0]), 1e-12)
    over = [(x, *layer.parameters()) for layer in (theirs, mine)]
    close(gradients(answers[1], over[1]), gradients(answers[0], over[0]), 1e-11)


def test_packed_sequences_that_are_sorted_need_no_indices(plain, close):
    theirs, mine = pair(plain, torch.float64, 1, False)
    packed = pack_sequence([data(1, n)[0] for n in (5, 3, 3)])
    one, two = mine(packed)[0], theirs(packed)[0]
    assert one.sorted_indices is None
    close([one.data], [two.data], 1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_sequence_without_a_batch_equals_torch(plain, backend, close, flat):
    theirs, mine = pair(plain, torch.float64, 2, True, backend=backend)
    x, state = data(1)[0], random_state(plain, 2, True, 0, torch.float64)
    close(flat(mine(x, state)), flat(theirs(x, state)), 1e-12)
    close(flat(mine(x)), flat(theirs(x)), 1e-12)


def test_weights_go_to_torch_and_back(plain):
    theirs, mine = pair(plain, torch.float32, 2, True)
    with torch.no_grad():
        for parameter in mine.parameters():
            parameter.normal_()
    theirs.load_state_dict(mine.state_dict())
    assert all(map(torch.equal, theirs.parameters(), mine.parameters()))
    again = copy.deepcopy(mine)
    again.load_state_dict(theirs.state_dict())
    assert all(map(torch.equal, again.parameters(), mine.parameters()))


def test_arguments_stand_where_torch_has_them():
    x = data(dtype=torch.float32)
    for mine, theirs in [
        (
            nn.RNN(3, 4, 2, "relu", False, True, 0.1, True, "cpu", torch.float32),
            torch.nn.RNN(3, 4, 2, "relu", False, True, 0.1, True),
        ),
        (
            nn.GRU(3, 4, 2, False, True, 0.1, True, "cpu", torch.float32),
            torch.nn.GRU(3, 4, 2, False, True, 0.1, True),
        ),
        (
            nn.LSTM(3, 4, 2, False, True, 0.1, True, 2, "cpu", torch.float32),
            torch.nn.LSTM(3, 4, 2, False, True, 0.1, True, 2, "cpu", torch.float32),
        ),
    ]:
        mine.load_state_dict(theirs.state_dict())
        mine.eval(), theirs.eval()
        torch.testing.assert_close(mine(x)[0], theirs(x)[0], rtol=2e-6, atol=2e-6)
        assert repr(theirs).partition(")")[0] in repr(mine) or mine.extra_repr()


def test_drop_out_between_layers_is_torchs_where_torch_runs():
    for kind in ("RNN", "GRU", "LSTM"):
        torch.manual_seed(0)
        theirs = getattr(torch.nn, kind)(3, 4, 3, dropout=0.5)
        mine = getattr(nn, kind)(3, 4, 3, dropout=0.5, backend="fused")
        mine.load_state_dict(theirs.state_dict())
        x = data(dtype=torch.float32)
        torch.manual_seed(1)
        wanted = theirs(x)[0]
        torch.manual_seed(1)
        assert torch.equal(mine(x)[0], wanted)


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
    assert float(layer.eval()(torch.ones(3, 7, 3))[0].unique()) == 3.0


def one_by_one(layer, x, lengths, state=None):
    """The answers (output, *state parts) of each sequence run alone."""
    answers = []
    for row, length in enumerate(lengths):
        mine = None
        if state is not None:
            mine = tuple(p[:, row] for p in state) if isinstance(state, tuple) else state[:, row]
        output, end = layer(x[row, :length], mine)
        answers.append((output, *(end if isinstance(end, tuple) else (end,))))
    return answers


@pytest.mark.parametrize("backend", ["fused", "loop"])
@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_a_padded_batch_equals_its_sequences_one_by_one(
    case, backend, layers, both, close, gradients, flat
):
    if backend == "fused" and not case.is_plain:
        pytest.skip("torch's operators lack this option")
    layer = case.build(3, 4, layers, bidirectional=both, batch_first=True, backend=backend)
    x, lengths = data(4), [4, 7, 1, 6]
    padded = x.detach().clone()
    for row, length in enumerate(lengths):
        padded[row, length:] = math.nan
    padded.requires_grad_()
    output, end = layer(padded, lengths=torch.tensor(lengths))
    ends = end if isinstance(end, tuple) else (end,)
    alone = one_by_one(layer, x, lengths)
    for row, (length, single) in enumerate(zip(lengths, alone, strict=True)):
        close((output[row, :length], *(e[:, row] for e in ends)), single, 1e-12)
        assert bool((output[row, length:] == 0).all())
    together = tuple(output[row, :length] for row, length in enumerate(lengths))
    over = tuple(p for p in layer.parameters())
    mine = gradients((*together, *(e[:, r] for r in range(4) for e in ends)), (padded, *over))
    theirs = gradients((*(a[0] for a in alone), *flat(tuple(a[1:] for a in alone))), (x, *over))
    close(mine, theirs, 1e-11)
    for row, length in enumerate(lengths):
        assert bool((mine[0][row, length:] == 0).all())


@pytest.mark.parametrize("backend", ["fused", "loop"])
def test_steps_beyond_the_longest_sequence_are_zeros(plain, backend, close, flat):
    layer = plain.build(batch_first=True, bidirectional=True, backend=backend)
    x = data()
    output, end = layer(x, lengths=[3, 5, 2])
    assert output.shape[1] == 7
    assert bool((output[:, 5:] == 0).all())
    close(flat((output[:, :5], end)), flat(layer(x[:, :5], lengths=[3, 5, 2])), 1e-12)
    whole = layer(x[:, :5], lengths=[5, 5, 5])
    close(flat(whole), flat(layer(x[:, :5])), 0)


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    extra=st.integers(0, 3),
    order=st.randoms(use_true_random=False),
    kind=st.sampled_from(["RNN", "GRU", "LSTM"]),
    backend=st.sampled_from(["fused", "loop"]),
)
def test_padding_and_order_of_a_batch_change_nothing(lengths, extra, order, kind, backend):
    torch.manual_seed(1)
    layer = getattr(nn, kind)(
        2, 3, bidirectional=True, batch_first=True, dtype=torch.float64, backend=backend
    )
    longest = max(lengths)
    x = torch.randn(len(lengths), longest, 2, dtype=torch.float64)
    output, end = layer(x, lengths=lengths)
    rows = list(range(len(lengths)))
    order.shuffle(rows)
    wider = torch.full((len(lengths), longest + extra, 2), math.nan, dtype=torch.float64)
    for row, length in enumerate(lengths):
        wider[row, :length] = x[row, :length]
    again, last = layer(wider[rows], lengths=[lengths[row] for row in rows])
    torch.testing.assert_close(again[:, :longest], output[rows], rtol=0, atol=1e-14)
    for one, two in zip(
        last if kind == "LSTM" else (last,), end if kind == "LSTM" else (end,), strict=True
    ):
        torch.testing.assert_close(one, two[:, rows], rtol=0, atol=1e-14)


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 8), backend=st.sampled_from(["auto", "loop"]))
def test_a_sequence_cut_in_two_equals_the_whole(cut, backend):
    for kind in ("RNN", "GRU", "LSTM"):
        torch.manual_seed(1)
        layer = getattr(nn, kind)(3, 4, 2, dtype=torch.float64, backend=backend)
        x = data(2, 9).transpose(0, 1)
        whole, end = layer(x)
        first, state = layer(x[:cut])
        second, last = layer(x[cut:], state)
        torch.testing.assert_close(torch.cat([first, second]), whole, rtol=0, atol=1e-13)
        torch.testing.assert_close(last, end, rtol=0, atol=1e-13)


def test_fused_and_loop_agree_on_a_long_ragged_batch(plain, close, flat, gradients):
    x, lengths = data(6, 63), [63, 1, 40, 7, 63, 22]
    answers = []
    for backend in ("fused", "loop"):
        layer = plain.build(3, 9, 2, bidirectional=True, batch_first=True, backend=backend)
        answer = layer(x, lengths=lengths)
        answers.append((flat(answer), gradients(answer, (x, *layer.parameters()))))
    close(answers[0][0], answers[1][0], 1e-11)
    close(answers[0][1], answers[1][1], 1e-9)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, [3, 1]])
def test_first_and_second_derivatives(case, reverse, lengths):
    layer = case.build(2, 3, bidirectional=reverse, backend="loop", batch_first=True)
    names = [name for name, _ in layer.named_parameters()]

    def run(x, *parameters):
        values = dict(zip(names, parameters, strict=True))
        output, end = torch.func.functional_call(layer, values, (x,), {"lengths": lengths})
        return (output, *(end if isinstance(end, tuple) else (end,)))

    parameters = [p.detach().clone().requires_grad_() for p in layer.parameters()]
    given = (data(2, 3, 2), *parameters)
    assert torch.autograd.gradcheck(run, given, fast_mode=True)
    assert torch.autograd.gradgradcheck(run, given, fast_mode=True)


@pytest.mark.parametrize("kind", ["RNN", "GRU"])
def test_only_the_gradients_that_are_wanted(kind, close):
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


def test_a_relu_that_would_explode_in_padding_does_not_spoil_gradients():
    layer = nn.RNN(2, 3, nonlinearity="relu", batch_first=True, backend="fused")
    with torch.no_grad():
        layer.weight_hh_l0.fill_(9.0)
        layer.bias_ih_l0.fill_(1.0)
    output, _ = layer(torch.ones(2, 60, 2), lengths=[60, 3])
    output[1].sum().backward()
    assert all(bool(p.grad.isfinite().all()) for p in layer.parameters())


@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_the_trace_shows_what_the_run_did(case, layers, both, close):
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


def test_the_steps_of_a_trace_carry_the_gradient_through_time():
    layer = nn.RNN(3, 4, bias=False, batch_first=True, dtype=torch.float64)
    x = data()
    output, _, (trace,) = layer(x, trace=True)
    per_step = torch.autograd.grad(output[:, -1].sum(), trace.hidden_steps)
    arriving = torch.ones(3, 4, dtype=torch.float64)
    for t in reversed(range(7)):
        torch.testing.assert_close(per_step[t], arriving)
        arriving = (arriving * (1 - output[:, t] ** 2)) @ layer.weight_hh_l0


def test_the_trace_of_a_packed_sequence_is_in_the_callers_order(close):
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
    real = layer._loop

    def spy(*args, **how):
        seen.append(how["hidden_mask"])
        return real(*args, **how)

    monkeypatch.setattr(layer, "_loop", spy)
    x = torch.randn(8, 5, 3)
    output, _ = layer(x)
    (mask,) = seen
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
def test_a_learned_initial_state_is_where_sequences_start(plain, backend, close, flat):
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
            assert 0.15 < float(parameter.abs().max()) <= 0.2
            assert abs(float(parameter.mean())) < 0.05


def test_layers_copy_save_and_move(case, tmp_path):
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


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_size": 0}, r"{}: input_size must be a whole number of at least 1; got 0\. Give a"),
        ({"hidden_size": 2.5}, r"{}: hidden_size must be a whole number of at least 1; got 2\.5\."),
        ({"num_layers": True}, r"{}: num_layers must be a whole number .*; got True\."),
        ({"bias": 1}, r"{}: bias must be True or False; got 1\. Give a bool; check the order"),
        ({"batch_first": "no"}, r"{}: batch_first must be True or False; got 'no'\."),
        ({"dropout": 1.5}, r"{}: dropout must be a probability in \[0, 1\]; got 1\.5\. Use 0 to"),
        ({"dropout": False}, r"{}: dropout must be a probability in \[0, 1\]; got False\."),
        ({"recurrent_dropout": 1}, r"{}: recurrent_dropout must be .* in \[0, 1\); got 1\. Use 0"),
        ({"backend": "fuse"}, r"{}: backend must be 'auto', .*; got 'fuse'\. Use 'fused'\."),
        ({"backend": "fused", "layer_norm": True}, r"{}: backend='fused' must have a plain cell"),
        ({"backend": "fused", "recurrent_dropout": 0.1}, r"{}: backend='fused' must .* got opt"),
    ],
)
def test_refused_arguments(kind, arguments, message):
    error = BackendError if "fused" in str(arguments) else ArgumentError
    with pytest.raises(error, match=message.format(kind)):
        getattr(nn, kind)(**{"input_size": 3, "hidden_size": 4} | arguments)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: nn.RNN(3, 4, nonlinearity="tan"), r"RNN: nonlinearity .*got 'tan'\. Use 'tanh'"),
        (lambda: nn.LSTM(3, 4, stage="forget"), r"LSTM: stage must be one .*Use 'forget-gate'"),
        (lambda: nn.LSTM(3, 4, output_activation="relu"), r"LSTM: output_activation .*'relu'\."),
        (lambda: nn.LSTM(3, 4, peephole=1), r"LSTM: peephole must be True or False; got 1\."),
        (lambda: nn.LSTM(3, 4, proj_size=4), r"LSTM: proj_size must be in 0\.\..*=3; got 4\. Use"),
        (
            lambda: nn.LSTM(3, 4, stage="carousel", peephole=True),
            r"LSTM: peephole must be False with stage='carousel', .*; got peephole=True\. Use st",
        ),
        (lambda: nn.GRU(3, 4, reset_after=0), r"GRU: reset_after must be True or False; got 0\."),
    ],
)
def test_refused_arguments_of_one_layer(build, message):
    with pytest.raises(ArgumentError, match=message):
        build()


def test_one_layer_with_drop_out_between_layers_warns():
    with pytest.warns(UserWarning, match=r"GRU: dropout works .*; got dropout=0\.5 .*Add") as seen:
        nn.GRU(3, 4, dropout=0.5)
    assert seen[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.GRU(3, 4, 2, dropout=0.5)


x3 = torch.zeros(2, 5, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda m: m(torch.zeros(2, 5, 7)),
            ShapeError,
            r"\.forward: x must be \(B, T, input_size=3\); got \(2, 5, 7\)\. Build the layer with"
            r" input_size=7, or project x first\.",
        ),
        (lambda m: m(torch.zeros(3)), ShapeError, r"x must be \(B, T, .*; got \(3,\)\. Add or"),
        (lambda m: m(torch.zeros(2, 0, 3)), ShapeError, r"at least one step .* \(2, 0, 3\)\. L"),
        (lambda m: m(x3.double()), ArgumentError, r"x must be float32 .*; got float64\. Convert"),
        (lambda m: m(x3, lengths=[5, 0]), ShapeError, r"in 1\.\.T=5; got 0 for sequence 1\. Leave"),
        (lambda m: m(x3, lengths=[6, 1]), ShapeError, r"in 1\.\.T=5; got 6 for sequence 0\. Leave"),
        (lambda m: m(x3, lengths=[5]), ShapeError, r"lengths must be \(B,\) = \(2,\), .*\(1,\)\."),
        (
            lambda m: m(x3, lengths=torch.tensor([5.0, 1.0])),
            ArgumentError,
            r"lengths must be whole numbers; got float32\. Convert them with lengths\.long\(\)\.",
        ),
        (
            lambda m: m(pack_sequence([x3[0]]), lengths=[5]),
            ArgumentError,
            r"lengths must be None with a PackedSequence, .*; got list\. Leave lengths out",
        ),
        (lambda m: m.stream().step(x3[:, 0]), ShapeError, r"stream: x must be \(B=1, inp.*Give"),
        (lambda m: m.stream(0), ArgumentError, r"stream: batch_size must .*; got 0\. Give"),
        (
            lambda m: m.stream().step(x3[:1, 0].double()),
            ArgumentError,
            r"stream: x must be float32",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_refused_inputs(kind, call, error, message):
    with pytest.raises(error, match=message) as caught:
        call(getattr(nn, kind)(3, 4, batch_first=True))
    assert str(caught.value).startswith(kind)


def test_refused_states():
    gru, lstm = nn.GRU(3, 4, batch_first=True), nn.LSTM(3, 4, batch_first=True)
    h = torch.zeros(1, 2, 4)
    with pytest.raises(ShapeError, match=r"GRU\.forward: the hidden state must be \(1, 2, 4\); "):
        gru(x3, torch.zeros(1, 3, 4))
    with pytest.raises(ArgumentError, match=r"must be a tensor \(1, 2, 4\); got tuple\. Pass"):
        gru(x3, (h, h))
    with pytest.raises(ArgumentError, match=r"LSTM\.forward: state must be a pair .*; got 1 part"):
        lstm(x3, h)
    with pytest.raises(ShapeError, match=r"the cell state must be \(1, 2, 4\); got \(1, 2, 5\)\."):
        lstm(x3, (h, torch.zeros(1, 2, 5)))
    with pytest.raises(ArgumentError, match=r"the cell state must be float32 .*; got float64\."):
        lstm(x3, (h, h.double()))


def test_fused_by_name_never_gives_way():
    with pytest.raises(BackendError, match=r"GRU\.forward: .* trace=False; got trace=True, and"):
        nn.GRU(3, 4, backend="fused")(x3, trace=True)


def test_a_step_activation_runs_but_does_not_train():
    layer = nn.RNN(3, 4, nonlinearity="step", batch_first=True)
    with pytest.raises(ArgumentError, match=r"RNN\.forward: nonlinearity .*got 'step', .*eval\(\)"):
        layer(x3)
    output, _ = layer.eval()(torch.randn(2, 5, 3))
    assert set(output.unique().tolist()) <= {0.0, 1.0}


def test_automatic_mixed_precision_runs():
    for kind in ("RNN", "GRU", "LSTM"):
        layer = getattr(nn, kind)(3, 4, batch_first=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output, _ = layer(x3 + 1, lengths=[5, 2])
        output.float().sum().backward()
        assert bool(layer.weight_hh_l0.grad.any())
