"""Decoding: against the equations, one source against many, and each bound and error."""

import itertools
import math
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.equations import (
    coverage_penalty,
    length_penalty,
    search_by_beam,
    search_exhaustively,
)
from saiki.errors import ArgumentError, NonFiniteError, ShapeError
from saiki.models import beam_search, greedy, sample, stream
from saiki.models._beam import Ranking, search
from saiki.models._step_model import Steps, make_plan

START, END = 0, 2


@dataclass
class Tiny:
    """A recurrent network with attention, in float64, whose sources are sets of vectors."""

    seed: int
    vocabulary: int = 5
    sharpness: float = 2.0
    padding: float = 1e3  # what stands in the padding, so that it is noticed where it is read

    def __post_init__(self):
        generator = torch.Generator().manual_seed(self.seed)
        sizes = {"E": (self.vocabulary, 4), "U": (4, 4), "C": (4, 4), "W": (8, self.vocabulary)}
        for name, size in sizes.items():
            setattr(self, name, torch.randn(size, generator=generator, dtype=torch.float64))

    def batch(self, lengths, seed=0):
        """One memory (S, 4) for each length."""
        return [
            torch.randn(
                n, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed + i)
            )
            for i, n in enumerate(lengths)
        ]

    def start(self, batch):
        lengths = torch.tensor([len(one) for one in batch])
        memory = torch.full((len(batch), max(lengths), 4), self.padding, dtype=torch.float64)
        for row, one in enumerate(batch):
            memory[row, : len(one)] = one
        return torch.zeros(len(batch), 4, dtype=torch.float64), memory, lengths

    def step(self, tokens, state):
        h, memory, lengths = state
        h = torch.tanh(self.E[tokens] + (h[:, :, None] * self.U).sum(1))
        is_real = torch.arange(memory.shape[1]) < lengths[:, None]
        scores = (memory * h[:, None]).sum(-1).masked_fill(~is_real, -math.inf)
        weights = scores.softmax(-1)
        context = (weights[..., None] * memory).sum(1)
        h = h + 0.3 * torch.tanh((context[:, :, None] * self.C).sum(1))
        seen = torch.cat([h, context], 1)
        logits = self.sharpness * (seen[:, :, None] * self.W).sum(1)
        return logits.log_softmax(-1), (h, memory, lengths), weights

    def select(self, state, rows):
        return tuple(part[rows] for part in state)

    def forced(self, source, tokens):
        """Teacher forcing: log p (n, V) of each step, and the attention (n, S)."""
        state, rows, looked = self.start([source]), [], []
        for token in (START, *tokens[:-1]):
            row, state, weights = self.step(torch.tensor([token]), state)
            rows.append(row[0])
            looked.append(weights[0])
        return torch.stack(rows), torch.stack(looked)

    def equation(self, source, forbidden=()):
        """The model as the equations want it."""

        def after(prefix):
            row = self.forced(source, (*prefix, END))[0][-1].clone()
            row[list(forbidden)] = -math.inf
            return row.numpy()

        return after


@dataclass
class Table:
    """The next token depends on the last one only; no memory. Rows are probabilities."""

    rows: list

    def start(self, batch):
        return ()

    def step(self, tokens, state):
        table = torch.tensor(self.rows, dtype=torch.float64)
        return table[tokens].log(), state, None

    def select(self, state, rows):
        return state

    def equation(self, prefix):
        last = prefix[-1] if prefix else START
        return torch.tensor(self.rows[last], dtype=torch.float64).log().numpy()


def arguments(lengths, most=4, **more):
    return {"source_lengths": lengths, "start": START, "end": END, "max_steps": most, **more}


def same(found, wanted):
    """The hypotheses are those of the equations."""
    assert [one.tokens for one in found] == [one.tokens for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-12)
        assert one.score == pytest.approx(other.score, abs=1e-12)


def equal(found, wanted):
    """All of two lists of hypotheses, the attention too."""
    same(found, wanted)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one.attention, other.attention, rtol=0, atol=1e-12)


