"""The recipes of word arithmetic: questions answered right by kind, scores, seconds."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import saiki
from benchmarks.recipes import FOLDER
from benchmarks.record import record
from benchmarks.vectors.figures import Row, figure

GOAL = "queen is the nearest to king - man + woman with every seed"
RECIPES = {"word-arithmetic": (0, 1, 2), "word-arithmetic-ja": (0,)}
ALL = "all"


def main() -> None:
    rows = [_measure(recipe, seeds) for recipe, seeds in RECIPES.items()]
    record("word_arithmetic", GOAL, rows)


def _measure(recipe: str, seeds: tuple[int, ...]) -> Row:
    folders = [_trained(recipe, seed) for seed in seeds]
    results = [json.loads((f / "result.json").read_text(encoding="utf-8")) for f in folders]
    heads = [result["headline"] for result in results]
    row = {
        "recipe": recipe,
        "seeds": list(seeds),
        "headline": {
            "question": heads[0]["question"],
            "expected": heads[0]["expected"],
            "ranks": [head["rank"] for head in heads],
        },
        "kinds": _kinds([_answers(folder) for folder in folders]),
        "lists": _lists([result["lists"] for result in results]),
        "words_read": results[0]["corpus"]["words_read"],
        "training_seconds": figure(result["seconds"] for result in results),
        "evaluation_seconds": figure(result["evaluation_seconds"] for result in results),
    }
    print(json.dumps(row, ensure_ascii=False), flush=True)
    return row


def _trained(recipe: str, seed: int) -> Path:
    """The folder of a run; a finished one is read again."""
    folder = FOLDER / recipe / f"seed{seed}"
    print(f"-- {recipe}, seed {seed}", flush=True)
    saiki.train(recipe, out=folder, resume=folder.exists(), seed=seed)
    return folder


def _answers(folder: Path) -> list[dict[str, Any]]:
    """The questions by kind; the headline, which has none, is among them a second time."""
    text = (folder / "predictions" / "analogies.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [row for row in rows if row["kind"]]


def _kinds(runs: list[list[dict[str, Any]]]) -> list[Row]:
    """Per cent right, first answer and first five, over the seeds; all questions at last."""
    names = [*dict.fromkeys(row["kind"] for row in runs[0]), ALL]
    rows = []
    for name in names:
        held = [[row for row in run if name in {row["kind"], ALL}] for run in runs]
        rows.append({"kind": name, "questions": len(held[0])})
        for key, most in (("right", 1), ("right_among_five", 5)):
            rows[-1][key] = figure(100 * _share(answers, most) for answers in held)
    return rows


def _share(answers: list[dict[str, Any]], most: int) -> float:
    """A question with a word that the vectors lack has no rank and is wrong."""
    right = [a for a in answers if a["rank"] is not None and a["rank"] <= most]
    return len(right) / len(answers)


def _lists(runs: list[list[dict[str, Any]]]) -> list[Row]:
    """Spearman's ρ × 100, or per cent of the analogies, of each public list."""
    held: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for run in runs:
        for row in run:
            held[row["name"]].append(row)
    return [_list(name, rows) for name, rows in held.items()]


def _list(name: str, rows: list[dict[str, Any]]) -> Row:
    is_pairs = rows[0]["kind"] == "similarity"
    key, asked = ("spearman", "pairs") if is_pairs else ("accuracy", "answered")
    return {
        "name": name,
        "measure": key,
        "score": figure(100 * row[key] for row in rows),
        "asked": rows[0][asked],
        "missing": rows[0]["missing"],
    }


def kinds(results: list[Row]) -> list[list[str]]:
    rows = [["recipe", "questions of the kind", "how many", "right, %", "among the first five, %"]]
    for row in results:
        for kind in row["kinds"]:
            shown = (_shown(kind[key]) for key in ("right", "right_among_five"))
            rows.append([f"`{row['recipe']}`", kind["kind"], str(kind["questions"]), *shown])
    return rows


def runs(results: list[Row]) -> list[list[str]]:
    rows = [["recipe", "question", "rank of the answer, by seed", "seconds of training, least"]]
    return rows + [_run_row(row) for row in results]


def _run_row(row: Row) -> list[str]:
    head = row["headline"]
    question = f"{head['question']} = {'/'.join(head['expected'])}".replace(" - ", " − ")
    ranks = ", ".join("–" if rank is None else str(rank) for rank in head["ranks"])
    return [f"`{row['recipe']}`", question, ranks, f"{min(row['training_seconds']['values']):.0f}"]


def lists(results: list[Row]) -> list[list[str]]:
    head = ["recipe", "list", "Spearman's ρ × 100, or % right", "pairs, questions", "left out"]
    return [head, *_list_rows(results)]


def _list_rows(results: list[Row]) -> Iterator[list[str]]:
    for row in results:
        for held in row["lists"]:
            counts = (f"{held['asked']:,}", f"{held['missing']:,}")
            yield [f"`{row['recipe']}`", held["name"], _shown(held["score"]), *counts]


def _shown(value: Row) -> str:
    spread = f" ± {value['spread']:.1f}" if len(value["values"]) > 1 else ""
    return f"{value['mean']:.1f}{spread}"


TABLES = {
    "word_arithmetic": runs,
    "word_arithmetic-kinds": kinds,
    "word_arithmetic-lists": lists,
}
JAPANESE = {
    "recipe": "レシピ",
    "questions of the kind": "問題の種類",
    "how many": "問題数",
    "right, %": "正解 %",
    "among the first five, %": "5 位以内 %",
    "question": "問題",
    "rank of the answer, by seed": "答えの順位（シードごと）",
    "seconds of training, least": "訓練の秒（最短）",
    "list": "リスト",
    "Spearman's ρ × 100, or % right": "Spearman の ρ × 100、または正解 %",
    "left out": "除いた数",
    "setting": "設定",
    "(defaults)": "（既定）",
    "family": "家族",
    "capitals": "首都",
    "nationalities": "国の形容詞",
    "plurals": "複数形",
    "comparatives": "比較級",
    "past tense": "過去形",
    "opposites": "反対語",
    "adverbial forms": "連用形",
    "verb forms": "動詞の活用形",
    ALL: "すべて",
}


if __name__ == "__main__":
    main()
