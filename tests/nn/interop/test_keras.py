"""Keras layouts: shapes and refusals always; agreement with Keras itself where it is installed."""

import importlib.util
import itertools
import os

import numpy as np
import pytest
import torch

from saiki import nn
from saiki.errors import ArgumentError, ShapeError
from saiki.nn import interop

HAS_KERAS = importlib.util.find_spec("keras") is not None
KERAS_OWN_WARNING = "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
needs_keras = pytest.mark.skipif(not HAS_KERAS, reason="Keras is not installed (optional extra)")

GRU_FORMS = [("GRU", {"reset_after": True}), ("GRU", {"reset_after": False})]
KINDS = [("SimpleRNN", {}), ("SimpleRNN", {"activation": "relu"}), ("LSTM", {}), *GRU_FORMS]
CASES = list(itertools.product(KINDS, [False, True], [False, True]))


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="Keras is not installed (optional extra)")


def numbers():
    return np.random.default_rng(1).normal(size=(2, 6, 3)).astype(np.float32)


def random_weights(keras_layer, seed=0):
    draws = np.random.default_rng(seed)
    arrays = [draws.normal(size=array.shape) for array in keras_layer.get_weights()]
    keras_layer.set_weights(arrays)
    return keras_layer.get_weights()


def keras_layer_of(keras, kind, options, *, use_bias, bidirectional):
    layer = getattr(keras.layers, kind)(4, return_sequences=True, use_bias=use_bias, **options)
    return keras.layers.Bidirectional(layer) if bidirectional else layer


@pytest.mark.keras
@needs_keras
@pytest.mark.filterwarnings(KERAS_OWN_WARNING)
@pytest.mark.parametrize(("kind", "use_bias", "bidirectional"), CASES, ids=str)
def test_our_layer_computes_what_keras_computes(keras, kind, use_bias, bidirectional):
    name, options = kind
    theirs = keras_layer_of(keras, name, options, use_bias=use_bias, bidirectional=bidirectional)
    x = numbers()
    theirs.build(x.shape)
    weights = random_weights(theirs)
    ours = interop.from_keras(name, weights, bidirectional=bidirectional, **options)
    wanted = keras.ops.convert_to_numpy(theirs(x))
    got, _ = ours(torch.from_numpy(x))
    rounding = 2e-6 * max(1.0, float(np.abs(wanted).max()))  # states of relu grow
    np.testing.assert_allclose(got.detach(), wanted, rtol=0, atol=rounding)


@pytest.mark.keras
@needs_keras
@pytest.mark.filterwarnings(KERAS_OWN_WARNING)
@pytest.mark.parametrize(("kind", "use_bias", "bidirectional"), CASES, ids=str)
def test_keras_computes_what_our_layer_computes(keras, kind, use_bias, bidirectional):
    name, options = kind
    torch.manual_seed(0)
    ours = our_layer(name, options, bias=use_bias, bidirectional=bidirectional)
    theirs = keras_layer_of(keras, name, options, use_bias=use_bias, bidirectional=bidirectional)
    x = numbers()
    theirs.build(x.shape)
    theirs.set_weights(interop.to_keras(ours))
    wanted, _ = ours(torch.from_numpy(x))
    got = keras.ops.convert_to_numpy(theirs(x))
    np.testing.assert_allclose(got, wanted.detach(), rtol=0, atol=2e-6)


