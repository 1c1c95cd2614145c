"""Questions to word vectors: how they are read, asked and judged."""

import numpy as np
import pytest

from saiki.embeddings import WordVectors
from saiki.errors import ArgumentError, ConfigurationError
from saiki.tasks.word_questions import (
    ask,
    neighbours,
    parse_expression,
    parse_question,
    scores,
    solve,
)


@pytest.fixture
def vectors():
    # Columns: royal, male, female, and noise that tells the words apart.
    table = {
        "king": [1.0, 1.0, 0.0, 0.1],
        "queen": [1.0, 0.0, 1.1, 0.0],
        "man": [0.0, 1.0, 0.0, 0.2],
        "woman": [0.0, 0.0, 1.0, 0.1],
        "prince": [0.9, 0.8, 0.1, -0.4],
        "bread": [-0.5, 0.1, 0.2, 1.0],
    }
    return WordVectors(list(table), np.array(list(table.values()), np.float32))


@pytest.mark.parametrize(
    ("text", "positive", "negative"),
    [
        ("king - man + woman", ("king", "woman"), ("man",)),
        ("king", ("king",), ()),
        ("- man + king", ("king",), ("man",)),
        ("父 − 男 ＋ 女", ("父", "女"), ("男",)),
        ("well-known - un- + a+b", ("well-known", "a+b"), ("un-",)),
        ("a + a – b", ("a", "a"), ("b",)),
    ],
)
def test_an_expression(text, positive, negative):
    found = parse_expression(text)
    assert (found.positive, found.negative) == (positive, negative)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "king man", "king -", "king - + man", "king + - man"]
)
def test_what_is_no_expression(text):
    with pytest.raises(ArgumentError, match=r"must be words with . or - between them"):
        parse_expression(text)


def test_a_question_may_have_two_right_answers():
    found = parse_question("king - man + woman = queen / empress")
    assert found.text == "king - man + woman"
    assert found.expected == ("queen", "empress")


@pytest.mark.parametrize("text", ["king - man + woman", "king - man + woman =", "king man = queen",
                                  "a - b + c = d/"])  # fmt: skip
def test_what_is_no_question(text):
    with pytest.raises(ConfigurationError, match=r"the form `king - man . woman = queen`"):
        parse_question(text)


def test_the_answer_is_that_of_analogy(vectors):
    question = parse_expression("king - man + woman")
    assert solve(vectors, question, 3) == vectors.analogy("king", "man", "woman", 3)
    assert solve(vectors, parse_expression("King - MAN + Woman"), 1)[0].word == "queen"
    with pytest.raises(ArgumentError, match="quen"):
        solve(vectors, parse_expression("quen"), 1)


def test_a_right_answer(vectors):
    row = ask(vectors, "family", parse_question("king - man + woman = queen"))
    assert row["rank"] == 1
    assert row["kind"] == "family"
    assert [answer["word"] for answer in row["answers"]] == ["queen", "prince", "bread"]
    assert row["missing"] == []
    assert row["answers"][0]["similarity"] == pytest.approx(
        vectors.analogy("king", "man", "woman")[0].similarity, abs=1e-6
    )


def test_what_would_come_first_if_inputs_could_be_answers(vectors):
    row = ask(vectors, "", parse_question("bread - man + man = king"))
    assert row["nearest_of_all"] == "bread"
    assert row["answers"][0]["word"] != "bread"


def test_a_wrong_answer_has_its_place(vectors):
    assert ask(vectors, "x", parse_question("king - man + woman = bread"))["rank"] == 3
    assert ask(vectors, "x", parse_question("king - man + woman = bread/prince"))["rank"] == 2


@pytest.mark.parametrize(
    ("text", "missing"),
    [("king - man + emu = queen", ["emu"]), ("king - man + woman = emu", ["emu"])],
)
def test_a_word_without_a_vector_is_named(vectors, text, missing):
    row = ask(vectors, "x", parse_question(text))
    assert row["missing"] == missing
    assert row["rank"] is None


def test_scores_count_every_question():
    rows = [{"rank": rank} for rank in (1, 5, 6, None)]
    assert scores(rows) == {"accuracy": 0.25, "top_5_accuracy": 0.5}


def test_neighbours_of_what_is_known(vectors):
    rows = neighbours(vectors, ["queen", "emu"], top=2)
    assert rows[0]["word"] == "queen"
    assert [near["word"] for near in rows[0]["neighbours"]] == ["woman", "prince"]
    assert rows[1] == {"word": "emu", "neighbours": []}
    assert neighbours(vectors, ["emu"]) == [{"word": "emu", "neighbours": []}]


def test_a_question_in_capitals_is_asked_in_the_words_that_are_there():
    rows = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -1, 1]], np.float32)
    vectors = WordVectors(["king", "man", "woman", "queen"], rows)
    row = ask(vectors, "family", parse_question("King - Man + woman = Queen"))
    assert (row["missing"], row["rank"], row["answers"][0]["word"]) == ([], 1, "queen")


def test_a_word_that_is_added_and_taken_away_is_refused_before_training():
    with pytest.raises(ConfigurationError, match="must have the form"):
        parse_question("king - king = queen")
