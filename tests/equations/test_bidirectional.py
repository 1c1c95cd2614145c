import numpy as np
import pytest
import torch

from saiki.equations import (
    RNNParameters,
    bidirectional_backward,
    bidirectional_forward,
    gru_backward,
    gru_forward,
    join_directions,
    lstm_backward,
    lstm_forward,
    reverse_sequences,
    rnn_backward,
    rnn_forward,
    split_directions,
    split_gru_weights,
    split_lstm_weights,
    stack_gru_weights,
    stack_lstm_weights,
)

LENGTHS = [5, 2, 4]
CELLS = {
    "rnn": (rnn_forward, lambda run, g: rnn_backward(run, grad_z=g), torch.nn.RNN, 1),
    "lstm": (lstm_forward, lstm_backward, torch.nn.LSTM, 4),
    "gru": (gru_forward, gru_backward, torch.nn.GRU, 3),
}


def _cell(kind, stacks):
    if kind == "rnn":
        return RNNParameters(stacks[0], stacks[1], stacks[2] + stacks[3])
    split = split_lstm_weights if kind == "lstm" else split_gru_weights
    return split(stacks[0], stacks[1], stacks[2:])


def _input_weight_gradient(kind, gradients):
    if kind == "rnn":
        return gradients.W_in
    stack = stack_lstm_weights if kind == "lstm" else stack_gru_weights
    return stack(gradients.parameters).weight_ih


def _runs(kind, stacks):
    forward = CELLS[kind][0]
    cells = [_cell(kind, half) for half in (stacks[:4], stacks[4:])]
    return [lambda x, n, cell=cell: forward(cell, x, lengths=n) for cell in cells]


@pytest.fixture
def stacks(draw):
    def build(kind):
        rows = 4 * CELLS[kind][3]
        return [draw(*shape) for shape in ((rows, 3), (rows, 4), (rows,), (rows,)) * 2]

    return build


@pytest.mark.parametrize("kind", sorted(CELLS))
def test_equals_torch_on_packed_sequences(kind, stacks, draw, leaf, agree):
    _, backward, layer_class, _ = CELLS[kind]
    weights = stacks(kind)
    layer = layer_class(3, 4, batch_first=True, bidirectional=True, dtype=torch.float64)
    for theirs, ours in zip(layer.parameters(), weights, strict=True):
        theirs.data = torch.tensor(ours)
    x, grad_y = draw(3, 5, 3), draw(3, 5, 8)
    tx = leaf(x)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        tx, LENGTHS, batch_first=True, enforce_sorted=False
    )
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(layer(packed)[0], batch_first=True)
    (padded * torch.tensor(grad_y)).sum().backward()
    run = bidirectional_forward(*_runs(kind, weights), x, LENGTHS)
    back = bidirectional_backward(run, grad_y, backward, backward)
    agree(run.y, padded)
    agree(back.x, tx.grad)
    agree(_input_weight_gradient(kind, back.forward), layer.weight_ih_l0.grad)
    agree(_input_weight_gradient(kind, back.backward), layer.weight_ih_l0_reverse.grad)


@pytest.mark.parametrize("kind", sorted(CELLS))
def test_a_padded_batch_equals_its_sequences_one_by_one(kind, stacks, draw, agree):
    runs, x = _runs(kind, stacks(kind)), draw(3, 5, 3)
    for b, n in enumerate(LENGTHS):
        x[b, n:] = np.nan
    together = bidirectional_forward(*runs, x, LENGTHS).y
    for b, n in enumerate(LENGTHS):
        agree(together[b, :n], bidirectional_forward(*runs, x[b : b + 1, :n]).y[0])
        assert (together[b, n:] == 0).all()


def test_worked_example():
    """Running sums from the left and from each sequence's own right."""
    cell = RNNParameters(W_in=np.eye(1), W=np.eye(1), b=np.zeros(1))

    def run(x, lengths):
        return rnn_forward(cell, x, lengths=lengths, f="identity")

    x = np.array([[[1.0], [2.0], [3.0]], [[1.0], [2.0], [9.0]]])
    y = bidirectional_forward(run, run, x, lengths=[3, 2]).y
    assert y[0].tolist() == [[1, 6], [3, 5], [6, 3]]
    assert y[1].tolist() == [[1, 3], [3, 2], [0, 0]]


def test_reverse_stays_within_each_length():
    x = np.arange(8.0).reshape(2, 4, 1)
    assert reverse_sequences(x, [4, 2])[..., 0].tolist() == [[3, 2, 1, 0], [5, 4, 6, 7]]
    assert reverse_sequences(x)[..., 0].tolist() == [[3, 2, 1, 0], [7, 6, 5, 4]]
    np.testing.assert_array_equal(reverse_sequences(reverse_sequences(x, [3, 0]), [3, 0]), x)


def test_split_undoes_join_for_units_of_unlike_number(draw):
    h_f, h_b = draw(2, 4, 3), draw(2, 4, 2)
    h_f[1, 3:] = h_b[1, 3:] = 0
    joined = join_directions(h_f, h_b, [4, 3])
    assert joined.shape == (2, 4, 5)
    back_f, back_b = split_directions(joined, 3, [4, 3])
    np.testing.assert_array_equal(back_f, h_f)
    np.testing.assert_array_equal(back_b, h_b)


def test_errors(draw):
    with pytest.raises(ValueError, match=r"h_b must have shape \(2, 4, H\); got \(2, 3, 3\)"):
        join_directions(draw(2, 4, 3), draw(2, 3, 3))
    with pytest.raises(ValueError, match=r"must have shape \(B, T, K\)"):
        reverse_sequences(draw(4, 3))
