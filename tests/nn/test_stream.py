"""Stream: one input at a time gives what the whole sequence gives."""

import copy

import pytest
import torch

from saiki import nn
from saiki.errors import ArgumentError, ShapeError


@pytest.mark.parametrize("backend", ["auto", "loop"])
@pytest.mark.parametrize("layers", [1, 3])
def test_a_stream_equals_the_whole_sequence(case, layers, backend, close):
    layer = case.build(3, 4, layers, batch_first=True, backend=backend).eval()
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    output, end = layer(x)
    stream = layer.stream(2)
    steps = [stream.step(x[:, t]) for t in range(6)]
    close([torch.stack(steps, 1)], [output], 1e-12)
    ends = (stream.state, end) if isinstance(end, tuple) else ((stream.state,), (end,))
    close(*ends, 1e-12)
    assert not any(step.requires_grad for step in steps)
    stream.reset()
    close([stream.step(x[:, 0])], [steps[0]], 0)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_stream_goes_on_from_a_state(kind, close):
    layer = getattr(nn, kind)(3, 4, 2, batch_first=True, dtype=torch.float64)
    x = torch.randn(1, 6, 3, dtype=torch.float64)
    _, state = layer(x[:, :4])
    stream = layer.stream()
    stream.state = state
    close([stream.step(x[:, t]) for t in (4, 5)], list(layer(x)[0][0, 4:, None]), 1e-12)
    stream.state = None
    close([stream.step(x[:, 0])], [layer(x)[0][:, 0]], 1e-12)
    with pytest.raises(ShapeError, match=r"hidden state must be \(2, 1, 4\); got \(2, 2, 4\)"):
        stream.state = layer(torch.cat([x, x]))[1]


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_stream_sees_changed_weights(kind):
    layer = getattr(nn, kind)(3, 4)
    x, stream = torch.randn(1, 3), layer.stream()
    before = stream.step(x)
    other = copy.deepcopy(layer)
    torch.nn.init.normal_(other.weight_ih_l0)
    layer.load_state_dict(other.state_dict())
    stream.reset()
    after = stream.step(x)
    assert not torch.equal(after, before)
    layer.weight_ih_l0 = torch.nn.Parameter(torch.zeros_like(layer.weight_ih_l0))
    stream.reset()
    assert not torch.equal(stream.step(x), after)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_stream_never_drops(kind, close):
    layer = getattr(nn, kind)(3, 4, 2, dropout=0.9, recurrent_dropout=0.9, batch_first=True)
    x = torch.randn(1, 5, 3)
    stream = layer.train().stream()
    steps = torch.stack([stream.step(x[:, t]) for t in range(5)], 1)
    close([steps], [layer.eval()(x)[0]], 1e-6)


def test_a_bidirectional_layer_has_no_stream():
    with pytest.raises(ArgumentError, match=r"LSTM\.stream: .*got bidirectional=True.* Build it"):
        nn.LSTM(3, 4, bidirectional=True).stream()