alphas = st.sampled_from([0.0, 0.6, 1.0, 2.5, -0.5])


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    vocabulary=st.integers(3, 4),
    most=st.integers(1, 4),
    alpha=alphas,
    offset=st.sampled_from([5.0, 0.0, 1.5]),
)
def test_a_beam_as_wide_as_the_space_is_exhaustive_search(seed, vocabulary, most, alpha, offset):
    model = Tiny(seed, vocabulary)
    (source,) = model.batch([3], seed)
    wanted = search_exhaustively(
        model.equation(source), end=END, most=most, alpha=alpha, offset=offset
    )
    how = {"width": len(wanted), "length_alpha": alpha, "length_offset": offset}
    (found,) = beam_search(model, [source], **arguments([3], most), **how, n_best=len(wanted))
    same(found, wanted)
    (best,) = beam_search(model, [source], **arguments([3], most), **how)
    same(best, wanted[:1])


@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 10**6), width=st.integers(1, 6), alpha=alphas)
def test_a_narrow_beam_is_that_of_the_equations(data, seed, width, alpha):
    n_best = data.draw(st.integers(1, width))
    most = data.draw(st.integers(1, 7))
    forbidden = data.draw(st.sets(st.sampled_from([0, 1, 3]), max_size=2))
    model = Tiny(seed, sharpness=0.7)
    sources = model.batch([2, 4], seed)
    found = beam_search(
        model,
        sources,
        **arguments([2, 4], most, forbidden=forbidden),
        width=width,
        length_alpha=alpha,
        n_best=n_best,
    )
    for source, own in zip(sources, found, strict=True):
        wanted = search_by_beam(
            model.equation(source, forbidden), end=END, most=most, alpha=alpha, width=width
        )
        same(own, [one for one in wanted if one.log_probability > -math.inf][:n_best])
        assert not forbidden & {token for one in own for token in one.tokens}


# Powers of one half tie often and exactly.
halves = st.permutations([0.5, 0.25, 0.125, 0.125])


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(halves, min_size=4, max_size=4),
    width=st.integers(1, 7),
    most=st.integers(1, 5),
    alpha=st.sampled_from([0.0, 1.0, -1.0]),
    data=st.data(),
)
def test_ties_go_to_the_smaller_tokens(rows, width, most, alpha, data):
    n_best = data.draw(st.integers(1, width))
    model = Table(rows)
    how = {"width": width, "length_alpha": alpha, "length_offset": 0.0, "n_best": n_best}
    (found,) = beam_search(model, None, **arguments([0], most), **how)
    wanted = search_by_beam(
        model.equation, end=END, most=most, alpha=alpha, offset=0.0, width=width
    )
    same(found, wanted[:n_best])


def test_ties_of_many_tokens_go_to_the_smaller_ones():
    model = Table([[1 / 256] * 256] * 256)
    how = {"width": 6, "length_alpha": 0.0, "n_best": 6}
    (found,) = beam_search(model, None, **arguments([0], 3), **how)
    others = [(token, END) for token in [0, 1, 3, 4, 5]]
    assert [one.tokens for one in found] == [(END,), *others]
    (found,) = greedy(model, None, **arguments([0], 3))
    assert found.tokens == (0, 0, END)


def test_beams_of_different_breadth_stand_side_by_side():
    # From 1 there is one way; from 0 there are four.
    model = Table([[0.3, 0.3, 0.2, 0.2], [0, 0, 0.25, 0.75], [0, 0, 1, 0], [0.1, 0.3, 0.4, 0.2]])
    how = {"width": 7, "length_alpha": 1.0, "n_best": 3}
    where = {"source_lengths": [0, 0, 0], "end": END, "max_steps": 4}
    found = beam_search(model, None, start=[1, 0, 1], **where, **how)
    for start, own in zip([1, 0, 1], found, strict=True):
        (alone,) = beam_search(model, None, **{**arguments([0]), "start": start}, **how)
        same(own, alone)
    assert len(found[0]) == 3


