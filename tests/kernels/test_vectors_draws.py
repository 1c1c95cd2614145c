"""Draws, trees, threads and the cutting of runs: what no single step shows."""

import itertools

import numpy as np
import pytest

from saiki.kernels import _vectors
from saiki.kernels.vectors import PIECE_TOKENS, Rule, Tables, Trainer, aligned_table, huffman

OBJECTIVES = ("skip-gram", "cbow", "dbow", "dm", "dm-concat")


def problem(rule, *, V=50, E=10, N=3 * PIECE_TOKENS + 77, seed=0, keep=0.7, table=None):
    g = np.random.default_rng(seed)
    counts = np.sort(g.zipf(1.5, V).clip(1, 1000))[::-1].astype(np.int64)
    make = table or (lambda rows, columns: np.zeros((rows, columns), np.float32))

    def fill(rows, columns):
        made = make(rows, columns)
        made[...] = g.normal(0, 0.2, (rows, columns))
        return made

    cuts = np.sort(g.integers(0, N, 12))
    offsets = np.concatenate([[0], cuts, [N]]).astype(np.int64)
    hierarchical = rule.output == "hierarchical"
    tables = Tables(
        fill(V, E) if rule.reads_words else None,
        fill(len(offsets) - 1, E) if rule.has_documents else None,
        fill(V - hierarchical, rule.output_columns(E)),
        keep=np.full(V, keep, np.float32),
        noise=None if hierarchical else counts**0.75,
        codes=huffman(counts) if hierarchical else None,
    )
    return tables, g.integers(0, V, N).astype(np.int32), offsets


def train(rule, parts=1, threads=1, deterministic=True, **options):
    tables, tokens, offsets = problem(rule, **options)
    trainer = Trainer(
        rule, tables, tokens, offsets, seed=9, threads=threads, deterministic=deterministic
    )
    edges = [0, *(PIECE_TOKENS * k for k in range(1, parts)), len(tokens)]
    tallies = [
        trainer.run(
            begin,
            end,
            epoch=1,
            rate_begin=0.05 - 0.04 * begin / len(tokens),
            rate_end=0.05 - 0.04 * end / len(tokens),
        )
        for begin, end in itertools.pairwise(edges)
    ]
    return tables, tallies


def arrays(tables):
    return [t for t in (tables.words, tables.documents, tables.outputs) if t is not None]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("options", [{}, {"quality": "fast"}, {"output": "hierarchical"}])
