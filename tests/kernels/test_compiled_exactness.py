"""Compiled kernels round as they promise, let NaN and infinity travel, and show what they did."""

import numpy as np
import pytest
import torch

from saiki import kernels

FUNCTIONS = {  # their places in native/problem.h
    "sigmoid": (3, lambda x: np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))),
    "tanh": (7, np.tanh),
}


def every_exponent():
    """Some hundred thousand floats: all exponents, both signs, and the ends of each range."""
    fractions = np.random.default_rng(0).integers(0, 1 << 23, size=(256, 1000), dtype=np.uint32)
    fractions[:, :3] = 0, 1, (1 << 23) - 1
    positive = ((np.arange(256, dtype=np.uint32) << 23)[:, None] | fractions).ravel()
    near = np.linspace(-110, 110, 200_001, dtype=np.float32)  # where neither end is reached
    return np.concatenate([(s | positive).view(np.float32) for s in (0, 1 << 31)] + [near])


def places(x):
    """Floats counted from 0 on: neighbours are 1 apart."""
    bits = x.view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)


def apply(level, function, x):
    at = kernels.info().available.index(level)
    y = np.full_like(x, 7)
    kernels._levels.native().apply(at, function, x.ctypes.data, y.ctypes.data, len(x))
    return y


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_within_two_units_in_the_last_place(level, name):
    function, exact = FUNCTIONS[name]
    x = every_exponent()
    with np.errstate(all="ignore"):
        want = exact(x.astype(np.float64)).astype(np.float32)
    got = apply(level, function, x)
    assert np.array_equal(np.isnan(got), np.isnan(x))
    real = ~np.isnan(x)
    assert np.abs(places(got[real]) - places(want[real])).max() <= 2
    assert np.array_equal(np.signbit(got[real]), np.signbit(want[real]))


def test_functions_at_their_ends(level):
    x = np.array([0.0, -0.0, np.inf, -np.inf, 1e-45, -1e-45], np.float32)
    assert places(apply(level, 7, x)).tolist() == places(np.tanh(x)).tolist()
    assert apply(level, 3, x).tolist() == [0.5, 0.5, 1.0, 0.0, 0.5, 0.5]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 17])
def test_a_vector_that_is_not_full_writes_no_more_than_it_has(level, count):
    x = np.linspace(-3, 3, 40, dtype=np.float32)
    y = np.full_like(x, 7)
    at = kernels.info().available.index(level)
    kernels._levels.native().apply(at, 7, x.ctypes.data, y.ctypes.data, count)
    np.testing.assert_allclose(y[:count], np.tanh(x[:count]), rtol=1e-6)
    assert (y[count:] == 7).all()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["x", "h"])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_nan_and_infinity_stay_in_their_sequence(
    cell, level, make_cell, run, bad, where, layer_norm
):
    layer = make_cell(cell.kind, {**cell.options, "layer_norm": layer_norm}).build(5, 19)
    drawn, lengths = cell.draw(layer, 4, 9), [9, 5, 9, 2]
    clean = run(layer, drawn, lengths)
    if where == "x":
        drawn[0][3, 1, 2] = bad
    else:
        drawn[1][0, 1, 4] = bad
    spoilt = run(layer, drawn, lengths)
    others = [0, 2, 3]
    for name in clean:
        if "_l0" not in name:  # gradients of weights are sums over all sequences
            assert torch.equal(spoilt[name][:, others], clean[name][:, others]), name
    if bad != bad or layer_norm:  # noqa: PLR0124  NaN; an infinity may only close a gate
        assert bool(spoilt["output"][4, 1].isnan().any())
        assert bool(spoilt["gradient of weight_hh_l0"].isnan().any())
    assert not spoilt["output"][5:, 1].any()


def test_infinite_sums_saturate_as_in_the_torch_form(cell, level, twin):
    layer = cell.build(1, 5)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(1)
    x = torch.tensor([float("inf"), float("-inf"), 3e38, -3e38]).view(1, 4, 1)
    expected = twin(layer, torch.float32)(x)[0]
    torch.testing.assert_close(layer(x)[0], expected, equal_nan=True)


@pytest.mark.parametrize(
    "options",
    [
        ("RNN", {"nonlinearity": "swish"}),
        ("GRU", {"reset_after": True}),
        ("GRU", {"reset_after": False, "layer_norm": True}),
        ("LSTM", {"stage": "carousel"}),
        ("LSTM", {"stage": "input-output-gates", "peephole": True}),
        ("LSTM", {"layer_norm": True}),
    ],
    ids=str,
)
@pytest.mark.parametrize("lengths", [None, [7, 2, 9, 2]])
def test_the_trace_is_that_of_the_torch_form(level, make_cell, twin, options, lengths):
    cell = make_cell(*options)
    layer = cell.build(3, 18, 2, bidirectional=True, batch_first=True)
    x, *state = cell.draw(layer, 4, 9)
    first = state[0] if len(state) == 1 else tuple(state)
    with torch.no_grad():
        output, _, mine = layer(x, first, lengths=lengths, trace=True)
        _, _, theirs = twin(layer, torch.float32)(x, first, lengths=lengths, trace=True)
        assert torch.equal(output, layer(x, first, lengths=lengths)[0])
    for a, b in zip(mine, theirs, strict=True):
        assert (a.layer, a.reverse, list(a.gates)) == (b.layer, b.reverse, list(b.gates))
        assert (a.cell is None) == (b.cell is None)
        pairs = [(a.hidden, b.hidden), *((a.gates[name], b.gates[name]) for name in b.gates)]
        pairs += [] if a.cell is None else [(a.cell, b.cell)]
        steps = [*zip(a.hidden_steps, a.hidden.unbind(1), strict=True)]
        steps += [] if a.cell is None else [*zip(a.cell_steps, a.cell.unbind(1), strict=True)]
        for one, other in (*pairs, *steps):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
