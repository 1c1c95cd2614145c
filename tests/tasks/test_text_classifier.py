"""Texts: trained, predicted, measured; attention, several labels, warnings and refusals."""

import json

import numpy as np
import pytest

import saiki
from saiki.data import LabelSet
from saiki.errors import ConfigurationError, DataError, MissingFileError, RunFolderError
from saiki.tasks import classify
from saiki.tasks.configure import resolve
from saiki.tasks.preparation import labels_in, prepare, targets_from
from saiki.training import Observer, StopTrainingError

GOOD = ("lovely", "superb", "delightful")
BAD = ("dreadful", "boring", "awful")
FILLING = ("the", "film", "was", "and", "its", "music", "plot", "actors", "quite", "a")


def review(rng, words, length=9):
    picked = list(rng.choice(FILLING, length))
    picked[rng.integers(length)] = str(rng.choice(words))
    return " ".join(picked)


def table(path, *, count=90, seed=0, separator=None):
    """Reviews whose label is told by one word; with a separator some have both labels."""
    rng = np.random.default_rng(seed)
    rows = ["text,label"]
    for i in range(count):
        if separator is not None and i % 3 == 2:
            text, label = f"{review(rng, GOOD, 5)} {review(rng, BAD, 5)}", f"good{separator} bad"
        else:
            text, label = (review(rng, GOOD), "good") if i % 3 else (review(rng, BAD), "bad")
        rows.append(f"{text},{label}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


SETTINGS = {
    "data": {
        "kind": "text",
        "split": "fractions",
        "test_fraction": 0.2,
        "validation_fraction": 0.2,
        "features": {"max_tokens": 12},
    },
    "model": {
        "hidden_size": 12,
        "embedding_size": 12,
        "bidirectional": True,
        "pooling": "attention",
        "embedding_dropout": 0.05,
    },
    "training": {"epochs": 12, "batch_size": 8, "learning_rate": 0.02, "threads": 1},
}


def configuration(folder, source, **over):
    """A file that trains on `source`; `over` has dotted keys."""
    tables = json.loads(json.dumps(SETTINGS))
    tables["data"]["source"] = str(source)
    for key, value in over.items():
        place = tables
        *path, last = key.split(".")
        for name in path:
            place = place.setdefault(name, {})
        place[last] = value
    path = folder / "reviews.toml"
    lines = []
    for name, section in tables.items():
        lines.append(f"[{name}]")
        for key, value in section.items():
            if not isinstance(value, dict):
                lines.append(f"{key} = {json.dumps(value)}")
        for key, value in section.items():
            if isinstance(value, dict):
                lines.append(f"[{name}.{key}]")
                lines += [f"{k} = {json.dumps(v)}" for k, v in value.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviews")
    source = table(folder / "reviews.csv")
    return saiki.train(configuration(folder, source), out=folder / "run")


@pytest.fixture(scope="module")
def model(run):
    return saiki.load(run.folder)


def test_texts_are_learned_and_recognised(run, model):
    assert run.metrics["test"]["accuracy"] == 1.0
    answer = model.predict("the plot was superb and the music quite lovely")
    assert answer["input"] == "the plot was superb and the music quite lovely"
    assert answer["label"] == "good"
    assert answer["confidence"] == answer["confidences"]["good"] > 0.8
    assert "warning" not in answer
    rows = model.predict(["a boring film", "its actors was delightful"])
    assert [row["label"] for row in rows] == ["bad", "good"]


def test_attention_falls_on_the_word_that_tells(model):
    weights = model.predict("the music was dreadful and quite a plot")["attention"]
    tokens = [token for token, _ in weights]
    assert tokens == ["the", "music", "was", "dreadful", "and", "quite", "a", "plot"]
    assert sum(weight for _, weight in weights) == pytest.approx(1, abs=1e-3)
    rng = np.random.default_rng(11)
    texts = [review(rng, words) for words in (GOOD, BAD) * 6]
    found = [max(row["attention"], key=lambda pair: pair[1])[0] for row in model.predict(texts)]
    assert sum(token in GOOD + BAD for token in found) >= 10


def test_the_predictions_of_a_run_hold_tokens_and_weights(run):
    lines = (run.folder / "predictions" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 18
    for row in rows:
        assert row["label"] == row["predicted"]
        assert row["text"].split() == [token for token, _ in row["attention"]]
        assert {"lovely", "superb", "delightful", "dreadful", "boring", "awful"} & {
            token for token, _ in row["attention"]
        }
        assert sum(weight for _, weight in row["attention"]) == pytest.approx(1, abs=1e-3)


def test_evaluation_gives_the_figures_of_training_and_of_other_files(run, model, tmp_path):
    examples, scores = model.evaluate()
    assert len(examples) == 18
    assert scores.metrics() == pytest.approx(run.metrics["test"], rel=1e-5)
    other, scores = model.evaluate(table(tmp_path / "more.csv", count=30, seed=7))
    assert len(other) == 30
    assert scores.metrics()["accuracy"] > 0.9


def test_a_file_of_texts_is_read_as_records(model, tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("a lovely plot\n\nthe film was awful\n", encoding="utf-8")
    rows = model.predict([str(lines)])
    assert [row["label"] for row in rows] == ["good", "bad"]
    assert rows[1]["input"] == f"{lines}, line 3"
    assert model.predict("no such file.txt")["input"] == "no such file.txt"
    with pytest.raises(MissingFileError, match=r"nowhere\.csv"):
        model.predict(tmp_path / "nowhere.csv")


def test_a_text_of_another_language_is_warned_of(model):
    answer = model.predict("とても退屈な映画でした。音楽も最悪です。")
    assert "unlike the texts of training: 100% of the tokens are unknown" in answer["warning"]


def test_a_long_text_is_cut_and_says_so(run, model):
    answer = model.predict("the plot " * 10)
    assert answer["warning"] == "cut: the model reads 12 tokens of a text; this one has 20"
    assert len(answer["attention"]) == 12
    assert run.result["cut_texts"] == {"train": 0, "validation": 0, "test": 0}


def test_odd_texts_are_answered_or_refused(model):
    assert model.predict("null\x00byte " + "x" * 100_000)["label"] in ("good", "bad")
    with pytest.raises(DataError, match="a text must hold more than white space; got ' '"):
        model.predict(" ")
    with pytest.raises(DataError, match="surrogate"):
        model.predict("half \ud800")


def test_padding_and_the_other_texts_of_a_batch_do_not_matter(model):
    texts = ["a superb plot", "the film " * 6, "awful", "quite a boring film and its music"]
    together = model.predict(texts)
    alone = [model.predict(text) for text in texts]
    for one, other in zip(together, alone, strict=True):
        assert one["confidence"] == pytest.approx(other["confidence"], abs=2e-6)
        assert np.allclose([w for _, w in one["attention"]], [w for _, w in other["attention"]])


def test_the_tokeniser_is_fitted_on_the_training_part_alone(tmp_path):
    source = table(tmp_path / "reviews.csv")
    head, *lines = source.read_text(encoding="utf-8").strip().split("\n")
    rows = [f"{head},part"]
    for i, line in enumerate(lines):
        text, _, label = line.rpartition(",")
        part = "train" if i % 4 else "test"
        rows.append(f"{text} only-in-{part},{label},{part}")
    source.write_text("\n".join(rows), encoding="utf-8")
    over = {
        "data.split": "parts",
        "data.part_column": "part",
        "data.features.tokenizer": "white-space",
    }
    front_end = prepare(resolve(configuration(tmp_path, source, **over)).data).front_end
    known = front_end.pieces(range(front_end.features))
    assert "only-in-train" in known
    assert "only-in-test" not in known


def test_word_vectors_are_trained_first_and_the_same_each_time(tmp_path):
    source = table(tmp_path / "reviews.csv", count=60)
    more = tmp_path / "more.txt"
    more.write_text("the lovely superb film\nthe awful boring plot\n" * 30, encoding="utf-8")
    words = {
        "model.embedding": "word-vectors",
        "model.trains_embedding": False,
        "model.vectors_epochs": 2,
        "data.unlabelled_source": "more.txt",
        "training.epochs": 1,
    }
    file = configuration(tmp_path, source, **words)
    runs = [saiki.train(file, out=tmp_path / f"run{k}") for k in (0, 1)]
    tables = [saiki.load(run.folder).network.embedding.table.weight for run in runs]
    assert tables[0].equal(tables[1])
    assert not tables[0].requires_grad
    assert tables[0][4:].std().item() == pytest.approx(0.3, rel=0.1)
    assert not tables[0][0].any()


def test_saved_word_vectors_are_taken(tmp_path):
    words = [*GOOD, *BAD, "elsewhere"]
    rows = np.random.default_rng(3).normal(size=(len(words), 12)).astype(np.float32)
    saiki.WordVectors(words, rows).save(tmp_path / "vectors.txt", "word2vec-text")
    source = table(tmp_path / "reviews.csv", count=60)
    over = {
        "model.embedding": "word-vectors",
        "model.trains_embedding": False,
        "model.vectors": str(tmp_path / "vectors.txt"),
        "training.epochs": 1,
    }
    run = saiki.train(configuration(tmp_path, source, **over), out=tmp_path / "run")
    loaded = saiki.load(run.folder)
    place = loaded.front_end.tokenizer.encode("boring")[0]
    taken = loaded.network.embedding.table.weight[place].numpy()
    expected = rows[words.index("boring")]
    scale = taken[0] / expected[0]
    np.testing.assert_allclose(taken, expected * scale, rtol=1e-4)
    over["model.embedding_size"] = 13
    with pytest.raises(ConfigurationError, match=r"embedding_size: must be .* 12; got 13"):
        saiki.train(configuration(tmp_path, source, **over), out=tmp_path / "other")
    saiki.WordVectors(["日本"], rows[:1]).save(tmp_path / "vectors.txt", "word2vec-text")
    over["model.embedding_size"] = 12
    with pytest.raises(DataError, match="has a vector of none of the"):
        saiki.train(configuration(tmp_path, source, **over), out=tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_several_labels_a_text(tmp_path):
    source = table(tmp_path / "reviews.csv", count=120, separator=";")
    with source.open("a", encoding="utf-8") as file:
        file.write("the lovely film,good;rare\nthe film was rare,rare\n" * 3)
    over = {"data.label_separator": ";", "training.epochs": 15, "model.pooling": "mean-max"}
    run = saiki.train(configuration(tmp_path, source, **over), out=tmp_path / "run")
    figures = run.metrics["test"]
    assert set(figures) == {"loss_nats", "micro_f1", "macro_f1", "exact_match"}
    assert figures["exact_match"] > 0.8
    model = saiki.load(run.folder)
    rng = np.random.default_rng(5)
    answers = model.predict([f"{review(rng, GOOD, 5)} {review(rng, BAD, 5)}" for _ in range(12)])
    assert sum(answer["labels"] == ["bad", "good"] for answer in answers) >= 10
    answer = answers[0]
    assert set(answer["confidences"]) == {"bad", "good", "rare"}
    assert "label" not in answer
    row = json.loads((run.folder / "predictions" / "test.jsonl").read_text().split("\n")[0])
    assert set(row["labels"]) <= {"bad", "good", "rare"}
    _, scores = model.evaluate()
    assert scores.metrics() == pytest.approx(figures, rel=1e-5)
    card = (run.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "any of 3 labels" in card
    assert "| part | examples | micro f1 | macro f1 | exact match | loss (nats) |" in card
    over["training.monitor"] = "accuracy"
    with pytest.raises(ConfigurationError, match="accuracy is for one label an example"):
        saiki.train(configuration(tmp_path, source, **over), out=tmp_path / "other")


def test_resuming_needs_the_same_vocabulary(tmp_path, monkeypatch):
    source = table(tmp_path / "reviews.csv")
    file = configuration(tmp_path, source)
    stored = stop_early(file, tmp_path / "run", monkeypatch)
    front_end = stored / "preprocess" / "front_end.json"
    content = json.loads(front_end.read_text(encoding="utf-8"))
    content["tokenizer"]["vocabulary"]["counts"][0] += 1
    front_end.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(RunFolderError, match="must have the vocabulary that the run began with"):
        saiki.train(file, out=tmp_path / "run", resume=True)


def test_an_interrupted_run_ends_as_the_whole_one(run, tmp_path, monkeypatch):
    file = run.folder.parent / "reviews.toml"
    stop_early(file, tmp_path / "run", monkeypatch)
    resumed = saiki.train(file, out=tmp_path / "run", resume=True)
    weights = [(f / "model.safetensors").read_bytes() for f in (run.folder, resumed.folder)]
    assert weights[0] == weights[1]
    assert resumed.metrics == run.metrics


class Stopper(Observer):
    """Asks for a stop in the middle of the first epoch."""

    def stepped(self, training, report):
        training.stop_requested = report.step == 3


def stop_early(file, folder, monkeypatch):
    """Begins a run and interrupts it."""
    plain = classify.observers_of
    monkeypatch.setattr(classify, "observers_of", lambda *given: [Stopper(), *plain(*given)])
    with pytest.raises(StopTrainingError):
        saiki.train(file, out=folder)
    monkeypatch.setattr(classify, "observers_of", plain)
    return folder


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"data.augment.jitter": 0.1}, "there is no augmentation of text"),
        ({"data.features.kind": "log-mel"}, "log-mel does not fit data of kind text"),
        ({"data.unlabelled_source": "reviews.csv"}, "model.embedding is random"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(tmp_path, over, message):
    file = configuration(tmp_path, table(tmp_path / "reviews.csv", count=30), **over)
    with pytest.raises(ConfigurationError, match=message):
        saiki.train(file, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_word_vectors_are_refused_for_series(tmp_path):
    with pytest.raises(ConfigurationError, match="word-vectors are for text; the data is series"):
        saiki.train("japanese-vowels", out=tmp_path / "run", model={"embedding": "word-vectors"})


def test_a_label_that_training_never_saw_is_named(model, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("text,label\na lovely film,goood\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"label 'goood' is not one of .*nearest is 'good'"):
        model.evaluate(path)
    path.write_text("review,label\na lovely film,good\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"text.*review, label"):
        model.evaluate(path)


def test_labels_of_a_cell_are_told_apart_and_each_counts_once():
    assert labels_in("b; a;;b ", ";") == ["b", "a"]
    assert labels_in("b; a", None) == ["b; a"]
    labels = LabelSet(["a", "b", "c"])
    assert targets_from(["c;a", "b"], labels, ";").tolist() == [[1, 0, 1], [0, 1, 0]]
    assert targets_from(["c", "b"], labels, None).tolist() == [2, 1]
