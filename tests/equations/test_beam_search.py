import itertools

import numpy as np
import pytest

from saiki.equations import (
    coverage_penalty,
    length_penalty,
    log_softmax,
    search_by_beam,
    search_exhaustively,
)

END, VOCABULARY, MOST = 2, 4, 4


@pytest.fixture
def model(draw):
    """A distribution of its own for every prefix."""
    table = {
        prefix: log_softmax(2 * draw(VOCABULARY))
        for n in range(MOST)
        for prefix in itertools.product(range(VOCABULARY), repeat=n)
    }
    return table.__getitem__


def _space():
    others = [token for token in range(VOCABULARY) if token != END]
    for n in range(MOST):
        for prefix in itertools.product(others, repeat=n):
            yield (*prefix, END)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0, -0.5])
def test_exhaustive_search_ranks_the_whole_space(alpha, model):
    found = search_exhaustively(model, end=END, most=MOST, alpha=alpha)
    assert {one.tokens for one in found} == set(_space())
    assert len(found) == sum(3**n for n in range(MOST))
    for one in found:
        total = sum(model(one.tokens[:t])[token] for t, token in enumerate(one.tokens))
        assert one.log_probability == pytest.approx(total)
        assert one.score == pytest.approx(total / ((5 + len(one.tokens)) / 6) ** alpha)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_beam_as_wide_as_the_space_finds_the_same(alpha, model):
    everything = search_exhaustively(model, end=END, most=MOST, alpha=alpha)
    wide = search_by_beam(model, end=END, most=MOST, alpha=alpha, width=len(everything))
    assert wide == everything
    narrow = search_by_beam(model, end=END, most=MOST, alpha=alpha, width=2)
    assert len(narrow) == 2
    assert set(narrow) <= set(everything)


def test_normalisation_prefers_longer_sequences():
    def model(prefix):
        return np.log([0.45, 0.55]) if not prefix else np.log([0.9, 0.1])

    short, long = (0,), (1, 0)
    plain = search_exhaustively(model, end=0, most=2, alpha=0.0)
    mean = search_exhaustively(model, end=0, most=2, alpha=1.0, offset=0.0)
    assert [one.tokens for one in plain] == [long, short]  # 0.495 and 0.45
    assert mean[0].score == pytest.approx(np.log(0.495) / 2)

    def other(prefix):
        return np.log([0.5, 0.5]) if not prefix else np.log([0.9, 0.1])

    assert search_exhaustively(other, end=0, most=2, alpha=0.0)[0].tokens == short
    assert search_exhaustively(other, end=0, most=2, alpha=1.0)[0].tokens == long


def test_greedy_is_a_beam_of_one_and_can_miss_the_best():
    def model(prefix):
        first = {(): [0.0001, 0.6, 0.3999], (1,): [0.34, 0.33, 0.33], (2,): [0.98, 0.01, 0.01]}
        return np.log(first.get(prefix, [0.98, 0.01, 0.01]))

    best = search_exhaustively(model, end=0, most=3, alpha=0.0)[0]
    greedy = search_by_beam(model, end=0, most=3, alpha=0.0, width=1)[0]
    assert best.tokens == (2, 0)
    assert greedy.tokens == (1, 0)


def test_ties_go_to_the_smaller_tokens():
    found = search_exhaustively(lambda _: np.log(np.full(3, 1 / 3)), end=1, most=2, alpha=0.0)
    assert [one.tokens for one in found] == [(1,), (0, 1), (2, 1)]


def test_penalties_by_hand():
    assert length_penalty(1, 0.7) == 1.0
    assert length_penalty(7, 2.0) == pytest.approx(4.0)
    assert length_penalty(7, 1.0, offset=0.0) == 7.0
    weights = np.array([[0.5, 0.5, 0.0], [0.25, 0.7, 0.05]])
    assert coverage_penalty(weights) == pytest.approx(np.log(0.75) + np.log(0.05))
    assert coverage_penalty(weights[:1]) == -np.inf


def test_errors():
    with pytest.raises(ValueError, match="most and width must be at least 1; got 0, None"):
        search_exhaustively(lambda _: np.zeros(2), end=0, most=0, alpha=0.0)
    with pytest.raises(ValueError, match=r"weights must have shape \(T, S\); got \(3,\)"):
        coverage_penalty(np.ones(3))
