from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data import Examples, SplitPlan, group_names, split_examples
from saiki.errors import ArgumentError, DataError


def make(labels, groups=None, parts=None, names=None, kind="series"):
    count = len(labels) if labels is not None else 10
    values = [np.zeros((1, 1), np.float32)] * count
    names = names or [f"case {i}" for i in range(count)]
    return Examples(values, names, kind=kind, labels=labels, groups=groups, parts=parts)


def test_given_parts_and_stratified_validation():
    parts = (["train"] * 9 + ["test"]) * 10
    labels = ["a", "b", "b", "b", "b"] * 20
    split = split_examples(make(labels, parts=parts), SplitPlan(validation_fraction=0.2))
    assert split.test.tolist() == list(range(9, 100, 10))
    assert Counter(labels[i] for i in split.validation) == {"a": 4, "b": 14}
    assert len(split.train) == 90 - 18
    assert split.train.dtype == split.validation.dtype == np.int64


def test_a_given_validation_part_is_kept():
    parts = ["train", "train", "validation", "test"] * 3
    split = split_examples(make(["a", "b", "a", "b"] * 3, parts=parts), SplitPlan())
    assert split.validation.tolist() == [2, 6, 10]
    assert split.train.tolist() == [0, 1, 4, 5, 8, 9]


def test_one_group_is_held_out():
    groups = ["ann", "bob", "cid"] * 8
    examples = make(["x", "y"] * 12, groups=groups)
    plan = SplitPlan(by="group", held_out="bob", validation_fraction=0.25)
    split = split_examples(examples, plan)
    assert split.test.tolist() == list(range(1, 24, 3))
    assert {groups[i] for i in [*split.train, *split.validation]} == {"ann", "cid"}
    assert len(split.validation) == 4
    assert group_names(examples) == ("ann", "bob", "cid")


@given(
    labels=st.lists(st.sampled_from("abc"), min_size=30, max_size=80),
    test=st.floats(0.1, 0.5),
    validation=st.floats(0.1, 0.5),
    seed=st.integers(0, 2**40),
)
def test_fractions_divide_every_index_once(labels, test, validation, seed):
    labels = [*"aabbcc", *labels]
    plan = SplitPlan(by="fractions", test_fraction=test, validation_fraction=validation, seed=seed)
    examples = make(labels)
    split = split_examples(examples, plan)
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything.tolist()) == list(range(len(labels)))
    again = split_examples(examples, plan)
    for part in ("train", "validation", "test"):
        indices = getattr(split, part)
        assert indices.tolist() == getattr(again, part).tolist() == sorted(indices.tolist())
    for label, count in Counter(labels).items():
        in_test = sum(labels[i] == label for i in split.test)
        assert abs(in_test - test * count) < 1.5
    assert {labels[i] for i in split.train} == set(labels)


def test_seeds_differ():
    examples = make(["a", "b"] * 50)
    tests = {
        tuple(split_examples(examples, SplitPlan(by="fractions", seed=seed)).test.tolist())
        for seed in range(5)
    }
    assert len(tests) == 5


def test_without_validation_or_test_when_asked():
    examples = make(["a", "b"] * 5)
    plan = SplitPlan(by="fractions", test_fraction=0.0, validation_fraction=0.0)
    split = split_examples(examples, plan)
    assert (len(split.train), len(split.validation), len(split.test)) == (10, 0, 0)


def test_the_last_example_of_a_label_stays_in_training():
    labels = ["a"] * 10 + ["b"]
    plan = SplitPlan(by="fractions", test_fraction=0.9, validation_fraction=0)
    split = split_examples(make(labels), plan)
    assert sorted(labels[i] for i in split.train) == ["a", "b"]


def test_without_labels():
    split = split_examples(make(None), SplitPlan(by="fractions"))
    assert (len(split.train), len(split.validation), len(split.test)) == (7, 1, 2)


@pytest.mark.parametrize(
    ("examples", "plan", "message"),
    [
        (
            make(["a", "b"]),
            SplitPlan(),
            "come without parts, .* --data.split fractions, .* --data.part-column",
        ),
        (make(["a", "b"]), SplitPlan(by="group", held_out="x"), "these examples have no groups"),
        (
            make(["a", "b"], groups=["ann", "bob"]),
            SplitPlan(by="group", held_out="bo"),
            "held_out must be one of the groups ann, bob; got 'bo'. The nearest is 'bob'",
        ),
        (make(["a", "b"], groups=["ann", "bob"]), SplitPlan(by="group"), "got None. The nearest"),
        (
            make(["a", "b"] * 9, parts=["train"] * 18),
            SplitPlan(),
            "the test part is empty",
        ),
        (
            make(["a", "b"] * 9, parts=["test"] * 18),
            SplitPlan(),
            "the train part is empty",
        ),
        (
            make(["a", "b", "a"], parts=["train", "train", "test"]),
            SplitPlan(),
            "the validation part is empty",
        ),
        (make(["a"] * 40), SplitPlan(by="fractions"), r"one class only \('a', 29 examples\)"),
        (
            make(["cat", "dog"] * 20 + ["cats"], parts=["train"] * 40 + ["test"]),
            SplitPlan(),
            "case 40: the label 'cats' of the test part never occurs .* nearest is 'cat'",
        ),
        (
            make(["a", "b"] * 20 + ["c", "a"], parts=["train"] * 40 + ["validation", "test"]),
            SplitPlan(),
            "the label 'c' of the validation part never occurs in training. Known labels are a, b",
        ),
        (
            make(["a", "b", "a"], parts=["train", "train", "test"], names=["x", "y", "x"]),
            SplitPlan(validation_fraction=0),
            "x: the same recording is in the train part and in the test part",
        ),
        (
            make(
                ["a", "b", "a"], None, ["train", "train", "test"], ["x/y", "z", "x/../x/y"], "audio"
            ),
            SplitPlan(validation_fraction=0),
            "the same recording is in the train part",
        ),
    ],
)
def test_what_is_refused(examples, plan, message):
    with pytest.raises(DataError, match=message):
        split_examples(examples, plan)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"by": "chance"}, "by must be .* got 'chance'"),
        ({"test_fraction": 1.0}, "test_fraction must be at least 0 and below 1; got 1.0"),
        ({"validation_fraction": -0.1}, "validation_fraction must be .* got -0.1"),
        ({"seed": -1}, "seed must be at least 0; got -1"),
    ],
)
def test_bad_plans(settings, message):
    with pytest.raises(ArgumentError, match=message):
        SplitPlan(**settings)
