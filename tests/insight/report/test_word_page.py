"""The page about a run of word vectors, from files made up here."""

import json

import numpy as np
import pytest

from saiki.embeddings import WordVectors
from saiki.insight.report._strings import texts
from saiki.insight.report._word_answers import (
    asked_words,
    count_row,
    directions,
    outcome,
    question_row,
)

WORDS = ["king", "queen", "man", "woman", "actor", "actress", "small", "big", "smaller", "bigger"]


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def write_lines(path, rows):
    path.parent.mkdir(exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")


def row(kind, question, expected, rank, answers=("queen", "woman"), missing=()):
    return {
        "kind": kind,
        "question": question,
        "expected": expected.split("/"),
        "missing": list(missing),
        "rank": rank,
        "answers": [{"word": w, "similarity": 0.7 - i / 10} for i, w in enumerate(answers)],
        "nearest_of_all": None if missing else "king",
    }


@pytest.fixture
def folder(tmp_path):
    run = tmp_path / "words"
    run.mkdir()
    (run / "config.toml").write_text(
        'task = "word-vectors"\nrecipe = "little"\nseed = 3\n[model]\nmin_count = 7\n'
    )
    write_json(run / "run.json", {"seed": 3, "command": ["saiki", "train", "little"]})
    losses = [(2.5, 2.8), (2.2, 2.6), (2.0, 2.7)]
    write_lines(
        run / "metrics.jsonl",
        [
            {"kind": "epoch", "epoch": i, "train": {"loss_nats": a}, "validation": {"loss_nats": b}}
            for i, (a, b) in enumerate(losses)
        ],
    )
    write_lines(
        run / "predictions" / "analogies.jsonl",
        [
            row("", "king - man + woman", "queen", 1),
            row("family", "king - man + woman", "queen", 1),
            row("family", "actor - man + woman", "actress", 4),
            row("comparatives", "smaller - small + big", "bigger", 37),
            row("comparatives", "smaller - small + <emu>", "bigger", None, (), ["<emu>"]),
            row("my own", "bigger - big + small", "smaller", None),
        ],
    )
    near = {"word": "king", "neighbours": [{"word": "queen", "similarity": 0.91}]}
    write_lines(run / "predictions" / "neighbours.jsonl", [near, {"word": "emu", "neighbours": []}])
    draw = np.random.default_rng(0).normal(size=(10, 5)).astype(np.float32)
    WordVectors(WORDS, draw, np.arange(10, 0, -1)).save(run)
    corpus = {"words_read": 12345, "words_kept": 12000, "vocabulary": 10, "documents": 99,
              "files": ["text.txt"]}  # fmt: skip
    lists = [
        {"kind": "similarity", "name": "pairs", "file": "p", "spearman": 0.4567, "pairs": 1300,
         "missing": 2},
        {"kind": "analogies", "name": "google", "file": "g", "accuracy": 0.125, "correct": 1,
         "answered": 8, "missing": 4, "sections": []},
        {"kind": "similarity", "name": "gone", "file": "x", "reason": "absent"},
    ]  # fmt: skip
    write_json(
        run / "result.json",
        {"task": "word-vectors", "recipe": "little", "seed": 3, "metrics": {}, "corpus": corpus,
         "lists": lists, "vector_size": 5, "seconds": 12.3, "epochs": 3},
    )  # fmt: skip
    return run


def test_the_page_shows_what_works_and_what_does_not(folder, render):
    text = render(folder).text
    assert "Analogies right 1 of 5" in text
    assert "Among the first five 2 of 5" in text
    assert "king − man + woman = queen?" in text
    assert "The nearest word is “queen”, as it should be." in text
    for place in ("✓ first", "place 4", "place 37", "beyond 100", "no vector: <emu>"):
        assert place in text
    # Of the four of a kind that could be asked.
    assert "In 1 of 4 questions the nearest word of all is one of the question" in text


def test_the_corpus_the_lists_and_the_neighbours(folder, render):
    text = render(folder).text
    assert "Dropped, being of words that occur less than 7 times 345" in text
    assert "pairs Spearman's ρ 0.457 1,300 2" in text
    assert "google share right 12.5% 8 4" in text
    assert "gone not on this machine – – –" in text
    assert "queen 0.91" in text
    assert "The word has no vector." in text


def test_the_japanese_page(folder, render):
    text = render(folder, language="ja").text
    for term in ("類推", "近い単語", "単語の地図", "コーパス", "学習曲線", "家族・性別", "比較級",
                 "my own", "スピアマンの ρ", "5 問中 1 問"):  # fmt: skip
        assert term in text
    assert "Analogies" not in text


def test_the_best_epoch_is_not_marked_for_the_last_is_kept(folder, render):
    assert "best epoch" not in render(folder).text.lower()


def test_an_interrupted_run_shows_the_epochs_so_far(folder, render):
    inner = folder / "training"
    inner.mkdir()
    (folder / "metrics.jsonl").rename(inner / "metrics.jsonl")
    (folder / "result.json").unlink()
    page = render(folder)
    assert "This run has no result.json" in page.text
    assert "There are no vectors in the folder" in page.text
    assert "metrics.jsonl holds no steps or epochs" not in page.text


def test_a_run_that_asks_nothing(folder, render):
    (folder / "predictions" / "analogies.jsonl").write_text("")
    text = render(folder).text
    assert "The configuration asks no question." in text
    assert "Map of words" in text


@pytest.mark.parametrize(
    ("rank", "expected", "said"),
    [
        (3, "queen", "The nearest word is “actor”; “queen” comes at place 3."),
        (None, "queen/lady", "“queen / lady” is not among the first 100."),
    ],
)
def test_a_headline_that_fails_says_so(folder, render, rank, expected, said):
    path = folder / "predictions" / "analogies.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[0] = json.dumps(row("", "king - man + woman", expected, rank, ("actor", "big")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert said in render(folder).text


def test_a_headline_that_cannot_be_asked(folder, render):
    path = folder / "predictions" / "analogies.jsonl"
    line = row("", "king - man + emu", "queen", None, (), ["emu"])
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert "too short to give a vector to: emu." in render(folder).text


def test_outcomes_are_counted_once():
    rows = [
        {"missing": [], "rank": 1}, {"missing": [], "rank": 5}, {"missing": [], "rank": 6},
        {"missing": [], "rank": None}, {"missing": ["x"], "rank": None},
    ]  # fmt: skip
    assert [outcome(r) for r in rows] == ["first", "near", "later", "beyond", "missing"]
    assert count_row("n", rows) == ["n", "5", "1", "1", "1", "1", "1"]


def test_a_right_answer_in_another_place_is_marked():
    made = question_row(row("x", "a - b + c", "woman", 2), texts("en"))
    assert made["answers"] == [("queen", "0.70", False), ("woman", "0.60", True)]
    assert made["mark"] == ""


def test_signs_are_no_words():
    assert asked_words(row("x", "父 − 男 + - + 女", "母", 1)) == ["父", "男", "女"]


def test_arrows_follow_the_relation():
    gender = [row("f", "king - man + woman", "queen", 1), row("f", "his - he + she", "her", 1),
              row("f", "actor - man + woman", "actress", 1)]  # fmt: skip
    known = {*WORDS, "his", "he", "she", "her"}
    assert directions(gender, known) == [
        ("man", "woman"), ("king", "queen"), ("he", "she"), ("his", "her"), ("actor", "actress")
    ]  # fmt: skip
    degree = [row("c", "bigger - big + small", "smaller", 1), row("c", "a - b", "c", 1)]
    assert directions(degree, known) == [("big", "bigger"), ("small", "smaller")]
    assert directions(degree, {"big"}) == []
