"""The highest numbers of long rows, and which rows share a source's memory."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.models._beam_rows import GROUP, MANY, WIDE, Row, grow, highest
from saiki.models._source_rows import SourceRows


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    columns=st.integers(WIDE - 2, 3 * WIDE),
    count=st.sampled_from([1, 6, 40, 70, 300]),
    ties=st.booleans(),
)
def test_the_highest_are_those_of_a_sort(seed, columns, count, ties):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(MANY // columns + 1, columns, generator=generator)
    rows = rows.round(decimals=1) if ties else rows
    values, places = highest(rows, count)
    assert torch.equal(values, rows.sort(1, descending=True).values[:, :count])
    assert torch.equal(rows.gather(1, places), values)
    assert all(len(set(own)) == count for own in places.tolist())


@pytest.mark.parametrize("place", [0, 7, 5 * GROUP * 16 + 3, 4999])
def test_not_a_number_is_the_highest(place):
    rows = torch.randn(40, 5000)
    rows[3, place] = torch.nan
    values, _ = highest(rows, 6)
    assert values[3, 0].isnan()
    assert values.isnan().sum() == 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), width=st.integers(1, 6), counts=st.lists(st.integers(1, 4)))
def test_what_grows_is_the_best_of_all_sums(seed, width, counts):
    """Against a sort of everything, where sums often tie: the lower place, then the lower token."""
    generator = torch.Generator().manual_seed(seed)
    owners = [owner for owner, count in enumerate(counts) for _ in range(count)]
    gains = -torch.randint(0, 4, (len(owners), 12), generator=generator).double()
    gains[torch.rand(gains.shape, generator=generator) < 0.2] = -math.inf
    totals = (-torch.randint(0, 3, (len(owners),), generator=generator)).tolist()
    rows = [
        Row(owner, (), float(total), place, None)
        for place, (owner, total) in enumerate(zip(owners, totals, strict=True))
    ]
    barred = [2, 5]
    values, tokens = highest(gains, width + len(barred) + 1)
    found = grow(gains, (values.tolist(), tokens.tolist()), rows, width, barred)
    for owner, offers in zip(dict.fromkeys(owners), found, strict=True):
        every = sorted(
            (-totals[place] - gains[place, token].item(), place, token)
            for place, own in enumerate(owners)
            for token in range(12)
            if own == owner and token not in barred and gains[place, token] > -math.inf
        )
        assert offers == sorted(every[:width], key=lambda offer: offer[1:])


def test_rows_of_a_source_share_its_memory():
    rows, memories = SourceRows(3).select(torch.tensor([0, 0, 1, 1, 2, 2]))
    assert (rows, memories) == (SourceRows(3, 2), None)
    again, memories = rows.select(torch.tensor([1, 1, 3, 2, 4, 5]))
    assert (again, memories) == (rows, None)
    fewer, memories = rows.select(torch.tensor([1, 0, 5, 4]))
    assert (fewer, memories.tolist()) == (SourceRows(2, 2), [0, 2])
    uneven, memories = rows.select(torch.tensor([1, 3, 2, 4, 5]))
    assert (uneven, memories.tolist()) == (SourceRows(5), [0, 1, 1, 2, 2])
    turned, memories = rows.select(torch.tensor([2, 0, 3]))
    assert (turned, memories.tolist()) == (SourceRows(3), [1, 0, 1])
