"""The goals set for the trainers of vectors, each with its figure: reached or missed."""

from collections.abc import Iterator
from typing import Any

from benchmarks.vectors.figures import Row, row_of, system_of
from benchmarks.vectors.plan import SETTINGS

EXACT, FAST = "saiki, exact", "saiki, fast"
SPEED, THREADS = "times gensim's speed", "two threads ÷ one"
TITLES = {(s.objective, s.output, s.vector_size): s.title for s in SETTINGS}
TESTS = ("WordSim-353", "SimLex-999", "analogies")


def judge(results: dict[str, Any]) -> list[Row]:
    return [*_skip_gram(results), *_others(results), *_documents(results), *_size(results)]


def _row(
    work: str, system: str, measure: str, bar: float, value: float | None, *, at_most: bool = False
) -> Row:
    """A figure that was not measured misses its goal."""
    row: Row = {"work": work, "system": system, "measure": measure}
    row["bar"] = f"{'≤' if at_most else '≥'} {bar:g}".replace("-", "−")
    if value is None:
        return row | {"figure": None, "reached": False}
    reached = value <= bar if at_most else value >= bar
    return row | {"figure": round(value, 3), "reached": reached}


def _speed(results: dict[str, Any], title: str, system: str) -> float | None:
    row = row_of(results, "training", title)
    ours = system_of(row, system).get("words_per_cpu_second")
    theirs = system_of(row, "gensim").get("words_per_cpu_second")
    return ours / theirs if ours and theirs else None


def _points(row: Row, system: str, test: str) -> float | None:
    """Our mean minus gensim's, in points."""
    ours, theirs = (system_of(row, s).get("scores", {}).get(test) for s in (system, "gensim"))
    return ours["mean"] - theirs["mean"] if ours and theirs else None


def _skip_gram(results: dict[str, Any]) -> Iterator[Row]:
    bars = {(FAST, 100): (20, 1.0), (FAST, 300): (12, 1.0), (EXACT, 100): (10, 0.5)}
    for (system, size), (bar, slack) in bars.items():
        title = TITLES["skip-gram", "negative", size]
        yield _row(title, system, SPEED, bar, _speed(results, title, system))
        row = row_of(results, "training", title)
        for test in TESTS:
            yield _row(title, system, minus_gensim(test), -slack, _points(row, system, test))
    title = TITLES["skip-gram", "negative", 100]
    system = f"{FAST}, avx2"
    yield _row(title, system, SPEED, 12, _speed(results, title, system))
    for system in (EXACT, FAST):
        found = row_of(results, "threads", system).get("ratio")
        yield _row(title, system, THREADS, 1.7, found)


def minus_gensim(test: str) -> str:
    return f"{test}, points above gensim"


def _others(results: dict[str, Any]) -> Iterator[Row]:
    title = TITLES["dbow", "negative", 100]
    yield _row(title, FAST, SPEED, 12, _speed(results, title, FAST))
    for setting in SETTINGS:
        if setting.output == "hierarchical" or setting.objective in {"cbow", "dm", "dm-concat"}:
            for quality in setting.qualities:
                system = f"saiki, {quality}"
                speed = _speed(results, setting.title, system)
                yield _row(setting.title, system, SPEED, 5, speed)


def _documents(results: dict[str, Any]) -> Iterator[Row]:
    theirs = row_of(results, "documents", "PV-DBOW: gensim")
    for system in (FAST, EXACT):
        ours = row_of(results, "documents", f"PV-DBOW: {system}")
        for figure in ("validation", "five folds"):
            found = ours[figure]["mean"] - theirs[figure]["mean"] if ours and theirs else None
            yield _row("film reviews by PV-DBOW", system, minus_gensim(figure), -0.5, found)


def _size(results: dict[str, Any]) -> Iterator[Row]:
    """The longest corpus against a tenth of it with the same vocabulary."""
    found = results.get("size")
    rows = [row for row in found if row["min_count"] > 5] if isinstance(found, list) else []
    short, *_, long = rows if len(rows) > 1 else (None, None)
    names = {
        "own_memory_bytes": ("memory", 1.25, True),
        "words_per_cpu_second": ("speed", 0.9, False),
    }
    for key, (name, bar, at_most) in names.items():
        value = long[key] / short[key] if long and short else None
        title = "100 M words ÷ 10 M words, equal vocabulary"
        yield _row(title, EXACT, name, bar, value, at_most=at_most)
