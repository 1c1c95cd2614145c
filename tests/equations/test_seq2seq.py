import numpy as np
import pytest
import torch

from saiki.equations import (
    AdditiveAttentionParameters,
    DecoderParameters,
    EncoderParameters,
    decoder_backward,
    decoder_forward,
    decoder_step,
    encoder_backward,
    encoder_forward,
    split_gru_weights,
    stack_gru_weights,
)

LENGTHS = [5, 2, 3]
UNITS, STATE, SYMBOL, READ, WORDS = 3, 4, 2, 3, 6  # H_e, H, E, L, V
MEMORY = 2 * UNITS


def _gru(stacks, x, h):
    """Reset before the product; z weighs the candidate."""
    w, u, b = stacks
    r, z, n = (w @ x + b).chunk(3)
    units = len(h)
    r = torch.sigmoid(r + u[:units] @ h)
    z = torch.sigmoid(z + u[units : 2 * units] @ h)
    n = torch.tanh(n + u[2 * units :] @ (r * h))
    return (1 - z) * h + z * n


def _split(stacks):
    w, u, b = stacks
    return split_gru_weights(w, u, [b, np.zeros_like(b)])


def _cell(draw, inputs, units):
    return draw(3 * units, inputs), draw(3 * units, units), draw(3 * units)


@pytest.fixture
def encoder(draw):
    return {"f": _cell(draw, 2, UNITS), "b": _cell(draw, 2, UNITS), "W_s": draw(STATE, UNITS)}


@pytest.fixture
def decoder(draw):
    return {
        "attention": (draw(5, STATE), draw(5, MEMORY), draw(5)),
        "cell": _cell(draw, SYMBOL + MEMORY, STATE),
        "W_t": draw(2 * READ, STATE + SYMBOL + MEMORY),
        "W_o": draw(WORDS, READ),
    }


def _encoder(arrays):
    return EncoderParameters(_split(arrays["f"]), _split(arrays["b"]), arrays["W_s"])


def _decoder(arrays):
    attention = AdditiveAttentionParameters(*arrays["attention"])
    return DecoderParameters(attention, _split(arrays["cell"]), arrays["W_t"], arrays["W_o"])


def _leaves(arrays, leaf):
    return {
        name: [leaf(a) for a in value] if isinstance(value, tuple) else leaf(value)
        for name, value in arrays.items()
    }


def _agree_cell(gradients, leaves, agree):
    stacked = stack_gru_weights(gradients)
    for ours, theirs in zip(stacked[:3], leaves, strict=True):
        agree(ours, theirs.grad)


def test_the_encoder_equals_autograd(encoder, draw, leaf, agree):
    x, grad_memory, grad_state = draw(3, 5, 2), draw(3, 5, MEMORY), draw(3, STATE)
    run = encoder_forward(_encoder(encoder), x, LENGTHS)
    back = encoder_backward(run, grad_memory, grad_state)
    p, tx, loss = _leaves(encoder, leaf), leaf(x), 0.0
    memory, state = np.zeros_like(run.memory), []
    for row, n in enumerate(LENGTHS):
        f, b, both = [torch.zeros(UNITS).double()], [torch.zeros(UNITS).double()], []
        for t in range(n):
            f.append(_gru(p["f"], tx[row, t], f[-1]))
            b.append(_gru(p["b"], tx[row, n - 1 - t], b[-1]))
        both = torch.stack([torch.cat([f[t + 1], b[n - t]]) for t in range(n)])
        memory[row, :n] = both.detach().numpy()
        state.append(torch.tanh(p["W_s"] @ b[n]))
        loss = loss + (both * torch.tensor(grad_memory[row, :n])).sum()
        loss = loss + state[-1] @ torch.tensor(grad_state[row])
    loss.backward()
    agree(run.memory, memory)
    agree(run.state, torch.stack(state))
    agree(back.x, tx.grad)
    agree(back.parameters.W_s, p["W_s"].grad)
    _agree_cell(back.parameters.forward, p["f"], agree)
    _agree_cell(back.parameters.backward, p["b"], agree)


