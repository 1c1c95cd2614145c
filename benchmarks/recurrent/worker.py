"""Measures one part in a process of its own: one core, one thread, the part's environment."""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.recurrent.plan import PARTS, PLANS


def pin() -> None:
    """To the last core that this process may use; thread pools made later are as small."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run(part: str, plan: str) -> Any:
    module, function = PARTS[part]
    try:
        pin()
        import torch

        torch.set_num_threads(1)
        found = importlib.import_module(f"benchmarks.recurrent.{module}")
        return getattr(found, function)(PLANS[plan])
    except ImportError as error:
        return {"absent": str(error)}


if __name__ == "__main__":
    answer = run(sys.argv[1], sys.argv[2])
    Path(sys.argv[3]).write_text(json.dumps(answer), encoding="utf-8")
