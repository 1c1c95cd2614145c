"""What the page shows of a run of a language model."""

from collections.abc import Mapping
from typing import Any

from saiki.insight.report._curves import step_view
from saiki.insight.report._format import (
    Texts,
    capital,
    finite,
    integer,
    metric_title,
    metric_value,
    part_metric_title,
    percent,
)
from saiki.insight.report._language_curves import language_curves
from saiki.insight.report._reading import Row, Run, read_samples
from saiki.insight.report._run_view import cost_figures, record_view, training_end
from saiki.insight.report._token_text import surprise_line, surprise_scale

__all__ = ["language_view"]

_PARTS = ("test", "validation")
_MEASURED = ("perplexity", "perplexity_with_cache", "perplexity_per_word", "bits_per_byte")
_CANDIDATES = 20


def language_view(run: Run, text: Texts) -> dict[str, Any]:
    """The values of the template `language_model.html`."""
    samples = read_samples(run.folder)
    held_back, blanks = (_rows(samples, key) for key in ("surprise", "cloze"))
    every = [*held_back, *(row for blank in blanks for row in _rows(blank, "candidates"))]
    scale = surprise_scale((run.result or {}).get("vocabulary"), every, text)
    return record_view(run, text) | {
        "kind": "language_model",
        "headline": _headline(run, text),
        "size": _size(run, text),
        "figures": _figures(run, text),
        "has_samples": samples is not None,
        "continuations": _continuations(run, samples or {}, text),
        "scale": scale,
        "blanks": [_blank(blank, scale["full"], text) for blank in blanks],
        "surprises": [_scored(row, scale["full"], text) for row in held_back],
        "curves": language_curves(run, text),
        "steps": step_view(run, text),
    }


def _rows(table: Mapping[str, Any] | None, key: str) -> list[Row]:
    found = (table or {}).get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _metrics(run: Run, part: str) -> Mapping[str, Any]:
    found = ((run.result or {}).get("metrics") or {}).get(part)
    return found if isinstance(found, Mapping) else {}


def _headline(run: Run, text: Texts) -> list[tuple[str, str]]:
    shown = [
        (part_metric_title(f"{part}.perplexity", text), _perplexity(_metrics(run, part)))
        for part in _PARTS
        if "perplexity" in _metrics(run, part)
    ]
    first = next((part for part in _PARTS if _metrics(run, part)), None)
    if first is not None:
        figures = _metrics(run, first)
        shown += [
            (part_metric_title(f"{first}.{name}", text), metric_value(name, figures[name]))
            for name in ("bits_per_byte", "loss_nats")
            if name in figures
        ]
    result = run.result or {}
    if result.get("vocabulary") is not None:
        shown.append((text["vocabulary_of_tokens"], integer(result["vocabulary"])))
    return shown + cost_figures(result, text) + training_end(run, text)


def _perplexity(figures: Mapping[str, Any]) -> str:
    return metric_value("perplexity", figures["perplexity"])


def _size(run: Run, text: Texts) -> str:
    """How small the model is, and what that means for what it says."""
    result = run.result or {}
    seen = (result.get("tokens") or {}).get("train")
    if finite(result.get("parameters")) is None or finite(seen) is None:
        return ""
    return text["size_of_model"].format(
        parameters=integer(result["parameters"]),
        tokens=integer(seen),
        epochs=integer(result.get("epochs")),
    )


def _figures(run: Run, text: Texts) -> dict[str, Any] | None:
    parts = [part for part in _PARTS if _metrics(run, part)]
    if not parts:
        return None
    names = [name for name in _MEASURED if any(name in _metrics(run, part) for part in parts)]
    head = [text["part"], text["tokens"], *(capital(metric_title(name, text)) for name in names)]
    head += [text["nats_per_token"], capital(text["metric_unknown_rate"])]
    tokens = (run.result or {}).get("tokens") or {}
    rows = []
    for part in parts:
        figures = _metrics(run, part)
        row = [text[f"part_{part}"], integer(tokens.get(part))]
        row += [metric_value(name, figures.get(name)) for name in names]
        nats = metric_value("loss_nats", figures.get("loss_nats"))
        rows.append([*row, nats, percent(figures.get("unknown_rate"))])
    perplexity = finite(_metrics(run, parts[0]).get("perplexity"))
    note = (
        ""
        if perplexity is None
        else text["figures_note"].format(
            perplexity=metric_value("perplexity", perplexity), choices=integer(perplexity)
        )
    )
    return {"head": head, "rows": rows, "note": note}


def _continuations(run: Run, samples: Mapping[str, Any], text: Texts) -> dict[str, Any]:
    seed = (run.result or {}).get("seed", run.configuration.get("seed", "–"))
    note = text["continuations_note"].format(temperature=samples.get("temperature", "–"), seed=seed)
    rows = [
        {"prompt": str(row.get("prompt", "")), "text": str(row.get("text", ""))}
        for row in _rows(samples, "prompts")
    ]
    return {"note": note, "rows": rows}


def _blank(blank: Row, full: float, text: Texts) -> dict[str, Any]:
    rows = _rows(blank, "candidates")[:_CANDIDATES]
    unknown = [_unknown_tokens(row) for row in rows]
    around = min(unknown, default=0)  # what all share is not the candidate's own
    notes = [text["unknown_around"].format(count=integer(around))] if around else []
    notes += [text["unknown_note"]] if any(count > around for count in unknown) else []
    return {
        "text": str(blank.get("text", "")),
        "note": " ".join(notes),
        "rows": [
            _candidate(at, row, full, text) | {"has_unknown": count > around}
            for at, (row, count) in enumerate(zip(rows, unknown, strict=True), start=1)
        ],
    }


def _unknown_tokens(row: Row) -> int:
    """How many tokens of a scored text training never saw; the end of the line is not one."""
    tokens = row.get("tokens") or []
    count = len(tokens) - (tokens[-1:] == ["<end>"])
    return round((finite(row.get("unknown_rate")) or 0.0) * count)


def _candidate(at: int, row: Row, full: float, text: Texts) -> dict[str, Any]:
    share = finite(row.get("probability")) or 0.0
    return {
        "rank": str(at),
        "candidate": str(row.get("candidate", "")),
        "probability": _small_percent(share),
        "width": f"{100 * share:.1f}",
        **_scored(row, full, text),
    }


def _small_percent(share: float) -> str:
    """The usual form, and of a small share what is left of it in samples.json."""
    if share >= 0.001:
        return percent(share)
    return f"{100 * share:.2g}%" if share else "< 0.0001%"


def _scored(row: Row, full: float, text: Texts) -> dict[str, Any]:
    nats = metric_value("loss_nats", row.get("nats"))
    perplexity = metric_value("perplexity", row.get("perplexity"))
    return {
        "nats": nats,
        "perplexity": perplexity,
        "said": text["line_figures"].format(nats=nats, perplexity=perplexity),
        "line": surprise_line(row, full, text),
    }
