"""Batches of pairs: by number of tokens, every pair once, the same cuts in every epoch."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saiki.tasks.pair_batches import (
    PairBatches,
    TokenPlan,
    padded_tokens,
    pair_batch,
    side_by_side,
)
from saiki.tasks.pair_preparation import PairPart

LENGTHS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=60)


def part_of(lengths):
    """Pairs of these lengths; each token says which pair it is of."""
    sources = tuple(np.full(s, 4 + i, np.int32) for i, (s, _) in enumerate(lengths))
    targets = tuple(np.array([4 + i] * (t - 1) + [3], np.int32) for i, (_, t) in enumerate(lengths))
    texts = tuple(map(str, range(len(lengths))))
    return PairPart(texts, texts, sources, targets)


@given(LENGTHS, st.integers(1, 300), st.integers(0, 5))
def test_every_pair_comes_once_and_the_budget_holds(lengths, budget, epoch):
    sources, targets = zip(*lengths, strict=True)
    plan = TokenPlan(sources, targets, budget, seed=3)
    batches = plan.epoch(epoch)
    assert len(batches) == len(plan)
    assert sorted(int(i) for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(max(lengths[i]) for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 8), st.integers(1, 200))
def test_what_is_measured_together_stays_in_its_budget(sizes, rows, budget):
    found = [list(range(len(sizes)))[together] for together in side_by_side(sizes, rows, budget)]
    assert [place for places in found for place in places] == list(range(len(sizes)))
    for places, more in itertools.pairwise([*found, [None]]):
        longest = max(sizes[i] for i in places)
        assert len(places) == 1 or (len(places) <= rows and longest * len(places) <= budget)
        if more == [None]:
            continue
        together = [*places, more[0]]  # nor would the next have had a place
        assert len(together) > rows or max(sizes[i] for i in together) * len(together) > budget


def test_an_epoch_depends_on_its_number_and_the_seed_alone():
    rng = np.random.default_rng(0)
    sources, targets = rng.integers(1, 30, 300), rng.integers(1, 30, 300)

    def order(seed, epoch):
        return [batch.tolist() for batch in TokenPlan(sources, targets, 200, seed).epoch(epoch)]

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)
    assert {len(TokenPlan(sources, targets, 200, seed)) for seed in range(4)} == {len(order(1, 2))}


def test_pairs_of_like_length_meet_others_in_every_epoch():
    plan = TokenPlan([5] * 40, [6] * 40, 60, seed=0)
    first, second = ({frozenset(b.tolist()) for b in plan.epoch(e)} for e in (0, 1))
    assert first != second


def test_little_of_a_batch_is_padding():
    rng = np.random.default_rng(1)
    targets = rng.integers(3, 17, 2000)
    sources = np.maximum(1, targets + rng.integers(-3, 4, 2000))
    plan = TokenPlan(sources, targets, 1000, seed=0)
    padded = sum(max(lengths[b]) * len(b) for b in plan.epoch(0) for lengths in (sources, targets))
    assert padded < 1.2 * (sources.sum() + targets.sum())


def test_a_batch_holds_its_pairs_and_padding_behind_them():
    lengths = [(3, 2), (1, 5), (4, 2), (2, 5)]
    source = PairBatches(part_of(lengths), batch_tokens=12, seed=0, device=torch.device("cpu"))
    seen = set()
    for batch in source.batches(0):
        for row, (s, t) in enumerate(
            zip(batch["lengths"].tolist(), batch["target_lengths"].tolist(), strict=True)
        ):
            pair = int(batch["values"][row, 0]) - 4
            assert (s, t) == lengths[pair]
            assert batch["values"][row].tolist() == [pair + 4] * s + [0] * (
                batch["values"].shape[1] - s
            )
            wanted = [pair + 4] * (t - 1) + [3] + [0] * (batch["targets"].shape[1] - t)
            assert batch["targets"][row].tolist() == wanted
            seen.add(pair)
    assert seen == {0, 1, 2, 3}
    assert "teacher_forcing" not in next(source.batches(0))


def test_an_epoch_can_be_gone_on_with_at_any_position():
    rng = np.random.default_rng(2)
    lengths = [tuple(rng.integers(1, 9, 2).tolist()) for _ in range(50)]
    source = PairBatches(part_of(lengths), batch_tokens=30, seed=7, device=torch.device("cpu"))
    whole, rest = list(source.batches(3)), list(source.batches(3, 4))
    assert len(whole) == len(source) > 5
    for one, other in zip(whole[4:], rest, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_teacher_forcing_falls_evenly_from_one_to_its_final_share():
    part = part_of([(2, 2)] * 12)
    source = PairBatches(
        part, batch_tokens=8, seed=0, device=torch.device("cpu"), epochs=3, teacher_forcing=0.4
    )
    shares = [float(b["teacher_forcing"]) for e in range(3) for b in source.batches(e)]
    assert shares == pytest.approx(np.linspace(1, 0.4, len(shares)))


def test_a_batch_for_a_model_without_targets_has_their_end_alone():
    batch = pair_batch([np.array([5, 6], np.int32), np.array([7], np.int32)], None, "cpu")
    assert batch.source.tolist() == [[5, 6], [7, 0]]
    assert batch.target.tolist() == [[3], [3]]
    values, lengths = padded_tokens([np.array([9], np.int32)])
    assert (values.tolist(), lengths.tolist(), values.dtype) == ([[9]], [1], torch.int64)
