"""What the page shows of a run of translation."""

from collections.abc import Mapping, Sequence
from typing import Any

from saiki.insight.report._alignment_maps import alignment_picker
from saiki.insight.report._curves import learning_curves, step_view
from saiki.insight.report._figures import Figure, axis, figure, line
from saiki.insight.report._format import (
    Texts,
    capital,
    finite,
    integer,
    metric_title,
    metric_value,
    number,
    part_metric_title,
)
from saiki.insight.report._reading import Row, Run, read_samples
from saiki.insight.report._run_view import cost_figures, record_view, training_end

__all__ = ["Bin", "length_figure", "translation_view"]

Bin = tuple[str, float, int]  # its name, BLEU, sentences

_PARTS = ("test", "validation")
_FIRST = ("bleu", "chrf", "exact_match", "perplexity", "loss_nats")
_N_BEST = 5
_SHOWN = 100


def translation_view(run: Run, text: Texts) -> dict[str, Any]:
    """The values of the template `translation.html`."""
    samples = read_samples(run.folder)
    shown = _rows(samples, "samples")
    bins = _bins(samples, text)
    return record_view(run, text) | {
        "kind": "translation",
        "headline": _headline(run, text),
        "figures": _figures(run, text),
        "groups": _groups(run, text),
        "has_samples": samples is not None,
        "bins": bins,
        "lengths": length_figure([("BLEU", bins)], text) if bins else None,
        "length_rows": [[name, integer(count), metric_value("bleu", s)] for name, s, count in bins],
        "alignment": alignment_picker(shown, text),
        "translations": [_translation(row, text) for row in shown[:_SHOWN]],
        "curves": learning_curves(run, text),
        "steps": step_view(run, text),
    }


def _rows(table: Mapping[str, Any] | None, key: str) -> list[Row]:
    found = (table or {}).get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _metrics(run: Run, part: str) -> dict[str, Any]:
    """The numbers of a part, the usual ones first."""
    found = ((run.result or {}).get("metrics") or {}).get(part)
    table = found if isinstance(found, Mapping) else {}
    named = [name for name in _FIRST if name in table]
    named += [name for name in table if name not in named]
    return {name: table[name] for name in named if number(table[name]) is not None}


def _headline(run: Run, text: Texts) -> list[tuple[str, str]]:
    shown = [
        (part_metric_title(f"{part}.{name}", text), metric_value(name, value))
        for part in _PARTS
        for name, value in _metrics(run, part).items()
        if name in _FIRST[:3]
    ]
    sizes = (run.result or {}).get("vocabulary")
    if isinstance(sizes, Mapping) and sizes:
        shown.append((text["vocabulary_of_tokens"], " → ".join(map(integer, sizes.values()))))
    return shown + cost_figures(run.result or {}, text) + training_end(run, text)


def _figures(run: Run, text: Texts) -> dict[str, Any] | None:
    parts = [part for part in _PARTS if _metrics(run, part)]
    if not parts:
        return None
    names = list(dict.fromkeys(name for part in parts for name in _metrics(run, part)))
    head = [text["part"], text["sentences"], *(capital(metric_title(n, text)) for n in names)]
    counts = (run.result or {}).get("parts") or {}
    rows = [
        [text[f"part_{part}"], integer(counts.get(part))]
        + [metric_value(name, _metrics(run, part).get(name)) for name in names]
        for part in parts
    ]
    signature = (run.result or {}).get("bleu_signature")
    notes = [text["score_note"]]
    notes += [text["scored_with"].format(signature=signature)] if signature else []
    return {"head": head, "rows": rows, "note": " ".join(notes)}


def _groups(run: Run, text: Texts) -> dict[str, Any] | None:
    """Of the first part that has any: each group's number of sentences and its scores."""
    found = (run.result or {}).get("groups")
    tables = found if isinstance(found, Mapping) else {}
    for part in _PARTS:
        groups = tables.get(part)
        if isinstance(groups, Mapping) and groups:
            rows = {str(name): row for name, row in groups.items() if isinstance(row, Mapping)}
            return {"title": text[f"part_{part}"]} | _group_table(rows, text)
    return None


def _group_table(groups: Mapping[str, Mapping[str, Any]], text: Texts) -> dict[str, Any]:
    seen = dict.fromkeys(name for row in groups.values() for name in row if name != "count")
    names = [name for name in _FIRST if name in seen]
    names += [name for name in seen if name not in names]
    head = [text["group"], text["sentences"], *(capital(metric_title(n, text)) for n in names)]
    rows = [
        [group, integer(row.get("count")), *(metric_value(name, row.get(name)) for name in names)]
        for group, row in groups.items()
    ]
    return {"head": head, "rows": rows}


def _bins(samples: Row | None, text: Texts) -> list[Bin]:
    found = []
    for row in _rows(samples, "by_length"):
        score, count = finite(row.get("bleu")), finite(row.get("count"))
        if score is not None and count:
            found.append((_bin_name(row, text), score, int(count)))
    return found


def _bin_name(row: Row, text: Texts) -> str:
    first, last = row.get("from"), row.get("to")
    if last is None:
        return text["length_bin_open"].format(first=first)
    return str(first) if first == last else text["length_bin"].format(first=first, last=last)


def length_figure(runs: Sequence[tuple[str, Sequence[Bin]]], text: Texts) -> Figure:
    """BLEU over bins of length, a line a run; the number of sentences stands under each bin."""
    names = list(dict.fromkeys(name for _, bins in runs for name, _, _ in bins))
    counts = {name: count for _, bins in reversed(runs) for name, _, count in bins}
    lines = [
        line(
            title,
            [(float(names.index(name)), score) for name, score, _ in bins],
            f"@{at % 8 + 1}",
            mode="lines+markers",
        )
        for at, (title, bins) in enumerate(runs)
    ]
    below = text["sentence_count"]
    labels = [f"{name}<br>{below.format(count=integer(counts[name]))}" for name in names]
    x = axis(
        text["source_length"],
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=labels,
        range=[-0.4, len(names) - 0.6],
        zeroline=False,
    )
    y = axis("BLEU", rangemode="tozero", hoverformat=".1f")
    return figure(text["by_length_caption"], lines, x, y, height=340, showlegend=len(runs) > 1)


def _translation(row: Row, text: Texts) -> dict[str, Any]:
    output, reference = str(row.get("output", "")), row.get("reference")
    unknown = row.get("unknown")
    words = ", ".join(map(str, unknown)) if isinstance(unknown, list) else ""
    return {
        "source": str(row.get("source", "")),
        "unknown": text["unknown_words"].format(words=words) if words else "",
        "reference": "–" if reference is None else str(reference),
        "output": output,
        "is_right": reference is not None and output.split() == str(reference).split(),
        "nats": _nats(row),
        "others": [
            {"output": str(other.get("output", "")), "nats": _nats(other)}
            for other in _rows(row, "n_best")[1:_N_BEST]
        ],
    }


def _nats(row: Row) -> str:
    found = finite(row.get("log_probability"))
    if found is None:
        return "–"
    return f"{abs(found):.2f}" if abs(found) >= 0.05 else f"{abs(found):.1g}"
