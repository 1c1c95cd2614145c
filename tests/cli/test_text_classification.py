"""Texts at the command line: lines are texts, and every command takes a run on text."""

import io
import json
import sys

import pytest

from saiki.cli.main import main

TRAINING = """
[data]
source = "reviews.csv"
split = "fractions"
validation_fraction = 0.2
[data.features]
tokenizer = "characters"
[model]
hidden_size = 8
embedding_size = 8
pooling = "attention"
[training]
epochs = 4
batch_size = 8
learning_rate = 0.03
threads = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two kinds of reviews, the same with a set of labels each, and a run on the first."""
    folder = tmp_path_factory.mktemp("reviews")
    kinds = (("最高の部屋でした。{}", "良い"), ("最悪の食事だった。{}", "悪い"))
    rows = [f"{text.format(i)},{label}" for i in range(30) for text, label in kinds]
    (folder / "reviews.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    (folder / "reviews.toml").write_text(TRAINING, encoding="utf-8")
    assert main(["train", str(folder / "reviews.toml"), "--out", str(folder / "run")]) == 0
    return folder


def test_lines_of_standard_input_are_texts(folder, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("最高の部屋でした。\n\n最悪の食事だった。\n"))
    assert main(["predict", str(folder / "run")]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["input"], row["label"]) for row in rows] == [
        ("最高の部屋でした。", "良い"),
        ("最悪の食事だった。", "悪い"),
    ]
    assert "".join(token for token, _ in rows[0]["attention"]) == "最高の部屋でした。"


def test_arguments_are_texts_or_files_of_them(folder, capsys):
    (folder / "two.txt").write_text("最高\n最悪\n", encoding="utf-8")
    words = ["predict", str(folder / "run"), str(folder / "two.txt"), "最悪の部屋"]
    assert main(words) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["input"].rpartition(", ")[2] for row in rows] == ["line 1", "line 2", "最悪の部屋"]


def test_evaluation_summary_and_report(folder, capsys):
    assert main(["evaluate", str(folder / "run"), "--data", str(folder / "reviews.csv")]) == 0
    assert "60 examples: accuracy 1.0000, loss (nats)" in capsys.readouterr().out
    assert main(["summary", str(folder / "run"), "--length", "30"]) == 0
    said = capsys.readouterr().out
    assert "tokens in the vocabulary, 2 labels; counted for one text of 30 tokens" in said
    assert "embedding.table" in said
    assert main(["report", str(folder / "run"), "--out", str(folder / "page.html")]) == 0
    assert "最悪の食事だった。" not in capsys.readouterr().out
    assert (folder / "page.html").stat().st_size > 10_000


def test_several_labels_in_tables_evaluation_and_report(folder, capsys):
    text = (folder / "reviews.csv").read_text(encoding="utf-8")
    text = text.replace(",良い", ",良い;部屋").replace(",悪い", ",悪い;食事")
    (folder / "several.csv").write_text(text, encoding="utf-8")
    words = ["reviews.csv", "several.csv"]
    settings = TRAINING.replace(*words).replace("[data.", 'label_separator = ";"\n[data.', 1)
    (folder / "several.toml").write_text(settings, encoding="utf-8")
    run = str(folder / "several")
    assert main(["train", str(folder / "several.toml"), "--out", run]) == 0
    assert main(["evaluate", run]) == 0
    said = capsys.readouterr().out
    for wanted in ("micro F1", "macro F1", "exact match"):
        assert wanted in said
    assert "12 examples: micro F1 " in said
    assert main(["report", run, "--out", str(folder / "page.html")]) == 0


def test_a_comparison_of_runs_on_text(folder, capsys):
    words = ["compare", str(folder / "reviews.toml"), "--vary", "model.pooling=mean,attention"]
    words += ["--out", str(folder / "grid"), "--training.epochs", "1"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "test accuracy" in said
    assert "attention" in said
