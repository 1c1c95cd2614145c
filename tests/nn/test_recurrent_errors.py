"""What the recurrent layers refuse, and how they say it."""

import warnings

import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

from saiki import nn
from saiki.errors import ArgumentError, BackendError, ShapeError

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


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
            (
                r"\.forward: x must be \(B, T, input_size=3\); got \(2, 5, 7\)\. Build the layer"
                r" with input_size=7, or project x first\."
            ),
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
