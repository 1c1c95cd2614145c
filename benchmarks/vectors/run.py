"""Runs the parts one by one, judges the goals, writes the results and the chart after each."""

import json
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.process import ROOT
from benchmarks.record import RESULTS, record, versions_of
from benchmarks.vectors import chart, goals
from benchmarks.vectors.plan import PARTS, PLANS

QUICK = ROOT / "runs" / "bench" / "vectors-quick"
GOAL = "every row of results.goals; misses are listed with the rest"
LIBRARIES = (
    "gensim", "scipy", "scikit-learn", "SudachiPy", "sudachidict-core",
)  # fmt: skip


def main(parts: Sequence[str] | None = None, *, quick: bool = False) -> None:
    """Measures some parts (all by default); those measured before stay in the results."""
    began = time.perf_counter()
    results = _stored(quick=quick)
    for part in parts or PARTS:
        results[part] = _run(part, "quick" if quick else "full", results)
        results["goals"] = goals.judge(results)
        _write(results, quick=quick)
    for row in results["goals"]:
        print("{reached!s:<6}{work} | {system} | {measure} | {bar} | {figure}".format_map(row))
    print(f"{time.perf_counter() - began:.0f} s in all", flush=True)


def _run(part: str, plan: str, results: dict[str, Any]) -> Any:
    """What the part measured, or why there is nothing: one broken part is no reason to lose all."""
    print(f"-- {part}", flush=True)
    began = time.perf_counter()
    try:
        found = import_module(f"benchmarks.vectors.{part}").measure(PLANS[plan])
    except Exception as fault:  # noqa: BLE001  told, and the goals of the part are missed
        traceback.print_exc()
        found = {"failed": f"{type(fault).__name__}: {fault}"}
    seconds = time.perf_counter() - began
    done = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "seconds": round(seconds)}
    results.setdefault("parts", {})[part] = done
    print(f"   {seconds:.0f} s", flush=True)
    return found


def _path(*, quick: bool) -> Path:
    return (QUICK if quick else RESULTS) / "vectors.json"


def _stored(*, quick: bool) -> dict[str, Any]:
    path = _path(quick=quick)
    return json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}


def _write(results: dict[str, Any], *, quick: bool) -> None:
    if quick:
        QUICK.mkdir(parents=True, exist_ok=True)
        _path(quick=True).write_text(json.dumps({"results": results}, indent=1), encoding="utf-8")
        chart.draw(results, QUICK / "vectors.svg")
        return
    record("vectors", GOAL, results, versions=versions_of(LIBRARIES), cpu=_cpu())
    chart.draw(results)


def _cpu() -> dict[str, Any]:
    """The instruction levels compiled in and usable here, the one in use first."""
    from saiki.kernels._vectors_level import level, native

    levels = native().levels()
    return {"kernels": [levels[level()], *levels[level() + 1 :]]}
