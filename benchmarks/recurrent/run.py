"""Runs every part in its own process, judges the goals, writes the results and the chart."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.record import record, versions_of
from benchmarks.recurrent import chart, goals
from benchmarks.recurrent.plan import PARTS

ROOT = Path(__file__).parents[2]
QUICK = ROOT / "runs" / "bench" / "recurrent-quick"
GOAL = "every row of results.goals; misses are listed with the rest"
PEERS = ("keras", "jax", "jaxlib", "tensorflow-cpu", "tensorflow", "onnxruntime", "onnx")

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1"
)
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
# Large buffers stay in the heap, so that no step pays for their pages again.
TUNED = {
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TRIM_THRESHOLD_": str(2**34),
    "MALLOC_TOP_PAD_": str(2**28),
}
XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
ENVIRONMENTS = {
    "training, malloc tuned": TUNED,
    "training, Keras on JAX": {"XLA_FLAGS": XLA, "JAX_PLATFORMS": "cpu"},
    "training, Keras on TensorFlow": {"XLA_FLAGS": XLA.split(maxsplit=1)[0]},
}


def main(*, quick: bool = False) -> None:
    began = time.perf_counter()
    results: dict[str, Any] = {part: _run(part, "quick" if quick else "full") for part in PARTS}
    results["goals"] = goals.judge(results)
    for row in results["goals"]:
        print("{reached!s:<6}{goal} | {over} | {bar} | {figure} {worst case}".format_map(row))
    print(f"{time.perf_counter() - began:.0f} s in all", flush=True)
    if quick:
        QUICK.mkdir(parents=True, exist_ok=True)
        (QUICK / "recurrent.json").write_text(json.dumps({"results": results}), encoding="utf-8")
        chart.draw(results, QUICK / "recurrent.svg")
        return
    record("recurrent", GOAL, results, versions=versions_of(PEERS), cpu=cpu_facts())
    chart.draw(results)


def _run(part: str, plan: str) -> Any:
    """What the part measured, or why there is nothing: a broken peer is no reason to lose all."""
    print(f"-- {part}", flush=True)
    environment = os.environ | ONE_THREAD | QUIET | ENVIRONMENTS.get(part, {})
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        words = [sys.executable, "-m", "benchmarks.recurrent.worker", part, plan, str(answer)]
        began = time.perf_counter()
        done = subprocess.run(words, cwd=ROOT, env=environment, check=False)
        if done.returncode:
            found = {"failed": f"exit status {done.returncode}"}
        else:
            found = json.loads(answer.read_text(encoding="utf-8"))
    print(f"   {time.perf_counter() - began:.0f} s", flush=True)
    if isinstance(found, dict) and found.keys() & {"failed", "absent"}:
        print(f"   {found}", flush=True)
    return found


def cpu_facts() -> dict[str, Any]:
    """What /proc/cpuinfo says, beyond a name that may be as short as the maker's."""
    from saiki import kernels

    level = {"kernels": kernels.info().level, "machine": platform.machine()}
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return level
    pairs = [line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if line]
    facts = {name.strip(): value.strip() for name, value in pairs}
    names = ("vendor_id", "cpu family", "model", "model name", "cache size")
    wanted = {"avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx", "amx_bf16"}
    flags = set(facts.get("flags", "").split()) & wanted
    return level | {n: facts[n] for n in names if n in facts} | {"instructions": sorted(flags)}
