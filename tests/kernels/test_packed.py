"""Weights packed once: the layer's own numbers for any rows, and no number of weights gone by."""

import copy
import pickle

import pytest
import torch

from saiki import nn
from saiki.kernels import compiled_level

pytestmark = pytest.mark.skipif(compiled_level() is None, reason="no compiled kernels here")

LAYERS = {
    "rnn": lambda **how: nn.RNN(5, 7, batch_first=True, **how),
    "gru": lambda **how: nn.GRU(5, 7, batch_first=True, **how),
    "gru, reset before": lambda **how: nn.GRU(5, 7, batch_first=True, reset_after=False, **how),
    "lstm": lambda **how: nn.LSTM(5, 7, batch_first=True, **how),
    "peephole": lambda **how: nn.LSTM(5, 7, batch_first=True, peephole=True, **how),
}


@pytest.fixture(params=LAYERS)
def make(request):
    torch.manual_seed(3)
    return LAYERS[request.param]


def parts_of(state):
    return state if isinstance(state, tuple) else (state,)


def in_form(parts):
    return tuple(part[None] for part in parts) if len(parts) > 1 else parts[0][None]


def near(found, wanted):
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_steps_of_more_and_fewer_rows_are_the_layers(make):
    layer = make()
    count = len(parts_of(layer(torch.zeros(1, 1, 5))[1]))
    (packed,) = layer.packed(torch.zeros(1, 5))
    for rows in (3, 1, 64, 2, 200, 5):
        x, state = torch.randn(rows, 5), tuple(torch.randn(rows, 7) for _ in range(count))
        kept = [part.clone() for part in state]
        after = packed.step(x, state)
        _, wanted = layer(x[:, None], in_form(state))
        for one, other in zip(after, parts_of(wanted), strict=True):
            near(one, other[0])
        assert all(torch.equal(one, other) for one, other in zip(state, kept, strict=True))


@torch.no_grad()
def test_whole_sequences_of_both_directions_are_the_layers(make):
    layer = make(bidirectional=True)
    for rows, steps in ((3, 6), (1, 2), (40, 9)):
        x, lengths = torch.randn(rows, steps, 5), torch.randint(1, steps + 1, (rows,))
        wanted, ends = layer(x, lengths=lengths)
        output = torch.full((rows, steps, 14), torch.nan)
        first = layer.first_state(rows)
        packed = layer.packed(x)
        for k, (one, part) in enumerate(zip(packed, output.split(7, dim=-1), strict=True)):
            begin = tuple(each[k] for each in first)
            given = x.transpose(0, 1), begin, part.transpose(0, 1), lengths
            last = one.run(*given, reverse=bool(k))
            for found, end in zip(last, parts_of(ends), strict=True):
                near(found, end[k])
        near(output, wanted)


@torch.no_grad()
@pytest.mark.parametrize("change", ["in place", "through data", "another"])
def test_weights_that_change_are_packed_again(change):
    layer, x, state = LAYERS["gru"](), torch.randn(2, 5), (torch.randn(2, 7),)
    (before,) = layer.packed(x)
    old = before.step(x, state)
    assert layer.packed(x)[0] is before
    weight = layer.weight_hh_l0
    if change == "in place":
        weight.mul_(2)
    elif change == "through data":
        weight.data.copy_(2 * weight.data)
    else:
        layer.weight_hh_l0 = torch.nn.Parameter(2 * weight)
    (new,) = layer.packed(x)[0].step(x, state)
    near(new, layer(x[:, None], state[0][None])[1][0])
    assert not torch.allclose(new, old[0])


@torch.no_grad()
def test_copies_of_a_layer_pack_for_themselves():
    layer, x, state = LAYERS["lstm"](), torch.randn(2, 5), (torch.randn(2, 7), torch.randn(2, 7))
    (packed,) = layer.packed(x)
    wanted = packed.step(x, state)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):  # our own bytes
        (found,) = other.packed(x)
        assert found is not packed
        assert all(torch.equal(*pair) for pair in zip(found.step(x, state), wanted, strict=True))


def test_there_is_none_where_something_stands_against_it():
    x = torch.zeros(1, 5)
    layer = LAYERS["gru"]()
    assert layer.packed(x) is None  # gradients
    with torch.no_grad():
        assert layer.packed(x) is not None
        assert layer.packed(x.double()) is None
        assert layer.double().packed(x.double()) is None
        assert LAYERS["gru"](backend="loop").packed(x) is None
        dropped = LAYERS["gru"](recurrent_dropout=0.5)
        assert dropped.packed(x) is None
        assert dropped.eval().packed(x) is not None
    with torch.inference_mode():
        assert LAYERS["gru"]().packed(x) is None


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_states_of_another_type_are_converted(kind):
    """Not read as if they were float32: that would end behind them."""
    torch.manual_seed(2)
    layer, x = getattr(nn, kind)(5, 7), torch.randn(3, 5)
    state = tuple(torch.randn(3, 7).bfloat16() for _ in layer.state_parts)
    with torch.no_grad():
        (packed,) = layer.packed(x)
        found = packed.step(x, state)
        expected = packed.step(x, tuple(part.float() for part in state))
        output = torch.empty(1, 3, 7)
        ends = packed.run(x[None], state, output, None, reverse=False)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    torch.testing.assert_close(ends, expected, rtol=0, atol=0)
    torch.testing.assert_close(output[0], expected[0], rtol=0, atol=0)
