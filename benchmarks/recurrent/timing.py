"""Interleaved rounds of several pieces of work; the least CPU time of each."""

import gc
import time
from collections.abc import Callable, Mapping

from benchmarks.recurrent.plan import Plan

Work = Callable[[], object]


def race(works: Mapping[str, Work], plan: Plan) -> dict[str, float]:
    """The least CPU seconds of each, all threads of this process together."""
    for work in works.values():
        work()
    best = dict.fromkeys(works, float("inf"))
    gc.collect()
    gc.disable()
    try:
        began, done = time.perf_counter(), 0
        while done < plan.rounds or time.perf_counter() - began < plan.seconds:
            for name, work in works.items():
                before = time.process_time()
                work()
                best[name] = min(best[name], time.process_time() - before)
            done += 1
    finally:
        gc.enable()
    return best


def show(title: str, seconds: Mapping[str, float]) -> None:
    """One line: our milliseconds, and the times that each other took."""
    (_, ours), *others = seconds.items()
    ratios = "  ".join(f"{name} x{value / ours:.2f}" for name, value in others)
    print(f"{title:<36} {ours * 1e3:9.3f} ms  {ratios}", flush=True)
