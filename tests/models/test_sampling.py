"""Decoding draws: what stays and with what mass, against naive forms; and the draw itself."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.errors import ArgumentError, ShapeError
from saiki.models import draw, next_token_distribution

# Of these 4 ids, 1 and 3 are equally likely.
FOUR = torch.tensor([0.15, 0.25, 0.35, 0.25]).double().log()

scores = st.lists(st.integers(-40, 0).map(lambda tenth: tenth / 7), min_size=1, max_size=25)


@st.composite
def choices(draw_one, size):
    forbidden = draw_one(st.sets(st.integers(0, size - 1), max_size=size - 1))
    return {
        "temperature": draw_one(st.sampled_from([0.0, 0.05, 0.7, 1.0, 3.0])),
        "top_k": draw_one(st.none() | st.integers(1, size + 3)),
        "nucleus": draw_one(st.none() | st.floats(0.01, 1)),
        "forbidden": forbidden,
    }


def naive(row, temperature, top_k, nucleus, forbidden):
    """The same in Python's own numbers, one token after the other."""
    left = [v for v in range(len(row)) if v not in forbidden]
    left.sort(key=lambda v: (-row[v], v))
    if temperature == 0:
        return {left[0]: 1.0}
    masses = {v: math.exp((row[v] - row[left[0]]) / temperature) for v in left}
    for v in left[top_k or len(left) :]:
        del masses[v]
    if nucleus is not None:
        total, reached = sum(masses.values()), 0.0
        for v in left[:top_k]:
            if reached >= nucleus - 1e-12 and reached > 0:
                del masses[v]
            else:
                reached += masses[v] / total
    return {v: mass / sum(masses.values()) for v, mass in masses.items()}


@settings(max_examples=120, deadline=None)
@given(data=st.data(), row=scores)
def test_the_distribution_is_that_of_the_definitions(data, row):
    how = data.draw(choices(len(row)))
    found = next_token_distribution(torch.tensor(row, dtype=torch.float64), **how)
    wanted = naive(row, **how)
    expected = torch.zeros(len(row), dtype=torch.float64)
    for v, mass in wanted.items():
        expected[v] = mass
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-15)
    assert abs(found.sum().item() - 1) < 1e-12
    assert not found[list(how["forbidden"])].any()
    assert 1 <= int((found > 0).sum()) <= min(how["top_k"] or 99, len(row))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 12), p=st.floats(0.05, 1))
def test_the_order_of_tokens_and_rows_does_not_matter(seed, k, p):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(3, 12, generator=generator, dtype=torch.float64) * 3
    order = torch.randperm(12, generator=generator)
    how = {"temperature": 0.8, "top_k": k, "nucleus": p}
    whole = next_token_distribution(rows, **how)
    torch.testing.assert_close(next_token_distribution(rows[:, order], **how), whole[:, order])
    for row, expected in zip(rows, whole, strict=True):
        torch.testing.assert_close(next_token_distribution(row, **how), expected)
    shifted = next_token_distribution((rows - 7).view(3, 1, 12), **how)
    torch.testing.assert_close(shifted[:, 0], whole)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), p=st.floats(0.01, 0.999))
def test_the_nucleus_is_the_smallest_set_that_reaches_the_mass(seed, p):
    generator = torch.Generator().manual_seed(seed)
    row = (torch.randn(40, generator=generator, dtype=torch.float64) * 2).log_softmax(-1)
    kept = next_token_distribution(row, nucleus=p) > 0
    inside = row.exp()[kept]
    assert inside.sum() >= p - 1e-9
    assert inside.sum() - inside.min() < p
    assert kept.all() or inside.min() >= row.exp()[~kept].max()


def test_ties_are_won_by_the_lower_id():
    for how in ({"top_k": 2}, {"nucleus": 0.5}):
        assert (next_token_distribution(FOUR, **how) > 0).tolist() == [False, True, True, False]
    greedy = next_token_distribution(FOUR, temperature=0, forbidden=[2])
    assert greedy.tolist() == [0, 1, 0, 0]
    level = torch.zeros(5000)
    assert next_token_distribution(level, temperature=0)[0] == 1
    assert next_token_distribution(level, top_k=3).nonzero().flatten().tolist() == [0, 1, 2]
    fewest = next_token_distribution(level, nucleus=0.1)
    assert fewest.nonzero().flatten().tolist() == list(range(500))


def test_a_mass_that_is_right_but_for_rounding_reaches_the_nucleus():
    level = torch.full((10,), 0.1, dtype=torch.float64).log()
    for tenths in range(1, 11):
        assert (next_token_distribution(level, nucleus=tenths / 10) > 0).sum() == tenths
    assert next_token_distribution(FOUR, nucleus=1e-300).tolist() == [0, 0, 1, 0]


def test_temperature_between_its_limits():
    cold = next_token_distribution(FOUR, temperature=1e-310)
    assert cold.tolist() == [0, 0, 1, 0]
    hot = next_token_distribution(FOUR, temperature=1e300)
    torch.testing.assert_close(hot, torch.full((4,), 0.25, dtype=torch.float64))
    torch.testing.assert_close(next_token_distribution(FOUR), FOUR.exp())
    half = next_token_distribution(FOUR, temperature=0.5)
    torch.testing.assert_close(half, FOUR.exp() ** 2 / (FOUR.exp() ** 2).sum())


