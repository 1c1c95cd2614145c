"""Doc2Vec separates kinds of documents, infers new ones, and keeps names and vectors together."""

import numpy as np
import pytest

from saiki.embeddings import Doc2Vec, DocVectors
from saiki.errors import ArgumentError, DataError, MissingFileError, RunFolderError
from saiki.language import set_language

KINDS = ("sea", "snow")
OBJECTIVES = ("dbow", "dm", "dm-concat", "both")


def words_of(kind, count, rng):
    """Words of a kind, a third of them such as both kinds have."""
    own = [f"{kind}{i}" for i in range(15)]
    both = [f"both{i}" for i in range(15)]
    return [str(rng.choice(own if rng.random() < 0.67 else both)) for _ in range(count)]


def documents(count, *, seed=0):
    rng = np.random.default_rng(seed)
    return [words_of(KINDS[number % 2], 30, rng) for number in range(count)]


def train(corpus=None, **changed):
    settings = {
        "vector_size": 8, "window": 3, "min_count": 1, "subsample": 0, "threads": 1, "epochs": 20,
        "learning_rate": 0.1,
    }  # fmt: skip
    model = Doc2Vec(**settings | changed)
    return model, model.fit(documents(200) if corpus is None else corpus)


def separation(vectors):
    """The share of vectors on their kind's side of the line between the two means."""
    kinds = np.arange(len(vectors)) % 2
    means = [vectors[kinds == kind].mean(axis=0) for kind in (0, 1)]
    side = (vectors - (means[0] + means[1]) / 2) @ (means[1] - means[0]) > 0
    return np.mean(side == kinds)


