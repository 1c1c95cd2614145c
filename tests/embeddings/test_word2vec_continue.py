"""Continued training: words keep their ids, new ones come behind, trees keep their nodes."""

import numpy as np
import pytest

from saiki.embeddings import Doc2Vec, Word2Vec, WordVectors
from saiki.embeddings._trees import grown_tree
from saiki.errors import DataError, MissingFileError, RunFolderError
from saiki.kernels.vectors import huffman

TEXTS = [["a", "b", "c", "d"] * 5, ["d", "c", "b", "e"] * 5] * 30
MORE = [["a", "y", "b", "y"] * 5, ["z", "y", "c", "rare"] + ["z", "e"] * 6] * 4
SMALL = {"vector_size": 6, "min_count": 5, "epochs": 2, "threads": 1, "subsample": 0}


def trained(**changed):
    model = Word2Vec(**SMALL | changed)
    return model, model.fit(TEXTS)


@pytest.mark.parametrize("output", ["negative", "hierarchical"])
def test_new_words_stand_behind_the_known_ones_and_are_learnt(output):
    model, before = trained(output=output, learning_rate=0.2)
    kept = before.vectors.copy()
    after = model.continue_training(MORE, epochs=3)
    assert after.words[:5] == before.words
    assert set(after.words[5:]) == {"y", "z"}  # "rare" does not reach the minimum count
    assert np.array_equal(before.vectors, kept)
    moved = np.abs(after.vectors[:5] - kept).max(axis=1)
    assert dict(zip(before.words, moved > 0.01, strict=True)) == {
        "a": True, "b": True, "c": True, "d": False, "e": True
    }  # fmt: skip
    assert [epoch.epoch for epoch in model.losses] == [1, 2, 3, 4, 5]
    assert model.losses[-1].train_loss_nats < model.losses[2].train_loss_nats
    assert model.vocabulary.counts[after.index["y"]] == 44


def test_without_adding_words_the_vocabulary_stays():
    model, before = trained()
    counts = model.vocabulary.counts.copy()
    after = model.continue_training(MORE, epochs=1, adds_words=False)
    assert after.words == before.words
    assert np.array_equal(model.vocabulary.counts, counts)
    with pytest.raises(DataError, match=r"hold words of the vocabulary; it holds none"):
        model.continue_training([["nothing", "known"]] * 20, epochs=1, adds_words=False)


def test_the_first_vectors_of_new_words_do_not_depend_on_when_they_come():
    from saiki.embeddings._initial import uniform_rows
    from saiki.embeddings._parts import grown_parts, part_seed

    model, _ = trained(seed=9)
    from saiki.data.vocabulary import Vocabulary

    words = Vocabulary([*model.vocabulary.words, "x", "y"], [*model.vocabulary.counts, 3, 2])
    grown = grown_parts(model.settings, model._state.parts, words, np.zeros(1, np.int64))[0]
    whole = np.empty((7, 6), np.float32)
    uniform_rows(whole, part_seed(9, 0))
    assert np.array_equal(grown.words[5:], whole[5:])
    assert not grown.outputs[5:].any()
    assert np.array_equal(grown.outputs[:5], model._state.parts[0].outputs)


@pytest.mark.parametrize("added", [1, 2, 7])
def test_a_grown_tree_is_a_tree_that_keeps_every_node(added):
    rng = np.random.default_rng(added)
    counts = np.sort(rng.integers(5, 900, 9 + added))[::-1].copy()
    old = huffman(counts[:9].copy())
    tree = grown_tree(old, counts)
    paths = [
        list(zip(*(getattr(tree, n)[a:b].tolist() for n in ("nodes", "codes")), strict=True))
        for a, b in zip(tree.offsets[:-1], tree.offsets[1:], strict=True)
    ]
    assert sum(0.5 ** len(path) for path in paths) == 1
    assert {node for path in paths for node, _ in path} == set(range(9 + added - 1))
    # Each branch of each node leads somewhere, and two words part at one node only.
    assert len({(node, code) for path in paths for node, code in path}) == 2 * (8 + added)
    assert len({tuple(path) for path in paths}) == 9 + added
    for word in range(9):
        a, b = old.offsets[word : word + 2]
        assert paths[word][1:] == list(
            zip(old.nodes[a:b].tolist(), old.codes[a:b].tolist(), strict=True)
        )
    for name in ("offsets", "nodes", "codes"):
        assert getattr(tree, name).dtype == getattr(old, name).dtype


