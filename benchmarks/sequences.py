"""Finished runs of translation and forecasting: their figures, and the goals that were set.

`python -m benchmarks sequences runs/dates runs/en-ja` reads those run folders; what other folders
gave stays. Without words the goals are judged anew.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS, record
from saiki.artifacts import RunFolder, read_json, read_toml

Row = dict[str, Any]
Table = list[list[str]]
NONE = "–"
GOAL = "every row of results.goals; misses are listed with the rest"
KEPT = ("metrics", "seconds", "parameters", "peak_memory_bytes", "epochs", "backend")
OF_TASK = {
    "translate": ("groups", "tokens", "vocabulary", "bleu_signature", "chrf_signature"),
    "forecast": ("baselines", "season", "columns"),
}
MINUTES, WITHOUT = "minutes", "without attention"
# Title of a run: part, group or none, figure, at least, most minutes.
TRANSLATION_GOALS: dict[str, tuple[tuple[str, str | None, str, float], ...]] = {
    "dates": (("test", None, "exact_match", 0.995), ("test", "mixed", "exact_match", 0.98)),
    "en-ja": (("test", None, "bleu", 35.0),),
    "ja-en": (("test", None, "bleu", 32.0),),
    "multi30k, gru": (("validation", None, "bleu", 33.0),),
}
MOST_MINUTES = {"dates": 4.0, "en-ja": 60.0, "ja-en": 60.0}
LARGEST_ERROR = {"sine-cosine, gru": 0.02}
# The linear model stands beside them in the table, whoever wins.
BETTER_THAN = dict.fromkeys(("etth1", "airline"), ("last_value", "seasonal_naive"))


def main(words: Sequence[str] = ()) -> None:
    path = RESULTS / "sequences.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}
    rows = {row["title"]: row for row in results.get("runs", ())}
    for word in words:
        row = read(Path(word))
        rows[row["title"]] = row
        print(f"{row['title']}: {row['metrics']}, {row['seconds']:.0f} s", flush=True)
    found: Row = {"runs": [rows[title] for title in sorted(rows)]}
    found["goals"] = list(judge(found))
    for row in found["goals"]:
        print("{reached!s:<6}{work} | {measure} | {bar} | {figure}".format_map(row))
    record("sequences", GOAL, found)


def read(folder: Path) -> Row:
    """The figures, settings and machine of a finished run."""
    run = RunFolder(folder)
    if not run.is_finished:
        raise FileNotFoundError(f"{folder}: no finished run; go on with it first, with --resume")
    config, result = read_toml(run.config_file), read_json(run.result_file)
    facts = read_json(run.run_file)
    if result["task"] not in OF_TASK:
        known = ", ".join(OF_TASK)
        raise ValueError(f"{folder}: must be a run of {known}; it is one of {result['task']}")
    samples = read_json(folder / "samples.json")
    row = {
        "title": _title(config),
        "task": result["task"],
        **{name: result.get(name) for name in (*KEPT, *OF_TASK[result["task"]])},
        "settings": {
            name: config[name]
            for name in ("data", "model", "training", "decoding")
            if name in config
        },
        "threads": facts["threads"],
        "machine": facts["machine"],
        "started_at": facts["started_at"],
    }
    return row | ({"by_length": samples["by_length"]} if "by_length" in samples else {})


def _title(config: Row) -> str:
    model = config["model"]
    words = [config["recipe"], config["preset"]]
    if config["task"] == "translate" and model["architecture"] == "recurrent":
        words += [WITHOUT] if model["attention"] == "none" else []
    words += [f"seed {config['seed']}"] if config["seed"] else []
    return ", ".join(word for word in words if word)


def judge(results: Row) -> Iterator[Row]:
    """Every goal with its figure; one that was not measured is missed."""
    rows = {row["title"]: row for row in results["runs"]}
    for title, wanted in TRANSLATION_GOALS.items():
        row = rows.get(title)
        for part, group, name, bar in wanted:
            value = None if row is None else _figure_of(row, part, group, name)
            measure = f"{part}, {group}: {name}" if group else f"{part}: {name}"
            yield _goal(title, measure, f"≥ {bar:g}", value, reached=(value or 0) >= bar)
        if title in MOST_MINUTES:
            most, took = MOST_MINUTES[title], None if row is None else row["seconds"] / 60
            yield _goal(title, MINUTES, f"≤ {most:g}", took, reached=(took or 1e9) <= most)
    for title, most in LARGEST_ERROR.items():
        error = rows[title]["metrics"]["test"]["largest_error"] if title in rows else None
        near = error is not None and error <= most
        yield _goal(title, "test: largest_error", f"≤ {most:g}", error, reached=near)
    for title, others in BETTER_THAN.items():
        for other in others:
            ratio = _error_ratio(rows[title], other) if title in rows else None
            yield _goal(
                title, f"mae ÷ {other}", "< 1", ratio, reached=ratio is not None and ratio < 1
            )


def _figure_of(row: Row, part: str, group: str | None, name: str) -> float | None:
    figures = row["metrics"] if group is None else row["groups"]
    found = figures.get(part, {})
    value: float | None = (found if group is None else found.get(group, {})).get(name)
    return value


def _error_ratio(row: Row, other: str) -> float:
    table = {line["name"]: line for line in row["baselines"]["test"]}
    ratio: float = table["model"]["mae"] / table[other]["mae"]
    return ratio


def _goal(work: str, measure: str, bar: str, figure: float | None, *, reached: bool) -> Row:
    found = None if figure is None else round(figure, 4)
    row = {"work": work, "measure": measure, "bar": bar, "figure": found}
    return row | {"reached": reached and figure is not None}


def translation(results: Row) -> Table:
    names = ["BLEU", "chrF", "exact match", "nats"]
    rows = [["run", "network", "parameters", "minutes", "threads", "scored on", *names]]
    for row in _of(results, "translate"):
        name = "test" if "test" in row["metrics"] else "validation"
        part = row["metrics"][name]
        rows.append([
            row["title"], _network(row["settings"]["model"]), f"{row['parameters']:,}",
            f"{row['seconds'] / 60:.1f}", str(row["threads"]), name, f"{part['bleu']:.1f}",
            f"{part['chrf']:.1f}", f"{part['exact_match']:.3f}", f"{part['loss_nats']:.4g}",
        ])  # fmt: skip
    return rows


def by_length(results: Row) -> Table:
    """BLEU by the source's tokens, of runs that were made with attention and without."""
    rows = [["run", "source tokens", "sentences", "with attention", WITHOUT]]
    runs = {row["title"]: row for row in _of(results, "translate")}
    for title, row in runs.items():
        plain = runs.get(f"{title}, {WITHOUT}")
        if plain is None or len(row["by_length"]) < 2:
            continue
        for one, other in zip(row["by_length"], plain["by_length"], strict=True):
            ends = sorted({one["from"], one["to"]})
            scores = (f"{of['bleu']:.1f}" for of in (one, other))
            rows.append([title, "–".join(map(str, ends)), f"{one['count']:,}", *scores])
    return rows


