"""What every run has, whatever is trained: its result, its folder's rules, its facts."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from saiki.artifacts import RunFolder, git_state, machine_facts
from saiki.errors import ConfigurationError, RunFolderError
from saiki.tasks.configure import TaskConfig, changed_keys, read_config

__all__ = ["Run", "StoppedError", "check_is_no_grid", "check_may_continue", "run_facts"]


@dataclass(frozen=True)
class Run:
    """A finished run: its folder and its `result.json`."""

    folder: Path
    result: dict[str, Any]

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """The figures of each part: `run.metrics["test"]["accuracy"]`."""
        parts: dict[str, dict[str, float]] = self.result["metrics"]
        return parts


class StoppedError(Exception):
    """A training was interrupted, and its checkpoint is saved."""


def check_is_no_grid(run: RunFolder) -> None:
    """Refuses the folder of a comparison."""
    if run.grid_file.exists():
        raise RunFolderError(
            "{path}: holds a comparison. Choose another folder with --out.", path=run.path
        )


def check_may_continue(run: RunFolder, config: TaskConfig, *, resume: bool) -> None:
    """Refuses a begun run, or one that began with another configuration."""
    if not resume:
        raise RunFolderError(
            "{path}: holds a run already. Continue it with --resume, or choose another folder "
            "with --out.",
            path=run.path,
        )
    changes = changed_keys(read_config(run.config_file), config)
    if changes:
        raise ConfigurationError(
            "{path}: --resume must have the configuration that the run began with; these keys "
            "changed: {changes}. Give the old values, or start a new run with another --out.",
            path=run.path,
            changes="; ".join(changes),
        )


def run_facts(seed: int, threads: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """What `run.json` says."""
    return {
        "command": ["saiki", *sys.argv[1:]] if Path(sys.argv[0]).stem == "saiki" else None,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "threads": threads,
        "data": dict(data),
        "machine": machine_facts(),
        "git": git_state(Path.cwd()),
    }