def our_layer(kind, options, *, bias, bidirectional):
    named = {"SimpleRNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[kind]
    names = {"activation": "nonlinearity"}
    options = {names.get(name, name): value for name, value in options.items()}
    options |= {"bias": bias, "bidirectional": bidirectional}
    return named(3, 4, batch_first=True, **options)


@pytest.mark.parametrize(("kind", "use_bias", "bidirectional"), CASES, ids=str)
def test_there_and_back_gives_the_same_outputs(kind, use_bias, bidirectional):
    name, options = kind
    torch.manual_seed(0)
    layer = our_layer(name, options, bias=use_bias, bidirectional=bidirectional)
    arrays = interop.to_keras(layer)
    back = interop.from_keras(name, arrays, bidirectional=bidirectional, **options)
    x = torch.from_numpy(numbers())
    torch.testing.assert_close(back(x)[0], layer(x)[0], rtol=0, atol=1e-6)
    for first, second in zip(interop.to_keras(back), arrays, strict=True):
        np.testing.assert_array_equal(first, second)


def test_gate_order_by_hand():
    """Column blocks: LSTM i f c o and GRU z r h, against the equations of one step."""
    draws = np.random.default_rng(0)
    x, h, c = draws.normal(size=3), np.zeros(2), np.zeros(2)
    kernel, recurrent, bias = (draws.normal(size=shape) for shape in ((3, 8), (2, 8), (8,)))
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    layer = interop.from_keras("LSTM", [kernel, recurrent, bias])
    got, _ = layer(torch.from_numpy(x[None, None]))
    np.testing.assert_allclose(got[0, 0].detach(), sigmoid(o) * np.tanh(c), rtol=1e-10)

    kernel, recurrent, bias = (draws.normal(size=shape) for shape in ((3, 6), (2, 6), (2, 6)))
    (x_z, x_r, x_h), (h_z, h_r, h_h) = np.split(x @ kernel + bias[0], 3), np.split(bias[1], 3)
    z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
    layer = interop.from_keras("GRU", [kernel, recurrent, bias])
    got, _ = layer(torch.from_numpy(x[None, None]))
    wanted = (1 - z) * np.tanh(x_h + r * h_h)
    np.testing.assert_allclose(got[0, 0].detach(), wanted, rtol=1e-10)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_stacked_layer_gives_one_keras_layer_each():
    layer = nn.GRU(3, 4, num_layers=2, bidirectional=True)
    shapes = [array.shape for array in interop.to_keras(layer, index=1)]
    assert shapes == [(8, 12), (4, 12), (2, 12)] * 2
    with pytest.raises(ArgumentError, match=r"index must be from 0 to 1, .* got 2"):
        interop.to_keras(layer, index=2)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.LSTM(2, 3, peephole=True), "peephole=True"),
        (nn.LSTM(2, 3, proj_size=2), "proj_size=2"),
        (nn.LSTM(2, 3, stage="carousel"), "stage='carousel'"),
        (nn.LSTM(2, 3, output_activation="identity"), "output_activation='identity'"),
        (nn.GRU(2, 3, layer_norm=True), "layer_norm=True"),
        (nn.GRU(2, 3, learned_initial_state=True), "learned_initial_state=True"),
    ],
)
def test_to_keras_refuses_what_keras_lacks(layer, message):
    with pytest.raises(ArgumentError, match=f"to_keras: Keras has nothing for {message}"):
        interop.to_keras(layer)


def arrays(*shapes, dtype=np.float32):
    return [np.zeros(shape, dtype=dtype) for shape in shapes]


@pytest.mark.parametrize(
    ("kind", "weights", "options", "error", "message"),
    [
        ("LSTN", arrays(), {}, ArgumentError, "got 'LSTN'. Use 'LSTM'"),
        ("LSTM", arrays((3, 8)), {}, ArgumentError, "2 arrays, or 3 with biases; got 1"),
        ("LSTM", arrays((3, 8), (2, 8)), {"bidirectional": True}, ArgumentError, "4 arrays"),
        ("LSTM", arrays((3, 8), (2, 8)), {"activation": "relu"}, ArgumentError, "must be tanh"),
        ("LSTM", arrays((3, 8), (2, 8)), {"reset_after": False}, ArgumentError, "option of GRU"),
        ("LSTM", arrays((3, 6), (2, 6)), {}, ShapeError, r"kernel must be \(3, 8\); got \(3, 6\)"),
        (
            "GRU",
            arrays((3, 6), (2, 6), (6,)),
            {},
            ShapeError,
            r"bias must be \(2, 6\); got \(6,\)",
        ),
        (
            "GRU",
            arrays((3, 6), (2, 6), (2, 6)),
            {"reset_after": False},
            ShapeError,
            r"bias must be \(6,\); got \(2, 6\)",
        ),
        ("SimpleRNN", arrays((3, 2), (2, 2), dtype=int), {}, ArgumentError, "got int64"),
        ("SimpleRNN", arrays((), (2, 2)), {}, ShapeError, r"kernel must be \(0, 2\); got \(\)"),
        ("SimpleRNN", arrays((3, 2), (2, 2)), {"activation": "tan"}, ArgumentError, "tanh"),
    ],
)
def test_from_keras_refuses(kind, weights, options, error, message):
    with pytest.raises(error, match=message):
        interop.from_keras(kind, weights, **options)
