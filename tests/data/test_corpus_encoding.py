"""From token lists or files to ids: what must hold whatever the corpus is."""

import doctest
import gc
import gzip
from collections import Counter

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.data import _corpus_remap, _corpus_scan, _corpus_sources
from saiki.data import corpus as module
from saiki.data.corpus import encode_corpus
from saiki.data.vocabulary import Vocabulary
from saiki.errors import ArgumentError, DataError

WORDS = st.sampled_from(["a", "b", "ä", "猫", "don't", "x\x00y", "d", "e", "ff"])
CORPORA = st.lists(st.lists(WORDS, max_size=12), min_size=1, max_size=12)


def decoded(corpus):
    return [corpus.words(d) for d in range(len(corpus))]


def expected(rows, min_count, max_size=None):
    """Words and counts, by falling count and then by first appearance."""
    counts = Counter(word for row in rows for word in row)  # keeps the order of appearance
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return [(w, n) for w, n in ranked if n >= min_count][:max_size]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """So that even a small corpus crosses the borders of blocks."""
    monkeypatch.setattr(_corpus_sources, "BLOCK_TOKENS", 5)
    monkeypatch.setattr(_corpus_scan, "_FLUSH_TOKENS", 7)
    monkeypatch.setattr(_corpus_remap, "_BLOCK_TOKENS", 6)


@settings(deadline=None, max_examples=60)
@given(CORPORA, st.integers(1, 3), st.sampled_from([None, 1, 2, 4]))
def test_decoding_gives_the_corpus_without_rare_words(rows, min_count, max_size):
    left = expected(rows, min_count, max_size)
    if not left:
        with pytest.raises(DataError, match=r"no word occurs|has no token"):
            encode_corpus(rows, min_count=min_count)
        return
    corpus = encode_corpus(rows, min_count=min_count, max_size=max_size)
    words = dict(left)
    assert list(zip(corpus.vocabulary.words, corpus.vocabulary.counts, strict=True)) == left
    assert decoded(corpus) == [[w for w in row if w in words] for row in rows]
    assert corpus.tokens.dtype == np.int32
    assert corpus.offsets.dtype == corpus.read_offsets.dtype == np.int64
    assert len(corpus) == len(rows)
    np.testing.assert_array_equal(corpus.read_offsets, np.cumsum([0, *map(len, rows)]))
    assert corpus.read_words == corpus.vocabulary.read_words == sum(map(len, rows))
    np.testing.assert_array_equal(np.bincount(corpus.tokens), corpus.vocabulary.counts)


@settings(deadline=None, max_examples=25)
@given(CORPORA, st.sampled_from(["\n", "\r\n"]))
def test_text_gzip_zstandard_and_lists_are_the_same_corpus(tmp_path_factory, rows, end):
    if not any(rows):
        return
    folder = tmp_path_factory.mktemp("corpus")
    content = "".join(" \t ".join(row) + end for row in rows).encode()
    (folder / "a.txt").write_bytes(content)
    (folder / "a.txt.gz").write_bytes(gzip.compress(content))
    (folder / "a.txt.zst").write_bytes(zstandard.compress(content))
    ours = encode_corpus(rows, min_count=1)
    for name in ("a.txt", "a.txt.gz", "a.txt.zst"):
        other = encode_corpus(folder / name, min_count=1)
        assert other.vocabulary == ours.vocabulary
        np.testing.assert_array_equal(other.tokens, ours.tokens)
        np.testing.assert_array_equal(other.offsets, ours.offsets)


@settings(deadline=None, max_examples=40)
@given(CORPORA, CORPORA, st.integers(1, 2))
def test_a_vocabulary_that_grows_keeps_its_ids(old, new, min_count):
    if not any(old) or not any(new):
        return
    first = encode_corpus(old, min_count=1).vocabulary
    corpus = encode_corpus(new, min_count=min_count, vocabulary=first, grows=True)
    added = [(w, n) for w, n in expected(new, min_count) if w not in first]
    counts = Counter(w for row in new for w in row)
    assert corpus.vocabulary.words == (*first.words, *(w for w, _ in added))
    both = [n + counts[w] for w, n in zip(first.words, first.counts, strict=True)]
    assert corpus.vocabulary.counts.tolist() == [*both, *(n for _, n in added)]
    assert corpus.vocabulary.read_words == sum(map(len, old)) + sum(map(len, new))
    assert corpus.read_words == sum(map(len, new))
    known = set(corpus.vocabulary.words)
    assert decoded(corpus) == [[w for w in row if w in known] for row in new]


