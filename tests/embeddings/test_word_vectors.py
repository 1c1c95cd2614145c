"""`WordVectors`: search, analogies, and the words that are not there."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki.embeddings import _search
from saiki.embeddings._spelling import nearest_spellings
from saiki.embeddings.word_vectors import Neighbour, WordVectors
from saiki.errors import ArgumentError, NonFiniteError, ShapeError


def table(rows=60, size=7, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    vectors = (rng.standard_normal((rows, size)) * rng.uniform(0.1, 5, (rows, 1))).astype(dtype)
    return WordVectors([f"word{i}" for i in range(rows)], vectors)


def cosines(wv):
    vectors = wv.vectors.astype(np.float64)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units @ units.T


@pytest.fixture(params=[1, 17, 1 << 22])
def _block_size(request, monkeypatch):
    monkeypatch.setattr(_search, "_BLOCK_NUMBERS", request.param)
    monkeypatch.setattr(_search, "_QUERIES", 5)


def test_it_holds_words_vectors_and_counts():
    vectors = np.array([[1.5, 2], [3, 4.25], [5, -6]], np.float32)
    wv = WordVectors(["a", "東京", "c"], vectors, counts=np.array([9, 5, 2]))
    assert len(wv) == 3
    assert "東京" in wv
    assert "b" not in wv
    assert wv.words == ("a", "東京", "c")
    assert wv.index["c"] == 2
    assert wv.vector_size == 2
    assert wv.counts.tolist() == [9, 5, 2]
    assert wv["東京"].tolist() == [3, 4.25]
    assert wv[["c", "a"]].tolist() == [[5, -6], [1.5, 2]]
    assert wv.missing(["a", "x", "y"]) == ["x", "y"]
    assert repr(wv) == "WordVectors(3 words, vector_size=2)"


def test_looking_up_copies_and_the_table_is_read_only():
    wv = table()
    before = wv.vectors.copy()
    wv["word1"][:] = 7
    wv[["word1"]][:] = 7
    assert np.array_equal(wv.vectors, before)
    with pytest.raises(ValueError, match="read-only"):
        wv.vectors[0, 0] = 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_vectors_are_kept_without_a_copy(dtype):
    vectors = np.ones((2, 3), dtype)
    wv = WordVectors(["a", "b"], vectors)
    assert np.shares_memory(wv.vectors, vectors)
    assert wv.vectors.dtype == dtype
    assert wv["a"].dtype == np.float32
    assert vectors.flags.writeable


def test_float64_becomes_float32():
    assert WordVectors(["a"], np.array([[1.0, 2.0]])).vectors.dtype == np.float32


@pytest.mark.usefixtures("_block_size")
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("top", [1, 4, 100])
def test_most_similar_is_the_full_sort_of_all_cosines(dtype, top):
    wv = table(dtype=dtype)
    expected = cosines(wv)
    for word in ("word0", "word31", "word59"):
        row = wv.index[word]
        order = [i for i in np.argsort(-expected[row]) if i != row][:top]
        found = wv.most_similar(word, top=top)
        assert [n.word for n in found] == [wv.words[i] for i in order]
        assert np.allclose([n.similarity for n in found], expected[row][order], atol=1e-5)


@pytest.mark.usefixtures("_block_size")
def test_a_batch_gives_what_single_queries_give():
    wv = table()
    words = [f"word{i}" for i in (3, 3, 59, 0, 20, 21, 22, 40)]
    batch = wv.most_similar_batch(words, top=6)
    vectors = wv.most_similar_batch(wv[words], top=6)
    for word, found, by_vector in zip(words, batch, vectors, strict=True):
        assert [n.word for n in found] == [n.word for n in wv.most_similar(word, top=6)]
        assert by_vector[0].word == word
        assert [n.word for n in by_vector[1:]] == [n.word for n in found[:5]]
    assert wv.most_similar_batch([]) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 8), st.integers(1, 40), st.integers(0, 2**31), st.data())
def test_search_in_blocks_equals_a_stable_sort_even_with_ties(rows, queries, top, seed, data):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (queries, rows)).astype(np.float32)
    excluded = [np.flatnonzero(rng.random(rows) < 0.3) for _ in range(queries)]
    width = data.draw(st.integers(1, rows))
    blocks = [slice(b, min(b + width, rows)) for b in range(0, rows, width)]
    best = _search.best_rows(
        lambda block: scores[:, block].copy(), blocks, queries=queries, top=top, excluded=excluded
    )
    for q in range(queries):
        order = [i for i in np.argsort(-scores[q], kind="stable") if i not in set(excluded[q])]
        assert best.rows[q].tolist() == order[:top]
        assert best.scores[q].tolist() == scores[q][order[:top]].tolist()


def test_no_more_than_a_block_of_scores_is_made(monkeypatch):
    monkeypatch.setattr(_search, "_BLOCK_NUMBERS", 64)
    monkeypatch.setattr(_search, "_QUERIES", 4)
    wv = table(rows=100, size=3)
    made = []
    cosines_of = type(wv._table).cosines
    monkeypatch.setattr(
        type(wv._table),
        "cosines",
        lambda self, q, block: made.append((s := cosines_of(self, q, block)).size) or s,
    )
    wv.most_similar_batch(list(wv.words), top=3)
    assert max(made) <= 64
    assert sum(made) == 100 * 100


def test_inputs_are_left_out_unless_they_are_wanted():
    wv = table()
    assert wv.most_similar("word4", top=1)[0].word != "word4"
    kept = wv.most_similar("word4", top=1, excludes_inputs=False)[0]
    assert kept.word == "word4"
    assert kept.similarity == pytest.approx(1, abs=1e-6)
    assert wv.most_similar(wv["word4"], top=1)[0].word == "word4"
    assert wv.most_similar_batch(["word4"], 1, excludes_inputs=False)[0][0].word == "word4"


def test_positive_and_negative_words_and_vectors_are_summed_as_unit_vectors():
    wv = table()
    units = {w: wv[w] / np.linalg.norm(wv[w]) for w in ("word1", "word2", "word3")}
    total = units["word1"] + units["word2"] - units["word3"]
    expected = [
        n.word for n in wv.most_similar(total, top=20) if n.word not in ("word1", "word2", "word3")
    ]
    found = wv.most_similar(positive=["word1", wv["word2"] * 3], negative=["word3"], top=8)
    assert [n.word for n in found if n.word != "word2"] == expected[: len(found) - 1]
    by_query = wv.most_similar("word1", positive=["word2"], negative=["word3"], top=5)
    assert [n.word for n in by_query] == expected[:5]


def test_equals_stand_in_the_order_of_the_words():
    vectors = np.array([[1, 0], [2, 0], [0, 1], [3, 0]], np.float32)
    found = WordVectors(["a", "b", "c", "d"], vectors).most_similar("a")
    assert found == [Neighbour("b", 1.0), Neighbour("d", 1.0), Neighbour("c", 0.0)]


def test_the_similarity_with_a_zero_vector_is_zero():
    wv = WordVectors(["a", "zero"], np.array([[1, 2], [0, 0]], np.float32))
    assert wv.similarity("a", "zero") == 0
    assert wv.most_similar("a") == [Neighbour("zero", 0.0)]


def test_similarity_is_the_cosine():
    wv = table()
    assert wv.similarity("word5", "word9") == pytest.approx(cosines(wv)[5, 9], abs=1e-6)


def test_the_norms_of_huge_and_tiny_numbers_do_not_overflow():
    wv = WordVectors(["a", "b"], np.array([[3e30, 4e30], [4e-30, 3e-30]], np.float32))
    assert wv.similarity("a", "b") == pytest.approx(0.96, abs=1e-5)


def royal():
    vectors = np.array([[1, 1], [1, -1], [5, 1], [5, -1], [4, 0]], np.float32)
    return WordVectors(["man", "woman", "king", "queen", "throne"], vectors)


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_king_minus_man_plus_woman_is_queen(method):
    assert royal().analogy("king", "man", "woman", method=method)[0].word == "queen"


@pytest.mark.usefixtures("_block_size")
def test_3cosadd_and_3cosmul_are_their_equations():
    wv = table()
    cos = cosines(wv)
    a, b, c = 7, 11, 30
    vectors = wv.vectors.astype(np.float64)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    goal = units[a] - units[b] + units[c]
    scores = {
        "3cosadd": units @ goal / np.linalg.norm(goal),
        "3cosmul": (1 + cos[a]) / 2 * (1 + cos[c]) / 2 / ((1 + cos[b]) / 2 + 1e-6),
    }
    for method, score in scores.items():
        order = [i for i in np.argsort(-score) if i not in (a, b, c)][:5]
        found = wv.analogy("word7", "word11", "word30", top=5, method=method)
        assert [n.word for n in found] == [f"word{i}" for i in order]
        assert np.allclose([n.similarity for n in found], score[order], rtol=1e-4)


def test_the_odd_one_out_is_farthest_from_the_mean():
    vectors = np.array([[1, 0.1], [9, 0.3], [-1, 4], [0.5, 0]], np.float32)
    wv = WordVectors(["breakfast", "lunch", "car", "dinner"], vectors)
    assert wv.odd_one_out(["lunch", "breakfast", "car", "dinner"]) == "car"
    for few in (["lunch", "car"], "lunch"):
        with pytest.raises(ArgumentError, match="three words or more"):
            wv.odd_one_out(few)


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("kinng", "'king'"),
        ("Queen", "'queen'"),
        ("QUEEN", "'queen'"),
        ("womn", "'woman'"),
        ("東京都", "'東京'"),
    ],
)
def test_an_unknown_word_is_answered_with_near_spellings(asked, near):
    wv = WordVectors(["man", "woman", "king", "queen", "東京"], np.eye(5, dtype=np.float32))
    for ask in (wv.most_similar, lambda w: wv[w], lambda w: wv[[w]]):
        with pytest.raises(KeyError, match=r"among the 5 names.*Nearest spellings: " + near):
            ask(asked)


def test_near_spellings_are_found_among_many_words():
    rng = np.random.default_rng(4)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    many = {"".join(rng.choice(letters, rng.integers(8, 11))) for _ in range(2000)}
    words = [*sorted(many), "embedding", "Embeddings"]
    assert nearest_spellings("enbedding", words) == ["embedding", "Embeddings"]
    assert nearest_spellings("EMBEDDINGS", words, at_most=1) == ["Embeddings"]


def test_an_unknown_word_without_near_spellings_is_told_so():
    for word in ("xylophone", ""):
        with pytest.raises(ArgumentError, match="nor is a similar spelling"):
            table().similarity("word1", word)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda wv: wv.most_similar(), "needs a query"),
        (lambda wv: wv.most_similar(positive="word1"), "must be lists; got str"),
        (
            lambda wv: wv.most_similar("word1", top=0),
            "top must be a whole number of 1 or more; got 0",
        ),
        (
            lambda wv: wv.analogy("word1", "word2", "word3", top=0),
            "top must be a whole number of 1 or more",
        ),
        (lambda wv: wv.analogy("word1", "word2", "word3", method="x"), "3cosadd, 3cosmul; got 'x'"),
        (lambda wv: wv.most_similar_batch("word1"), "queries must be a list"),
        (lambda wv: wv.most_similar_batch([wv["word1"]]), r"one \(Q, 7\) array"),
        (lambda wv: wv.most_similar(np.zeros(7)), "query 0 has no direction"),
        (lambda wv: wv.most_similar("word1", negative=["word1"]), "has no direction"),
        (lambda wv: wv.most_similar(np.full(7, np.nan)), "has no direction"),
    ],
)
def test_wrong_queries_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call(table())


@pytest.mark.parametrize("shape", [(8,), (1, 7), (2, 7)])
def test_a_query_vector_of_another_shape_is_refused(shape):
    with pytest.raises(ShapeError, match=r"vector of 7 numbers; got \(" + str(shape[0])):
        table().most_similar(np.ones(shape, np.float32))


def test_a_batch_of_vectors_of_another_size_is_refused():
    with pytest.raises(ShapeError, match=r"vector of 7 numbers; got \(2, 8\)"):
        table().most_similar_batch(np.ones((2, 8), np.float32))


def test_vectors_that_are_not_finite_are_named_at_the_first_search():
    wv = WordVectors(["good", "bad"], np.array([[1, 2], [np.inf, 1]], np.float32))
    with pytest.raises(
        NonFiniteError, match=r"1 of the vectors hold infinite.*first that of 'bad'"
    ):
        wv.most_similar("good")


@pytest.mark.parametrize(
    ("words", "vectors", "kind", "message"),
    [
        (["a"], np.ones((2, 3)), ShapeError, r"must be \(1, E\).*got \(2, 3\)"),
        (["a"], np.ones(3), ShapeError, r"must be \(1, E\).*got \(3,\)"),
        (["a"], np.ones((1, 0)), ShapeError, "E at least 1"),
        (["a"], np.ones((1, 3), np.int64), ArgumentError, "floating-point numbers; got int64"),
        (["a", "b", "a"], np.ones((3, 1)), ArgumentError, "'a' is there more than once"),
    ],
)
def test_words_and_vectors_that_do_not_fit_are_refused(words, vectors, kind, message):
    with pytest.raises(kind, match=message):
        WordVectors(words, vectors)


def test_counts_must_fit_the_words():
    with pytest.raises(ShapeError, match=r"counts must be \(1,\).*got \(2,\)"):
        WordVectors(["a"], np.ones((1, 2)), counts=np.array([1, 2]))


def test_importing_it_brings_in_neither_torch_nor_gensim():
    code = (
        "import sys, saiki.embeddings.evaluation, saiki.embeddings.document_vectors\n"
        "print([m for m in ('torch', 'gensim', 'ot', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