def test_an_impossible_token_stays_impossible():
    row = torch.tensor([-math.inf, 0.0, -1.0])
    for temperature in (0.0, 0.5, 1e300):
        for top_k in (None, 3):
            found = next_token_distribution(row, temperature=temperature, top_k=top_k)
            assert found[0] == 0
            assert found.isfinite().all()


def test_the_given_numbers_are_left_alone():
    row = torch.randn(6).requires_grad_()
    before = row.detach().clone()
    found = next_token_distribution(row, forbidden=[2], top_k=3)
    assert torch.equal(row.detach(), before)
    assert not found.requires_grad


def test_draws_are_by_inversion_with_one_number_a_row():
    generator = torch.Generator().manual_seed(8)
    rows = torch.rand(50, 9, generator=generator, dtype=torch.float64)
    rows[:, 4] = 0
    ids = draw(rows.view(5, 10, 9), torch.Generator().manual_seed(1))
    assert ids.shape == (5, 10)
    assert ids.dtype == torch.int64
    one_by_one = torch.Generator().manual_seed(1)
    numbers = torch.Generator().manual_seed(1)
    for row, found in zip(rows, ids.flatten().tolist(), strict=True):
        u = torch.rand((), generator=numbers, dtype=torch.float64).item() * row.sum().item()
        sums = list(itertools.accumulate(row.tolist()))
        wanted = next(v for v, total in enumerate(sums) if total > u)
        assert wanted == found == draw(row, one_by_one).item()


def test_a_number_on_an_edge_draws_the_token_behind_it(monkeypatch):
    edges = torch.tensor([[0.0], [0.25], [0.75], [1 - 2**-53]], dtype=torch.float64)
    monkeypatch.setattr(torch, "rand", lambda *_, **__: edges)
    p = torch.tensor([0.0, 0.25, 0.0, 0.5, 0.25, 0.0]).expand(4, 6)
    assert draw(p, torch.Generator()).tolist() == [1, 3, 4, 4]


def test_the_same_seed_gives_these_tokens():
    generator = torch.Generator().manual_seed(2026)
    ids = draw(torch.ones(8, 1000), generator).tolist()
    assert ids == [219, 848, 149, 65, 585, 503, 792, 192]


def test_draws_have_the_frequencies_of_the_distribution():
    p = torch.tensor([0.2, 0.0, 0.5, 0.05, 0.25, 0.0])
    ids = draw(p.expand(40_000, 6), torch.Generator().manual_seed(5))
    counts = torch.bincount(ids, minlength=6) / 40_000
    assert not counts[p == 0].any()
    assert ((counts - p).abs() < 5 * (p * (1 - p) / 40_000).sqrt() + 1e-9).all()


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    draw(torch.ones(3, 4), torch.Generator().manual_seed(0))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"temperature": -0.1}, r"temperature must be .*; got -0\.1"),
        ({"temperature": math.inf}, "temperature must be a finite number"),
        ({"temperature": math.nan}, "temperature must be a finite number"),
        ({"top_k": 0}, "top_k must be a whole number of at least 1, or None; got 0"),
        ({"top_k": 2.0}, r"top_k must be .*; got 2\.0"),
        ({"nucleus": 0.0}, r"nucleus must be a mass in \(0, 1\], or None; got 0\.0"),
        ({"nucleus": 1.1}, r"nucleus must be .*; got 1\.1"),
        ({"forbidden": [4, 1]}, r"forbidden ids must be in 0\.\.V-1=3; got 1 to 4"),
        ({"forbidden": [-1]}, "got -1 to -1"),
        ({"forbidden": range(4)}, "neither forbidden nor impossible .* highest value of -inf"),
    ],
)
def test_choices_out_of_range_are_refused(how, message):
    with pytest.raises(ArgumentError, match=message):
        next_token_distribution(FOUR, **how)


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match="highest value of nan"):
        next_token_distribution(torch.tensor([[0.0, 1.0], [0.0, math.nan]]))
    with pytest.raises(ArgumentError, match="highest value of inf"):
        next_token_distribution(torch.tensor([0.0, math.inf]))
    with pytest.raises(ArgumentError, match="of a float type; got int64"):
        next_token_distribution(torch.tensor([1, 2]))
    with pytest.raises(ShapeError, match=r"log_probabilities must be .*; got \(3, 0\)"):
        next_token_distribution(torch.ones(3, 0))
    generator = torch.Generator()
    with pytest.raises(ShapeError, match=r"draw: probabilities must be .*; got \(\)"):
        draw(torch.tensor(1.0), generator)
    for bad in ([0.5, -0.1], [0.0, 0.0], [0.5, math.nan], [0.5, math.inf]):
        with pytest.raises(ArgumentError, match="must be finite and at least 0, and every row"):
            draw(torch.tensor([[0.5, 0.5], bad]), generator)


def test_a_generator_on_another_device_is_refused():
    class Elsewhere:
        device = torch.device("cuda", 0)

    with pytest.raises(ArgumentError, match=r"generator must be on the CPU.*got cuda:0"):
        draw(torch.ones(2), Elsewhere())
