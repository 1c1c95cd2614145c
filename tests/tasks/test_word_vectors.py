"""A run of word vectors: trained, resumed, asked, scored, compared, and its page."""

import itertools
import json
import random
import shutil
import signal
import sys

import numpy as np
import pytest

import saiki
import saiki.insight
from saiki.cli.main import main
from saiki.embeddings import Word2Vec, WordVectors, _fit
from saiki.errors import (
    ArgumentError,
    ConfigurationError,
    DataError,
    DependencyError,
    MissingFileError,
    RunFolderError,
)
from saiki.tasks.configure import resolve
from saiki.tasks.grid import compare_runs, parse_axis
from saiki.tasks.run import StoppedError
from saiki.tasks.summary import summarise
from saiki.tasks.trained_vectors import TrainedWordVectors
from saiki.tasks.vectors import corpus_files, train_word_vectors
from saiki.tasks.vectors_config import CorpusConfig
from saiki.tasks.word_evaluation import list_kind

TOML = """
task = "word-vectors"
description = "A little language."
[data]
source = "text.txt"
tokenizer = "white-space"
[model]
vector_size = 16
subsample = 0.0
[training]
epochs = 4
threads = 1
[evaluation]
folder = "lists"
similarity = ["pairs.txt", "absent.txt"]
analogies = ["questions.txt"]
[questions]
headline = "king - man + woman = queen"
neighbours = ["king", "emu"]
[questions.analogies]
family = ["king - man + woman = queen", "lord - man + woman = lady"]
"odd ones" = ["king - man + emu = queen"]
"""
PEOPLE = {
    "man": "street he", "woman": "street she", "king": "crown he", "queen": "crown she",
    "lord": "manor he", "lady": "manor she", "boy": "school he", "girl": "school she",
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a recipe, its text and its lists."""
    folder = tmp_path_factory.mktemp("words")
    draw = random.Random(3)
    with (folder / "text.txt").open("w") as file:
        for _ in range(1500):
            person = draw.choice(list(PEOPLE))
            around = [f"{draw.choice(PEOPLE[person].split())}{draw.randrange(2)}" for _ in range(5)]
            around.insert(draw.randrange(5), person)
            file.write(" ".join(around) + "\n")
    (folder / "little.toml").write_text(TOML)
    lists = folder / "lists"
    lists.mkdir()
    (lists / "pairs.txt").write_text("king queen 8\nman woman 8.5\nboy street0 1\nemu king 1\n")
    (lists / "questions.txt").write_text(": family\nman king woman queen\nboy girl man emu\n")
    return folder


@pytest.fixture
def config(place, monkeypatch):
    monkeypatch.chdir(place)
    return resolve("little.toml")


@pytest.fixture(scope="module")
def finished(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return train_word_vectors(resolve("little.toml"), place / "runs" / "one")


def files_of(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_run_folder_is_whole(finished):
    names = {name for name in files_of(finished.folder) if not name.startswith("model/")}
    assert names == {
        "MODEL_CARD.md", "checksums.json", "config.toml", "metrics.jsonl", "result.json",
        "run.json", "vectors.json", "vectors.safetensors", "predictions/analogies.jsonl",
        "predictions/neighbours.jsonl",
    }  # fmt: skip
    assert len(Word2Vec.load(finished.folder).losses) == 4
    assert "# little" in (finished.folder / "MODEL_CARD.md").read_text()
    epochs = (finished.folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in epochs] == [0, 1, 2, 3]


def test_the_result(finished):
    result = finished.result
    assert result["task"] == "word-vectors"
    assert result["headline"]["answers"][0]["word"] == "queen"
    assert result["corpus"]["documents"] == 1500
    assert result["corpus"]["vocabulary"] == len(PEOPLE) + 12
    assert result["corpus"]["files"] == ["text.txt"]
    test = result["metrics"]["test"]
    assert test["accuracy"] == pytest.approx(2 / 3)
    assert test["top_5_accuracy"] == pytest.approx(2 / 3)
    assert test["accuracy questions"] == 1.0
    assert 0 < result["metrics"]["train"]["loss_nats"] < 10
    lists = {row["name"]: row for row in result["lists"]}
    assert lists["absent"]["reason"] == "absent"
    assert (lists["pairs"]["pairs"], lists["pairs"]["missing"]) == (3, 1)
    assert (lists["questions"]["answered"], lists["questions"]["missing"]) == (1, 1)


def test_every_question_is_kept_with_its_failures(finished):
    text = (finished.folder / "predictions" / "analogies.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["kind"] for row in rows] == ["", "family", "family", "odd ones"]
    assert rows[3]["missing"] == ["emu"]


def test_a_second_run_is_the_same_and_a_third_is_refused(finished, config, tmp_path):
    again = train_word_vectors(config, tmp_path / "again")
    a, b = WordVectors.load(finished.folder), WordVectors.load(again.folder)
    assert a.words == b.words
    np.testing.assert_array_equal(a.vectors, b.vectors)
    with pytest.raises(RunFolderError, match="holds a run already"):
        train_word_vectors(config, tmp_path / "again")
    assert train_word_vectors(config, tmp_path / "again", resume=True).result == again.result
    other = resolve("little.toml", {"model": {"window": "3"}})
    with pytest.raises(ConfigurationError, match=r"keys changed: model.window: 5 -> 3"):
        train_word_vectors(other, tmp_path / "again", resume=True)
    other = resolve("little.toml", {"questions": {"analogies": {"more": ["a - b + c = d"]}}})
    with pytest.raises(ConfigurationError, match=r"questions.analogies.more: None -> \('a - b"):
        train_word_vectors(other, tmp_path / "again", resume=True)


def test_an_interrupted_run_goes_on_to_the_same_vectors(finished, config, tmp_path, monkeypatch):
    real = _fit.train

    def interrupted(job):
        for number, moment in enumerate(real(job)):
            if number == 1:
                signal.raise_signal(signal.SIGINT)
            yield moment

    monkeypatch.setattr(_fit, "train", interrupted)
    with pytest.raises(StoppedError):
        train_word_vectors(config, tmp_path / "run")
    page = saiki.insight.render_report([tmp_path / "run"], language="en")
    assert "has no result.json" in page
    with pytest.raises(RunFolderError, match="has not finished"):
        saiki.load(tmp_path / "run")
    monkeypatch.setattr(_fit, "train", real)
    train_word_vectors(config, tmp_path / "run", resume=True)
    np.testing.assert_array_equal(
        WordVectors.load(tmp_path / "run").vectors, WordVectors.load(finished.folder).vectors
    )
    assert not (tmp_path / "run" / "training").exists()


def test_the_interrupted_command_says_how_to_go_on(config, tmp_path, monkeypatch, capsys):
    real = _fit.train

    def interrupted(job):
        for moment in real(job):
            signal.raise_signal(signal.SIGINT)
            yield moment

    monkeypatch.setattr(_fit, "train", interrupted)
    words = ["train", "little.toml", "--out", str(tmp_path / "run"), "--quiet"]
    assert main(words) == 130
    assert f"saiki {' '.join(words)} --resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "kind", "message"),
    [
        ({"questions": {"headline": "king"}}, ConfigurationError, "must have the form"),
        ({"data": {"source": "no.txt"}}, MissingFileError, "no such text file, and no data set"),
        ({"data": {"source": "lists"}}, DataError, r"is a folder; .* Give .*lists/\*.txt"),
        ({"data": {"source": "spoken-digits"}}, ArgumentError, "is no data set of text"),
        ({"model": {"min_count": "5000"}}, DataError, "count"),
    ],
)
def test_mistakes(config, tmp_path, flags, kind, message):
    with pytest.raises(kind, match=message):
        train_word_vectors(resolve("little.toml", flags), tmp_path / "run")
    assert not (tmp_path / "run").exists()  # so that the mended command can be given again


def test_japanese_needs_its_extra(config, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sudachipy", None)
    (tmp_path / "notes.md").write_text("mine")
    with pytest.raises(DependencyError, match=r"saiki\[ja\]"):
        train_word_vectors(resolve("little.toml", {"data": {"tokenizer": "sudachi-a"}}), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.md"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            {"task": "word-vector"},
            "task must be one of classify, forecast, language-model, translate, word-vectors",
        ),
        ({"model": {"windw": "3"}}, "unknown key 'model.windw'. Did you mean 'model.window'"),
        ({"model": {"cell": "gru"}}, "unknown key 'model.cell'"),
        ({"model": {"objective": "glove"}}, "model.objective does not fit"),
    ],
)
def test_wrong_configurations(config, flags, message):
    with pytest.raises(ConfigurationError, match=message):
        resolve("little.toml", flags)


def test_a_glob_is_all_its_files(place):
    for name in ("a.txt", "b.txt"):
        (place / "several").mkdir(exist_ok=True)
        (place / "several" / name).write_text("x y\n")
    found = corpus_files(CorpusConfig(source=str(place / "several" / "*.txt")))
    assert [file.name for file in found] == ["a.txt", "b.txt"]


def test_the_trained_vectors_answer(finished):
    model = saiki.load(finished.folder)
    assert isinstance(model, TrainedWordVectors)
    first, second = model.predict(["king - man + woman", "king"], top=2)
    assert first["input"] == "king - man + woman"
    assert first["answers"][0]["word"] == "queen"
    assert len(second["answers"]) == 2
    with pytest.raises(ArgumentError, match="must be words with"):
        model.predict(["king man"])


def test_scores_on_lists(finished, place, monkeypatch, tmp_path):
    model = TrainedWordVectors.load(finished.folder)
    monkeypatch.chdir(place)
    assert model.evaluate() == finished.result["lists"]
    alone = model.evaluate(place / "lists" / "questions.txt")
    assert alone == [row for row in finished.result["lists"] if row["name"] == "questions"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAIKI_DATA", str(place))
    assert model.evaluate() == finished.result["lists"]
    monkeypatch.delenv("SAIKI_DATA")
    with pytest.raises(MissingFileError, match="this folder of word lists is not on this machine"):
        model.evaluate()


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.txt", "cat dog 7.5\n", "similarity"),
        ("a.csv", "word1,word2,mean\ncat,dog,7\n", "similarity"),
        ("a.txt", ": capital\nAthens Greece Rome Italy\n", "analogies"),
        ("a.txt", "Paris France Rome Italy\n", "analogies"),
        ("a.txt", "go\twent/gone\n", "analogies"),
        ("a.tar.gz", "", "analogies"),
    ],
)
def test_what_kind_a_list_is(tmp_path, name, text, kind):
    (tmp_path / name).write_text(text)
    assert list_kind(tmp_path / name) == kind


def test_damage_and_other_runs_are_refused(finished, tmp_path, small_run):
    copy = tmp_path / "copy"
    shutil.copytree(finished.folder, copy)
    with (copy / "vectors.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")
    with pytest.raises(RunFolderError, match=r"vectors.safetensors: must have the SHA-256"):
        saiki.load(copy)
    with pytest.raises(RunFolderError, match="must be a run of the task word-vectors; got classi"):
        TrainedWordVectors.load(small_run.folder)
    with pytest.raises(RunFolderError, match=r"a run that classifies; got .* word-vectors"):
        saiki.TrainedClassifier.load(finished.folder)


def test_the_summary_says_sizes(finished):
    found = summarise(finished.folder, 100)
    words = len(PEOPLE) + 12
    assert found.facts["words"] == words
    assert found.facts["parameters"] == words * 16
    assert found.facts["vector_bytes"] == words * 16 * 4
    assert f"{words} words, 16 numbers each (float32)" in found.text


def test_a_comparison(config, tmp_path):
    axes = [parse_axis("model.objective=skip-gram,cbow")]
    made = compare_runs("little.toml", axes, tmp_path / "grid", seeds=2)
    assert [row["settings"]["model.objective"] for row in made.rows] == ["skip-gram", "cbow"]
    assert all(len(row["runs"]) == 2 for row in made.rows)
    values = made.rows[0]["metrics"]["test.accuracy"]["values"]
    assert len(values) == 2
    page = saiki.insight.render_report([tmp_path / "grid"], language="en")
    assert "objective=skip-gram" in page or "skip-gram" in page


def test_the_commands(place, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(place)
    folder = tmp_path / "run"
    assert main(["train", "little.toml", "--out", str(folder), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out.splitlines()[-1])["headline"]["rank"] == 1
    assert "analogies answered right" in captured.err
    assert (folder / "report.html").exists()
    assert main(["predict", str(folder), "king - man + woman", "emu", "lady"]) == 2
    captured = capsys.readouterr()
    rows = [json.loads(line) for line in captured.out.splitlines()]
    assert [row["input"] for row in rows] == ["king - man + woman", "lady"]
    assert "emu" in captured.err
    assert main(["evaluate", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Spearman's rho" in out
    assert "not on this machine" in out
    assert main(["evaluate", str(folder), "--data", "lists/pairs.txt", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["lists"][0]["pairs"] == 3
    assert main(["evaluate", str(folder), "--predictions", "x.jsonl"]) == 2
    assert "--predictions is for classifiers" in capsys.readouterr().err
    assert main(["summary", str(folder)]) == 0
    assert "16 numbers each" in capsys.readouterr().out
    (folder / "report.html").unlink()
    assert main(["report", str(folder), "--lang", "ja"]) == 0
    assert "単語の地図" in (folder / "report.html").read_text(encoding="utf-8")


def test_recipes_ask_what_they_should():
    for name, headline in (
        ("word-arithmetic", "king - man + woman = queen"),
        ("word-arithmetic-ja", "父 - 男 + 女 = 母"),
    ):
        recipe = resolve(name)
        model = recipe.model
        assert (model.vector_size, model.window, model.min_count) == (100, 5, 5)
        assert recipe.questions.headline == headline
        asked = list(itertools.chain(*recipe.questions.analogies.values()))
        assert len(set(asked)) == len(asked) >= 40
        assert headline in asked
