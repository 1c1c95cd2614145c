"""`DocVectors`: search by name and number, inference through a model, saving."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from saiki.embeddings.document_vectors import DocVectors
from saiki.embeddings.word_vectors import WordVectors
from saiki.errors import ArgumentError, DataError, MissingFileError


def vectors(rows, size=4, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, size)).astype(np.float32)


def documents(**kwargs):
    return DocVectors(["first", "second", "3", "第四"], vectors(4), **kwargs)


def is_mapped(array):
    while array is not None and not isinstance(array, np.memmap):
        array = array.base
    return array is not None


class Model:
    """Remembers what it was asked; a document's vector is its number of words and the seed."""

    def __init__(self):
        self.asked = None

    def infer(self, documents, *, epochs, seed, threads):
        self.asked = {"epochs": epochs, "seed": seed, "threads": threads}
        return np.array([[len(words), seed] for words in documents], np.float32)

    def save(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.txt").write_text("saved", encoding="utf-8")


def test_documents_are_found_by_name_and_number():
    docs = documents()
    assert len(docs) == 4
    assert "第四" in docs
    assert docs.names[1] == "second"
    assert docs.vector_size == 4
    assert np.array_equal(docs["second"], docs[1])
    assert np.array_equal(docs[["3", 0]], docs.vectors[[2, 0]])
    assert docs.most_similar("3") == docs.most_similar(2)
    assert docs.similarity("first", 3) == docs.similarity(0, "第四")
    assert repr(docs) == "DocVectors(4 documents, vector_size=4)"


def test_neighbours_have_name_number_and_cosine():
    docs = documents()
    best = docs.most_similar("first", top=1)[0]
    others = [docs.similarity(0, i) for i in range(1, 4)]
    assert best.number == 1 + int(np.argmax(others))
    assert best.name == docs.names[best.number]
    assert best.similarity == pytest.approx(max(others), abs=1e-6)
    batch = docs.most_similar_batch([0, "第四"], top=2)
    assert [n.number for n in batch[1]] == [n.number for n in docs.most_similar("第四", top=2)]


@pytest.mark.parametrize("number", [4, -1])
def test_a_number_out_of_range_is_refused(number):
    with pytest.raises(ArgumentError, match=rf"number must be in 0..3; got {number}"):
        documents()[number]


def test_an_unknown_name_is_answered_with_near_ones():
    with pytest.raises(ArgumentError, match=r"DocVectors: 'secnd'.*'second'"):
        documents().most_similar("secnd")


def test_a_name_twice_is_refused():
    with pytest.raises(ArgumentError, match=r"DocVectors: every name.*'a' is there more than once"):
        DocVectors(["a", "a"], vectors(2))


def test_texts_are_split_and_inferred_together_the_same_each_time():
    model = Model()
    docs = documents(model=model)
    found = docs.infer(["one two  three", ["a", "b c"], ""])
    assert found.tolist() == [[3, 0], [2, 0], [0, 0]]
    assert model.asked == {"epochs": None, "seed": 0, "threads": None}
    assert np.array_equal(docs.infer(["x"], seed=4), docs.infer(["x"], seed=4))
    docs.infer(["x"], epochs=3, seed=2, threads=5)
    assert model.asked == {"epochs": 3, "seed": 2, "threads": 5}
    assert docs.infer(["a-b-c"], tokenizer=lambda text: text.split("-")).tolist() == [[3, 0]]
    assert docs.infer(["吾輩は猫"], tokenizer="characters").tolist() == [[4, 0]]


def test_one_text_is_refused():
    with pytest.raises(ArgumentError, match="texts must be a list of texts; got one text"):
        documents(model=Model()).infer("one text")


def test_without_a_model_nothing_is_inferred():
    with pytest.raises(ArgumentError, match="made without their model"):
        documents().infer(["x"])


def test_saving_and_loading_keeps_vectors_words_and_model(tmp_path, monkeypatch):
    words = WordVectors(["a", "b"], vectors(2, 3), np.array([5, 2]))
    documents(words=words, model=Model()).save(tmp_path / "docs")
    moved = (tmp_path / "docs").rename(tmp_path / "elsewhere")
    loaded = DocVectors.load(str(moved))
    assert loaded.names == documents().names
    assert np.array_equal(loaded.vectors, documents().vectors)
    assert is_mapped(loaded.vectors)
    assert loaded.words.counts.tolist() == [5, 2]
    assert np.array_equal(loaded.words["b"], words["b"])

    asked = []
    trainers = types.ModuleType("saiki.embeddings.doc2vec")
    trainers.load_model = lambda folder: asked.append(folder) or Model()
    monkeypatch.setitem(sys.modules, "saiki.embeddings.doc2vec", trainers)
    assert not asked  # the model is loaded at its first use
    assert loaded.infer(["x y"]).tolist() == [[2, 0]]
    loaded.infer(["x"])
    assert asked == [moved / "model"]


def test_without_words_and_model_there_are_none_after_loading(tmp_path):
    words = WordVectors(["a"], vectors(1))
    documents(words=words).save(tmp_path)
    documents().save(tmp_path)  # the words of the first saving are no longer theirs
    loaded = DocVectors.load(tmp_path)
    assert loaded.words is None
    assert loaded.model is None


def test_a_model_that_lies_in_the_folder_already_is_found(tmp_path, monkeypatch):
    Model().save(tmp_path / "model")
    documents().save(tmp_path)
    trainers = types.ModuleType("saiki.embeddings.doc2vec")
    trainers.load_model = lambda folder: Model()
    monkeypatch.setitem(sys.modules, "saiki.embeddings.doc2vec", trainers)
    assert isinstance(DocVectors.load(tmp_path).model, Model)


def test_a_folder_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(MissingFileError, match="there is no such folder"):
        DocVectors.load(Path(tmp_path / "none"))


def test_words_and_documents_are_not_taken_for_each_other(tmp_path):
    documents().save(tmp_path / "docs")
    WordVectors(["a"], vectors(1)).save(tmp_path / "words")
    with pytest.raises(DataError, match="holds vectors of documents; expected those of words"):
        WordVectors.load(tmp_path / "docs")
    with pytest.raises(DataError, match="holds vectors of words; expected those of documents"):
        DocVectors.load(tmp_path / "words")
