"""Starts work in processes of its own: one after the other on one core, or one on each core."""

import json
import os
import queue
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

Request = dict[str, Any]


def cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return [-1]  # no way to pin


def call(
    module: str,
    request: Request,
    *,
    on: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What `work(**request)` of `benchmarks.MODULE` returns, in a process of its own.

    Args:
        module: which one.
        request: its arguments, plain JSON.
        on: the cores that the process is pinned to; none leaves it all.
        environment: variables on top of ours; without them, numerical libraries have one thread.
    """
    given = {name: v for name, v in os.environ.items() if name != "SAIKI_KERNELS"}
    if request.get("level"):
        given["SAIKI_KERNELS"] = request["level"]
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        place = ",".join(map(str, on))
        words = [sys.executable, "-m", "benchmarks.process", module, place, str(answer)]
        done = subprocess.run(
            [*words, json.dumps(request)],
            cwd=ROOT,
            env=given | ONE_THREAD | dict(environment or {}),
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module} ended with {done.returncode}: {request}")
        return json.loads(answer.read_text(encoding="utf-8"))


def alone(module: str, request: Request) -> dict[str, Any]:
    """For speed: nothing else of ours runs, on the last core."""
    return call(module, request, on=cores()[-1:])


def side_by_side(module: str, requests: Iterable[Request]) -> list[dict[str, Any]]:
    """For quality: a process on each core. Their CPU times share caches and do not count."""
    free: queue.Queue[int] = queue.Queue()
    for core in cores():
        free.put(core)

    def run(request: Request) -> dict[str, Any]:
        core = free.get()
        try:
            return call(module, request, on=[core])
        finally:
            free.put(core)

    with ThreadPoolExecutor(len(cores())) as pool:
        return list(pool.map(run, requests))


def _main(module: str, place: str, answer: str, request: str) -> None:
    import importlib

    if place not in {"", "-1"}:
        os.sched_setaffinity(0, set(map(int, place.split(","))))
    found = importlib.import_module(f"benchmarks.{module}").work(**json.loads(request))
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
