"""Interleaved rounds of several pieces of work; the least time of each."""

import gc
import time
from collections.abc import Callable, Mapping
from typing import Protocol

Work = Callable[[], object]


class HowLong(Protocol):
    """The fewest interleaved rounds, and the fewest seconds that they go on."""

    @property
    def rounds(self) -> int: ...
    @property
    def seconds(self) -> float: ...


def race(
    works: Mapping[str, Work], plan: HowLong, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """The least seconds of each: of the CPU, all threads of this process together, by default."""
    for work in works.values():
        work()
    best = dict.fromkeys(works, float("inf"))
    gc.collect()
    gc.disable()
    try:
        began, done = time.perf_counter(), 0
        while done < plan.rounds or time.perf_counter() - began < plan.seconds:
            for name, work in works.items():
                before = clock()
                work()
                best[name] = min(best[name], clock() - before)
            done += 1
    finally:
        gc.enable()
    return best


def show(title: str, seconds: Mapping[str, float]) -> None:
    """One line: our milliseconds, and the times that each other took."""
    (_, ours), *others = seconds.items()
    ratios = "  ".join(f"{name} x{value / ours:.2f}" for name, value in others)
    print(f"{title:<36} {ours * 1e3:9.3f} ms  {ratios}", flush=True)