def test_an_equal_bound_keeps_the_search_open_for_smaller_tokens():
    model = Table([[0, 0.5, 0.5, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0]])
    (found,) = beam_search(model, None, **arguments([0], 3), width=2, length_alpha=0.0)
    assert found[0].tokens == (1, END)  # as likely as (END,), and found a step later


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    how=st.fixed_dictionaries(
        {
            "width": st.integers(3, 5),
            "length_alpha": alphas,
            "coverage_beta": st.sampled_from([0.0, 0.4]),
            "n_best": st.integers(1, 3),
        }
    ),
    data=st.data(),
)
def test_a_batch_is_its_sources_one_by_one(seed, lengths, how, data):
    count = len(lengths)
    most = data.draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
    model = Tiny(seed, sharpness=1.0)
    sources = model.batch(lengths, seed)
    together = {
        "beam": beam_search(model, sources, **arguments(lengths, most), **how),
        "greedy": greedy(model, sources, **arguments(torch.tensor(lengths), most)),
        "drawn": sample(model, sources, **arguments(lengths, most), seed=seed),
    }
    for place, source in enumerate(sources):
        alone = arguments([lengths[place]], most[place])
        (beam,) = beam_search(model, [source], **alone, **how)
        equal(together["beam"][place], beam)
        equal([together["greedy"][place]], greedy(model, [source], **alone))
        equal([together["drawn"][place]], sample(model, [source], **alone, seed=seed + place))
        assert len(beam[0].tokens) <= most[place]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    width=st.integers(2, 5),
    alpha=st.sampled_from([0.0, 0.2, 1.0, 3.0, -0.5, -2.0]),
    offset=st.sampled_from([0.0, 5.0]),
    beta=st.sampled_from([0.0, 0.3, 2.0]),
    n_best=st.integers(1, 2),
)
def test_stopping_early_changes_nothing(seed, width, alpha, offset, beta, n_best):
    model = Tiny(seed, sharpness=1.2)
    sources = model.batch([2, 5, 3], seed)
    plan = make_plan([2, 5, 3], START, END, [12, 9, 12], ())
    ranking = Ranking(alpha, offset, beta, n_best, 12)
    wanted = search(Steps(model, sources, plan), ranking, width, stops_early=False)
    for own, other in zip(search(Steps(model, sources, plan), ranking, width), wanted, strict=True):
        equal(own, other)


class Counted(Table):
    calls = 0

    def step(self, tokens, state):
        self.calls += 1
        return super().step(tokens, state)


@pytest.mark.parametrize(
    ("alpha", "n_best", "calls"),
    [
        (0.0, 1, 1),  # log 0.2 < log 0.6
        (0.0, 2, 2),  # log 0.2 + log 0.2 < log 0.2 + log 0.6
        (1.0, 1, 4),  # 4 log 0.2 / 10 < log 0.6 < 3 log 0.2 / 10
        (-1.0, 1, 1),
    ],
)
def test_a_search_stops_as_soon_as_it_may(alpha, n_best, calls):
    model = Counted([[0.2, 0.2, 0.6]] * 3)
    how = {"width": 2, "length_alpha": alpha, "length_offset": 0.0, "n_best": n_best}
    (found,) = beam_search(model, None, **arguments([0], 10), **how)
    assert model.calls == calls
    assert found[0].tokens == (END,)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), alpha=alphas, beta=st.sampled_from([0.2, 1.5]))
