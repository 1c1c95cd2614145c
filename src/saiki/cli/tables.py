"""Results as tables on the terminal."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from saiki.cli._forecast import forecast_table
from saiki.language import current_language, render

__all__ = [
    "comparison_table",
    "language_metrics_line",
    "lists_table",
    "metrics_line",
    "result_table",
    "translation_metrics_line",
]

# The metrics of a network and their headings, in the order of the columns.
_METRICS = {
    "accuracy": "accuracy",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "exact_match": "exact match",
    "loss_nats": "loss (nats)",
}
# The same of a language model, with how each is written.
_LANGUAGE_METRICS = {
    "perplexity": ("perplexity", ".2f"),
    "perplexity_with_cache": ("perplexity with cache", ".2f"),
    "perplexity_per_word": ("perplexity per word", ".2f"),
    "loss_nats": ("nats per token", ".4f"),
    "bits_per_byte": ("bits per byte", ".3f"),
    "unknown_rate": ("unknown", ".1%"),
}
# The same of a translator.
_TRANSLATION_METRICS = {
    "bleu": ("BLEU", ".2f"),
    "chrf": ("chrF", ".2f"),
    "exact_match": ("exact match", ".4f"),
    "perplexity": ("perplexity", ".3f"),
    "loss_nats": ("nats per token", ".4f"),
}
# What a comparison shows of each setting: the first of these that its runs have.
_TEST_HEADINGS = {
    "accuracy": "test accuracy",
    "micro_f1": "test micro F1",
    "bleu": "test BLEU",
    "perplexity": "test perplexity",
    "mase": "test MASE",
}
_VALIDATION_HEADINGS = {
    "accuracy": "validation accuracy",
    "micro_f1": "validation micro F1",
    "bleu": "validation BLEU",
    "perplexity": "validation perplexity",
    "mase": "validation MASE",
}
# What is shown beside that metric, and how a figure is written where not with four digits.
_ALSO = {"bleu": "exact_match"}
_FORMS = {"perplexity": ".2f", "bleu": ".2f"}


def metrics_line(metrics: dict[str, float]) -> str:
    """The metrics of one part, such as `accuracy 0.9810, loss (nats) 0.0712`."""
    shown = (f"{render(title)} {metrics[n]:.4f}" for n, title in _METRICS.items() if n in metrics)
    return ", ".join(shown)


def language_metrics_line(metrics: dict[str, float]) -> str:
    """The figures of a language model, such as `perplexity 108.21, nats per token 4.6841`."""
    return _line(metrics, _LANGUAGE_METRICS)


def translation_metrics_line(metrics: dict[str, float]) -> str:
    """The figures of a translator, such as `BLEU 35.02, chrF 48.10, exact match 0.1120`."""
    return _line(metrics, _TRANSLATION_METRICS)


def _line(metrics: dict[str, float], titles: Mapping[str, tuple[str, str]]) -> str:
    shown = (
        f"{render(title)} {_written(metrics[name], form)}"
        for name, (title, form) in titles.items()
        if name in metrics
    )
    return ", ".join(shown)


def _written(value: float, form: str) -> str:
    """A figure; a perplexity of many digits is shortened to its size."""
    return f"{value:.3g}" if value >= 1e7 else f"{value:{form}}"


def result_table(result: dict[str, Any]) -> Table:
    """One run: a row a part; of word vectors, a row a kind of question."""
    if result.get("task") == "word-vectors":
        return _vectors_table(result)
    if result.get("task") == "language-model":
        return _language_table(result)
    if result.get("task") == "forecast":
        return forecast_table(result, _cost(result))
    if result.get("task") == "translate":
        return _translation_table(result)
    table = Table(title=result["recipe"], box=SIMPLE_HEAD)
    parts = result["metrics"]
    shown = [name for name in _METRICS if any(name in figures for figures in parts.values())]
    for heading in ("part", "examples", *(_METRICS[name] for name in shown)):
        table.add_column(render(heading), justify="left" if heading == "part" else "right")
    for part, figures in parts.items():
        cells = [f"{figures[name]:.4f}" for name in shown]
        table.add_row(render(part), str(result["parts"][part]), *cells)
    table.caption = _cost(result)
    return table


def _cost(result: dict[str, Any]) -> str:
    return render(
        "{parameters:,} parameters, {seconds:.1f} s of training, peak memory {mebibytes:.0f} MiB",
        parameters=result["parameters"],
        seconds=result["seconds"],
        mebibytes=result["peak_memory_bytes"] / 2**20,
    )


def _language_table(result: dict[str, Any]) -> Table:
    """A language model: a row a figure, a column a part, since there are more figures."""
    parts = result["metrics"]
    counts = [f"{result['tokens'][part]:,}" for part in parts]
    return _figures_table(result, parts, render("tokens"), counts, _LANGUAGE_METRICS)


def _translation_table(result: dict[str, Any]) -> Table:
    """A translator: a row a figure, a column a part, and a column a group of the last part."""
    parts = dict(result["metrics"])
    counts = [f"{result['parts'][part]:,}" for part in parts]
    for part in list(result["groups"])[-1:]:
        for group, figures in result["groups"][part].items():
            parts[f"{render(part)}: {group}"] = figures
            counts.append(f"{figures['count']:,}")
    table = _figures_table(result, parts, render("pairs"), counts, _TRANSLATION_METRICS)
    seen = result.get("seen_in_training", {})
    if any(seen.values()):
        cells = [f"{seen[part]:,}" if part in seen else "–" for part in parts]
        table.add_row(render("pairs that are in the training part too"), *cells)
    if any(result["left_out"].values()):
        table.caption = "\n".join([_left_out(result["left_out"]), _cost(result)])
    return table


def _left_out(counts: dict[str, int]) -> str:
    return render(
        "left out: {empty:,} pairs with an empty side, {too_long:,} too long ones",
        empty=counts["empty"],
        too_long=counts["too_long"],
    )


def _figures_table(
    result: dict[str, Any],
    columns: Mapping[str, dict[str, float]],
    count: str,
    counts: Sequence[str],
    titles: Mapping[str, tuple[str, str]],
) -> Table:
    table = Table(title=result["recipe"], box=SIMPLE_HEAD)
    table.add_column("")
    for name in columns:
        table.add_column(render(name), justify="right")
    table.add_row(count, *counts)
    for name, (title, form) in titles.items():
        if any(name in figures for figures in columns.values()):
            cells = (_written(f[name], form) if name in f else "–" for f in columns.values())
            table.add_row(render(title), *cells)
    table.caption = _cost(result)
    return table


def _vectors_table(result: dict[str, Any]) -> Table:
    table = Table(title=result["recipe"], box=SIMPLE_HEAD, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    if headline := result["headline"]:
        answers = ", ".join(f"{a['word']} {a['similarity']:.3f}" for a in headline["answers"])
        table.add_row(headline["question"], answers or "–")
    test = result["metrics"].get("test", {})
    if "accuracy" in test:
        right, near = f"{test['accuracy']:.1%}", f"{test['top_5_accuracy']:.1%}"
        table.add_row(render("analogies answered right"), right)
        table.add_row(render("among the first five"), near)
    for part in ("train", "validation"):
        if loss := result["metrics"].get(part):
            name = render("{part}: loss (nats)", part=render(part))
            table.add_row(name, f"{loss['loss_nats']:.4f}")
    table.caption = render(
        "{words:,} words of {size} numbers, {seconds:.1f} s of training, peak memory "
        "{mebibytes:.0f} MiB",
        words=result["corpus"]["vocabulary"],
        size=result["vector_size"],
        seconds=result["seconds"],
        mebibytes=result["peak_memory_bytes"] / 2**20,
    )
    return table


def lists_table(rows: list[dict[str, Any]]) -> Table:
    """Word vectors on published lists: a row each."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("list", "measure", "score", "used", "words missing"):
        is_text = heading in ("list", "measure")
        table.add_column(render(heading), justify="left" if is_text else "right")
    for row in rows:
        if "reason" in row:
            why = render("not on this machine") if row["reason"] == "absent" else row["reason"]
            table.add_row(row["name"], why, "–", "–", "–")
            continue
        is_pairs = row["kind"] == "similarity"
        score = row["spearman"] if is_pairs else row["accuracy"]
        table.add_row(
            row["name"],
            render("Spearman's rho") if is_pairs else render("share right"),
            "–" if score is None else f"{score:.3f}",
            str(row["pairs"] if is_pairs else row["answered"]),
            str(row["missing"]),
        )
    return table


