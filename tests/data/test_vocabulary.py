import dataclasses
import doctest
import json

import numpy as np
import pytest

from saiki.data import vocabulary as module
from saiki.data.vocabulary import Vocabulary
from saiki.errors import DataError


def test_words_ids_and_counts():
    vocabulary = Vocabulary(["the", "cat", "猫"], [7, 2, 1], read_words=12)
    assert [vocabulary.lookup(w) for w in ("the", "cat", "猫", "dog")] == [0, 1, 2, None]
    assert "猫" in vocabulary
    assert "dog" not in vocabulary
    assert len(vocabulary) == 3
    assert (vocabulary.words, vocabulary.read_words) == (("the", "cat", "猫"), 12)
    assert vocabulary.counts.dtype == np.int64
    assert repr(vocabulary) == "Vocabulary(3 words, 12 read)"
    assert Vocabulary(["a"], [3]).read_words == 3


def test_it_never_changes():
    counts = np.array([3, 1])
    vocabulary = Vocabulary(["a", "b"], counts)
    counts[0] = 9
    assert vocabulary.counts.tolist() == [3, 1]
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.counts[0] = 9
    with pytest.raises(dataclasses.FrozenInstanceError):
        vocabulary.read_words = 9


def test_json_gives_the_same_vocabulary():
    vocabulary = Vocabulary(["b", "a", "\x00"], [3, 3, 1], read_words=9)
    again = Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json())))
    assert again == vocabulary
    assert hash(again) == hash(vocabulary)
    assert again.digest() == vocabulary.digest()
    for other in (
        Vocabulary(["a", "b", "\x00"], [3, 3, 1], read_words=9),
        Vocabulary(["b", "a", "\x00"], [3, 2, 1], read_words=9),
        Vocabulary(["b", "a", "\x00"], [3, 3, 1], read_words=8),
    ):
        assert other != vocabulary
        assert other.digest() != vocabulary.digest()


def test_refusals():
    with pytest.raises(DataError, match=r"one count for each of 2 words; .* shape \(1,\)"):
        Vocabulary(["a", "b"], [1])
    with pytest.raises(DataError, match="'b' stands there twice"):
        Vocabulary(["a", "b", "c", "b"], [4, 3, 2, 1])
    with pytest.raises(DataError, match="got a least count of -1"):
        Vocabulary(["a", "b"], [4, -1])
    with pytest.raises(DataError, match=r"more than read_words=4; .* a sum of 5"):
        Vocabulary(["a", "b"], [4, 1], read_words=4)


def test_the_example_runs():
    assert doctest.testmod(module).failed == 0
