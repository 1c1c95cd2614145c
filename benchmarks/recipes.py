"""Runs of recipes for the benchmarks: into `runs/bench/`, continued where they stopped."""

from pathlib import Path
from typing import Any

from rich.console import Console

import saiki
from saiki.cli.tables import comparison_table

FOLDER = Path("runs/bench")


def grid(name: str, recipe: str, vary: dict[str, list[Any]], seeds: int, **fixed: Any) -> dict:
    """The table of a comparison; a finished one is read again."""
    made = saiki.compare(
        recipe, vary, out=FOLDER / name, seeds=seeds, resume=True, progress=True, **fixed
    )
    Console().print(comparison_table(made.table))
    return made.table


def without_runs(table: dict) -> dict:
    """The table without what only matters on this disk."""
    return table | {
        "rows": [{k: v for k, v in row.items() if k != "runs"} for row in table["rows"]]
    }
