"""Writes the tables of both READMEs and of `docs/` from `benchmarks/results/*.json`."""

import json
import re
from collections.abc import Callable
from typing import Any

from benchmarks import analogy_ranks, console, sequences, text_classification, word_arithmetic
from benchmarks.language import tables as language
from benchmarks.pages import rewrite
from benchmarks.record import RESULTS
from benchmarks.recurrent import tables as kernels
from benchmarks.seq2seq import tables as seq2seq
from benchmarks.vectors import tables as vectors
from benchmarks.vectors.japanese_words import JAPANESE as VECTORS_JAPANESE

BLOCK = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

JAPANESE = {
    "network": "ネットワーク",
    "test accuracy": "テスト正解率",
    "validation": "検証",
    "seconds": "秒",
    "parameters": "パラメータ数",
    "memory MiB": "メモリ MiB",
    "held-out speaker": "除いた話者",
    "mean": "平均",
    "features": "特徴量",
    "first run": "最初の結果",
    "raw waveform": "生波形",
    "log-mel": "対数メル",
    "command": "コマンド",
    "CPU seconds (minimum)": "CPU 秒（最小）",
    "words per CPU-second (times gensim's)": "語数/CPU 秒（gensim の何倍か）",
    "recipe without": "レシピから除いたもの",
    "change": "差",
    "bidirectional": "双方向",
    "all of them": "すべて",
    "nothing (the recipe)": "なし（レシピのまま）",
}
JAPANESE |= kernels.JAPANESE | VECTORS_JAPANESE | word_arithmetic.JAPANESE | language.JAPANESE
JAPANESE |= text_classification.JAPANESE | seq2seq.JAPANESE | sequences.JAPANESE
# Where a block's results are, if not in the file of its own name.
SOURCES = {"kernels": "recurrent", "kernels-goals": "recurrent"}
SOURCES |= dict.fromkeys([*vectors.TABLES, "vectors-summary"], "vectors")
SOURCES |= dict.fromkeys(word_arithmetic.TABLES, "word_arithmetic")
SOURCES |= dict.fromkeys(language.TABLES, "language")
SOURCES |= dict.fromkeys(seq2seq.TABLES, "seq2seq")
SOURCES |= dict.fromkeys(sequences.TABLES, "sequences")
SOURCES |= {"analogy-ranks": "console", "analogy-ranks-ja": "console"}
Table = list[list[str]]


