"""The command of these benchmarks: measures, judges the goals, writes the results and the chart."""

import argparse
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.language import chart, goals
from benchmarks.language.plan import PRESET
from benchmarks.process import ROOT
from benchmarks.record import RESULTS, record, versions_of
from benchmarks.recurrent.run import PEERS, cpu_facts

BENCH = ROOT / "runs" / "bench"
QUICK, BASELINE = BENCH / "language-quick", BENCH / "ptb-plain-torch"
GOAL = "every row of results.goals; misses are listed with the rest"


def main(words: Sequence[str] = ()) -> None:
    """Without words: the training step, with what was measured before of all else kept."""
    given = _read(words or ["step"])
    began = time.perf_counter()
    given.work(given)
    print(f"{time.perf_counter() - began:.0f} s in all", flush=True)


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks language")
    parts = parser.add_subparsers(required=True)
    step = parts.add_parser("step", help="seconds of a training step, beside the peers")
    step.add_argument("--preset", default=PRESET, help="of the recipe ptb")
    step.add_argument("--quick", action="store_true", help=f"a smoke run into {_shown(QUICK)}")
    step.set_defaults(work=_step)
    runs = parts.add_parser("runs", help="figures and curves of finished run folders")
    runs.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    runs.set_defaults(work=_runs)
    baseline = parts.add_parser("baseline", help="trains an untuned LSTM in plain torch on ptb")
    baseline.add_argument("--minutes", type=float, default=30.0)
    baseline.add_argument("--out", type=Path, default=BASELINE)
    baseline.set_defaults(work=_baseline)
    return parser.parse_args(words)


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _step(given: argparse.Namespace) -> None:
    from benchmarks.language.step import measure

    plan = "quick" if given.quick else "full"
    _write({"step": measure(plan, given.preset)}, quick=given.quick)


def _runs(given: argparse.Namespace) -> None:
    from benchmarks.language.runs import measure

    _write({"runs": measure(given.folders, _stored().get("runs", ()))})


def _baseline(given: argparse.Namespace) -> None:
    from benchmarks.language.baseline import train

    print(f"wrote {train(given.out, given.minutes)}: put it among the folders of `runs`")


def _stored(*, quick: bool = False) -> dict[str, Any]:
    path = (QUICK if quick else RESULTS) / "language.json"
    return json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}


def _write(found: dict[str, Any], *, quick: bool = False) -> None:
    results = _stored(quick=quick) | found
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    results["dates"] = results.get("dates", {}) | dict.fromkeys(found, today)
    results["goals"] = goals.judge(results)
    for row in results["goals"]:
        print("{reached!s:<6}{work} | {measure} | {bar} | {figure}".format_map(row))
    if quick:
        QUICK.mkdir(parents=True, exist_ok=True)
        path = QUICK / "language.json"
        path.write_text(json.dumps({"results": results}, indent=1), encoding="utf-8")
        return
    record("language", GOAL, results, versions=versions_of(PEERS), cpu=cpu_facts())
    chart.draw(results)
