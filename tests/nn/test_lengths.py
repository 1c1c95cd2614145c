"""Padded batches: what lies behind a sequence's end changes nothing."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki import nn

SHAPES = [(1, False), (2, True)]
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


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
    case, backend, layers, both, close, gradients, flat, data
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
def test_steps_beyond_the_longest_sequence_are_zeros(plain, backend, close, flat, data):
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
        x = torch.randn(9, 2, 3, dtype=torch.float64)
        whole, end = layer(x)
        first, state = layer(x[:cut])
        second, last = layer(x[cut:], state)
        torch.testing.assert_close(torch.cat([first, second]), whole, rtol=0, atol=1e-13)
        torch.testing.assert_close(last, end, rtol=0, atol=1e-13)


def test_fused_and_loop_agree_on_a_long_ragged_batch(plain, close, flat, gradients, data):
    x, lengths = data(6, 63), [63, 1, 40, 7, 63, 22]
    answers = []
    for backend in ("fused", "loop"):
        layer = plain.build(3, 9, 2, bidirectional=True, batch_first=True, backend=backend)
        answer = layer(x, lengths=lengths)
        answers.append((flat(answer), gradients(answer, (x, *layer.parameters()))))
    close(answers[0][0], answers[1][0], 1e-11)
    close(answers[0][1], answers[1][1], 1e-9)


def test_a_relu_that_would_explode_in_padding_does_not_spoil_gradients():
    layer = nn.RNN(2, 3, nonlinearity="relu", batch_first=True, backend="fused")
    with torch.no_grad():
        layer.weight_hh_l0.fill_(9.0)
        layer.weight_ih_l0.fill_(1.0)
        layer.bias_ih_l0.fill_(1.0)
    x = torch.ones(2, 60, 2)
    x[0] = -100.0  # holds the long sequence at 0
    output, _ = layer(x, lengths=[60, 3])
    output[1].sum().backward()
    assert all(bool(p.grad.isfinite().all()) for p in layer.parameters())
