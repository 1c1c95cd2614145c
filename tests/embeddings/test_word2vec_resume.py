"""A training killed at any moment and resumed ends with the bits of the uninterrupted one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from saiki.embeddings import Doc2Vec, DocVectors, Word2Vec, WordVectors
from saiki.errors import ArgumentError, RunFolderError, StorageError

DRIVER = Path(__file__).with_name("train_and_kill.py")


def train(folder, kind="none", number=0, resume="new", family="word2vec"):
    words = [sys.executable, str(DRIVER), str(folder), kind, str(number), resume, family]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folders = {}
    for family in ("word2vec", "doc2vec"):
        folders[family] = tmp_path_factory.mktemp(family) / "run"
        done = train(folders[family], family=family)
        assert done.returncode == 0, done.stderr
    return folders


@pytest.mark.parametrize(
    ("family", "kind", "number"),
    [
        ("word2vec", "slice", 1),
        ("word2vec", "slice", 8),
        ("word2vec", "checkpoint", 1),
        ("word2vec", "checkpoint", 6),
        ("word2vec", "pointer", 4),
        ("doc2vec", "slice", 14),
        ("doc2vec", "checkpoint", 14),
        ("doc2vec", "end", 1),
    ],
)
def test_killed_and_resumed_equals_uninterrupted(whole, tmp_path, family, kind, number):
    folder = tmp_path / "run"
    killed = train(folder, kind, number, family=family)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (folder / "result.json").exists()
    resumed = train(folder, resume="resume", family=family)
    assert resumed.returncode == 0, resumed.stderr
    reference = whole[family]
    assert tensors(folder) == tensors(reference)
    assert metrics(folder) == metrics(reference)
    left = {path.name for path in folder.rglob("*")}
    assert left == {path.name for path in reference.rglob("*")}


def tensors(folder):
    """The bytes of every model file; `vectors.safetensors` carries a mark of its own."""
    models = {path.name: path.read_bytes() for path in folder.glob("model/*.safetensors")}
    load = DocVectors.load if (folder / "words").exists() else WordVectors.load
    return models, load(folder).vectors.tobytes()


def metrics(folder):
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: row[key] for key in row if key != "words_per_second"} for row in rows]


def test_the_folder_holds_what_a_run_folder_holds(whole):
    folder = whole["word2vec"]
    names = {path.name for path in folder.iterdir() if path.name != "checkpoints"}
    assert names == {
        "config.toml", "run.json", "metrics.jsonl", "result.json", "model", "vectors.json",
        "vectors.safetensors",
    }  # fmt: skip
    result = json.loads((folder / "result.json").read_text())
    assert result["task"] == "word-vectors"
    assert result["parameters"] == 2 * 8 * 240
    rows = metrics(folder)
    assert [row["epoch"] for row in rows] == [0, 1, 2]
    assert rows[-1]["train"]["loss_nats"] == result["metrics"]["train"]["loss_nats"]
    assert rows[-1]["validation"]["loss_nats"] > 0
    assert result["metrics"]["validation"] == rows[-1]["validation"]


def test_model_and_vectors_of_a_finished_run_load(whole):
    model = Word2Vec.load(whole["word2vec"])
    vectors = WordVectors.load(whole["word2vec"])
    assert np.array_equal(model.vectors.vectors, vectors.vectors)
    documents = DocVectors.load(whole["doc2vec"])
    assert documents.vector_size == 16
    assert documents.infer([["fruit1", "fruit2"]]).shape == (1, 16)


TEXTS = [["a", "b", "c", "d"] * 5, ["d", "c", "b", "e"] * 5] * 30
SMALL = {"vector_size": 4, "min_count": 1, "epochs": 2, "threads": 1}


def test_a_finished_run_resumed_returns_at_once_without_its_corpus(tmp_path):
    first = Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path / "run")
    model = Word2Vec(**SMALL | {"threads": 2})  # threads may change
    again = model.fit(["never read"], folder=tmp_path / "run", resume=True)
    assert np.array_equal(again.vectors, first.vectors)
    assert len(model.losses) == 2


def test_a_begun_folder_is_not_overwritten(tmp_path):
    Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path)
    with pytest.raises(RunFolderError, match=r"holds a run already\. Continue it with resume=True"):
        Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path)


def test_resuming_where_nothing_is_begins(tmp_path):
    vectors = Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path / "new", resume=True)
    assert len(vectors) == 5


def test_other_settings_are_refused_and_named(tmp_path):
    Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path)
    with pytest.raises(
        ArgumentError, match=r"these changed: window: 5 -> 3; epochs: 2 -> 4\. Give"
    ):
        Word2Vec(**SMALL | {"window": 3, "epochs": 4}).fit(TEXTS, folder=tmp_path, resume=True)
    with pytest.raises(ArgumentError, match=r"these changed: owner: Word2Vec -> Doc2Vec;"):
        Doc2Vec(**SMALL).fit(TEXTS, folder=tmp_path, resume=True)


def test_another_corpus_is_refused_and_what_differs_is_said(tmp_path, stop):
    with pytest.raises(KeyboardInterrupt):
        Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path)
    other = [*TEXTS[:-1], ["d", "c", "b", "e"] * 4 + ["a"] * 3]
    with pytest.raises(RunFolderError, match=r"corpus .* has changed: words_read: 1200 -> 1199"):
        Word2Vec(**SMALL).fit(other, folder=tmp_path, resume=True)
    swapped = [*TEXTS[:-1], ["c", "d", "b", "e"] * 5]
    with pytest.raises(RunFolderError, match=r"has changed: sha256: \w{64} -> \w{64}\. Give"):
        Word2Vec(**SMALL).fit(swapped, folder=tmp_path, resume=True)
    resumed = Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path, resume=True)
    whole = Word2Vec(**SMALL).fit(TEXTS)
    assert resumed.vectors.tobytes() == whole.vectors.tobytes()


@pytest.fixture
def stop(monkeypatch):
    """The process is sent Ctrl-C at its first slice, once."""
    from saiki.embeddings import _training

    plain = _training.Trainer.run

    def run(self, *args, **named):
        monkeypatch.setattr(_training.Trainer, "run", plain)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        return plain(self, *args, **named)

    monkeypatch.setattr(_training.Trainer, "run", run)


def test_ctrl_c_saves_a_checkpoint_first_and_leaves_the_handlers_as_they_were(tmp_path, stop):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path)
    assert signal.getsignal(signal.SIGINT) is before
    stored = json.loads((tmp_path / "checkpoints" / "checkpoint.json").read_text())
    assert stored["state"]["cursor"]["piece"] == 1


def test_another_kind_of_run_is_refused(tmp_path):
    (tmp_path / "config.toml").write_text('task = "classify"\n')
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RunFolderError, match=r"must be the folder of word or document vectors"):
        Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path, resume=True)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((StorageError, RunFolderError, ArgumentError), match=r"file"):
        Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path / "file" / "run")


def test_a_damaged_checkpoint_is_refused(tmp_path, stop):
    with pytest.raises(KeyboardInterrupt):
        Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path)
    file = next((tmp_path / "checkpoints").glob("*.safetensors"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunFolderError, match=r"must have the SHA-256 .* it has another"):
        Word2Vec(**SMALL).fit(TEXTS, folder=tmp_path, resume=True)


def test_a_continued_training_is_resumed_too(tmp_path, stop):
    base = Word2Vec(**SMALL)
    more = [["a", "z", "y", "z"] * 5] * 20

    def fitted():
        from saiki.embeddings._model_folder import read_model

        model = Word2Vec(**SMALL)
        model._state = read_model(tmp_path / "base" / "model", "Word2Vec")[1]
        return model

    with pytest.raises(KeyboardInterrupt):
        base.fit(TEXTS, folder=tmp_path / "base")
    base.fit(TEXTS, folder=tmp_path / "base", resume=True)
    whole = fitted().continue_training(more, epochs=2)
    first = fitted().continue_training(more, epochs=2, folder=tmp_path / "more")
    (tmp_path / "more" / "result.json").unlink()
    again = fitted().continue_training(more, epochs=2, folder=tmp_path / "more", resume=True)
    assert whole.vectors.tobytes() == first.vectors.tobytes() == again.vectors.tobytes()
    with pytest.raises(ArgumentError, match=r"these changed: epochs: 2 -> 3"):
        fitted().continue_training(more, epochs=3, folder=tmp_path / "more", resume=True)
    other = Word2Vec(**SMALL)
    other.fit(TEXTS[:40])
    with pytest.raises(ArgumentError, match=r"these changed: model_before: \w+ -> \w+"):
        other.continue_training(more, epochs=2, folder=tmp_path / "more", resume=True)
