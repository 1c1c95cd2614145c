"""Scores of a classifier, from its written predictions alone."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from saiki.insight.report._format import finite, natural_sort, number

__all__ = [
    "Bin",
    "ClassScore",
    "Prediction",
    "calibration_error",
    "class_order",
    "class_scores",
    "confused_pairs",
    "confusion_counts",
    "hardest",
    "label_scores",
    "macro_average",
    "parse_predictions",
    "parse_several",
    "reliability",
]


_SEVERAL = "predicted_labels"


@dataclass(frozen=True)
class Prediction:
    """One labelled example and what the model made of it."""

    name: str
    label: str
    predicted: str
    confidence: float | None
    loss_nats: float | None
    probabilities: dict[str, float]
    text: str | None = None
    attention: tuple[tuple[str, float], ...] = ()

    @property
    def is_right(self) -> bool:
        return self.label == self.predicted


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall and F1 of one class; None where the quotient has no denominator."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class Bin:
    """The examples whose confidence lies in one tenth of the range."""

    confidence: float
    accuracy: float
    count: int


def parse_predictions(rows: Iterable[dict[str, Any]]) -> list[Prediction]:
    """Those rows that hold both a label and a predicted class."""
    wanted = [r for r in rows if r.get("label") is not None and r.get("predicted") is not None]
    return [_parse(row) for row in wanted]


def parse_several(rows: Iterable[dict[str, Any]]) -> list[Prediction]:
    """Rows whose example may have several labels; each set of labels is written as one."""
    wanted = [row for row in rows if isinstance(row.get("labels"), list)]
    return [
        _parse(row | {"label": _joined(row["labels"]), "predicted": _joined(row.get(_SEVERAL))})
        for row in wanted
        if isinstance(row.get(_SEVERAL), list)
    ]


def _joined(labels: Any) -> str:
    return ", ".join(str(label) for label in labels or []) or "–"


def label_scores(rows: Iterable[dict[str, Any]], labels: Sequence[str]) -> list[ClassScore]:
    """Of each label, which every example has or has not, whatever its others are."""
    pairs = [
        ({str(name) for name in row.get("labels") or []}, {str(n) for n in row.get(_SEVERAL) or []})
        for row in rows
    ]
    support = Counter(name for given, _ in pairs for name in given)
    guessed = Counter(name for _, found in pairs for name in found)
    right = Counter(name for given, found in pairs for name in given & found)
    return [_score(name, right, guessed, support) for name in labels]


def _parse(row: dict[str, Any]) -> Prediction:
    given = row.get("probabilities")
    pairs = given.items() if isinstance(given, dict) else ()
    probabilities = {str(k): p for k, v in pairs if (p := finite(v)) is not None}
    label = str(row["label"])
    loss = number(row.get("loss_nats"))
    if loss is None and label in probabilities:
        p = probabilities[label]
        loss = -math.log(p) if p > 0 else math.inf
    return Prediction(
        name=str(row.get("name", row.get("index", ""))),
        label=label,
        predicted=str(row["predicted"]),
        confidence=finite(row.get("confidence")),
        loss_nats=loss,
        probabilities=probabilities,
        text=str(row["text"]) if row.get("text") is not None else None,
        attention=_attention(row.get("attention")),
    )


def _attention(given: Any) -> tuple[tuple[str, float], ...]:
    """(token, weight) of a text whose classifier pooled by attention."""
    if not isinstance(given, list):
        return ()
    pairs = [pair for pair in given if isinstance(pair, list) and len(pair) == 2]
    weights = [(str(token), finite(weight)) for token, weight in pairs]
    return tuple((token, weight) for token, weight in weights if weight is not None)


def class_order(predictions: Sequence[Prediction], labels: Any) -> list[str]:
    """The run's own order of classes, then any other that occurs, numbers as numbers."""
    known = [str(label) for label in labels] if isinstance(labels, list) else []
    seen = {p.label for p in predictions} | {p.predicted for p in predictions}
    return list(dict.fromkeys(known + natural_sort(seen - set(known))))


def confusion_counts(predictions: Sequence[Prediction]) -> Counter[tuple[str, str]]:
    """How often each (label, predicted) pair occurs."""
    return Counter((p.label, p.predicted) for p in predictions)


def class_scores(predictions: Sequence[Prediction], classes: Sequence[str]) -> list[ClassScore]:
    """One line a class, in the order of `classes`."""
    right = Counter(p.label for p in predictions if p.is_right)
    support = Counter(p.label for p in predictions)
    guessed = Counter(p.predicted for p in predictions)
    return [_score(name, right, guessed, support) for name in classes]


def _score(
    name: str, right: Counter[str], guessed: Counter[str], support: Counter[str]
) -> ClassScore:
    return ClassScore(
        name,
        precision=_ratio(right[name], guessed[name]),
        recall=_ratio(right[name], support[name]),
        f1=_ratio(2 * right[name], guessed[name] + support[name]),
        support=support[name],
    )


def _ratio(above: int, below: int) -> float | None:
    return above / below if below else None


def macro_average(scores: Sequence[ClassScore]) -> ClassScore:
    """The mean over the classes that have examples, an undefined score counting as 0."""
    used = [score for score in scores if score.support]

    def mean(values: list[float | None]) -> float | None:
        return math.fsum(v or 0.0 for v in values) / len(values) if values else None

    return ClassScore(
        "",
        precision=mean([score.precision for score in used]),
        recall=mean([score.recall for score in used]),
        f1=mean([score.f1 for score in used]),
        support=sum(score.support for score in used),
    )


def confused_pairs(
    predictions: Sequence[Prediction], limit: int
) -> list[tuple[str, str, int, float]]:
    """(label, predicted, count, share of the label's examples), the most frequent first."""
    support = Counter(p.label for p in predictions)
    wrong = Counter((p.label, p.predicted) for p in predictions if not p.is_right)
    ordered = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    return [(a, b, count, count / support[a]) for (a, b), count in ordered[:limit]]


def hardest(predictions: Sequence[Prediction], limit: int) -> list[Prediction]:
    """The examples of the largest loss; a loss that is not a number counts as the largest."""

    def badness(p: Prediction) -> float:
        loss = p.loss_nats if p.loss_nats is not None else -math.inf
        return math.inf if math.isnan(loss) else loss

    known = [p for p in predictions if p.loss_nats is not None]
    return sorted(known, key=badness, reverse=True)[:limit]


def reliability(predictions: Sequence[Prediction], bins: int = 10) -> list[Bin]:
    """Mean confidence and accuracy in `bins` equal steps of confidence; empty steps left out."""
    members: dict[int, list[tuple[float, bool]]] = {}
    for p in predictions:
        if p.confidence is not None and 0 <= p.confidence <= 1:
            at = min(int(p.confidence * bins), bins - 1)
            members.setdefault(at, []).append((p.confidence, p.is_right))
    return [
        Bin(
            confidence=math.fsum(c for c, _ in found) / len(found),
            accuracy=sum(right for _, right in found) / len(found),
            count=len(found),
        )
        for _, found in sorted(members.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """The expected calibration error: mean |accuracy - confidence|, weighted by count."""
    total = sum(b.count for b in bins)
    if not total:
        return None
    return math.fsum(b.count * abs(b.accuracy - b.confidence) for b in bins) / total