def comparison_table(grid: dict[str, Any]) -> Table:
    """A grid: a row a setting, with mean and spread."""
    table = Table(title=grid["recipe"], box=None, pad_edge=False)
    for axis in grid["axes"]:
        table.add_column(axis["name"].rpartition(".")[2], no_wrap=True)
    found = {name for row in grid["rows"] for name in row["metrics"]}
    metric, parts = _compared(found)
    also = _ALSO.get(metric)
    headings = {"test": _TEST_HEADINGS[metric], "validation": _VALIDATION_HEADINGS[metric]}
    if parts == ["test", "validation"]:
        headings["validation"] = "validation"  # of the same metric as the column before
    costs = ("seconds", "parameters", "memory MiB")
    shown = [headings[part] for part in parts] + ([_METRICS[also]] if also else [])
    for heading in (*shown, *costs):
        table.add_column(render(heading), justify="right", overflow="fold")
    for row in grid["rows"]:
        columns = [(metric, part) for part in parts] + ([(also, parts[0])] if also else [])
        table.add_row(*row["settings"].values(), *_figures(row, columns))
    if mean := grid.get("mean_over_groups"):
        over = mean["test.accuracy"]
        first = [render("mean"), *[""] * (len(grid["axes"]) - 1)]
        table.add_row(*first, f"{over['mean']:.4f} ± {over['spread']:.4f}")
    notes = [
        render(
            "skipped {setting}: {reason}",
            setting=" ".join(row["settings"].values()),
            reason=row["skipped"],
        )
        for row in grid["rows"]
        if row["skipped"]
    ]
    if reference := grid.get("reference"):
        notes += [_reference(reference), reference[f"note_{current_language()}"]]
    table.caption = "\n\n".join(notes) or None
    table.caption_justify = "left"
    return table


