"""Results as tables on the terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from saiki.language import current_language, render

__all__ = ["comparison_table", "lists_table", "result_table"]


def result_table(result: dict[str, Any]) -> Table:
    """One run: a row a part; of word vectors, a row a kind of question."""
    if result.get("task") == "word-vectors":
        return _vectors_table(result)
    table = Table(title=result["recipe"], box=SIMPLE_HEAD)
    for heading in ("part", "examples", "accuracy", "loss (nats)"):
        table.add_column(render(heading), justify="left" if heading == "part" else "right")
    for part, figures in result["metrics"].items():
        table.add_row(
            render(part),
            str(result["parts"][part]),
            f"{figures['accuracy']:.4f}",
            f"{figures['loss_nats']:.4f}",
        )
    table.caption = render(
        "{parameters:,} parameters, {seconds:.1f} s of training, peak memory {mebibytes:.0f} MiB",
        parameters=result["parameters"],
        seconds=result["seconds"],
        mebibytes=result["peak_memory_bytes"] / 2**20,
    )
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
    has_validation = any("validation.accuracy" in row["metrics"] for row in grid["rows"])
    headings = ["test accuracy", "validation", "seconds", "parameters", "memory MiB"]
    if not has_validation:
        headings.remove("validation")
    for heading in headings:
        table.add_column(render(heading), justify="right", overflow="fold")
    for row in grid["rows"]:
        table.add_row(*row["settings"].values(), *_figures(row, has_validation=has_validation))
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


def _figures(row: dict[str, Any], *, has_validation: bool) -> list[str]:
    if row["skipped"]:
        return [render("skipped")]
    validation = [_mean(row["metrics"].get("validation.accuracy"))] if has_validation else []
    return [
        _mean(row["metrics"].get("test.accuracy")),
        *validation,
        f"{row['seconds']['mean']:.1f}",
        f"{row['parameters']:,}",
        f"{row['peak_memory_bytes'] / 2**20:.0f}",
    ]


def _mean(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "–"
    spread = f" ± {figure['spread']:.4f}" if len(figure["values"]) > 1 else ""
    return f"{figure['mean']:.4f}{spread}"
