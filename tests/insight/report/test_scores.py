"""Scores from predictions, against numbers counted by hand."""

import math

import pytest

from saiki.insight.report import _scores as scores
from saiki.insight.report._classification import classification_view
from saiki.insight.report._strings import texts


def predictions(*pairs, **more):
    return scores.parse_predictions([{"label": a, "predicted": b, **more} for a, b in pairs])


PAIRS = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b"), ("b", "c"), ("b", "c"), ("b", "a")]


def test_precision_recall_and_f1_of_each_class():
    found = {s.name: s for s in scores.class_scores(predictions(*PAIRS), ["a", "b", "c"])}
    assert (found["a"].precision, found["a"].recall) == (2 / 3, 2 / 3)
    assert (found["b"].precision, found["b"].recall, found["b"].support) == (1 / 2, 1 / 4, 4)
    assert found["b"].f1 == pytest.approx(2 * 0.5 * 0.25 / 0.75)
    assert (found["c"].precision, found["c"].recall) == (0, None)


def test_the_macro_average_is_over_classes_with_examples():
    found = scores.macro_average(scores.class_scores(predictions(*PAIRS), ["a", "b", "c"]))
    assert found.recall == pytest.approx((2 / 3 + 1 / 4) / 2)
    assert found.support == 7


def test_confusion_rows_are_true_classes():
    counts = scores.confusion_counts(predictions(*PAIRS))
    assert counts["b", "c"] == 2
    assert counts["c", "b"] == 0


def test_confused_pairs_come_most_frequent_first():
    first, *rest = scores.confused_pairs(predictions(*PAIRS), limit=10)
    assert first == ("b", "c", 2, 0.5)
    assert rest == [("a", "b", 1, 1 / 3), ("b", "a", 1, 0.25)]


def test_classes_keep_the_runs_order_and_numbers_count_as_numbers():
    found = predictions(("10", "2"), ("9", "x"))
    assert scores.class_order(found, ["x", "9"]) == ["x", "9", "2", "10"]
    assert scores.class_order(found, None) == ["2", "9", "10", "x"]


def test_the_hardest_have_the_largest_loss_and_nan_counts_as_largest():
    rows = [
        {"name": str(loss), "label": "a", "predicted": "a", "loss_nats": loss}
        for loss in (0.5, math.nan, 3.0, None, 2.0)
    ]
    found = scores.hardest(scores.parse_predictions(rows), limit=3)
    assert [p.name for p in found] == ["nan", "3.0", "2.0"]


def test_a_missing_loss_comes_from_the_probability_of_the_label():
    row = {"label": "a", "predicted": "b", "probabilities": {"a": 0.25, "b": 0.75}}
    (found,) = scores.parse_predictions([row])
    assert found.loss_nats == pytest.approx(math.log(4))


def test_rows_without_label_are_left_out():
    rows = [{"label": None, "predicted": "a"}, {"predicted": "b"}, {"label": "a"}]
    assert scores.parse_predictions(rows) == []
    assert classification_view(rows, None, texts("en")) is None


def test_calibration_of_a_model_that_is_too_sure():
    sure = [
        *predictions(("a", "a"), ("a", "b"), confidence=0.95),
        *predictions(("a", "a"), ("a", "a"), confidence=0.55),
        *predictions(("a", "a"), confidence=1.0),
    ]
    low, high = scores.reliability(sure)
    assert (low.confidence, low.accuracy, low.count) == (0.55, 1, 2)
    assert (high.accuracy, high.count) == (pytest.approx(2 / 3), 3)
    assert high.confidence == pytest.approx(2.9 / 3)
    expected = 2 / 5 * 0.45 + 3 / 5 * (2.9 / 3 - 2 / 3)
    assert scores.calibration_error([low, high]) == pytest.approx(expected)


def test_no_confidence_no_calibration():
    assert scores.calibration_error(scores.reliability(predictions(*PAIRS))) is None


def test_the_heat_map_shows_counts_and_shares_of_rows():
    rows = [{"label": a, "predicted": b} for a, b in PAIRS]
    view = classification_view(rows, ["a", "b", "c"], texts("en"))
    (trace,) = view["confusion"].data
    assert trace["z"][1] == [0.25, 0.25, 0.5]
    assert trace["z"][2] == [0, 0, 0]
    assert trace["text"][1] == ["1", "1", "2"]
    assert view["confusion"].layout["yaxis"]["autorange"] == "reversed"


def test_of_too_many_classes_those_with_errors_are_shown():
    rows = [{"label": str(i), "predicted": str(i)} for i in range(100)]
    rows.append({"label": "98", "predicted": "99"})
    figure = classification_view(rows, None, texts("en"))["confusion"]
    shown = figure.layout["xaxis"]["ticktext"]
    assert len(shown) == 60
    assert {"98", "99"} <= set(shown)
    assert "60 of 100 classes" in figure.note
    assert "text" not in figure.data[0]
