"""The draw of what is held out: apart from what is trained, whole, of about the wanted size."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.embeddings._held_out import plan_ranges
from saiki.errors import DataError


def offsets_of(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


@given(
    lengths=st.lists(st.integers(0, 300), min_size=1, max_size=200).filter(sum),
    fraction=st.one_of(st.none(), st.floats(0, 0.5)),
    seed=st.integers(0, 99),
    keeps_documents=st.booleans(),
    size=st.integers(1, 5000),
)
def test_trained_and_held_out_ranges_are_the_whole_corpus(
    lengths, fraction, seed, keeps_documents, size
):
    offsets = offsets_of(lengths)
    try:
        plan = plan_ranges(offsets, fraction=fraction, seed=seed, keeps_documents=keeps_documents)
    except DataError:
        assert fraction
        return
    slices = plan.slices(size)
    assert all(0 < end - begin <= size for begin, end in slices)
    cover = sorted([*slices, *plan.held_out])
    assert cover[0][0] == 0
    assert cover[-1][1] == offsets[-1]
    assert all(one[1] == other[0] for one, other in itertools.pairwise(cover))
    assert plan.trained_tokens + plan.held_out_tokens == offsets[-1]
    if keeps_documents:
        held = np.zeros(offsets[-1], bool)
        for begin, end in plan.held_out:
            held[begin:end] = True
        for begin, end in itertools.pairwise(offsets.tolist()):
            assert held[begin:end].sum() <= 0.1 * (end - begin) + 1e-9
    again = plan_ranges(offsets, fraction=fraction, seed=seed, keeps_documents=keeps_documents)
    assert again == plan


@pytest.mark.parametrize("documents", [40, 1000, 30_000])
def test_whole_documents_are_held_out_where_there_are_many(documents):
    lengths = np.random.default_rng(documents).integers(50, 150, documents)
    offsets = offsets_of(lengths)
    plan = plan_ranges(offsets, fraction=None, seed=1, keeps_documents=False)
    wanted = min(offsets[-1] // 100, 20_000)
    borders = set(offsets.tolist())
    if wanted < 100:
        assert not plan.held_out
        return
    assert all(begin in borders and end in borders for begin, end in plan.held_out)
    assert len(plan.held_out) <= 16
    # The first documents that reach the size, so somewhat more than wanted.
    assert wanted <= plan.held_out_tokens <= wanted + 16 * 300


def test_a_long_document_gives_spans_all_over_it():
    plan = plan_ranges(offsets_of([1_000_000]), fraction=None, seed=0, keeps_documents=False)
    assert 8_000 <= plan.held_out_tokens <= 10_000
    begins = np.array([begin for begin, _ in plan.held_out])
    assert len(begins) > 100
    assert np.histogram(begins, bins=4, range=(0, 1_000_000))[0].min() > 20


def test_one_long_document_does_not_swallow_the_corpus():
    lengths = [100] * 400 + [1_000_000] + [100] * 400
    for seed in range(5):
        plan = plan_ranges(offsets_of(lengths), fraction=None, seed=seed, keeps_documents=False)
        assert 2_000 <= plan.held_out_tokens <= 25_000


def test_another_seed_draws_others():
    offsets = offsets_of([100] * 5000)
    one, other = (
        plan_ranges(offsets, fraction=None, seed=seed, keeps_documents=True) for seed in (0, 1)
    )
    assert one != other


def test_a_part_that_cannot_be_held_out_is_refused():
    offsets = offsets_of([5] * 100)  # a tenth of five words is none
    with pytest.raises(DataError, match=r"held_out=0\.3: at least 100 .* of 500 words .* be 0\."):
        plan_ranges(offsets, fraction=0.3, seed=0, keeps_documents=True)
    assert not plan_ranges(offsets, fraction=0, seed=0, keeps_documents=True).held_out