def test_a_tree_without_new_words_stays():
    counts = np.array([5, 4, 3])
    tree = huffman(counts)
    assert grown_tree(tree, counts) is tree


@pytest.mark.parametrize("output", ["negative", "hierarchical"])
def test_a_saved_model_goes_on_as_if_it_had_not_been_saved(tmp_path, output):
    model, vectors = trained(output=output)
    model.save(tmp_path / "model")
    loaded = Word2Vec.load(tmp_path / "model")
    assert loaded.settings == model.settings
    assert loaded.losses == model.losses
    assert loaded.vocabulary == model.vocabulary
    assert np.array_equal(loaded.vectors.vectors, vectors.vectors)
    assert np.array_equal(WordVectors.load(tmp_path / "model").vectors, vectors.vectors)
    one = model.continue_training(MORE, epochs=2)
    other = loaded.continue_training(MORE, epochs=2)
    assert one.vectors.tobytes() == other.vectors.tobytes()
    model.save(tmp_path / "model")  # over the older one
    again = Word2Vec.load(tmp_path / "model")
    assert np.array_equal(again.vectors.vectors, one.vectors)
    assert len(list((tmp_path / "model" / "model").iterdir())) == 2


def test_any_word_is_saved(tmp_path):
    model = Word2Vec(4, min_count=1, epochs=1)
    words = ["日本", "c d", '"', "\\u0000", "\u2028", "😀", "é"]
    model.fit([words * 9] * 9)
    model.save(tmp_path)
    assert Word2Vec.load(tmp_path).vocabulary == model.vocabulary
    assert set(model.vocabulary.words) == set(words)


def test_what_cannot_be_loaded_is_a_clear_error(tmp_path):
    with pytest.raises(MissingFileError, match=r"there is no trained model in this folder\. Give"):
        Word2Vec.load(tmp_path)
    model, _ = trained()
    model.save(tmp_path)
    with pytest.raises(RunFolderError, match=r"must be a model of Doc2Vec, .* got one of Word2Vec"):
        Doc2Vec.load(tmp_path)
    file = next((tmp_path / "model").glob("*.safetensors"))
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    with pytest.raises(RunFolderError, match=r"must have the SHA-256 .* The file is damaged"):
        Word2Vec.load(tmp_path)
    file.unlink()
    with pytest.raises(MissingFileError, match=r"this file of the trained vectors is missing"):
        Word2Vec.load(tmp_path)
    pointer = tmp_path / "model" / "model.json"
    text = pointer.read_text()
    pointer.write_text("[]")
    with pytest.raises(RunFolderError, match=r"must be the state of vectors in training"):
        Word2Vec.load(tmp_path)
    file.write_bytes(content)
    pointer.write_text(text.replace('"vector_size"', '"vector"'))
    with pytest.raises(RunFolderError, match=r"must be a whole model; .*vector_size.* is missing"):
        Word2Vec.load(tmp_path)
    pointer.write_text(text[: len(text) // 2])
    with pytest.raises(RunFolderError, match=r"model\.json, line 1: must be JSON"):
        Word2Vec.load(tmp_path)


def test_the_arrays_are_a_safetensors_file(tmp_path):
    from safetensors.numpy import load_file

    model, vectors = trained(output="hierarchical")
    model.save(tmp_path)
    arrays = load_file(next((tmp_path / "model").glob("*.safetensors")))
    assert np.array_equal(arrays["0.words"], vectors.vectors)
    assert arrays["0.outputs"].shape == (4, 6)
    assert np.array_equal(arrays["counts"], model.vocabulary.counts)


def test_a_constant_or_lower_rate_can_be_chosen():
    model, _ = trained()
    model.continue_training(MORE, epochs=2, learning_rate=0.01)
    rates = [epoch.learning_rate for epoch in model.losses]
    assert rates == pytest.approx([0.01255, 1e-4, 0.00505, 1e-4])
