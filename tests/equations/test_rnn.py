import numpy as np
import pytest
import torch

from saiki.equations import RNNParameters, rnn_forward, rnn_step, sigmoid, softmax

LENGTHS = [5, 2, 4]


@pytest.fixture
def parameters(draw):
    return RNNParameters(W_in=draw(4, 3), W=draw(4, 4) / 2, b=draw(4), W_out=draw(2, 4), c=draw(2))


def test_worked_example():
    cell = RNNParameters(
        W_in=np.array([[2.0]]),
        W=np.array([[3.0]]),
        b=np.array([1.0]),
        W_out=np.array([[10.0]]),
        c=np.array([5.0]),
    )
    x = np.array([[[1.0], [-1.0], [0.5]]])
    run = rnn_forward(cell, x, z_0=np.array([[1.0]]), f="relu")
    assert run.u[0, :, 0].tolist() == [6.0, 17.0, 53.0]  # 2+3+1, -2+18+1, 1+51+1
    assert run.y[0, :, 0].tolist() == [65.0, 175.0, 535.0]
    late = RNNParameters(cell.W_in, cell.W, cell.b, np.array([[100.0, 10.0]]), cell.c)
    run = rnn_forward(
        late, x, z_0=np.array([[1.0]]), f="relu", output_from="input-and-previous-state"
    )
    assert run.y[0, :, 0].tolist() == [115.0, -35.0, 225.0]  # 100 x_t + 10 z_{t-1} + 5
    assert run.last.tolist() == [[53.0]]


@pytest.mark.parametrize("f", ["tanh", "relu"])
def test_states_equal_torch(f, parameters, draw, agree):
    layer = torch.nn.RNN(3, 4, nonlinearity=f, batch_first=True, dtype=torch.float64)
    half = draw(4)
    weights = (parameters.W_in, parameters.W, parameters.b - half, half)
    for theirs, ours in zip(layer.parameters(), weights, strict=True):
        theirs.data = torch.tensor(ours)
    x, z_0 = draw(3, 5, 3), draw(3, 4)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.tensor(x), LENGTHS, batch_first=True, enforce_sorted=False
    )
    out, last = layer(packed, torch.tensor(z_0)[None])
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    run = rnn_forward(parameters, x, z_0, LENGTHS, f=f)
    agree(run.z, padded)
    agree(run.h, padded)
    agree(run.last, last[0])


@pytest.mark.parametrize("output_from", ["state", "input-and-previous-state"])
def test_output_layer_step_by_step(output_from, parameters, draw, agree):
    x, z = draw(2, 4, 3), draw(2, 4)
    wide = RNNParameters(parameters.W_in, parameters.W, parameters.b, draw(2, 7), parameters.c)
    cell = parameters if output_from == "state" else wide
    run = rnn_forward(cell, x, z, f="sigmoid", g="softmax", output_from=output_from)
    for t in range(4):
        new = sigmoid(cell.W_in @ x[:, t, :, None] + cell.W @ z[..., None] + cell.b[:, None])
        seen = new[..., 0] if output_from == "state" else np.hstack([x[:, t], z])
        agree(run.y[:, t], softmax(seen @ cell.W_out.T + cell.c))
        agree(rnn_step(cell, x[:, t], z, "sigmoid")[1], new[..., 0])
        z = new[..., 0]


def test_padding_is_never_read_and_comes_out_zero(parameters, draw, agree):
    x = draw(3, 5, 3)
    x[1, 2:] = np.nan
    x[2, 4:] = np.inf
    run = rnn_forward(parameters, x, lengths=LENGTHS, g="sigmoid")
    for values in (run.u, run.z, run.v, run.y):
        assert (values[1, 2:] == 0).all()
        assert (values[2, 4:] == 0).all()
    for b, n in enumerate(LENGTHS):
        alone = rnn_forward(parameters, x[b : b + 1, :n], g="sigmoid")
        agree(run.y[b, :n], alone.y[0])
        agree(run.last[b], alone.last[0])


def test_no_output_layer(parameters, draw):
    run = rnn_forward(RNNParameters(parameters.W_in, parameters.W, parameters.b), draw(1, 2, 3))
    assert run.y is None


def test_a_sequence_of_no_steps_keeps_its_initial_state(parameters, draw):
    z_0 = draw(2, 4)
    run = rnn_forward(parameters, draw(2, 3, 3), z_0, [0, 3])
    np.testing.assert_array_equal(run.last[0], z_0[0])


def test_errors(parameters, draw):
    with pytest.raises(ValueError, match=r"x must have shape \(B, T, 3\); got \(2, 5, 4\)"):
        rnn_forward(parameters, draw(2, 5, 4))
    with pytest.raises(ValueError, match="at least one sequence and one step"):
        rnn_forward(parameters, draw(2, 0, 3))
    with pytest.raises(ValueError, match=r"z_0 must have shape \(2, 4\)"):
        rnn_forward(parameters, draw(2, 5, 3), draw(3, 4))
    with pytest.raises(ValueError, match=r"lengths must lie between 0 and T=5; got \[6, 1\]"):
        rnn_forward(parameters, draw(2, 5, 3), lengths=[6, 1])
    with pytest.raises(ValueError, match="lengths must be 2 integers"):
        rnn_forward(parameters, draw(2, 5, 3), lengths=[5.0, 1.0])
    with pytest.raises(ValueError, match=r"W_out must have shape \(O, 7\)"):
        rnn_forward(parameters, draw(2, 5, 3), output_from="input-and-previous-state")
    with pytest.raises(ValueError, match="output_from must be 'state' or"):
        rnn_forward(parameters, draw(2, 5, 3), output_from="stat")