def test_coverage_of_the_whole_space(seed, alpha, beta):
    model, most = Tiny(seed, 4), 3
    sources = model.batch([3, 5], seed)
    how = {"width": 13, "n_best": 13, "length_alpha": alpha, "coverage_beta": beta}
    found = beam_search(model, sources, **arguments([3, 5], most), **how)
    for source, own in zip(sources, found, strict=True):
        ranked = []
        for n in range(most):
            for prefix in itertools.product([0, 1, 3], repeat=n):
                tokens = (*prefix, END)
                rows, looked = model.forced(source, tokens)
                total = sum(rows[t, token].item() for t, token in enumerate(tokens))
                score = total / length_penalty(len(tokens), alpha)
                ranked.append((-score - beta * coverage_penalty(looked.numpy()), tokens))
        ranked.sort()
        assert [one.tokens for one in own] == [tokens for _, tokens in ranked]
        assert [-one.score for one in own] == pytest.approx([score for score, _ in ranked])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_is_reported_is_what_teacher_forcing_finds(seed):
    model = Tiny(seed)
    sources = model.batch([4, 2], seed)
    where = arguments([4, 2], 8, forbidden=[1])
    beams = beam_search(model, sources, **where, width=4, n_best=4, length_alpha=0.8)
    others = zip(greedy(model, sources, **where), sample(model, sources, **where), strict=True)
    for source, own, more in zip(sources, beams, others, strict=True):
        for one in [*own, *more]:
            rows, looked = model.forced(source, one.tokens)
            gains = rows[torch.arange(len(one.tokens)), torch.tensor(one.tokens)]
            assert one.log_probability == pytest.approx(gains.sum().item(), abs=1e-12)
            torch.testing.assert_close(one.attention, looked)
            assert one.tokens.count(END) == 1
            assert one.tokens[-1] == END
            assert 1 not in one.tokens
        assert [one.score for one in more] == [one.log_probability for one in more]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), most=st.integers(1, 8))
def test_a_beam_of_one_is_the_greedy_path_cut_where_it_is_likeliest(seed, most):
    model = Tiny(seed)
    source = model.batch([3], seed)
    (path,) = greedy(model, source, **arguments([3], most))
    (found,) = beam_search(model, source, **arguments([3], most), width=1, length_alpha=0.0)
    cuts = [(*path.tokens[:n], END) for n in range(len(path.tokens))]
    totals = []
    for tokens in cuts:
        rows, _ = model.forced(source[0], tokens)
        totals.append(rows[torch.arange(len(tokens)), torch.tensor(tokens)].sum().item())
    assert found[0].tokens == cuts[totals.index(max(totals))]
    if max(totals) == totals[-1]:
        equal(found, [path])


def test_a_beam_of_one_is_greedy_where_the_end_is_sure_when_it_comes():
    model = Table(
        [[0.2, 0.7, 1e-4, 0.0999], [0.1, 0.1, 1e-4, 0.7999], [0, 0, 1, 0], [0, 0.1, 0.9, 0]]
    )
    (path,) = greedy(model, None, **arguments([0], 9))
    (found,) = beam_search(model, None, **arguments([0], 9), width=1, length_alpha=0.0)
    assert path.tokens == (1, 3, END)
    same(found, [path])


def test_the_longest_may_be_one_token_and_the_end_is_forced_there():
    model = Tiny(5)
    source = model.batch([2])
    row = model.forced(source[0], (END,))[0][0]
    for found in (
        greedy(model, source, **arguments([2], 1)),
        sample(model, source, **arguments([2], 1)),
        beam_search(model, source, **arguments([2], 1), width=3, length_alpha=1.0)[0],
    ):
        assert [one.tokens for one in found] == [(END,)]
        assert found[0].log_probability == pytest.approx(row[END].item())
        assert found[0].attention.shape == (1, 2)


def test_an_end_on_the_first_step_leaves_the_others():
    lines = [[0.1, 0.1, 0.7, 0.1], [0.05, 0.05, 0.1, 0.8], [0, 0, 1, 0], [0, 0.1, 0.9, 0]]
    where = {"source_lengths": [0, 0], "start": [0, 1], "end": END, "max_steps": 5}
    assert [one.tokens for one in greedy(Table(lines), None, **where)] == [(END,), (3, END)]
    found = beam_search(Table(lines), None, **where, width=2, length_alpha=0.0)
    assert [own[0].tokens for own in found] == [(END,), (3, END)]
    assert found[0][0].attention is None