@settings(deadline=None, max_examples=40)
@given(CORPORA)
def test_a_given_vocabulary_stays_as_it_is(rows):
    vocabulary = Vocabulary(["d", "猫", "zz"], [4, 3, 2], read_words=20)
    corpus = encode_corpus(rows, vocabulary=vocabulary)
    assert corpus.vocabulary == vocabulary
    assert decoded(corpus) == [[w for w in row if w in vocabulary] for row in rows]
    assert corpus.read_words == sum(map(len, rows))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 30).map(str), max_size=9), min_size=1), st.integers(2, 9))
def test_pruning_says_how_wrong_counts_may_be(rows, prune_above):
    counts = Counter(word for row in rows for word in row)
    try:
        corpus = encode_corpus(rows, min_count=1, prune_above=prune_above)
    except DataError:
        assert len(counts) > prune_above or not counts
        return
    assert len(corpus.vocabulary) <= prune_above
    assert corpus.undercount > 0 or len(counts) <= prune_above
    for word, count in zip(corpus.vocabulary.words, corpus.vocabulary.counts, strict=True):
        assert counts[word] - corpus.undercount <= count <= counts[word]
    kept = set(corpus.vocabulary.words)
    assert all(n <= corpus.undercount for w, n in counts.items() if w not in kept)
    # A token that stands there is the right one, in the right order; only dropped ones are absent.
    for row, ours in zip(rows, decoded(corpus), strict=True):
        left = iter(row)
        assert all(any(word == other for other in left) for word in ours)
    np.testing.assert_array_equal(
        np.bincount(corpus.tokens, minlength=len(kept)), corpus.vocabulary.counts
    )


def test_pruning_every_word_is_refused():
    with pytest.raises(DataError, match="every word was pruned while counting"):
        encode_corpus([["a", "b", "c"]], min_count=1, prune_above=2)


def test_known_words_are_never_pruned():
    old = Vocabulary(["x", "y", "z"], [1, 1, 1])
    rows = [[str(i)] for i in range(20)] + [["y", "19", "19"]]
    corpus = encode_corpus(rows, min_count=2, vocabulary=old, grows=True, prune_above=4)
    assert corpus.vocabulary.words[:3] == old.words
    assert corpus.vocabulary.counts[:3].tolist() == [1, 2, 1]


def test_max_size_counts_known_words_too():
    old = Vocabulary(["x", "y"], [5, 5])
    rows = [["a", "b", "b", "c", "c", "c"]]
    corpus = encode_corpus(rows, min_count=1, max_size=3, vocabulary=old, grows=True)
    assert corpus.vocabulary.words == ("x", "y", "c")


def test_a_function_may_return_the_iterator():
    rows = [["a", "b"], ["a"]]
    assert decoded(encode_corpus(lambda: (row for row in rows), min_count=1)) == rows
    assert decoded(encode_corpus(np.array([["a", "b"], ["c", "a"]]), min_count=1))[1] == ["c", "a"]


class Recorder:
    def __init__(self):
        self.calls, self.bytes, self.words = [], 0, 0

    def start(self, total_bytes, what):
        self.calls.append(("start", total_bytes, what))

    def advance(self, read_bytes, words):
        self.bytes, self.words = self.bytes + read_bytes, self.words + words

    def finish(self):
        self.calls.append("finish")


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.zst"])
def test_progress_adds_up_to_the_bytes_on_disk_and_the_words(tmp_path, name):
    content = b"the cat sat\n" * 40_000
    pack = {".gz": gzip.compress, ".zst": zstandard.compress}.get(name[5:], bytes)
    (tmp_path / name).write_bytes(pack(content))
    seen = Recorder()
    encode_corpus([tmp_path / name], progress=seen)
    size = (tmp_path / name).stat().st_size
    assert seen.calls == [("start", size, "words"), "finish"]
    assert (seen.bytes, seen.words) == (size, 120_000)


