"""The recipes of text classification beside TF-IDF with logistic regression, on one split."""

import json
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from benchmarks.recipes import FOLDER, grid
from benchmarks.record import record
from saiki.artifacts import write_json_atomic
from saiki.data import read_examples
from saiki.data.text import make_tokenizer

GOAL = (
    "mean of three seeds: better than TF-IDF with logistic regression on at least two of five sets "
    "and nowhere more than 2 points behind"
)
ENGLISH_FORMS = {"words 1-2": {"analyzer": "word", "ngram_range": (1, 2)}}
JAPANESE_FORMS = {
    "Sudachi words 1-2": {"analyzer": "word", "ngram_range": (1, 2)},
    "characters 1-3": {"analyzer": "char", "ngram_range": (1, 3), "lowercase": False},
}
RECIPES = {
    "trec": ENGLISH_FORMS,
    "ag-news": ENGLISH_FORMS,
    "imdb": ENGLISH_FORMS,
    "authors-ja": JAPANESE_FORMS,
    "hotel-reviews-ja": JAPANESE_FORMS,
}
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)
FOLDS = 3
Row = dict[str, Any]


def main() -> None:
    rows = [_measure(name) for name in RECIPES]
    record(
        "text_classification",
        GOAL,
        {"rows": rows, "goal": goal(rows)},
        versions={"scikit-learn": version("scikit-learn")},
    )


def goal(rows: list[Row]) -> Row:
    """Whether it is reached, and by how much."""
    points = [difference(row) for row in rows]
    better, worst = sum(p > 0 for p in points), min(points)
    return {"better": better, "worst_points": worst, "is_reached": better >= 2 and worst >= -2}


def difference(row: Row) -> float:
    """Points that saiki's mean is ahead of the stronger baseline."""
    best = max(form["accuracy"] for form in row["baselines"])
    return round(100 * (row["saiki"]["accuracy"]["mean"] - best), 2)


def _measure(name: str) -> Row:
    ours = grid(f"text-{name}", name, {}, seeds=3)["rows"][0]
    row = {
        "set": name,
        "baselines": [_baseline(name, form) for form in RECIPES[name]],
        "saiki": {
            "accuracy": ours["metrics"]["test.accuracy"],
            "seconds": ours["seconds"],
            "parameters": ours["parameters"],
            "peak_memory_bytes": ours["peak_memory_bytes"],
        },
    }
    print(json.dumps(row), flush=True)
    return row


def _baseline(name: str, form: str) -> Row:
    """One form of TF-IDF on one set; what is measured already is read again."""
    kept = FOLDER / f"text-{name}" / f"baseline-{form.replace(' ', '-')}.json"
    if not kept.exists():
        write_json_atomic(kept, _fit(name, form))
    row: Row = json.loads(kept.read_text(encoding="utf-8"))
    return row


def _fit(name: str, form: str) -> Row:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    print(f"-- {name}, TF-IDF of {form}", flush=True)
    parts = _parts(name)
    began = time.perf_counter()
    prepare = _sudachi if form.startswith("Sudachi") else list
    texts = {part: prepare([text for text, _ in rows]) for part, rows in parts.items()}
    options = dict(RECIPES[name][form])
    if prepare is _sudachi:
        options |= {"tokenizer": str.split, "token_pattern": None, "lowercase": False}
    vectoriser = TfidfVectorizer(**options)
    features = vectoriser.fit_transform(texts["train"])
    # The strength of regularisation is chosen by cross-validation inside the training part.
    search = GridSearchCV(LogisticRegression(max_iter=300), {"C": STRENGTHS}, cv=FOLDS)
    search.fit(features, [label for _, label in parts["train"]])
    test = vectoriser.transform(texts["test"])
    return {
        "features": form,
        "accuracy": search.score(test, [label for _, label in parts["test"]]),
        "cross_validation_accuracy": search.best_score_,
        "C": search.best_params_["C"],
        "weights": int(search.best_estimator_.coef_.size),
        "seconds_with_search": round(time.perf_counter() - began, 2),
        "seconds_of_last_fit": round(search.refit_time_, 2),
    }


def _parts(name: str) -> dict[str, list[tuple[str, str]]]:
    examples = read_examples(name)
    rows: dict[str, list[tuple[str, str]]] = {"train": [], "test": []}
    for text, label, part in zip(
        examples.values(), examples.labels or (), examples.parts or (), strict=True
    ):
        rows[part].append((text, label))
    return rows


def _sudachi(texts: list[str]) -> list[str]:
    """Morphemes with spaces between them."""
    tokenizer = make_tokenizer("sudachi-c").fit(texts)
    return [" ".join(tokenizer.pieces(ids)) for ids in tokenizer.encode_many(texts)]


def table(results: Row) -> list[list[str]]:
    """A row a set, with both baselines where there are two."""
    head = ["data set", "TF-IDF + logistic regression", "saiki", "points ahead"]
    rows = [[*head, "parameters", "seconds"]]
    for row in results["rows"]:
        accuracy, ours = row["saiki"]["accuracy"], row["saiki"]
        forms = [f"{form['accuracy']:.4f} ({form['features']})" for form in row["baselines"]]
        rows.append(
            [
                f"`{row['set']}`",
                ", ".join(forms),
                f"{accuracy['mean']:.4f} ± {accuracy['spread']:.4f}",
                f"{difference(row):+.1f}",
                f"{ours['parameters']:,}",
                f"{ours['seconds']['mean']:.0f}",
            ]
        )
    return rows


TABLES: dict[str, Callable[[Any], list[list[str]]]] = {"text_classification": table}
JAPANESE = {
    "data set": "データセット",
    "TF-IDF + logistic regression": "TF-IDF ＋ ロジスティック回帰",
    "points ahead": "差（ポイント）",
}
