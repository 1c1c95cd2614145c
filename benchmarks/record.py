"""Results files: what was measured, on which machine, by which command."""

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from saiki.artifacts import machine_facts, write_json_atomic

RESULTS = Path(__file__).parent / "results"


def record(
    name: str,
    goal: str,
    rows: Any,
    *,
    versions: dict[str, str] | None = None,
    cpu: dict[str, Any] | None = None,
) -> Path:
    """Writes `results/NAME.json`.

    Args:
        name: of the benchmark's module.
        goal: what was to be reached, in one line.
        rows: the figures, plain JSON.
        versions: of further libraries that took part.
        cpu: what else is known of the processor.
    """
    path = RESULTS / f"{name}.json"
    machine = machine_facts()
    machine["versions"] |= versions or {}
    if cpu is not None:
        machine["cpu"] = cpu
    write_json_atomic(
        path,
        {
            "benchmark": name,
            "command": f"python -m benchmarks {name}",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "goal": goal,
            "machine": machine,
            "results": rows,
        },
    )
    print(f"wrote {path.relative_to(RESULTS.parent.parent)}", flush=True)
    return path


def versions_of(libraries: Iterable[str]) -> dict[str, str]:
    """Of those that are installed."""
    found = {}
    for name in libraries:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
