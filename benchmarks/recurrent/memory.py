"""Peak memory of a training step beyond what was there before it, each in a fresh process."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.recurrent.plan import Plan

SIDES = ("saiki", "torch.nn")
STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measure(plan: Plan) -> list[dict[str, Any]]:
    if not PEAK.exists():
        return []  # only Linux tells
    rows = []
    for cell in ("GRU", "LSTM"):
        found = {}
        for side in SIDES:
            words = [side, cell, *map(str, plan.memory_shape)]
            command = [sys.executable, "-m", "benchmarks.recurrent.memory", *words]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[side] = int(done.stdout.split()[-1])
        print(cell, {side: f"{size / 2**20:.1f} MiB" for side, size in found.items()}, flush=True)
        shape = dict(zip("TBH", plan.memory_shape, strict=True))
        rows.append({"cell": cell, **shape, "bytes": found})
    return rows


def _kibibytes(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text(encoding="ascii"))
    if found is None:
        raise OSError(f"the system does not tell {name}")
    return int(found[1])


def measure_one(side: str, cell: str, shape: tuple[int, int, int]) -> int:
    """Bytes; getrusage would not do, its peak is inherited from the process that started this."""
    import torch

    from benchmarks.recurrent.layers import make_batch, make_ours, make_torch, training_step

    torch.set_num_threads(1)
    layer = make_ours(cell, shape[2])
    if side != "saiki":
        layer = make_torch(layer, cell, shape[2])

    def step_at(steps: int) -> Any:
        x, dy = make_batch((steps, *shape[1:]))
        x.requires_grad_()
        return training_step(layer, lambda: layer(x)[0], dy, x)

    step_at(2)()
    step = step_at(shape[0])
    PEAK.write_text("5", encoding="ascii")  # the peak begins anew
    before = _kibibytes("VmRSS")
    step()
    return 1024 * (_kibibytes("VmHWM") - before)


if __name__ == "__main__":
    T, B, H = map(int, sys.argv[3:6])
    print(measure_one(sys.argv[1], sys.argv[2], (T, B, H)))
