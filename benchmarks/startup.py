"""CPU seconds of `saiki --help`, beside a bare interpreter and `import torch`."""

import os
import resource
import statistics
import subprocess
import sys

from benchmarks.record import record

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "saiki --help": [sys.executable, "-m", "saiki", "--help"],
    "saiki train --help": [sys.executable, "-m", "saiki", "train", "--help"],
    "import saiki": [sys.executable, "-c", "import saiki"],
    "import torch": [sys.executable, "-c", "import torch"],
}
ROUNDS = 7


def cpu_seconds(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):  # interleaved, so that a slow moment touches all
        for name, words in COMMANDS.items():
            seconds[name].append(cpu_seconds(words))
    rows = {
        name: {"minimum_cpu_seconds": min(s), "median_cpu_seconds": statistics.median(s)}
        for name, s in seconds.items()
    }
    for name, row in rows.items():
        print(f"{name:<20} {row['minimum_cpu_seconds']:.3f} s CPU")
    record("startup", "saiki --help in at most 0.3 s of CPU time", rows)
