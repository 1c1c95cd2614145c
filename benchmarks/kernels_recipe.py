"""`saiki train spoken-digits` with our kernels and with torch's operators, one after the other."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from typing import Any

from benchmarks.recipes import FOLDER
from benchmarks.record import record

RECIPE = "spoken-digits"
SIDES = {"saiki's own (default)": None, "SAIKI_KERNELS=torch": "torch"}
GOAL = "spoken-digits in at most half the time it takes with SAIKI_KERNELS=torch, same accuracy"


def measure(title: str, level: str | None) -> dict[str, Any]:
    folder = FOLDER / f"kernels-{level or 'default'}"
    shutil.rmtree(folder, ignore_errors=True)  # a continued run would tell a part of its time
    environment = {k: v for k, v in os.environ.items() if k != "SAIKI_KERNELS"}
    if level is not None:
        environment["SAIKI_KERNELS"] = level
    words = [sys.executable, "-m", "saiki", "train", RECIPE, "--out", str(folder), "--quiet"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, check=True, env=environment)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    row = {
        "kernels": title,
        "backend": result["backend"],
        "training_seconds": result["seconds"],
        "command_seconds": wall,
        "cpu_seconds": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
        "epochs": result["epochs"],
        "test_accuracy": result["metrics"]["test"]["accuracy"],
    }
    print(row, flush=True)
    return row


def main() -> None:
    rows = [measure(title, level) for title, level in SIDES.items()]
    ours, theirs = rows
    ratio = theirs["training_seconds"] / ours["training_seconds"]
    verdict = {
        "times as fast": ratio,
        "times less CPU": theirs["cpu_seconds"] / ours["cpu_seconds"],
        "reached": ratio >= 2 and ours["test_accuracy"] >= theirs["test_accuracy"],
    }
    print(verdict, flush=True)
    record("kernels_recipe", GOAL, {"rows": rows, **verdict})
