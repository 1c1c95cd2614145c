"""Steps and losses of the trainers of vectors that can be followed by hand."""

import ctypes

import numpy as np
import pytest

from saiki.kernels import _vectors, vectors
from saiki.kernels.vectors import Rule, Tables, Trainer, huffman


def test_one_update_by_hand():
    words = np.array([[0.5, -1.0], [0.25, 2.0]], np.float32)
    outputs = np.array([[1.0, 0.5], [-0.5, 0.75]], np.float32)
    tables = Tables(words.copy(), None, outputs.copy(), np.ones(2, np.float32), np.array([0.0, 1]))
    trainer = Trainer(
        Rule(objective="skip-gram", negatives=1),
        tables,
        np.array([0, 1], np.int32),
        np.array([0, 2]),
        seed=0,
    )
    tally = trainer.run(0, 2, epoch=0, rate_begin=0.1, rate_end=0.1)
    sigmoid = lambda s: 1 / (1 + np.exp(-s))  # noqa: E731
    # Word 1 predicts 0 against the negative 1; then 0 predicts 1, whose negative does not count.
    x, o = words[1].astype(float), outputs.astype(float)
    g = 0.1 * (np.array([1, 0]) - sigmoid(o @ x))
    loss = -np.log(sigmoid(o[0] @ x)) - np.log(sigmoid(-o[1] @ x))
    after = x + g @ o
    o = o + g[:, None] * x
    y = words[0].astype(float)
    h = 0.1 * (1 - sigmoid(o[1] @ y))
    loss -= np.log(sigmoid(o[1] @ y))
    np.testing.assert_allclose(tables.words, [y + h * o[1], after], rtol=1e-6)
    np.testing.assert_allclose(tables.outputs, [o[0], o[1] + h * y], rtol=1e-6)
    assert tally.loss_nats_sum == pytest.approx(loss, rel=1e-6)
    assert tally.predictions == 2


@pytest.mark.parametrize("score", [-120.0, -30.0, -5.0, -0.01, 0.0, 0.3, 8.0, 60.0, 120.0])
def test_the_loss_is_exact_for_any_score(score):
    tables = Tables(
        np.full((2, 1), score, np.float32), None, np.ones((2, 1), np.float32),
        np.ones(2, np.float32), np.array([1.0, 0.0]),
    )  # fmt: skip
    rule = Rule(objective="skip-gram", negatives=1)
    trainer = Trainer(rule, tables, np.array([1, 1], np.int32), np.array([0, 2]), seed=0)
    tally = trainer.run(0, 2, epoch=0, rate_begin=0.1, rate_end=0.1, learns=False)
    expected = 2 * (np.logaddexp(0, -score) + np.logaddexp(0, score))
    assert tally.loss_nats_sum == pytest.approx(expected, rel=1e-6)


def test_constants_are_those_of_the_compiled_code():
    assert vectors.PIECE_TOKENS == _vectors.PIECE_TOKENS


def spoil_free_memory():
    """Fills memory with NaN and frees it: the next allocations of these sizes may get it."""
    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.restype, library.free.argtypes = None, [ctypes.c_void_p]
    places = [library.malloc(size) for size in range(64, 640, 16) for _ in range(20)]
    for k, place in enumerate(places):
        ctypes.memset(place, 0xFF, 64 + k // 20 * 16)
    for place in places:
        library.free(place)


@pytest.mark.parametrize("objective", ["skip-gram", "cbow"])
def test_memory_that_was_used_before_leaves_no_trace_in_the_loss(objective):
    """Slots that have no weight are read as well: what stands there must be a number."""
    counts = np.arange(1, 40)[::-1].copy()
    tokens = np.random.default_rng(3).integers(0, len(counts), 3000).astype(np.int32)
    losses = set()
    for _ in range(30):
        spoil_free_memory()
        tables = Tables(
            words=np.full((len(counts), 5), 0.1, np.float32),
            documents=None,
            outputs=np.zeros((len(counts) - 1, 5), np.float32),
            keep=np.ones(len(counts), np.float32),
            codes=huffman(counts),
        )
        rule = Rule(objective=objective, output="hierarchical")
        trainer = Trainer(rule, tables, tokens, np.array([0, 3000]), seed=1)
        tally = trainer.run(0, 3000, epoch=0, rate_begin=0.05, rate_end=0.01)
        losses.add(tally.loss_nats_sum)
    assert len(losses) == 1
    assert np.isfinite(losses.pop())