def _network(model: Row) -> str:
    if model["architecture"] == "transformer":
        return f"Transformer, {model['layers']} × {model['model_size']}"
    looking = "" if model["attention"] == "none" else f", {model['attention']}"
    layers = 1 if model["layers"] == "none" else model["layers"]
    return f"{model['cell'].upper()}, {layers} × {model['hidden_size']}{looking}"


def forecasts(results: Row) -> Table:
    """Mean absolute error of each way to forecast, on the same windows; the least is bold."""
    rows = [["run", "horizon", "saiki", "last value", "seasonal naive", "linear", "minutes"]]
    for row in _of(results, "forecast"):
        table = {line["name"]: line["mae"] for line in row["baselines"]["test"]}
        names = ("model", "last_value", "seasonal_naive", "linear")
        least = min(table.values())
        cells = []
        for name in names:
            shown = NONE if name not in table else f"{table[name]:.3g}"
            cells.append(f"**{shown}**" if table.get(name) == least else shown)
        horizon = str(row["settings"]["data"]["horizon"])
        rows.append([row["title"], horizon, *cells, f"{row['seconds'] / 60:.1f}"])
    return rows


def judged(results: Row) -> Table:
    rows = [["goal", "what", "bar", "figure", "reached"]]
    for row in results["goals"]:
        figure = NONE if row["figure"] is None else f"{row['figure']:.4g}"
        reached = "yes" if row["reached"] else "no"
        rows.append([row["work"], row["measure"], row["bar"], figure, reached])
    return rows


def _of(results: Row, task: str) -> list[Row]:
    return [row for row in results["runs"] if row["task"] == task]


TABLES = {
    "sequences_translation": translation,
    "sequences_length": by_length,
    "sequences_forecasts": forecasts,
    "sequences_goals": judged,
}
JAPANESE = {
    "run": "学習",
    "scored on": "採点した部分",
    "test": "テスト",
    "source tokens": "原文のトークン数",
    "sentences": "文",
    "with attention": "注意機構あり",
    WITHOUT: "注意機構なし",
    "exact match": "完全一致率",
    "nats": "nats",
    "horizon": "予測ステップ数",
    "last value": "直前の値",
    "seasonal naive": "季節ナイーブ",
    "linear": "線形",
    "dates, without attention": "dates（注意機構なし）",
    "en-ja, without attention": "en-ja（注意機構なし）",
    "ja-en, without attention": "ja-en（注意機構なし）",
    "multi30k, gru": "multi30k、gru",
    "multi30k, transformer": "multi30k、transformer",
    "sine-cosine, gru": "sine-cosine、gru",
    "sine-cosine, simple-rnn": "sine-cosine、simple-rnn",
    "test: exact_match": "テスト：完全一致率",
    "test, mixed: exact_match": "テスト、混合表記：完全一致率",
    "test: bleu": "テスト：BLEU",
    "validation: bleu": "検証：BLEU",
    "test: largest_error": "テスト：最大の誤差",
    "mae ÷ last_value": "MAE ÷ 直前の値",
    "mae ÷ seasonal_naive": "MAE ÷ 季節ナイーブ",
}