def _autograd_step(p, y, s, memory):
    W, U, v = p["attention"]
    alpha = torch.softmax(torch.stack([v @ torch.tanh(W @ s + U @ m) for m in memory]), 0)
    c = alpha @ memory
    tau = p["W_t"] @ torch.cat([s, y, c])
    logits = p["W_o"] @ torch.maximum(tau[0::2], tau[1::2])
    return _gru(p["cell"], torch.cat([y, c]), s), logits, alpha


def test_the_decoder_equals_autograd(decoder, draw, leaf, agree):
    y, s_0, memory = draw(3, 4, SYMBOL), draw(3, STATE), draw(3, 5, MEMORY)
    grad = draw(3, 4, WORDS)
    run = decoder_forward(_decoder(decoder), y, s_0, memory, LENGTHS)
    back = decoder_backward(run, grad)
    p, (ty, ts, tm), loss = _leaves(decoder, leaf), map(leaf, (y, s_0, memory)), 0.0
    for row, n in enumerate(LENGTHS):
        s = ts[row]
        for t in range(4):
            s, logits, alpha = _autograd_step(p, ty[row, t], s, tm[row, :n])
            loss = loss + logits @ torch.tensor(grad[row, t])
            agree(run.logits[row, t], logits)
            agree(run.states[row, t], s)
            agree(run.weights[row, t, :n], alpha)
            assert not run.weights[row, t, n:].any()
    loss.backward()
    agree(back.y, ty.grad)
    agree(back.state, ts.grad)
    agree(back.memory, tm.grad)
    agree(back.parameters.W_t, p["W_t"].grad)
    agree(back.parameters.W_o, p["W_o"].grad)
    attention = back.parameters.attention
    for ours, theirs in zip((attention.W, attention.U, attention.v), p["attention"], strict=True):
        agree(ours, theirs.grad)
    _agree_cell(back.parameters.cell, p["cell"], agree)


def test_encoder_and_decoder_are_one_network(encoder, decoder, draw, slope):
    """∂E/∂x through both, against central differences."""
    both, (x, y, grad) = (_encoder(encoder), _decoder(decoder)), (
        draw(2, 3, 2), draw(2, 2, SYMBOL), draw(2, 2, WORDS)
    )  # fmt: skip

    def run(x):
        read = encoder_forward(both[0], x, [3, 2])
        return read, decoder_forward(both[1], y, read.state, read.memory, [3, 2])

    read, written = run(x)
    back = decoder_backward(written, grad)
    gradient = encoder_backward(read, back.memory, back.state).x
    slope(gradient, lambda x: float((run(x)[1].logits * grad).sum()), x)


def test_steps_one_by_one_are_the_whole(decoder, draw):
    y, state, memory = draw(3, 4, SYMBOL), draw(3, STATE), draw(3, 5, MEMORY)
    p = _decoder(decoder)
    whole = decoder_forward(p, y, state, memory, LENGTHS)
    for t in range(4):
        step = decoder_step(p, y[:, t], state, memory, LENGTHS)
        np.testing.assert_array_equal(step.logits, whole.logits[:, t])
        state = step.state


def test_errors(encoder, decoder, draw):
    with pytest.raises(ValueError, match=r"y must have shape \(3, T, E\); got \(2, 4, 2\)"):
        decoder_forward(_decoder(decoder), draw(2, 4, SYMBOL), draw(3, STATE), draw(3, 5, MEMORY))
    run = encoder_forward(_encoder(encoder), draw(2, 3, 2))
    with pytest.raises(ValueError, match=r"grad_state must have shape \(2, 4\); got \(2, 3\)"):
        encoder_backward(run, draw(2, 3, MEMORY), draw(2, 3))