def test_sampling_draws_what_is_asked_for():
    model = Tiny(8)
    sources = model.batch([3] * 400)
    where = arguments([3] * 400, 6)
    cold = sample(model, sources, **where, temperature=0.0)
    path = greedy(model, sources, **where)
    equal(cold, path)
    equal(sample(model, sources, **where, top_k=1, seed=9), path)
    equal(sample(model, sources, **where, nucleus=1e-9, seed=9), path)
    assert any(
        one.tokens != other.tokens
        for one, other in zip(sample(model, sources, **where, seed=9), path, strict=True)
    )
    one_source = [sources[0]] * 4000
    drawn = sample(model, one_source, **arguments([3] * 4000, 2, forbidden=[1]), seed=7)
    first = torch.bincount(torch.tensor([one.tokens[0] for one in drawn]), minlength=5) / 4000
    masses = model.forced(sources[0], (END,))[0][0].exp()
    masses[1] = 0
    torch.testing.assert_close(first.double(), masses / masses.sum(), rtol=0, atol=0.03)


@pytest.mark.parametrize("how", [{}, {"temperature": 0.9, "top_k": 4, "seed": 3}])
def test_a_stream_gives_the_same_tokens_one_by_one(how):
    model = Tiny(6, sharpness=0.8)
    source, calls, step = model.batch([4]), [], model.step
    model.step = lambda *given: calls.append(1) or step(*given)
    where = {"source_length": 4, "start": START, "end": END, "max_steps": 7}
    tokens = stream(model, source, **where, **how)
    assert not calls
    first = next(tokens)
    assert len(calls) == 1
    taken = [first, *tokens]
    (whole,) = (sample if how else greedy)(model, source, **arguments([4], 7), **how)
    assert tuple(one.token for one in taken) == whole.tokens
    assert sum(one.log_probability for one in taken) == whole.log_probability
    torch.testing.assert_close(torch.stack([one.attention for one in taken]), whole.attention)


def test_sums_are_float64_and_keep_no_graph():
    class Single(Tiny):
        def step(self, tokens, state):
            rows, state, weights = super().step(tokens, state)
            return rows.float().requires_grad_(), state, weights

    model = Single(3, sharpness=0.3)
    source = model.batch([2])
    where = arguments([2], 300, forbidden=[])
    (path,) = sample(model, source, **where, seed=2)
    rows, _ = model.forced(source[0], path.tokens)
    gains = rows.detach()[torch.arange(len(path.tokens)), torch.tensor(path.tokens)].double()
    assert path.log_probability == pytest.approx(gains.sum().item(), rel=1e-14)
    (best,) = beam_search(model, source, **where, width=3, length_alpha=0.0)[0]
    assert not best.attention.requires_grad


def test_a_log_probability_above_0_by_rounding_counts_as_0():
    model = Table([[0, 0, 1.0001]])
    assert greedy(model, None, **arguments([0], 3))[0].log_probability == 0
    assert beam_search(model, None, **arguments([0]), width=1, length_alpha=1.0)[0][0].score == 0


def test_no_sources_give_nothing():
    where = arguments([], 3)
    assert greedy(Tiny(1), [], **where) == sample(Tiny(1), [], **where) == []
    assert beam_search(Tiny(1), [], **where, width=2, length_alpha=0.0) == []


class Wrong(Tiny):
    """Gives what `change` makes of a right step."""

    def step(self, tokens, state):
        return self.change(*super().step(tokens, state))


def every_way(model, **more):
    source = Tiny(1).batch([2, 3])
    where = {**arguments([2, 3], 3), **more}
    yield lambda: greedy(model, source, **where)
    yield lambda: sample(model, source, **where)
    yield lambda: beam_search(model, source, **where, width=2, length_alpha=0.5)


