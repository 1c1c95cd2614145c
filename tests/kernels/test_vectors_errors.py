"""Every mistake in a call of the trainers of vectors has an answer that says what to do."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from saiki.errors import ArgumentError, BackendError, DataError, ShapeError
from saiki.kernels.vectors import Huffman, Rule, Tables, Trainer, huffman

RULE = Rule(objective="skip-gram")


def tables(**changes):
    zeros = np.zeros((4, 3), np.float32)
    made = Tables(zeros, None, zeros.copy(), np.ones(4, np.float32), np.ones(4))
    return replace(made, **changes)


def build(rule=RULE, made=None, tokens=None, offsets=None, **options):
    tokens = np.arange(4, dtype=np.int32) if tokens is None else tokens
    offsets = np.array([0, 4]) if offsets is None else offsets
    return Trainer(rule, made or tables(), tokens, offsets, **{"seed": 0, **options})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objective": "sg"}, r"Rule.objective must be one of skip-gram, cbow.*'sg'"),
        ({"output": "hs"}, r"Rule.output must be one of"),
        ({"quality": "best"}, r"Rule.quality must be one of"),
        ({"window": 0}, r"Rule.window must be in 1..10000; got 0"),
        ({"negatives": 2.5}, r"Rule.negatives must be a whole number; got 2.5"),
    ],
)
def test_rules(change, message):
    with pytest.raises(ArgumentError, match=message):
        Rule(**{"objective": "skip-gram", **change})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"words": None}, ArgumentError, r"Tables.words must be a NumPy array of float32 with 2"),
        ({"words": np.zeros((4, 3))}, ArgumentError, r"got float64 \(4, 3\)"),
        ({"words": np.zeros((5, 3), np.float32)}, ShapeError, r"words must be \(4, E\); got \(5"),
        ({"words": np.zeros((4, 0), np.float32)}, ShapeError, r"at least one column"),
        ({"outputs": np.zeros((4, 2), np.float32)}, ShapeError, r"must be \(4, 3\); got \(4, 2\)"),
        ({"words": np.zeros((3, 4), np.float32).T}, ArgumentError, r"rows that are contiguous"),
        ({"keep": np.ones(4)}, ArgumentError, r"Tables.keep must be .* float32 with 1"),
        ({"keep": np.full(4, np.nan, np.float32)}, ArgumentError, r"Tables.keep must hold"),
        ({"noise": None}, ArgumentError, r"Tables.noise must be"),
        ({"noise": np.zeros(4)}, ArgumentError, r"Tables.noise must hold .* not only zeros"),
        ({"noise": -np.ones(4)}, ArgumentError, r"Tables.noise must hold a finite"),
        ({"noise": np.ones(8)[::2]}, ArgumentError, r"in one piece; got an array with strides"),
    ],
)
def test_tables(change, error, message):
    with pytest.raises(error, match=message):
        build(made=tables(**change))


def test_documents_need_a_table_of_their_own():
    with pytest.raises(ArgumentError, match=r"Tables.documents must be a NumPy array"):
        build(Rule(objective="dbow"))
    few = tables(documents=np.zeros((2, 3), np.float32))
    with pytest.raises(ShapeError, match=r"Tables.documents must be \(1, 3\); got \(2, 3\)"):
        build(Rule(objective="dm"), few)


def test_hierarchical_softmax_needs_its_tree():
    rule = Rule(objective="cbow", output="hierarchical")
    less = {"outputs": np.zeros((3, 3), np.float32), "noise": None}
    with pytest.raises(ArgumentError, match=r"needs the tree .* Tables.codes; got None"):
        build(rule, tables(**less))
    with pytest.raises(ArgumentError, match=r"not a tree over the 4 words"):
        build(rule, tables(**less, codes=huffman(np.array([1, 2, 3]))))
    lying = Huffman(np.arange(5), np.array([0, 1, 2, 3], np.int32), np.zeros(4, np.uint8))
    with pytest.raises(ArgumentError, match=r"not a tree"):
        build(rule, tables(**less, codes=lying))


def test_counts_of_a_tree():
    with pytest.raises(ArgumentError, match=r"counts must hold at least one count"):
        huffman(np.array([], np.int64))
    with pytest.raises(ArgumentError, match=r"each 0 or more"):
        huffman(np.array([3, -1]))


@pytest.mark.parametrize("offsets", [[0, 3], [1, 4], [0, 3, 2, 4], []])
def test_offsets(offsets):
    with pytest.raises(ArgumentError, match=r"offsets must rise from 0 to the number of tokens, 4"):
        build(offsets=np.array(offsets, np.int64))


@pytest.mark.parametrize("options", [{"seed": -1}, {"threads": 0}, {"seed": 2**64}])
def test_numbers(options):
    with pytest.raises(ArgumentError, match=r"(seed|threads) must be in"):
        build(**options)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ((0, 5, 0, 0.1, 0.1), r"within the 4 tokens of the corpus; got 0 and 5"),
        ((3, 2, 0, 0.1, 0.1), r"must be in order"),
        ((0, 4, 0, np.nan, 0.1), r"learning rate must be finite; got nan and 0.1"),
        ((0, 4, -1, 0.1, 0.1), r"epoch must be in 0"),
    ],
)
def test_runs(run, message):
    begin, end, epoch, first, last = run
    with pytest.raises(ArgumentError, match=message):
        build().run(begin, end, epoch=epoch, rate_begin=first, rate_end=last)


@pytest.mark.parametrize("word", [4, -1, 2**31 - 1])
@pytest.mark.parametrize("deterministic", [False, True])
def test_tokens_that_are_not_in_the_vocabulary(word, deterministic):
    tokens = np.arange(4, dtype=np.int32)
    tokens[2] = word
    trainer = build(tokens=tokens, deterministic=deterministic)
    message = rf"Token 2 of the corpus has the id {word}, .* from 0 to 3"
    with pytest.raises(DataError, match=message):
        trainer.run(0, 4, epoch=0, rate_begin=0.1, rate_end=0.1)
    with pytest.raises(DataError, match=message):  # as the context of other tokens
        trainer.run(0, 2, epoch=0, rate_begin=0.1, rate_end=0.1)


def test_levels_that_are_not_here(monkeypatch):
    monkeypatch.setenv("SAIKI_KERNELS", "torch")
    with pytest.raises(BackendError, match=r"SAIKI_KERNELS=torch asks for no compiled code"):
        build()
    monkeypatch.setenv("SAIKI_KERNELS", "fastest")
    with pytest.raises(BackendError, match=r"SAIKI_KERNELS must be one of .* got 'fastest'"):
        build()


def test_an_installation_without_compiled_code(monkeypatch):
    import saiki.kernels

    monkeypatch.delattr(saiki.kernels, "_vectors", raising=False)
    monkeypatch.setitem(sys.modules, "saiki.kernels._vectors", None)
    with pytest.raises(BackendError, match=r"trained by compiled code, which this installation"):
        build()
