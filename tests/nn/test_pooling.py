"""TimePooling: each kind against plain arithmetic, and the promises about padding."""

import pytest
import torch

from saiki.errors import ArgumentError, ShapeError
from saiki.nn.pooling import TimePooling

KINDS = ["last", "mean", "max", "mean-max", "attention"]
LENGTHS = torch.tensor([5, 2, 1])


def pool_and_batch(kind, fill=float("nan"), **options):
    torch.manual_seed(0)
    pool = TimePooling(kind, 4, **options).double()
    with torch.no_grad():
        for parameter in pool.parameters():
            parameter.normal_()
    x = torch.randn(3, 7, 4, dtype=torch.float64) - 3.0  # all maxima below zero
    for row, length in enumerate(LENGTHS):
        x[row, length:] = fill
    return pool, x


def expected(pool, sequence):
    """One sequence (n, F)."""
    if pool.kind == "last":
        return sequence[-1]
    if pool.kind == "mean":
        return sum(sequence) / len(sequence)
    if pool.kind == "max":
        return torch.stack([max(column) for column in sequence.T])
    if pool.kind == "mean-max":
        return torch.cat([sequence.mean(0), sequence.max(0).values])
    v, weight, bias = pool.score.weight[0], pool.project.weight, pool.project.bias
    scores = torch.stack([(v * (weight @ step + bias).tanh()).sum() for step in sequence])
    weights = scores.exp() / scores.exp().sum()
    return sum(a * step for a, step in zip(weights, sequence, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_every_sequence_of_a_padded_batch_equals_the_definition(kind):
    pool, x = pool_and_batch(kind)
    y = pool(x, LENGTHS)
    for row, length in enumerate(LENGTHS):
        wanted = expected(pool, x[row, :length])
        torch.testing.assert_close(y[row], wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_nan_in_padding_reaches_no_gradient(kind):
    pool, x = pool_and_batch(kind)
    x.requires_grad_()
    pool(x, LENGTHS).square().sum().backward()
    for row, length in enumerate(LENGTHS):
        assert x.grad[row, :length].abs().sum() > 0
        assert (x.grad[row, length:] == 0).all()
    assert all(parameter.grad.isfinite().all() for parameter in pool.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_gradients(kind):
    pool, x = pool_and_batch(kind, fill=0.0)
    torch.autograd.gradcheck(lambda x: pool(x, LENGTHS), (x.requires_grad_(),))


@pytest.mark.parametrize("kind", KINDS)
def test_without_lengths_every_step_counts(kind):
    pool, x = pool_and_batch(kind, fill=0.5)
    assert torch.equal(pool(x), pool(x, torch.tensor([7, 7, 7])))


def test_last_of_a_bidirectional_output_takes_each_direction_where_it_ends():
    pool, x = pool_and_batch("last", bidirectional=True)
    y = pool(x, LENGTHS)
    for row, length in enumerate(LENGTHS):
        assert torch.equal(y[row], torch.cat((x[row, length - 1, :2], x[row, 0, 2:])))


def test_last_equals_the_final_state_of_a_bidirectional_layer():
    torch.manual_seed(1)
    layer = torch.nn.GRU(3, 2, batch_first=True, bidirectional=True)
    x = torch.randn(3, 5, 3)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True)
    output, final = layer(packed)
    output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    got = TimePooling("last", 4, bidirectional=True)(output, LENGTHS)
    torch.testing.assert_close(got, torch.cat((final[0], final[1]), dim=1))


def test_attention_shows_its_weights():
    pool, x = pool_and_batch("attention")
    y, weights = pool(x, LENGTHS, trace=True)
    assert torch.equal(y, pool(x, LENGTHS))
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3, dtype=torch.float64))
    for row, length in enumerate(LENGTHS):
        assert (weights[row, length:] == 0).all()
        by_hand = (weights[row, :length, None] * x[row, :length]).sum(dim=0)
        torch.testing.assert_close(y[row], by_hand)


def test_refused():
    with pytest.raises(ArgumentError, match=r"kind must be one of .* got 'meen'. Use 'mean'"):
        TimePooling("meen", 4)
    with pytest.raises(ArgumentError, match="features must be at least 1"):
        TimePooling("mean", 0)
    with pytest.raises(ArgumentError, match="even for a bidirectional layer; got 3"):
        TimePooling("last", 3, bidirectional=True)
    with pytest.raises(ShapeError, match=r"features=4\); got \(2, 3, 5\)"):
        TimePooling("mean", 4)(torch.ones(2, 3, 5))
    with pytest.raises(ArgumentError, match="kind is 'mean'"):
        TimePooling("mean", 4)(torch.ones(2, 3, 4), trace=True)
