import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data import BatchPlan, collate
from saiki.errors import ArgumentError, ShapeError

plans = st.builds(
    BatchPlan,
    st.lists(st.integers(1, 50), min_size=1, max_size=60),
    batch_size=st.integers(1, 9),
    seed=st.integers(0, 2**63 - 1),
    pool_batches=st.integers(1, 8),
)


@given(plans, st.integers(0, 1000))
def test_every_position_once_and_only_one_short_batch_a_pool(plan, epoch):
    batches = plan.epoch(epoch)
    assert sorted(int(i) for b in batches for i in b) == list(range(len(plan.lengths)))
    assert len(batches) == len(plan)
    assert sum(len(b) != plan.batch_size for b in batches) <= 1
    assert all(len(b) <= plan.batch_size for b in batches)


@given(plans, st.integers(0, 1000), st.data())
def test_any_position_can_be_continued(plan, epoch, data):
    whole = plan.epoch(epoch)
    position = data.draw(st.integers(0, len(whole)))
    again = BatchPlan(
        plan.lengths, plan.batch_size, plan.seed, pool_batches=plan.pool_batches
    ).epoch(epoch)
    rest = [*whole[:position], *again[position:]]
    assert [b.tolist() for b in rest] == [b.tolist() for b in whole]


def test_epochs_and_seeds_differ():
    lengths = np.arange(64)
    orders = [
        tuple(np.concatenate(BatchPlan(lengths, 4, seed).epoch(epoch)).tolist())
        for seed in range(3)
        for epoch in range(3)
    ]
    assert len(set(orders)) == 9


def test_batches_are_grouped_by_length():
    lengths = np.random.default_rng(0).integers(1, 1000, size=640)

    def padding(pool_batches):
        batches = BatchPlan(lengths, 16, 0, pool_batches=pool_batches).epoch(0)
        return sum(lengths[b].max() * len(b) for b in batches) / lengths.sum() - 1

    assert padding(40) < 0.05
    assert padding(10) < 0.2
    assert padding(1) > 0.5


def test_batches_come_in_random_order_of_length():
    means = [b.mean() for b in BatchPlan(np.arange(320), 16, 1, pool_batches=20).epoch(0)]
    assert sorted(means) != means
    assert abs(np.corrcoef(means, np.arange(20))[0, 1]) < 0.6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 1, 0), "number of lengths must be at least 1; got 0"),
        (([1], 0, 0), "batch_size must be at least 1; got 0"),
        (([1], 1, -1), "seed must be at least 0; got -1"),
    ],
)
def test_bad_plans(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        BatchPlan(*arguments)
    with pytest.raises(ArgumentError, match="pool_batches must be at least 1; got 0"):
        BatchPlan([1], 1, 0, pool_batches=0)


def test_collate():
    sequences = [np.full((n, 3), n, np.float32) for n in (2, 4, 1)]
    values, lengths = collate(sequences)
    assert values.shape == (3, 4, 3)
    assert (values.dtype, lengths.dtype) == (np.float32, np.int64)
    assert lengths.tolist() == [2, 4, 1]
    for row, n in zip(values, lengths, strict=True):
        assert (row[:n] == n).all()
        assert (row[n:] == 0).all()


def test_collate_refuses():
    with pytest.raises(ShapeError, match="at least one sequence"):
        collate([])
    with pytest.raises(ShapeError, match=r"with one F; got the shapes \[\(2, 3\), \(2, 4\)\]"):
        collate([np.zeros((2, 4), np.float32), np.zeros((2, 3), np.float32)])


def test_token_ids_stay_whole_numbers_and_are_padded_with_zero():
    values, lengths = collate([np.array([7, 2**24 + 1], np.int32), np.array([5, 6, 8], np.int32)])
    assert values.dtype == np.int64
    assert values.tolist() == [[7, 2**24 + 1, 0], [5, 6, 8]]
    assert lengths.tolist() == [2, 3]
    with pytest.raises(ShapeError, match=r"got the shapes \[\(2,\), \(2, 4\)\]"):
        collate([np.array([1, 2]), np.zeros((2, 4), np.float32)])
