"""What the predictions of a classifier show: confusion, scores, hard examples, calibration."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from saiki.insight.report import _scores as scores
from saiki.insight.report._figures import Figure, axis, figure, line, plain
from saiki.insight.report._format import Texts, integer, metric_value, percent
from saiki.insight.report._reading import Row
from saiki.insight.report._scores import ClassScore, Prediction
from saiki.insight.report._token_text import attention_line

__all__ = ["classification_view"]

_MOST_CLASSES = 60  # more cannot be told apart in one heat map
_MOST_CLASSES_WITH_COUNTS = 25
_HARDEST = 20
_ATTENTION = 5
_SNIPPET = 160  # characters of a text in the table
_PAIRS = 10


def classification_view(rows: Sequence[Row], labels: Any, text: Texts) -> dict[str, Any] | None:
    """Everything that the page shows of predictions, or None when none has label and class."""
    predictions = scores.parse_predictions(rows)
    if not predictions:
        return _several_view(rows, labels, text)
    classes = scores.class_order(predictions, labels)
    per_class = scores.class_scores(predictions, classes)
    return {
        "confusion": _confusion_figure(predictions, classes, text),
        "pairs": [
            {"label": a, "predicted": b, "count": integer(n), "share": percent(share)}
            for a, b, n, share in scores.confused_pairs(predictions, _PAIRS)
        ],
        "classes": [_class_row(score) for score in per_class],
        "macro": _class_row(scores.macro_average(per_class)),
        "hardest": [_hard_row(p) for p in scores.hardest(predictions, _HARDEST)],
        "calibration": _calibration_figure(predictions, text),
        "attention": _attention_texts(predictions, text),
    }


def _several_view(rows: Sequence[Row], labels: Any, text: Texts) -> dict[str, Any] | None:
    """The same where an example may have several labels: no class is taken for another one."""
    predictions = scores.parse_several(rows)
    if not predictions:
        return None
    seen = [str(name) for row in rows for name in row.get("labels") or []]
    known = labels if isinstance(labels, list) else seen
    of_labels = scores.label_scores(rows, list(dict.fromkeys(map(str, known))))
    return {
        "confusion": None,
        "pairs": [],
        "classes": [_class_row(score) for score in of_labels],
        "macro": _class_row(scores.macro_average(of_labels)),
        "hardest": [_hard_row(p) for p in scores.hardest(predictions, _HARDEST)],
        "calibration": None,
        "attention": _attention_texts(predictions, text),
    }


def _attention_texts(predictions: Sequence[Prediction], text: Texts) -> dict[str, Any] | None:
    """The first right answers and the worst wrong ones, with the weights of their tokens."""
    seen = [p for p in predictions if p.attention]
    right = [p for p in seen if p.is_right][:_ATTENTION]
    wrong = scores.hardest([p for p in seen if not p.is_right], _ATTENTION)
    if not right and not wrong:
        return None
    return {
        name: [_attention_row(p, text) for p in ps]
        for name, ps in (("right", right), ("wrong", wrong))
    }


def _attention_row(p: Prediction, text: Texts) -> dict[str, Any]:
    said = text["attention_answer"].format(
        name=p.name,
        label=p.label,
        predicted=p.predicted,
        confidence=metric_value("accuracy", p.confidence),
    )
    return {"said": said, "line": attention_line(p.attention, p.text or "", text)}


def _class_row(score: ClassScore) -> dict[str, str]:
    return {
        "name": score.name,
        "precision": metric_value("precision", score.precision),
        "recall": metric_value("recall", score.recall),
        "f1": metric_value("f1", score.f1),
        "support": integer(score.support),
    }


def _hard_row(p: Prediction) -> dict[str, Any]:
    top = sorted(p.probabilities.items(), key=lambda item: -item[1])[:3]
    return {
        "name": p.name,
        "text": _snippet(p.text),
        "label": p.label,
        "predicted": p.predicted,
        "is_right": p.is_right,
        "confidence": metric_value("accuracy", p.confidence),
        "loss": metric_value("loss_nats", p.loss_nats),
        "top": [
            {"name": name, "share": metric_value("accuracy", q), "width": f"{100 * q:.1f}"}
            for name, q in top
        ],
    }


def _snippet(text: str | None) -> str:
    return "" if text is None else text[:_SNIPPET] + "…" * (len(text) > _SNIPPET)


def _confusion_figure(
    predictions: Sequence[Prediction], classes: Sequence[str], text: Texts
) -> Figure:
    shown = _most_wrong(predictions, classes)
    counts = scores.confusion_counts(predictions)
    support = Counter(p.label for p in predictions)
    names = [plain(name) for name in shown]
    note = text["confusion_note"]
    if len(shown) < len(classes):
        note += " " + text["confusion_cut"].format(shown=len(shown), total=len(classes))
    trace = {
        "type": "heatmap",
        "z": [[counts[a, b] / (support[a] or 1) for b in shown] for a in shown],
        "customdata": [
            [[names[i], names[j], counts[a, b]] for j, b in enumerate(shown)]
            for i, a in enumerate(shown)
        ],
        "zmin": 0,
        "zmax": 1,
        "xgap": 1,
        "ygap": 1,
        "colorscale": "@heat",
        "colorbar": {"tickformat": ".0%", "thickness": 12, "outlinewidth": 0},
        "hovertemplate": f"{text['true_class']}: %{{customdata[0]}}<br>"
        f"{text['predicted_class']}: %{{customdata[1]}}<br>"
        f"{text['count']}: %{{customdata[2]}} (%{{z:.1%}})<extra></extra>",
    }
    if len(shown) <= _MOST_CLASSES_WITH_COUNTS:
        trace["text"] = [[str(counts[a, b] or "") for b in shown] for a in shown]
        trace["texttemplate"] = "%{text}"
    height = 170 + max(200, min(22 * len(shown) + 40, 900))
    return _square(trace, names, height, note, text)


def _most_wrong(predictions: Sequence[Prediction], classes: Sequence[str]) -> Sequence[str]:
    if len(classes) <= _MOST_CLASSES:
        return classes
    errors = Counter(p.label for p in predictions if not p.is_right)
    errors.update(p.predicted for p in predictions if not p.is_right)
    kept = set(sorted(classes, key=lambda name: -errors[name])[:_MOST_CLASSES])
    return [name for name in classes if name in kept]


def _square(trace: dict[str, Any], names: list[str], height: int, note: str, text: Texts) -> Figure:
    """A heat map whose cells are told by number, so that equal names would not fall together."""
    ticks: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"size": 12 if len(names) <= _MOST_CLASSES_WITH_COUNTS else 9},
    }
    return figure(
        text["confusion_caption"],
        [trace],
        axis(text["predicted_class"], **ticks),
        axis(text["true_class"], autorange="reversed", **ticks),
        height=height,
        note=note,
    )


def _calibration_figure(predictions: Sequence[Prediction], text: Texts) -> Figure | None:
    bins = scores.reliability(predictions)
    error = scores.calibration_error(bins)
    if error is None:
        return None
    diagonal = line(
        text["perfect_calibration"],
        [(0, 0), (1, 1)],
        "@muted",
        mode="lines",
        line={"dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    model = line(text["this_model"], [(b.confidence, b.accuracy) for b in bins], "@1")
    largest = max(b.count for b in bins)
    model["marker"]["size"] = [6 + 14 * (b.count / largest) ** 0.5 for b in bins]
    model["customdata"] = [b.count for b in bins]
    model["hovertemplate"] = (
        f"{text['confidence_axis']} %{{x:.3f}}<br>{text['accuracy_axis']} %{{y:.3f}}<br>"
        f"{text['count']} %{{customdata}}<extra></extra>"
    )
    note = text["calibration_note"].format(
        error=metric_value("accuracy", error), count=integer(sum(b.count for b in bins))
    )
    span = {"range": [-0.03, 1.05], "tickformat": ".1f"}
    x, y = axis(text["confidence_axis"], **span), axis(text["accuracy_axis"], **span)
    return figure(text["reliability"], [diagonal, model], x, y, note=note)