def _compared(found: Collection[str]) -> tuple[str, list[str]]:
    """The metric that a grid is compared by, and the parts that have it."""
    for metric in _TEST_HEADINGS:
        parts = [part for part in ("test", "validation") if f"{part}.{metric}" in found]
        if parts:
            return metric, parts
    return "accuracy", ["test"]


def _reference(reference: dict[str, Any]) -> str:
    """The published figures that the table is shown beside, a line each."""
    title = reference["title_ja" if current_language() == "ja" else "title"]
    lines = [
        render(
            "{name}: accuracy {accuracy:.3f}, validation {validation:.3f}, {seconds} s",
            name=row["name"],
            accuracy=row["accuracy"],
            validation=row["validation_accuracy"],
            seconds=row["seconds"],
        )
        for row in reference["rows"]
    ]
    return "\n".join([title, *lines])


def _figures(row: dict[str, Any], columns: Sequence[tuple[str, str]]) -> list[str]:
    if row["skipped"]:
        return [render("skipped")]
    return [
        *(
            _mean(row["metrics"].get(f"{part}.{metric}"), _FORMS.get(metric, ".4f"))
            for metric, part in columns
        ),
        f"{row['seconds']['mean']:.1f}",
        f"{row['parameters']:,}",
        f"{row['peak_memory_bytes'] / 2**20:.0f}",
    ]


def _mean(figure: dict[str, Any] | None, form: str) -> str:
    if figure is None:
        return "–"
    spread = f" ± {_written(figure['spread'], form)}" if len(figure["values"]) > 1 else ""
    return _written(figure["mean"], form) + spread
