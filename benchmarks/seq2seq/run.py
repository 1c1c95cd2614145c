"""The command of these benchmarks: measures, writes the results."""

import argparse
import json
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.process import ROOT
from benchmarks.record import RESULTS, record
from benchmarks.recurrent.run import cpu_facts
from benchmarks.seq2seq import decoding, tables, training
from benchmarks.seq2seq.plan import DECODING, PARTS, TRAINING

QUICK = ROOT / "runs" / "bench" / "seq2seq-quick"
GOAL = "training and decoding at least as fast as the same network in plain torch"
MEASURES = {TRAINING: training.measure, DECODING: decoding.measure}


def main(words: Sequence[str] = ()) -> None:
    """Without words: both parts. With one, what was measured of the other before is kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks seq2seq")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{' or '.join(PARTS)}; both")
    parser.add_argument("--quick", action="store_true", help=f"a smoke run into {_shown()}")
    given = parser.parse_args(words)
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]!r}; there are: {', '.join(PARTS)}")
    began = time.perf_counter()
    name = "quick" if given.quick else "full"
    results = _stored(is_quick=given.quick)
    for part in given.parts or PARTS:
        print(f"-- {part}", flush=True)
        results[part] = MEASURES[part](name)
    print(f"{time.perf_counter() - began:.0f} s in all", flush=True)
    _write(results, is_quick=given.quick)


def _shown() -> str:
    return QUICK.relative_to(ROOT).as_posix()


def _stored(*, is_quick: bool) -> dict[str, Any]:
    path = (QUICK if is_quick else RESULTS) / "seq2seq.json"
    return json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}


def _write(results: dict[str, Any], *, is_quick: bool) -> None:
    for table in tables.TABLES.values():
        head, *rows = table(results)
        for row in [head, *rows] if rows else []:
            print(" | ".join(row), flush=True)
    if not is_quick:
        record("seq2seq", GOAL, results, cpu=cpu_facts())
        return
    QUICK.mkdir(parents=True, exist_ok=True)
    path = QUICK / "seq2seq.json"
    path.write_text(json.dumps({"results": results}, indent=1), encoding="utf-8")