@pytest.mark.parametrize("output", ["negative", "hierarchical"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_two_kinds_of_documents_are_told_apart(objective, output):
    model, vectors = train(objective=objective, output=output, epochs=40)
    assert vectors.vectors.shape == (200, 16 if objective == "both" else 8)
    assert separation(vectors.vectors) > 0.95
    assert model.losses[-1].train_loss_nats < model.losses[0].train_loss_nats
    unseen = documents(100, seed=1)
    assert separation(np.concatenate([vectors.vectors, vectors.infer(unseen)])[200:]) > 0.9


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_inferred_vector_lies_by_the_documents_of_its_kind(objective):
    _, vectors = train(objective=objective, epochs=40)
    new = vectors.infer(documents(40, seed=2))
    near = vectors.most_similar_batch(new, top=5)
    hits = [int(found.name) % 2 == i % 2 for i, row in enumerate(near) for found in row]
    assert np.mean(hits) > 0.9


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_inference_gives_the_same_whatever_company_order_and_threads(objective):
    model, vectors = train(objective=objective, epochs=5)
    texts = [text[: 5 + 3 * i % 26] for i, text in enumerate(documents(30, seed=3))]
    found = vectors.infer(texts)
    assert vectors.infer(texts, threads=3).tobytes() == found.tobytes()
    assert np.array_equal(vectors.infer(texts[::-1])[::-1], found)
    alone = np.concatenate([vectors.infer([text]) for text in texts])
    assert np.array_equal(alone, found)
    assert np.array_equal(model.infer(texts), found)
    assert not np.array_equal(vectors.infer(texts, seed=1), found)
    assert not np.array_equal(vectors.infer(texts, epochs=1), found)


def test_inference_changes_nothing_that_was_trained():
    model, vectors = train(objective="both", epochs=3, trains_words=True)
    before = {name: table.copy() for name, table in model._state.tables().items()}
    vectors.infer(documents(20, seed=4))
    for name, table in model._state.tables().items():
        assert np.array_equal(table, before[name]), name


def test_unknown_words_are_left_out_and_documents_without_known_ones_named():
    _, vectors = train(epochs=3)
    known = ["sea1", "sea2", "both3"]
    with pytest.warns(
        UserWarning,
        match=r"infer: 2 of 3 documents hold no word of the vocabulary \(numbers 0, 2\)",
    ):
        found = vectors.infer([["nobody"], ["what", *known[:1], "knows", *known[1:]], []])
    assert not found[[0, 2]].any()
    assert np.array_equal(found[1], vectors.infer([known])[0])
    assert vectors.infer([]).shape == (0, 8)


def test_empty_documents_keep_their_place_and_a_zero_vector():
    with pytest.warns(UserWarning, match=r"Doc2Vec: 1 of 201 documents .* \(numbers 7\); their"):
        _, vectors = train([*documents(7), [], *documents(200)[7:]], epochs=2)
    assert len(vectors) == 201
    assert not vectors.vectors[7].any()
    assert vectors.vectors[8].any()


def test_texts_are_split_as_asked():
    _, vectors = train(epochs=3)
    assert np.array_equal(
        vectors.infer(["sea1 sea2 both3"]), vectors.infer([["sea1", "sea2", "both3"]])
    )
    with pytest.raises(ArgumentError, match=r"infer: document 1 must be a list of words; got one"):
        Doc2Vec.infer(trained_model(), [["sea1"], "sea2"])
    for name, value in (("epochs", 0), ("seed", -1), ("threads", 0)):
        with pytest.raises(ArgumentError, match=f"infer: {name} must be a whole number"):
            vectors.infer([["sea1"]], **{name: value})


def trained_model():
    return train(epochs=1)[0]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_deterministic_vectors_do_not_depend_on_the_threads(objective):
    runs = [
        train(
            objective=objective, epochs=2, threads=threads, deterministic=True, learning_rate=0.01
        )
        for threads in (1, 2)
    ]
    assert runs[0][1].vectors.tobytes() == runs[1][1].vectors.tobytes()
    tables = [model._state.tables() for model, _ in runs]
    assert all(np.array_equal(table, tables[1][name]) for name, table in tables[0].items())


def test_words_are_trained_where_asked_or_needed():
    assert train(epochs=1)[1].words is None
    beside = train(epochs=30, trains_words=True)[1].words
    assert beside.vector_size == 8
    near = [row.word[:3] for row in beside.most_similar("sea1", top=3)]
    assert near == ["sea"] * 3
    assert train(epochs=1, objective="dm")[1].words.vector_size == 8
    assert train(epochs=1, objective="both")[1].words.vector_size == 8
    both = train(epochs=1, objective="both", trains_words=True)[1]
    assert both.words.vector_size == both.vector_size == 16


def test_both_is_dbow_and_dm_side_by_side():
    model, vectors = train(objective="both", epochs=3)
    dbow, _ = train(objective="dbow", epochs=3)
    assert np.array_equal(vectors.vectors[:, :8], dbow.vectors.vectors)
    assert [(e.objective, e.epoch) for e in model.losses] == [
        ("dbow", 1), ("dbow", 2), ("dbow", 3), ("dm", 1), ("dm", 2), ("dm", 3)
    ]  # fmt: skip
    assert model.losses[:3] != []
    assert separation(vectors.vectors[:, 8:]) > 0.6


def test_the_usual_learning_rate_of_dm_is_higher():
    rates = [
        e.learning_rate for e in train(objective="both", epochs=2, learning_rate=None)[0].losses
    ]
    assert rates == pytest.approx([0.01255, 1e-4, 0.05005, 1e-4])


def test_no_document_is_held_out_whole():
    corpus = documents(400)
    model, vectors = train(corpus, epochs=3, held_out=0.05)
    untrained, _ = train(corpus, epochs=1, learning_rate=1e-9, final_learning_rate=1e-9)
    moved = np.abs(vectors.vectors - untrained.vectors.vectors).max(axis=1)
    assert moved.min() > 1e-4
    assert model.losses[-1].held_out_loss_nats > 0


def test_names_come_from_the_corpus(tmp_path):
    import json

    rows = [{"id": f"doc-{i}", "text": " ".join(text)} for i, text in enumerate(documents(20))]
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    vectors = Doc2Vec(4, min_count=1, epochs=1).fit(file, name_column="id")
    assert vectors.names[:3] == ("doc-0", "doc-1", "doc-2")
    rows[3]["id"] = "doc-1"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(DataError, match=r"a name of its own; 'doc-1' is there already\. Rename"):
        Doc2Vec(4, min_count=1, epochs=1).fit(file, name_column="id")


def test_continued_training_adds_documents_and_keeps_the_known_ones():
    model, before = train(objective="both", epochs=5)
    kept = before.vectors.copy()
    more = [["sea1", "sea2", "new", "sea3"] * 5 for _ in range(4)]
    after = model.continue_training(more, epochs=20)
    assert after.names == tuple(str(number) for number in range(204))
    assert np.array_equal(after.vectors[:200], kept)
    assert np.array_equal(before.vectors, kept)
    assert "new" in model.vocabulary
    near = [
        int(found.name) % 2 for found in after.most_similar("203", top=12) if int(found.name) < 200
    ]
    assert near == [0] * len(near)
    assert len(near) >= 9
    assert after.infer([["new", "sea1"]]).shape == (1, 16)


def test_a_saved_model_infers_and_goes_on_as_before(tmp_path):
    model, vectors = train(objective="both", epochs=3)
    texts = documents(5, seed=6)
    model.save(tmp_path / "model")
    stored = DocVectors.load(tmp_path / "model")
    assert np.array_equal(stored.vectors, vectors.vectors)
    assert np.array_equal(stored.infer(texts), vectors.infer(texts))
    assert np.array_equal(stored.words.vectors, vectors.words.vectors)
    loaded = Doc2Vec.load(tmp_path / "model")
    assert loaded.vectors.names == vectors.names
    one, other = (m.continue_training(texts, epochs=1) for m in (model, loaded))
    assert np.array_equal(one.vectors, other.vectors)


def test_vectors_that_are_saved_alone_infer_but_do_not_go_on(tmp_path):
    _, vectors = train(epochs=3)
    vectors.save(tmp_path)
    texts = documents(5, seed=6)
    assert np.array_equal(DocVectors.load(tmp_path).infer(texts), vectors.infer(texts))
    with pytest.raises(RunFolderError, match=r"not a whole model\. Load the folder that Doc2Vec"):
        Doc2Vec.load(tmp_path)
    with pytest.raises(MissingFileError, match=r"there is no trained model"):
        Doc2Vec.load(tmp_path / "model")


def test_a_model_that_blew_up_says_so_when_it_infers():
    model, vectors = train(epochs=1)
    model._state.parts[0].outputs[:] = np.inf
    from saiki.errors import NonFiniteError

    with pytest.raises(NonFiniteError, match=r"infer: the vectors must be finite; they are not"):
        vectors.infer([["sea1", "sea2"]])


def test_warnings_come_in_japanese():
    _, vectors = train(epochs=1)
    set_language("ja")
    with pytest.warns(UserWarning, match=r"2 件中 1 件の文書（番号 1）には語彙の語がなく"):
        vectors.infer([["sea1"], ["nobody"]])
