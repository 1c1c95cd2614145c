"""What training must not do: lose files, hold out too much, diverge in silence."""

import json
import warnings

import numpy as np
import pytest

from saiki.data.corpus import EncodedCorpus, encode_corpus
from saiki.embeddings import Doc2Vec, DocVectors, Word2Vec
from saiki.embeddings._held_out import plan_ranges
from saiki.embeddings.evaluation import evaluate_similarity
from saiki.embeddings.word_vectors import WordVectors
from saiki.errors import ArgumentError, DataError, NonFiniteError

TEXTS = [f"{a} {b} {a} {b}".split() for a in "abc" for b in "def"] * 20


def test_a_corpus_that_was_encoded_before_stays_where_it_is(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "mine.txt").write_text("keep me", encoding="utf-8")
    encoded = encode_corpus(TEXTS, folder=tmp_path / "encoded")
    model = Word2Vec(vector_size=4, epochs=1, threads=1, subsample=0)
    model.fit(encoded, folder=tmp_path, progress=False)
    assert (tmp_path / "corpus" / "mine.txt").read_text(encoding="utf-8") == "keep me"
    assert EncodedCorpus.open(tmp_path / "encoded").read_words == encoded.read_words


def test_saving_document_vectors_into_their_own_folder_keeps_the_whole_model(tmp_path):
    model = Doc2Vec(vector_size=4, epochs=1, threads=1, subsample=0)
    vectors = model.fit(TEXTS, folder=tmp_path / "run", progress=False)
    vectors.save(tmp_path / "run")
    DocVectors.load(tmp_path / "run").save(tmp_path / "run")
    again = Doc2Vec.load(tmp_path / "run")
    np.testing.assert_array_equal(again.vectors.vectors, vectors.vectors)
    np.testing.assert_array_equal(again.infer([["a", "d"]]), model.infer([["a", "d"]]))


@pytest.mark.parametrize(
    ("documents", "size"), [(125, 80), (200, 100), (400, 250), (1000, 5000), (33, 700)]
)
def test_no_more_is_held_out_than_was_promised(documents, size):
    offsets = np.arange(documents + 1) * size
    for seed in range(5):
        ranges = plan_ranges(offsets, fraction=None, seed=seed, keeps_documents=False)
        most = max(1.25 * min(0.01 * documents * size, 20_000), 200)
        assert 100 <= ranges.held_out_tokens <= most


def test_frequent_words_alone_have_a_vector_all_the_same():
    """Subsampling may drop every word of a short document; then none is dropped."""
    model = Doc2Vec(vector_size=4, epochs=5, min_count=1, threads=1)
    model.fit([["sun", "sand", "sea"] * 4, ["snow", "ice", "frost"] * 4] * 20, progress=False)
    texts = [["sun"], ["sand", "sea"], ["ice"], ["sun"] * 40]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model.infer(texts)
    assert found.any(axis=1).all()
    np.testing.assert_array_equal(model.infer(texts[1:2])[0], found[1])


@pytest.mark.parametrize(
    ("kind", "objective", "options"),
    [
        (Word2Vec, "skip-gram", {"window": 50}),
        (Word2Vec, "cbow", {"negatives": 100}),
        (Doc2Vec, "dbow", {"negatives": 100}),
        (Doc2Vec, "both", {"negatives": 100}),
    ],
)
def test_sharing_that_would_diverge_is_refused_before_anything_is_read(kind, objective, options):
    with pytest.raises(ArgumentError, match=r"quality='fast' must have.*Use quality='exact'"):
        kind(objective=objective, quality="fast", **options)
    kind(objective=objective, quality="exact", **options)
    kind(objective=objective, quality="fast", output="hierarchical", **options)


def test_a_loss_that_is_finite_but_absurd_stops_the_training():
    rng = np.random.default_rng(0)
    texts = [[f"w{k}" for k in rng.zipf(1.3, 300) if k < 200] for _ in range(20)]
    model = Word2Vec(vector_size=8, min_count=1, subsample=0, threads=1, learning_rate=10.0)
    with pytest.raises(NonFiniteError, match="Set learning_rate lower"):
        model.fit(texts, progress=False)


def test_texts_in_an_array_are_not_taken_for_lists_of_words():
    with pytest.raises(DataError, match="list"):
        encode_corpus(np.array(["the cat sat", "on the mat"]), min_count=1)


def test_a_head_of_an_encoded_corpus_that_lacks_something_is_called_damaged(tmp_path):
    encode_corpus(TEXTS, folder=tmp_path / "c")
    head = json.loads((tmp_path / "c" / "corpus.json").read_text(encoding="utf-8"))
    del head["undercount"]
    (tmp_path / "c" / "corpus.json").write_text(json.dumps(head), encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        EncodedCorpus.open(tmp_path / "c")


def test_continuing_at_a_very_low_rate_lowers_the_last_one_with_it():
    model = Word2Vec(vector_size=4, epochs=1, threads=1, subsample=0)
    model.fit(TEXTS, progress=False)
    model.continue_training(TEXTS, epochs=1, learning_rate=1e-5, progress=False)
    assert model.losses[-1].learning_rate <= 1e-5


@pytest.mark.parametrize("top", [0, 2.5, "3", True])
def test_a_number_of_answers_that_is_none_is_refused(top):
    wv = WordVectors(["a", "b"], np.eye(2, dtype=np.float32))
    with pytest.raises(ArgumentError, match="top must be a whole number of 1 or more"):
        wv.most_similar("a", top=top)


@pytest.mark.parametrize("score", ["nan", "inf"])
def test_a_score_that_is_no_number_is_refused(score, tmp_path):
    (tmp_path / "pairs.txt").write_text(f"a\tb\t1\nb\tc\t{score}\n", encoding="utf-8")
    wv = WordVectors(["a", "b", "c"], np.eye(3, dtype=np.float32))
    with pytest.raises(DataError, match="line 2"):
        evaluate_similarity(wv, tmp_path / "pairs.txt")


@pytest.mark.parametrize("word", ["a ", " "])
def test_a_word_with_space_at_its_edge_is_not_written_as_text(word, tmp_path):
    wv = WordVectors([word, "c"], np.ones((2, 3), np.float32))
    with pytest.raises(DataError, match="ends with a space"):
        wv.save(tmp_path / "v", format="glove")
    assert list(tmp_path.iterdir()) == []
