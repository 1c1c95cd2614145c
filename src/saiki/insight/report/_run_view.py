"""What the page shows of one run."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from saiki.insight.report._classification import classification_view
from saiki.insight.report._curves import best_epoch, learning_curves, step_view
from saiki.insight.report._format import (
    Texts,
    byte_size,
    finite,
    integer,
    metric_value,
    number,
    part_metric_title,
    seconds,
    uncapital,
)
from saiki.insight.report._reading import Run, read_predictions

__all__ = ["cost_figures", "record_view", "run_view", "training_end"]

_MOST_ENTRIES = 40
_OWN_PLACE = ("command", "machine", "versions")
_COSTS: dict[str, tuple[str, Callable[[Any, Texts], str]]] = {
    "seconds": ("seconds", seconds),
    "parameters": ("parameters", lambda value, _: integer(value)),
    "peak_memory_bytes": ("peak_memory", lambda value, _: byte_size(value)),
    "backend": ("backend", lambda value, _: str(value)),
    "epochs": ("epochs", lambda value, _: integer(value)),
}


def run_view(run: Run, text: Texts) -> dict[str, Any]:
    """The values of the template `run.html`."""
    rows = read_predictions(run.folder, "test")
    is_test = bool(rows) or not (run.folder / "predictions" / "validation.jsonl").exists()
    rows = rows if is_test else read_predictions(run.folder, "validation")
    return record_view(run, text) | {
        "kind": "run",
        "headline": _headline(run, text),
        "curves": learning_curves(run, text),
        "steps": step_view(run, text),
        "predictions": classification_view(rows, (run.result or {}).get("labels"), text),
        "is_test": is_test,
    }


def record_view(run: Run, text: Texts) -> dict[str, Any]:
    """What the page shows of every run, whatever was trained; the template `record.html`."""
    record = run.record
    return {
        "name": run.name,
        "facts": _facts(run, text),
        "interrupted": None if run.result is not None else _interrupted(run, text),
        "configuration": run.configuration_text,
        "has_record": record is not None,
        "machine": _machine(record or {}, text),
        "others": _others(record or {}, text),
        "command": _command((record or {}).get("command")),
    }


def _facts(run: Run, text: Texts) -> list[tuple[str, str]]:
    found = []
    for key in ("recipe", "task", "seed"):
        for source in (run.result or {}, run.configuration, run.record or {}):
            if source.get(key) is not None:
                found.append((text[key], str(source[key])))
                break
    return found


def _headline(run: Run, text: Texts) -> list[tuple[str, str]]:
    result = run.result or {}
    shown = [
        (part_metric_title(f"{part}.{name}", text), metric_value(name, value))
        for part in ("test", "validation")
        for name, value in _metrics(result, part)
    ]
    return shown + cost_figures(result, text) + training_end(run, text) + _parts(result, text)


def training_end(run: Run, text: Texts) -> list[tuple[str, str]]:
    """The best epoch, and why training ended."""
    best, reason = best_epoch(run), (run.result or {}).get("stopped_because")
    shown = [] if best is None else [(text["best_epoch"], str(best))]
    return shown + ([(text["stopped_because"], _reason(str(reason), text))] if reason else [])


def cost_figures(result: Mapping[str, Any], text: Texts) -> list[tuple[str, str]]:
    """What the run took: time, parameters, memory."""
    return [
        (text[title], write(result[key], text))
        for key, (title, write) in _COSTS.items()
        if result.get(key) is not None
    ]


def _reason(said: str, text: Texts) -> str:
    """The reasons that training writes, in the reader's language; any other as it is."""
    if said == "all epochs done":
        return text["stopped_all_epochs"]
    found = re.fullmatch(r"no better (.+) in (\d+) epochs", said)
    if not found:
        return said
    metric = part_metric_title(f"validation.{found[1]}", text)
    return text["stopped_patience"].format(metric=uncapital(metric), count=found[2])


def _metrics(result: Mapping[str, Any], part: str) -> list[tuple[str, Any]]:
    metrics = result.get("metrics")
    table = metrics.get(part) if isinstance(metrics, Mapping) else None
    pairs = [p for p in _table(table).items() if number(p[1]) is not None]
    return sorted(pairs, key=lambda pair: pair[0] != "accuracy")


def _parts(result: Mapping[str, Any], text: Texts) -> list[tuple[str, str]]:
    parts = result.get("parts")
    if not isinstance(parts, Mapping) or not parts:
        return []
    counts = (f"{text.get(f'part_{name}', name)} {integer(n)}" for name, n in parts.items() if n)
    return [(text["examples"], " · ".join(counts))]


def _interrupted(run: Run, text: Texts) -> str:
    said = text["interrupted"]
    last = run.steps[-1] if run.steps else run.epochs[-1] if run.epochs else None
    if last is None:
        return said
    numbers = {key: str(last.get(key, "–")) for key in ("epoch", "step")}
    return said + " " + text["last_recorded"].format(**numbers)


def _machine(record: Mapping[str, Any], text: Texts) -> list[tuple[str, str]]:
    machine = record.get("machine")
    facts = dict(machine) if isinstance(machine, Mapping) else {}
    versions = {**_table(facts.pop("versions", None)), **_table(record.get("versions"))}
    return _entries(facts, text) + _entries(versions, text)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _others(record: Mapping[str, Any], text: Texts) -> dict[str, Any]:
    entries = _entries({k: v for k, v in record.items() if k not in _OWN_PLACE}, text)
    return {"rows": entries[:_MOST_ENTRIES], "more": max(0, len(entries) - _MOST_ENTRIES)}


def _entries(table: Mapping[str, Any], text: Texts, prefix: str = "") -> list[tuple[str, str]]:
    """A nested table as (dotted name, value), names of known facts in the reader's language."""
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found += _entries(value, text, f"{prefix}{key}.")
        else:
            title = text.get(f"fact_{key}", prefix + str(key))
            found.append((title, _plain_value(str(key), value, text)))
    return found


def _plain_value(key: str, value: Any, text: Texts) -> str:
    if key.endswith("_bytes") and finite(value) is not None:
        return byte_size(value)
    if isinstance(value, bool):
        return text["yes"] if value else text["no"]
    if value is None:
        return "–"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _command(value: Any) -> str | None:
    if isinstance(value, list):
        return shlex.join(str(word) for word in value)
    return str(value) if value else None
