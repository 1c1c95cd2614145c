"""The metrics of a classifier, of one label and of several, against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as reference

from saiki.data import Examples, LabelSet
from saiki.tasks.scores import Scores


@pytest.fixture
def several():
    rng = np.random.default_rng(4)
    targets = (rng.random((40, 3)) < (0.7, 0.3, 0.1)).astype(np.float32)
    probabilities = np.clip(0.6 * targets + rng.random((40, 3)) * 0.6, 0, 1).astype(np.float32)
    return Scores(probabilities, rng.random(40).astype(np.float32), targets)


def test_f1_and_exact_match_are_those_of_the_field(several):
    predicted, actual = several.probabilities >= 0.5, several.targets.astype(int)
    figures = several.metrics()
    assert figures["micro_f1"] == pytest.approx(
        reference.f1_score(actual, predicted, average="micro")
    )
    assert figures["macro_f1"] == pytest.approx(
        reference.f1_score(actual, predicted, average="macro")
    )
    assert figures["exact_match"] == pytest.approx(reference.accuracy_score(actual, predicted))
    assert figures["loss_nats"] == pytest.approx(several.losses_nats.mean())


def test_a_label_that_nobody_has_counts_as_nothing():
    nothing = np.zeros((5, 2), np.float32)
    figures = Scores(nothing, np.ones(5, np.float32), nothing).metrics()
    assert (figures["micro_f1"], figures["macro_f1"], figures["exact_match"]) == (0.0, 0.0, 1.0)


def test_rows_of_one_label_and_of_several(several):
    labels = LabelSet(["a", "b", "c"])
    names = [f"text {i}" for i in range(40)]
    texts = Examples([f"{i} " * 150 for i in range(40)], names, kind="text")
    rows = several.rows(texts, labels, [[["word", 1.0]]])
    assert [row["name"] for row in rows] == names
    assert rows[7]["text"] == "7 " * 100
    predicted = [list(np.array(["a", "b", "c"])[row >= 0.5]) for row in several.probabilities]
    assert [row["predicted_labels"] for row in rows] == predicted
    assert rows[0]["attention"] == [["word", 1.0]]
    assert "attention" not in rows[1]
    assert "label" not in rows[0]
    one = Scores(np.array([[0.2, 0.7, 0.1]]), np.array([0.5]), np.array([2]))
    series = Examples([np.ones((3, 1), np.float32)], ["x"], kind="series")
    assert one.rows(series, labels) == [
        {
            "index": 0,
            "name": "x",
            "label": "c",
            "predicted": "b",
            "confidence": 0.7,
            "loss_nats": 0.5,
            "probabilities": {"a": 0.2, "b": 0.7, "c": 0.1},
        }
    ]