@pytest.mark.parametrize(
    ("kind", "message", "change"),
    [
        (NonFiniteError, "never NaN; got nan", lambda p, s, a: (p * math.nan, s, a)),
        (NonFiniteError, r"at most 0 and never NaN; got 7\.", lambda p, s, a: (p * 0 + 7, s, a)),
        (ShapeError, r"\(R=2, V\), V at least 3 .*; got \(1, 5\)", lambda p, s, a: (p[:1], s, a)),
        (ShapeError, r"V at least 3 .*; got \(2, 2\)", lambda p, s, a: (p[:, :2], s, a)),
        (
            ShapeError,
            r"attention \(R=2, S\), S at least 3, .* got \(2, 2\)",
            lambda p, s, a: (p, s, a[:, :2]),
        ),
        (ShapeError, r"got \(3,\)", lambda p, s, a: (p, s, a[0])),
        (ArgumentError, r"and up to 0\.2 on padding", lambda p, s, a: (p, s, a * 0 + 0.2)),
        (ArgumentError, "got values from nan", lambda p, s, a: (p, s, a * math.nan)),
    ],
)
def test_a_wrong_step_is_an_error(kind, message, change):
    model = Wrong(1)
    model.change = change
    for way in every_way(model):
        with pytest.raises(kind, match=message):
            way()


def test_a_model_in_training_mode_is_an_error():
    model = Tiny(1)
    model.training = True
    for way in every_way(model):
        with pytest.raises(ArgumentError, match=r"in training mode.*Call model\.eval"):
            way()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"forbidden": [1, END]}, r"the end token 2 is among the forbidden tokens \[1, 2\]"),
        ({"max_steps": 0}, "max_steps must be whole numbers of at least 1; got 0"),
        ({"max_steps": [3, 2.5]}, r"max_steps must be whole .* got 2\.5"),
        ({"max_steps": [3]}, r"max_steps must be one whole number for each .*\(2 of them\); got"),
        ({"source_lengths": 3}, r"source_lengths must be one whole number .*\(B of them\); got 3"),
        ({"start": [0, -1]}, "start must be whole numbers of at least 0; got -1"),
        ({"end": True}, "end must be whole numbers of at least 0; got True"),
    ],
)
def test_a_wrong_plan_is_an_error(more, message):
    for way in every_way(Tiny(1), **more):
        with pytest.raises(ArgumentError, match=message):
            way()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"width": 0}, "width must be a whole number of at least 1; got 0"),
        ({"n_best": 3}, r"n_best must be a whole number in 1\.\.width=2; got 3"),
        ({"length_alpha": math.nan}, r"length_alpha must be a finite number in .*; got nan"),
        ({"length_offset": -1}, r"length_offset must be .* in \[0, inf\]; got -1"),
        ({"coverage_beta": -0.1}, r"coverage_beta must be .*; got -0\.1"),
    ],
)
def test_wrong_choices_of_a_search_are_errors(more, message):
    how = {"width": 2, "length_alpha": 0.5, **more}
    with pytest.raises(ArgumentError, match=message):
        beam_search(Tiny(1), Tiny(1).batch([2]), **arguments([2]), **how)


def test_coverage_without_attention_is_an_error():
    with pytest.raises(ArgumentError, match="coverage_beta needs a model that gives attention"):
        beam_search(
            Table([[0.5, 0, 0.5]] * 3),
            None,
            **arguments([0]),
            width=2,
            length_alpha=0.0,
            coverage_beta=0.1,
        )


def test_a_source_that_cannot_end_or_go_on_is_an_error():
    endless = Table([[0.5, 0.5, 0.0, 0.0]] * 4)
    with pytest.raises(ArgumentError, match="source 0: no sequence of at most 4 tokens"):
        beam_search(endless, None, **arguments([0]), width=2, length_alpha=0.0)
    with pytest.raises(ArgumentError, match="source 1 has no token left"):
        greedy(
            Table([[0.0, 0.5, 0.5], [1.0, 0, 0], [0, 0, 1.0]]),
            None,
            **{**arguments([0, 0], 4, forbidden=[0]), "start": [0, 1]},
        )


def test_seeds_are_one_for_each_source():
    model = Tiny(1)
    with pytest.raises(ArgumentError, match=r"seed must be .*, or 2 of them"):
        sample(model, model.batch([2, 2]), **arguments([2, 2]), seed=[1])
    with pytest.raises(ArgumentError, match="got -1"):
        sample(model, model.batch([2]), **arguments([2]), seed=-1)
