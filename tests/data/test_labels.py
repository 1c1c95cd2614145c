import json

import numpy as np
import pytest

from saiki.data import LabelSet
from saiki.errors import DataError


def test_numbers_are_sorted_as_numbers():
    assert LabelSet(["10", "9", "-1.5", "10"]).labels == ("-1.5", "9", "10")


def test_text_is_sorted_as_text():
    assert LabelSet(iter(["b", "10", "9", "nan"])).labels == ("10", "9", "b", "nan")
    assert LabelSet(["nan", "3", "20"]).labels == ("20", "3", "nan")


def test_there_and_back():
    labels = LabelSet(["zero", "one", "two"])
    numbers = labels.encode(["two", "one", "zero", "two"])
    assert numbers.dtype == np.int64
    assert numbers.tolist() == [1, 0, 2, 1]
    assert labels.decode(numbers) == ["two", "one", "zero", "two"]
    assert len(labels) == 3


def test_json():
    labels = LabelSet(["b", "a"])
    again = LabelSet.from_json(json.loads(json.dumps(labels.to_json())))
    assert again == labels
    assert again != LabelSet(["b"])
    assert hash(again) == hash(labels)
    kept = LabelSet.from_json({"labels": ["b", "a"]})
    assert kept.encode(["b", "a"]).tolist() == [0, 1]


def test_unknown_label():
    with pytest.raises(DataError, match=r"'sevn' is not one of the 2 classes .*nearest is 'seven'"):
        LabelSet(["seven", "three"]).encode(["seven", "sevn"])


def test_none():
    with pytest.raises(DataError, match="at least one label is needed; got none"):
        LabelSet([])
