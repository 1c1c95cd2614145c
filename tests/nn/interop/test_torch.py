"""torch.nn layers and ours, there and back, give the same outputs."""

import itertools

import pytest
import torch

from saiki import nn
from saiki.errors import ArgumentError
from saiki.nn import interop

LENGTHS = torch.tensor([6, 4, 1])
SHARED = [
    {},
    {"num_layers": 2, "bidirectional": True, "bias": False},
    {"num_layers": 2, "batch_first": True, "dropout": 0.25},
]
KINDS = [
    ("RNN", {}),
    ("RNN", {"nonlinearity": "relu"}),
    ("LSTM", {}),
    ("LSTM", {"proj_size": 2}),
    ("GRU", {}),
]
CASES = [(kind, {**own, **shared}) for (kind, own), shared in itertools.product(KINDS, SHARED)]


def outputs(layer, x):
    output, state = layer(x)
    return [output, *(state if isinstance(state, tuple) else (state,))]


@pytest.mark.parametrize(("kind", "options"), CASES, ids=str)
def test_from_torch_gives_the_same_outputs(kind, options):
    torch.manual_seed(0)
    theirs = getattr(torch.nn, kind)(3, 4, dtype=torch.float64, **options).eval()
    ours = interop.from_torch(theirs)
    x = torch.randn(5, 3, 3, dtype=torch.float64)
    for got, wanted in zip(outputs(ours, x), outputs(theirs, x), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-10, atol=1e-12)
    assert not ours.training
    assert ours.weight_ih_l0.data_ptr() != theirs.weight_ih_l0.data_ptr()
    assert {name: getattr(ours, name) for name in options} == options


@pytest.mark.parametrize(("kind", "options"), CASES, ids=str)
def test_to_torch_gives_the_same_outputs(kind, options):
    torch.manual_seed(0)
    ours = getattr(nn, kind)(3, 4, dtype=torch.float64, **options).eval()
    theirs = interop.to_torch(ours)
    assert type(theirs) is getattr(torch.nn, kind)
    x = torch.randn(5, 3, 3, dtype=torch.float64)
    for got, wanted in zip(outputs(theirs, x), outputs(ours, x), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-10, atol=1e-12)
    assert not theirs.training
    assert theirs.weight_ih_l0.data_ptr() != ours.weight_ih_l0.data_ptr()


def test_converting_draws_no_random_numbers():
    layer = torch.nn.LSTM(3, 4)
    before = torch.get_rng_state()
    interop.to_torch(interop.from_torch(layer))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.LSTM(2, 3, peephole=True), "peephole=True. .* peephole=False"),
        (nn.LSTM(2, 3, stage="input-output-gates"), "stage='input-output-gates'"),
        (nn.LSTM(2, 3, output_activation="identity"), "output_activation='identity'"),
        (nn.GRU(2, 3, reset_after=False), "reset_after=False"),
        (nn.GRU(2, 3, layer_norm=True), "layer_norm=True"),
        (nn.RNN(2, 3, recurrent_dropout=0.5), "recurrent_dropout=0.5"),
        (nn.RNN(2, 3, learned_initial_state=True), "learned_initial_state=True"),
        (nn.RNN(2, 3, nonlinearity="swish"), "nonlinearity tanh or relu; got 'swish'"),
        (torch.nn.GRU(2, 3), r"must be a saiki.nn RNN, LSTM or GRU; got GRU"),
    ],
)
def test_to_torch_refuses_what_torch_lacks(layer, message):
    with pytest.raises(ArgumentError, match=f"to_torch: .*{message}"):
        interop.to_torch(layer)


def test_from_torch_refuses_other_modules():
    with pytest.raises(ArgumentError, match=r"from_torch: .* got Linear"):
        interop.from_torch(torch.nn.Linear(2, 3))


def gru_by_hand(state, x):
    """One layer, h' = (1 - z) h + z n, the convention of the other texts."""
    h = torch.zeros(4, dtype=x.dtype)
    for step in x:
        i_r, i_z, i_n = (state["weight_ih_l0"] @ step + state["bias_ih_l0"]).chunk(3)
        h_r, h_z, h_n = (state["weight_hh_l0"] @ h + state["bias_hh_l0"]).chunk(3)
        r, z = torch.sigmoid(i_r + h_r), torch.sigmoid(i_z + h_z)
        h = (1 - z) * h + z * torch.tanh(i_n + r * h_n)
    return h


def test_negate_update_gate_gives_the_same_function_in_the_other_convention():
    torch.manual_seed(0)
    layer = nn.GRU(3, 4, dtype=torch.float64)
    x = torch.randn(6, 3, dtype=torch.float64)
    state = layer.state_dict()
    other = interop.negate_update_gate(state)
    torch.testing.assert_close(gru_by_hand(other, x), layer(x)[1][0], rtol=1e-10, atol=1e-12)
    twice = interop.negate_update_gate(other)
    assert all(torch.equal(twice[name], state[name]) for name in state)


def test_negate_update_gate_takes_stacked_layers_with_initial_states():
    layer = nn.GRU(3, 4, num_layers=2, bidirectional=True, learned_initial_state=True)
    torch.nn.init.normal_(layer.initial_state_l1_reverse)
    other = interop.negate_update_gate(layer.state_dict())
    kept = layer.initial_state_l1_reverse
    assert torch.equal(other["initial_state_l1_reverse"], kept)
    assert torch.equal(other["weight_ih_l1_reverse"][4:8], -layer.weight_ih_l1_reverse[4:8])


def test_negate_update_gate_refuses_layer_normalisation():
    layer = nn.GRU(3, 4, layer_norm=True)
    with pytest.raises(ArgumentError, match="got norm_"):
        interop.negate_update_gate(layer.state_dict())
