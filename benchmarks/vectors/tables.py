"""The README's tables of these results."""

from typing import Any

from benchmarks.vectors.figures import Row, row_of, system_of
from benchmarks.vectors.goals import EXACT, FAST, TESTS, TITLES

Table = list[list[str]]
SYSTEMS = ("gensim", EXACT, FAST)
ASKED = "pairs, questions"


def rows_of(results: dict[str, Any], part: str) -> list[Row]:
    """No rows where a part was not measured."""
    found = results.get(part)
    return found if isinstance(found, list) else []


def speed(results: dict[str, Any]) -> Table:
    """Words per CPU-second, one thread; in brackets times gensim's."""
    rows = [["trained", *SYSTEMS]]
    for row in rows_of(results, "training"):
        rows.append([row["title"], *(_speed(row, name) for name in SYSTEMS)])
        levels = sorted({name.split(", ")[2] for name in row["systems"] if name.count(",") == 2})
        for level in levels:
            names = ["gensim", *(f"{name}, {level}" for name in SYSTEMS[1:])]
            rows.append([f"{row['title']} ({level})", *(_speed(row, name) for name in names)])
    return rows


def _speed(row: Row, name: str) -> str:
    found = system_of(row, name).get("words_per_cpu_second")
    if found is None:
        return "–"
    ratio = found / system_of(row, "gensim")["words_per_cpu_second"]
    return millions(found) + ("" if name == "gensim" else f" ({ratio:.1f}x)")


def millions(value: float) -> str:
    return f"{value / 1e6:.2f} M"


def threads(results: dict[str, Any]) -> Table:
    rows = [["system", "one thread", "two threads", "two ÷ one"]]
    for row in rows_of(results, "threads"):
        speeds = [millions(row[f"words_per_second_{n}"]) for n in (1, 2)]
        rows.append([row["title"], *speeds, f"{row['ratio']:.2f}x"])
    return rows


def quality(results: dict[str, Any]) -> Table:
    rows, asked = [["trained", "system", *TESTS]], []
    for row in rows_of(results, "training"):
        for name in SYSTEMS:
            scores = system_of(row, name).get("scores")
            if scores:
                rows.append([row["title"], name, *(mean(scores[test]) for test in TESTS)])
                asked = [[ASKED, "", *_asked(scores)]]
    return rows + asked


def _asked(scores: dict[str, Row]) -> list[str]:
    """How many pairs and questions each test set had for the vectors; the words are the same."""
    return [f"{figure['mean']:,.0f}" for test, figure in scores.items() if "," in test]


def mean(figure: Row) -> str:
    spread = f" ± {figure['spread']:.1f}" if len(figure["values"]) > 1 else ""
    return f"{figure['mean']:.1f}{spread}"


def memory(results: dict[str, Any]) -> Table:
    rows = [["trained", "system", "peak memory MiB", "CPU seconds of the vocabulary"]]
    kinds = (("skip-gram", 100), ("skip-gram", 300), ("dbow", 100))
    for title in (TITLES[objective, "negative", size] for objective, size in kinds):
        for name in SYSTEMS:
            found = system_of(row_of(results, "training", title), name)
            if found:
                peak = f"{found['peak_memory_bytes']['mean'] / 2**20:.0f}"
                rows.append([title, name, peak, f"{found['vocabulary_cpu_seconds']['mean']:.2f}"])
    return rows


def documents(results: dict[str, Any]) -> Table:
    names = ("validation", "five folds", "inferred")
    rows = [["vectors", "system", *names]]
    held = rows_of(results, "documents")
    rows += [[row["kind"], row["system"], *(mean(row[name]) for name in names)] for row in held]
    return rows


def japanese(results: dict[str, Any]) -> Table:
    names = ("nouns", "verbs", "analogies")
    rows, asked = [["system", *names]], []
    for system in SYSTEMS:
        scores = system_of(results.get("japanese") or {}, system).get("scores")
        if scores:
            rows.append([system, *(mean(scores[name]) for name in names)])
            asked = [[ASKED, *_asked(scores)]]
    return rows + asked


def size(results: dict[str, Any]) -> Table:
    memory_names = ("tables MiB", "own memory MiB", "with mapped files MiB")
    speed_names = ("reading, words per CPU-second", "training, words per CPU-second")
    rows = [["words", "minimum count", "vocabulary", *memory_names, *speed_names]]
    for row in rows_of(results, "size"):
        counts = (row["words"], row["min_count"], row["vocabulary"])
        sizes = (row["table_bytes"], row["own_memory_bytes"], row["mapped_too_bytes"])
        speeds = (row["words_read_per_cpu_second"], row["words_per_cpu_second"])
        cells = [*(f"{n:,}" for n in counts), *(f"{n / 2**20:,.0f}" for n in sizes)]
        rows.append([*cells, *map(millions, speeds)])
    return rows


def goals(results: dict[str, Any]) -> Table:
    rows = [["goal", "system", "what", "bar", "figure", "reached"]]
    for row in results["goals"]:
        figure = "–" if row["figure"] is None else f"{row['figure']:.2f}".replace("-", "−")
        reached = "yes" if row["reached"] else "no"
        names = (row["work"], row["system"], row["measure"], row["bar"])
        rows.append([*names, figure, reached])
    return rows


TABLES = {
    "vectors-speed": speed,
    "vectors-threads": threads,
    "vectors-quality": quality,
    "vectors-memory": memory,
    "vectors-documents": documents,
    "vectors-japanese": japanese,
    "vectors-size": size,
    "vectors-goals": goals,
}
