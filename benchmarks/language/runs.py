"""Finished run folders: figures, settings, machine, and the curve against time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.language.plan import OURS, UNTUNED
from saiki.artifacts import RunFolder, read_json, read_json_lines, read_toml

Row = dict[str, Any]
RESULT = (
    "metrics", "seconds", "parameters", "peak_memory_bytes", "backend", "vocabulary", "epochs",
    "best_epoch",
)  # fmt: skip
UNIT = {"characters": "character"}


def measure(folders: Sequence[Path], before: Sequence[Row] = ()) -> list[Row]:
    """A row a folder; those in `before` stay, but for the ones of the same title."""
    found = {row["title"]: row for row in before}
    for folder in folders:
        row = read(folder)
        print(f"{row['title']}: {row['metrics']}, {row['seconds']:.0f} s", flush=True)
        found[row["title"]] = row
    return sorted(found.values(), key=lambda row: (row["source"], row["seconds"]))


def read(folder: Path) -> Row:
    run = RunFolder(folder)
    if not run.is_finished:
        raise FileNotFoundError(f"{folder}: no finished run; go on with it first, with --resume")
    config, result, facts = (
        read_toml(run.config_file),
        read_json(run.result_file),
        read_json(run.run_file),
    )
    if result["task"] != "language-model":
        raise ValueError(f"{folder}: must be a run of a language model; it is {result['task']}")
    return {
        "title": _title(config, result),
        "system": config.get("system", OURS),
        "recipe": result["recipe"],
        "preset": result["preset"],
        "seed": result["seed"],
        "source": config["data"]["source"],
        "unit": UNIT.get(config["data"].get("tokenizer", ""), "token"),
        **{name: result.get(name) for name in RESULT},
        "settings": {name: config[name] for name in ("data", "model", "training")},
        "threads": facts["threads"],
        "machine": facts["machine"],
        "started_at": facts["started_at"],
        "curve": list(_curve(read_json_lines(folder / "metrics.jsonl"))),
        "cloze": list(_blanks(folder / "samples.json")),
    }


def _title(config: Row, result: Row) -> str:
    if config.get("system") == UNTUNED:
        return f"{result['recipe']}, {UNTUNED}"
    words = [result["recipe"], result["preset"]]
    words += [f"seed {result['seed']}"] if result["seed"] else []
    return ", ".join(word for word in words if word)


def _curve(rows: Sequence[Row]) -> Iterator[Row]:
    """Validation after each epoch; seconds of training and validation since the run began."""
    for row in rows:
        if row["kind"] == "epoch":
            figures = row["validation"]
            kept = {name: figures[name] for name in ("loss_nats", "perplexity") if name in figures}
            yield {"seconds": row["seconds"], **kept}


def _blanks(path: Path) -> Iterator[Row]:
    """Each text with a blank, and how probable each candidate is among them."""
    for blank in (read_json(path) if path.exists() else {}).get("cloze", ()):
        ranked = {row["candidate"]: row["probability"] for row in blank["candidates"]}
        yield {"text": blank["text"], "candidates": ranked}