def test_progress_ends_when_reading_fails():
    seen = Recorder()
    with pytest.raises(DataError, match="document 2, token 1"):
        encode_corpus([["a"], [3]], progress=seen)
    assert seen.calls == [("start", None, "words"), "finish"]


def test_a_temporary_folder_goes_with_the_object():
    corpus = encode_corpus([["a", "b", "a"]], min_count=1)
    folder, tokens = corpus.folder, corpus.tokens
    assert (folder / "tokens.bin").stat().st_size == 12
    assert repr(corpus) == "EncodedCorpus(1 documents, 3 of 3 tokens, 2 words)"
    with pytest.raises(ValueError, match="read-only"):
        tokens[0] = 1
    del corpus
    gc.collect()
    assert not folder.exists()


def test_refused_corpora():
    with pytest.raises(ArgumentError, match=r"is a generator, which .* once only.*list\(corpus\)"):
        encode_corpus(row for row in [["a"]])
    with pytest.raises(ArgumentError, match="is a list_iterator, which can be read once only"):
        encode_corpus(iter([["a"]]))
    with pytest.raises(ArgumentError, match=r"must be a path, .* or an iterable .*; got int"):
        encode_corpus(3)
    with pytest.raises(DataError, match=r"list of strings, 'the cat' .*text.split\(\) for text"):
        encode_corpus(["the cat", "a dog"])
    with pytest.raises(DataError, match=r"document 2 must be a list of tokens \(str\); got str"):
        encode_corpus([["a"], "the cat"])
    with pytest.raises(DataError, match=r"document 2 must be a list of tokens .*; got NoneType"):
        encode_corpus([["a"], None])
    with pytest.raises(DataError, match=r"document 1, token 2 must be Unicode .* got int: 3"):
        encode_corpus([["a", 3]])
    with pytest.raises(DataError, match=r"document 2, token 1 .* got list.* TaggedDocument its"):
        encode_corpus([["a"], (["a", "b"], [0])])
    with pytest.raises(DataError, match=r"document 1, token 1 .* got bytes"):
        encode_corpus([[b"a"]], vocabulary=Vocabulary(["a"], [1]))
    with pytest.raises(DataError, match=r"token 2 must be Unicode text \(str\); got str: '.ud83d'"):
        encode_corpus([["a", "\ud83d"]])


@pytest.mark.parametrize(
    ("rows", "documents"), [([], 0), ([[], []], 2), (lambda: iter([]), 0), ((), 0)]
)
def test_a_corpus_without_tokens(rows, documents):
    with pytest.raises(DataError, match=rf"has no token \({documents} documents, all empty\)"):
        encode_corpus(rows)


def test_documents_without_a_known_word_are_empty():
    corpus = encode_corpus([[], ["q"]], vocabulary=Vocabulary(["a"], [1]))
    assert corpus.offsets.tolist() == [0, 0, 0]
    assert corpus.read_offsets.tolist() == [0, 0, 1]
    assert corpus.tokens.shape == (0,)
    with pytest.raises(DataError, match="has no token"):
        encode_corpus([], vocabulary=Vocabulary(["a"], [1]))


def test_an_empty_vocabulary_says_what_would_keep_words():
    rows = [["a", "b", "a", "c", "b", "a", "b"]]
    with pytest.raises(
        DataError, match=r"min_count=5 times.*min_count=3 keeps 2 of 3 words, min_count=1 all"
    ):
        encode_corpus(rows)


def test_refused_arguments():
    for name in ("min_count", "max_size", "prune_above"):
        with pytest.raises(ArgumentError, match=f"{name} must be at least 1 .*; got 0"):
            encode_corpus([["a"]], **{name: 0})
    with pytest.raises(ArgumentError, match="grows=True needs a vocabulary"):
        encode_corpus([["a"]], grows=True)
    for name in ("column", "name_column", "tokenizer"):
        with pytest.raises(ArgumentError, match=f"{name} is for files"):
            encode_corpus([["a"]], **{name: "words"})


def test_the_example_runs():
    assert doctest.testmod(module).failed == 0
