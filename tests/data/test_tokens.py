"""The front end of texts: what is fitted, cut, shown, and brought back from JSON."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.data import Augmentation, Examples, Tokens, front_end_from_json
from saiki.errors import ArgumentError, DataError

TEXTS = ["a cat sat", "a dog", "a cat", "the END", "a the"]


def fitted(**settings):
    examples = Examples(TEXTS, TEXTS, kind="text")
    return Tokens(tokenizer="white-space", **settings).fit(examples, [0, 1, 2, 3])


def test_only_the_given_texts_are_learned():
    front_end = fitted()
    assert front_end.features == 4 + 6
    examples = Examples(TEXTS, TEXTS, kind="text")
    assert "END" not in Tokens(tokenizer="white-space").fit(examples, [0, 1, 2]).pieces(range(8))


def test_texts_become_ids_that_show_as_tokens():
    front_end = fitted(min_count=2)
    ids = front_end.transform(["a dog and a cat"])[0]
    assert ids.dtype == np.int32
    assert front_end.pieces(ids) == ["a", "<unk>", "<unk>", "a", "cat"]


def test_long_texts_are_cut_and_empty_ones_are_one_unknown_token():
    front_end = fitted(max_tokens=2)
    long, blank = front_end.transform(["a cat a cat", " \n"])
    assert front_end.pieces(long) == ["a", "cat"]
    assert front_end.pieces(blank) == ["<unk>"]
    assert [len(ids) for ids in front_end.encode(["a cat a cat", " "])] == [4, 0]


def test_the_share_of_new_tokens_is_foreseen_and_measured():
    front_end = fitted()
    # Of 9 tokens sat, dog, the and END stand there once.
    assert front_end.new_rate == pytest.approx(4 / 9)
    ids = front_end.transform(["a cat spoke Latin"])[0]
    assert front_end.unseen_rate(ids) == 0.5
    # The 4 rare ones are unknown then, as new ones will be.
    assert fitted(min_count=2).new_rate == pytest.approx(4 / 9)


def test_tokens_that_training_never_saw_count_as_unseen():
    examples = Examples(["abc abd"] * 3, ["a"] * 3, kind="text")
    front_end = Tokens(tokenizer="byte-bpe", max_vocabulary=270).fit(examples, range(3))
    japanese = front_end.transform(["日本語"])[0]
    assert front_end.unseen_rate(japanese) > 0.9
    assert front_end.unseen_rate(front_end.transform(["abc abd"])[0]) == 0.0


def test_settings_reach_the_tokeniser():
    examples = Examples(["Ａ b", "a B", "c"], ["1", "2", "3"], kind="text")
    plain = Tokens(tokenizer="white-space", unicode_form="none").fit(examples, range(3))
    folded = Tokens(tokenizer="white-space", lower_case=True).fit(examples, range(3))
    few = Tokens(tokenizer="white-space", lower_case=True, max_vocabulary=6).fit(examples, range(3))
    assert [front_end.features - 4 for front_end in (plain, folded, few)] == [5, 3, 2]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_json_brings_the_same_front_end_back(texts):
    front_end = fitted(max_tokens=3, lower_case=True)
    stored = json.loads(json.dumps(front_end.to_json()))
    again = front_end_from_json(stored)
    assert isinstance(again, Tokens)
    assert again.to_json() == stored
    for one, other in zip(front_end.transform(texts), again.transform(texts), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_no_text_is_refused():
    series = Examples([np.zeros((3, 2), np.float32)], ["a"], kind="series")
    with pytest.raises(DataError, match=r"Tokens\.fit: expected texts; got series"):
        Tokens().fit(series, [0])
    with pytest.raises(ArgumentError, match="max_tokens must be at least 1; got 0"):
        Tokens(max_tokens=0)
    with pytest.raises(ArgumentError, match="there is no augmentation of text"):
        fitted().transform(["a"], Augmentation(jitter=0.1), [(0, 0, 0)])
