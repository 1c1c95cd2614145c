"""`metrics.jsonl`: a line a step or epoch, appended as the run goes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saiki.artifacts.files import append_bytes, write_bytes_atomic

__all__ = ["MetricsFile"]


class MetricsFile:
    """Lines are held back until `flush`, so that a step costs no disk write.

    A resumed run calls `keep_until(step)`: what an earlier, killed process wrote beyond its last
    checkpoint is dropped, because it will be written again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: list[str] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Notes one line; NaN and infinity are written as JSON's extension, as Python does."""
        self._pending.append(json.dumps(dict(row), ensure_ascii=False) + "\n")

    def flush(self) -> None:
        """Writes the noted lines to disk.

        Raises:
            StorageError: the disk is full; the file keeps its earlier lines.
        """
        if self._pending:
            append_bytes(self._path, "".join(self._pending).encode("utf-8"))
            self._pending.clear()

    def keep_until(self, step: int, epochs_done: int) -> None:
        """Drops lines of later steps and epochs, and a last line that was cut in the middle."""
        if not self._path.exists():
            return
        kept = []
        for line in self._path.read_bytes().splitlines(keepends=True):
            row = _whole_row(line)
            if row is None:
                continue
            is_known = row["epoch"] < epochs_done if row["kind"] == "epoch" else row["step"] <= step
            if is_known:
                kept.append(line)
        write_bytes_atomic(self._path, b"".join(kept))


def _whole_row(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return row
