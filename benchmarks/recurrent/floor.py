"""What the arithmetic of a training step costs at least."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import torch

from benchmarks.recurrent.plan import GATES, Plan
from benchmarks.recurrent.timing import race

GOAL_RATE = 250.0  # GFLOP/s of the core that the goals were set on
SOURCE = Path(__file__).with_name("floor.cpp")


def measure(plan: Plan) -> dict[str, Any]:
    """GFLOP/s of one core: as the goals define it, in registers, and of torch's own product."""
    a = torch.randn(1024, 1024)
    seconds = race({"product": lambda: a @ a}, plan)["product"]
    found = {
        "goal": GOAL_RATE,
        "measured": _fused_multiply_adds(),
        "torch matmul 1024": 2 * 1024**3 / seconds / 1e9,
    }
    print("GFLOP/s", found, flush=True)
    return found


def _fused_multiply_adds() -> float | None:
    compiler = shutil.which("c++")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/floor"
        options = ["-std=c++20", "-O3", "-march=native", "-ffp-contract=fast"]
        subprocess.run([compiler, *options, str(SOURCE), "-o", program], check=True)
        done = subprocess.run([program], check=True, capture_output=True, text=True)
    return float(done.stdout)


def training_gflop(row: dict[str, Any], *, needs_dx: bool = True) -> float:
    """Of the matrix products of one step; T, B, H from `row`, and I = H.

    Forward W x and U h; backward dW, dU and dh; dx where it is asked for.
    """
    products = 6 if needs_dx else 5
    return 2e-9 * products * row["T"] * row["B"] * GATES[row["cell"]] * row["H"] ** 2