def accuracy(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "–"
    spread = f" ± {figure['spread']:.4f}" if len(figure["values"]) > 1 else ""
    return f"{figure['mean']:.4f}{spread}"


def network(row: dict[str, Any]) -> str:
    settings = row["settings"]
    direction = "bidirectional " if settings.get("model.bidirectional") == "true" else ""
    return direction + settings.get("model.cell", "gru")


def grid_rows(table: dict[str, Any]) -> Table:
    head = ["network", "test accuracy", "validation", "seconds", "parameters", "memory MiB"]
    return [head, *(grid_row(row) for row in table["rows"] if not row["skipped"])]


def grid_row(row: dict[str, Any]) -> list[str]:
    return [
        network(row),
        accuracy(row["metrics"]["test.accuracy"]),
        accuracy(row["metrics"].get("validation.accuracy")),
        f"{row['seconds']['mean']:.1f}",
        f"{row['parameters']:,}",
        f"{row['peak_memory_bytes'] / 2**20:.0f}",
    ]


def spoken_digits(results: dict[str, Any]) -> Table:
    own, cells = grid_rows(results["recipe"]), grid_rows(results["cells"])
    own[1][0] += f" ({len(results['recipe']['seeds'])} seeds)"
    return own + cells[1:]


def speakers(table: dict[str, Any]) -> Table:
    rows = [["held-out speaker", "test accuracy", "seconds"]]
    for row in table["rows"]:
        figure = accuracy(row["metrics"]["test.accuracy"])
        rows.append([row["settings"]["data.held_out"], figure, f"{row['seconds']['mean']:.1f}"])
    seconds = sum(row["seconds"]["mean"] for row in table["rows"]) / len(table["rows"])
    over = table["mean_over_groups"]["test.accuracy"]
    return [*rows, ["mean", accuracy(over), f"{seconds:.1f}"]]


def raw(results: dict[str, Any]) -> Table:
    rows = [["features", "network", "seconds", "test accuracy", "validation"]]
    for row in results["first run"]:
        figures = (row["accuracy"], row["validation_accuracy"])
        rows.append(["first run", row["name"], str(row["seconds"]), *(f"{f:.3f}" for f in figures)])
    named = (("raw waveform", "raw waveform, one epoch"), ("log-mel", "log-mel, one epoch"))
    for title, key in named:
        ours = grid_rows(results[key])[1:]
        rows += [[title, row[0], row[3], row[1], row[2]] for row in ours]
    return rows


def augmentation(results: list[dict[str, Any]]) -> Table:
    rows = [["recipe without", "test accuracy", "change"]]
    for row in results:
        change = f"{row['change']:+.4f}" if row["change"] else ""
        rows.append([row["without"], f"{row['accuracy']:.4f}", change])
    return rows


def startup(results: dict[str, Any]) -> Table:
    rows = [["command", "CPU seconds (minimum)"]]
    return rows + [[f"`{n}`", f"{r['minimum_cpu_seconds']:.3f}"] for n, r in results.items()]


def vectors_summary(results: dict[str, Any]) -> Table:
    """Speed and scores together, of the trainings that were scored."""
    (_, *systems), *speeds = vectors.speed(results)
    (trained, system, *tests), *scored = vectors.quality(results)
    held = {(row[0], name): row[k] for row in speeds for k, name in enumerate(systems, 1)}
    rows = [[trained, system, "words per CPU-second (times gensim's)", *tests]]
    return rows + [[*row[:2], held.get((row[0], row[1]), ""), *row[2:]] for row in scored]


TABLES: dict[str, Callable[[Any], Table]] = {
    "japanese_vowels": grid_rows,
    "spoken_digits": spoken_digits,
    "spoken_digits_speakers": speakers,
    "spoken_digits_raw": raw,
    "augmentation": augmentation,
    "kernels": kernels.kernels,
    "kernels-goals": kernels.kernels_goals,
    "kernels_recipe": kernels.kernels_recipe,
    "startup": startup,
    **vectors.TABLES,
    "vectors-summary": vectors_summary,
    **word_arithmetic.TABLES,
    **language.TABLES,
    **seq2seq.TABLES,
    **sequences.TABLES,
    **text_classification.TABLES,
    "analogy-ranks": lambda results: analogy_ranks.table(results["ranks"]["en"]),
    "analogy-ranks-ja": lambda results: analogy_ranks.table(results["ranks"]["ja"]),
}


def markdown(table: Table, *, japanese: bool) -> str:
    def shown(cell: str) -> str:
        if not japanese:
            return cell
        return JAPANESE.get(cell, cell.replace("bidirectional ", "双方向 "))

    lines = ["| " + " | ".join(shown(cell) for cell in row) + " |" for row in table]
    lines.insert(1, "|" + "---|" * len(table[0]))
    return "\n".join(lines) + "\n"


def filled(text: str, *, japanese: bool) -> str:
    """`text` with the table, or the commands, of each block written anew."""

    def fill(block: re.Match[str]) -> str:
        results = stored(SOURCES.get(block[2], block[2]))
        if results is None:
            return block[0]
        table = markdown(TABLES[block[2]](results), japanese=japanese)
        return f"{block[1]}{table}{block[3]}"

    text, commands = BLOCK.sub(fill, text), stored("console")
    return text if commands is None else console.filled(text, commands, japanese=japanese)


def stored(name: str) -> Any:
    """The results of a benchmark; None where it has not run."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else None


def main() -> None:
    rewrite(lambda text, japanese: filled(text, japanese=japanese))
