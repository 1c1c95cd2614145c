"""The embedding of tokens: first vectors, drop-out of word types, padding that stays zero."""

import numpy as np
import pytest
import torch

from saiki.errors import ArgumentError, ShapeError
from saiki.models import TokenEmbedding


def test_it_begins_with_the_given_vectors():
    vectors = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    layer = TokenEmbedding(6, 3, vectors=vectors)
    looked_up = layer(torch.tensor([[4, 1, 0]]))
    np.testing.assert_array_equal(looked_up[0, :2].detach().numpy(), vectors[[4, 1]])
    assert looked_up[0, 2].tolist() == [0.0, 0.0, 0.0]


def test_random_vectors_have_a_tenth_of_deviation():
    torch.manual_seed(0)
    weight = TokenEmbedding(2000, 20).table.weight
    assert weight[1:].std().item() == pytest.approx(0.1, rel=0.02)
    assert not weight[0].any()


def test_padding_gets_no_gradient():
    layer = TokenEmbedding(6, 3)
    layer(torch.tensor([[4, 0, 0], [2, 4, 0]])).sum().backward()
    assert layer.table.weight.grad.sum(dim=1).tolist() == [0.0, 0.0, 3.0, 0.0, 6.0, 0.0]


def test_whole_word_types_are_dropped_in_training_alone():
    torch.manual_seed(1)
    layer = TokenEmbedding(50, 4, dropout=0.5)
    tokens = torch.arange(1, 50).repeat(2, 1)
    rows = layer(tokens)
    gone = (rows == 0).all(dim=2)
    assert 10 < int(gone[0].sum()) < 40
    assert gone[0].equal(gone[1])
    torch.testing.assert_close(rows[~gone], 2 * layer.table.weight[tokens][~gone])
    assert not (layer.eval()(tokens) == 0).all(dim=2).any()


def test_an_embedding_that_is_not_trained_has_no_gradient():
    assert not TokenEmbedding(6, 3, is_trained=False).table.weight.requires_grad


def test_vectors_and_tokens_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"vectors must be \(V, E\)=\(6, 3\); got \(5, 3\)"):
        TokenEmbedding(6, 3, vectors=np.zeros((5, 3), np.float32))
    with pytest.raises(ArgumentError, match="p must be"):
        TokenEmbedding(6, 3, dropout=1.0)
    with pytest.raises(ArgumentError, match="got 2 to 6"):
        TokenEmbedding(6, 3)(torch.tensor([[2, 6]]))