def test_deterministic_training_gives_the_same_bits_for_any_number_of_threads(objective, options):
    rule = Rule(objective=objective, **options)
    one, tallies = train(rule)
    for threads in (2, 3):
        many, others = train(rule, threads=threads)
        assert all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(many), strict=True))
        assert tallies == others


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_runs_that_meet_at_pieces_give_what_one_run_gives(objective, deterministic):
    rule = Rule(objective=objective, quality="fast")
    whole, (total,) = train(rule, deterministic=deterministic)
    cut, tallies = train(rule, parts=4, deterministic=deterministic)
    for a, b in zip(arrays(whole), arrays(cut), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert sum(t.kept_tokens for t in tallies) == total.kept_tokens
    assert sum(t.predictions for t in tallies) == total.predictions
    assert sum(t.loss_nats_sum for t in tallies) == pytest.approx(total.loss_nats_sum, rel=1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_threads_without_order_learn_as_much(objective):
    rule = Rule(objective=objective)
    _, (one,) = train(rule, deterministic=False, N=60_000)  # many pieces for each thread
    _, (many,) = train(rule, deterministic=False, threads=3, N=60_000)
    assert many.predictions == one.predictions
    assert many.loss_nats_sum == pytest.approx(one.loss_nats_sum, rel=0.02)


def test_deterministic_training_learns_as_much():
    rule = Rule(objective="skip-gram", output="hierarchical")
    _, (free,) = train(rule, deterministic=False)
    _, (ordered,) = train(rule)
    assert ordered.loss_nats_sum == pytest.approx(free.loss_nats_sum, rel=0.05)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_measuring_changes_nothing(objective):
    rule = Rule(objective=objective)
    tables, tokens, offsets = problem(rule)
    before = [a.copy() for a in arrays(tables)]
    one, two = (
        Trainer(rule, tables, tokens, offsets, seed=1, threads=n).run(
            0, len(tokens), epoch=0, rate_begin=1.0, rate_end=1.0, learns=False
        )
        for n in (1, 2)
    )
    assert one == two
    assert all(np.array_equal(a, b) for a, b in zip(before, arrays(tables), strict=True))


@pytest.mark.parametrize("objective", ["dbow", "dm", "dm-concat"])
@pytest.mark.parametrize("quality", ["exact", "fast"])
def test_a_document_is_inferred_alike_in_any_company(objective, quality):
    rule = Rule(objective=objective, quality=quality, trains_words=False, trains_outputs=False)
    tables, tokens, offsets = problem(rule)
    first = tables.documents.copy()
    run = {"epoch": 0, "rate_begin": 0.1, "rate_end": 0.01}
    Trainer(rule, tables, tokens, offsets, seed=1, threads=2).run(0, len(tokens), **run)
    d = int(np.argmax(np.diff(offsets)[1:])) + 1
    alone = Tables(tables.words, first[d : d + 1].copy(), tables.outputs, tables.keep, tables.noise)
    part = tokens[offsets[d] : offsets[d + 1]].copy()
    Trainer(rule, alone, part, np.array([0, len(part)]), seed=1).run(0, len(part), **run)
    assert np.array_equal(alone.documents[0], tables.documents[d])
    assert not np.array_equal(first, tables.documents)


def test_negatives_follow_their_distribution():
    noise = np.array([900, 400, 90, 33, 7, 7, 2, 1], float) ** 0.75
    table = np.frombuffer(_vectors.alias_table(noise.ctypes.data, len(noise)), np.uint8)
    count = 200_000
    drawn = np.frombuffer(
        _vectors.draw_negatives(table.ctypes.data, len(noise), 3, count), np.int32
    )
    expected = count * noise / noise.sum()
    chi_squared = ((np.bincount(drawn, minlength=len(noise)) - expected) ** 2 / expected).sum()
    assert chi_squared < 24.3  # 7 degrees of freedom, one in a thousand


def test_tokens_survive_as_often_as_keep_says():
    rule = Rule(objective="skip-gram")
    tables, tokens, offsets = problem(rule)
    tables.keep[:] = np.random.default_rng(1).uniform(0.05, 1, len(tables.keep))
    tally = Trainer(rule, tables, tokens, offsets, seed=2).run(
        0, len(tokens), epoch=0, rate_begin=0, rate_end=0
    )
    chances = tables.keep[tokens].astype(float)
    spread = np.sqrt((chances * (1 - chances)).sum())
    assert abs(tally.kept_tokens - chances.sum()) < 4 * spread
    assert tally.tokens == len(tokens)


def test_windows_are_uniform():
    rule = Rule(objective="skip-gram", window=9)
    tables, tokens, _ = problem(rule, keep=1.0)
    offsets = np.array([0, len(tokens)])
    tally = Trainer(rule, tables, tokens, offsets, seed=2).run(
        0, len(tokens), epoch=0, rate_begin=0, rate_end=0
    )
    spread = 2 * np.sqrt((81 - 1) / 12 * len(tokens))
    assert abs(tally.predictions - 2 * 5 * len(tokens)) < 4 * spread + 90


@pytest.mark.parametrize("counts", [[5], [1, 1], [9, 5, 3, 2, 1], [0, 0, 0], [1, 2, 4, 8, 16, 32]])
def test_codes_are_a_whole_tree_of_least_length(counts):
    tree = huffman(np.array(counts, np.int64))
    lengths = np.diff(tree.offsets)
    assert (0.5**lengths).sum() == 1
    codes = {tuple(tree.codes[a:b]) for a, b in itertools.pairwise(tree.offsets)}
    assert len(codes) == len(counts)
    heap, cost = sorted(counts), 0
    while len(heap) > 1:
        made = heap.pop(0) + heap.pop(0)
        cost += made
        heap = sorted([*heap, made])
    assert (lengths * counts).sum() == cost
    assert len(counts) == 1 or set(tree.nodes) == set(range(len(counts) - 1))


def test_aligned_tables_are_trained_where_they_lie():
    rule = Rule(objective="dm")
    copied, _ = train(rule)
    placed, _ = train(rule, table=aligned_table)
    for a, b in zip(arrays(copied), arrays(placed), strict=True):
        assert np.array_equal(a, b)
        assert b.ctypes.data % 64 == 0


def test_tables_wait_for_sync():
    rule = Rule(objective="skip-gram")
    tables, tokens, offsets = problem(rule)
    before = tables.words.copy()
    trainer = Trainer(rule, tables, tokens, offsets, seed=0)
    trainer.run(0, len(tokens), epoch=0, rate_begin=0.1, rate_end=0.1, syncs=False)
    assert np.array_equal(before, tables.words)
    trainer.sync()
    assert not np.array_equal(before, tables.words)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("deterministic", [False, True])
def test_nan_travels(objective, deterministic):
    rule = Rule(objective=objective)
    tables, tokens, offsets = problem(rule, N=500)
    arrays(tables)[0][:] = np.nan
    tally = Trainer(rule, tables, tokens, offsets, seed=0, deterministic=deterministic).run(
        0, len(tokens), epoch=0, rate_begin=0.1, rate_end=0.1
    )
    assert np.isnan(tally.loss_nats_sum)
    assert np.isnan(tables.outputs).any()


@pytest.mark.parametrize("sizes", [(0,), (1,), (1, 1, 0, 1), (2, 0)])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_tiny_documents(sizes, objective):
    rule = Rule(objective=objective)
    tables, _, _ = problem(rule, N=2)
    if tables.documents is not None:
        tables.documents = tables.documents[: len(sizes)].copy()
    tokens = np.arange(sum(sizes), dtype=np.int32)
    trainer = Trainer(rule, tables, tokens, np.cumsum([0, *sizes]), seed=0)
    tally = trainer.run(0, len(tokens), epoch=0, rate_begin=0.1, rate_end=0.1)
    assert tally.tokens == len(tokens)
    assert np.isfinite(tally.loss_nats_sum)


@pytest.mark.parametrize("window", [20, 200])
def test_a_piece_of_one_token_has_room_for_every_word_of_its_window(window):
    """In order every row that is touched is copied: here each word in reach is another one."""
    tokens = np.arange(1000, dtype=np.int32)
    tables = Tables(
        words=np.full((1000, 8), 0.01, np.float32),
        documents=None,
        outputs=np.zeros((1000, 8), np.float32),
        keep=np.ones(1000, np.float32),
        noise=np.ones(1000),
    )
    quality, negatives = ("fast", 5) if window == 20 else ("exact", 5)
    rule = Rule(objective="skip-gram", window=window, negatives=negatives, quality=quality)
    trainer = Trainer(rule, tables, tokens, np.array([0, 1000]), seed=1, deterministic=True)
    for begin in range(500, 520):
        tally = trainer.run(begin, begin + 1, epoch=0, rate_begin=0.1, rate_end=0.1)
        assert np.isfinite(tally.loss_nats_sum)
