"""Language models: values by hand, torch's own forms, gradients by finite differences."""

import math

import numpy as np
import pytest
import torch

from saiki.equations import (
    activation_penalty,
    adaptive_log_probabilities,
    bits_per_byte,
    cache_distribution,
    cache_mixture,
    next_token_gradients,
    next_token_nats,
    perplexity,
    sampled_softmax_nats,
    temporal_activation_penalty,
)


def test_nats_are_those_of_torch_and_gradients_their_slopes(draw, agree, leaf):
    parts = [draw(6, 4), draw(9, 4), draw(9)]
    targets = np.array([3, 8, 0, 3, 5, 1])
    tensors = [leaf(part) for part in parts]
    logits = torch.nn.functional.linear(*tensors)
    nats = torch.nn.functional.cross_entropy(logits, torch.tensor(targets), reduction="none")
    agree(next_token_nats(*parts, targets), nats)
    nats.sum().backward()
    for mine, tensor in zip(next_token_gradients(*parts, targets), tensors, strict=True):
        agree(mine, tensor.grad)


def test_perplexity_of_equal_chances_is_their_number():
    nats = next_token_nats(np.zeros((3, 2)), np.zeros((7, 2)), np.zeros(7), np.array([1, 6, 0]))
    assert perplexity(nats) == pytest.approx(7)
    assert perplexity(np.log([2.0, 8.0])) == pytest.approx(4)


def test_bits_per_byte_count_bytes_of_utf_8():
    nats = np.array([3.0, 5.0])
    assert bits_per_byte(nats, "ab") == pytest.approx(8 / (2 * math.log(2)))
    assert bits_per_byte(nats, "再帰") == pytest.approx(8 / (6 * math.log(2)))


def test_sampled_softmax_by_hand():
    logits, noise = np.log([[2.0, 3.0, 5.0]]), np.array([0.5, 0.1, 0.4])
    # drawn: 2, the target 1, 2, 0; 1 / (S q) is 0.5 for 0 and 0.625 for 2
    nats = sampled_softmax_nats(logits, np.array([1]), np.array([2, 1, 2, 0]), noise)
    assert nats[0] == pytest.approx(math.log((3 + 5 * 0.625 * 2 + 2 * 0.5) / 3))


def test_the_expected_sum_of_sampled_softmax_is_that_of_the_full_one(draw):
    logits, noise = draw(1, 5), np.array([0.1, 0.3, 0.2, 0.15, 0.25])
    target = np.array([3])
    sums = [np.exp(sampled_softmax_nats(logits, target, np.array([j]), noise))[0] for j in range(5)]
    full = np.exp(logits - logits[0, 3]).sum()
    assert noise @ sums == pytest.approx(full)


def test_adaptive_probabilities_sum_to_one_and_follow_their_clusters(draw, agree):
    head, first, second = draw(4, 5), draw(4, 2), draw(4, 6)
    log_p = adaptive_log_probabilities(head, first, second)
    agree(np.exp(log_p).sum(axis=1), np.ones(4))
    p_head = torch.tensor(head).softmax(1)
    agree(np.exp(log_p[:, :3]), p_head[:, :3])
    agree(np.exp(log_p[:, 3:5]), p_head[:, 3:4] * torch.tensor(first).softmax(1))
    agree(np.exp(log_p[:, 5:]), p_head[:, 4:] * torch.tensor(second).softmax(1))


def test_the_cache_adds_what_its_entries_have_in_common(draw, agree):
    hidden, kept = draw(3), draw(4, 3)
    tokens = np.array([2, 0, 2, 5])
    shares = np.exp(0.7 * kept @ hidden)
    shares /= shares.sum()
    p = cache_distribution(hidden, kept, tokens, 6, 0.7)
    agree(p, np.array([shares[1], 0, shares[0] + shares[2], 0, 0, shares[3]]))
    model = np.full(6, 1 / 6)
    agree(cache_mixture(model, p, 0.2), 0.8 / 6 + 0.2 * p)


def test_a_flat_cache_counts():
    tokens = np.array([1, 1, 0, 1])
    p = cache_distribution(np.ones(2), np.arange(8.0).reshape(4, 2), tokens, 3, 0.0)
    np.testing.assert_allclose(p, [0.25, 0.75, 0])


def test_penalties_by_hand():
    outputs = np.array([[[1.0, 2.0], [3.0, -1.0], [3.0, 0.0]]])
    assert activation_penalty(outputs, 2.0) == pytest.approx(2 * 24 / 6)
    assert temporal_activation_penalty(outputs, 3.0) == pytest.approx(3 * (4 + 9 + 0 + 1) / 4)
    assert temporal_activation_penalty(outputs[:, :1], 3.0) == 0


def test_refused(draw):
    parts = draw(2, 3), draw(4, 3), draw(4)
    with pytest.raises(ValueError, match=r"targets must lie in 0 .. 3"):
        next_token_nats(*parts, np.array([0, 4]))
    with pytest.raises(ValueError, match=r"targets must have shape \(2\)"):
        next_token_gradients(*parts, np.array([0]))
    with pytest.raises(ValueError, match="weight must have shape"):
        next_token_nats(parts[0], draw(4, 2), parts[2], np.array([0, 1]))
    with pytest.raises(ValueError, match="cached_tokens must lie"):
        cache_distribution(draw(3), draw(2, 3), np.array([0, 9]), 5, 1.0)
    with pytest.raises(ValueError, match="noise must have shape"):
        sampled_softmax_nats(draw(1, 3), np.array([0]), np.array([1]), np.ones(2))
    with pytest.raises(ValueError, match="cache must have shape"):
        cache_mixture(np.ones(3), np.ones(2), 0.1)
    with pytest.raises(ValueError, match="clusters must have shape"):
        adaptive_log_probabilities(draw(2, 3), draw(3, 2))
