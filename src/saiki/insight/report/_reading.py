"""Reads run folders and grid folders as they are, whole or interrupted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saiki.artifacts import read_json, read_text, read_toml
from saiki.errors import RunFolderError

__all__ = ["Grid", "Run", "is_grid", "read_grid", "read_predictions", "read_run", "read_samples"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run folder; what is missing there is empty here."""

    folder: Path
    configuration_text: str | None = None
    configuration: Row = field(default_factory=dict)
    record: Row | None = None
    result: Row | None = None
    steps: list[Row] = field(default_factory=list)
    epochs: list[Row] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.folder.resolve().name


@dataclass(frozen=True)
class Grid:
    """One grid folder; `runs` holds those of its runs that are there, by their name in it."""

    folder: Path
    table: Row
    runs: dict[str, Run]

    @property
    def name(self) -> str:
        return self.folder.resolve().name


def is_grid(folder: Path) -> bool:
    """Whether `folder` was written by a comparison."""
    return (folder / "compare.json").exists()


def read_run(folder: Path) -> Run:
    """Reads one run folder.

    Raises:
        RunFolderError: it is not a run folder, or a file in it is damaged.
    """
    if not _is_run(folder):
        raise RunFolderError(
            "{path}: must be a run folder (with config.toml, run.json, metrics.jsonl or "
            "result.json) or a grid folder (with compare.json); it is neither. Give a folder that "
            "`saiki train` or `saiki compare` wrote.",
            path=folder,
        )
    config = folder / "config.toml"
    metrics = _read_lines(folder / "metrics.jsonl", may_end_cut=True)
    return Run(
        folder=folder,
        configuration_text=read_text(config) if config.exists() else None,
        configuration=read_toml(config) if config.exists() else {},
        record=_read_object(folder / "run.json"),
        result=_read_object(folder / "result.json"),
        steps=[row for row in metrics if row.get("kind") == "step"],
        epochs=[row for row in metrics if row.get("kind") == "epoch"],
    )


def read_grid(folder: Path) -> Grid:
    """Reads one grid folder and those of its runs that exist.

    Raises:
        RunFolderError: a file in it is damaged.
    """
    table = _read_object(folder / "compare.json") or {}
    rows = table.get("rows", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise RunFolderError(
            "{path}: rows must be a list of objects. The file is damaged: run `saiki compare` "
            "again.",
            path=folder / "compare.json",
        )
    names = [str(name) for row in rows for name in row.get("runs") or []]
    runs = {name: read_run(folder / name) for name in names if _is_run(folder / name)}
    return Grid(folder, table, runs)


def _is_run(folder: Path) -> bool:
    files = ("config.toml", "run.json", "result.json", "metrics.jsonl")
    return any((folder / name).exists() for name in files)


def read_predictions(folder: Path, part: str) -> list[Row]:
    """The rows of `predictions/PART.jsonl`, none when there is no such file."""
    return _read_lines(folder / "predictions" / f"{part}.jsonl", may_end_cut=False)


def read_samples(folder: Path) -> Row | None:
    """What a language model wrote and scored when it was trained; None before that."""
    return _read_object(folder / "samples.json")


def _read_object(path: Path) -> Row | None:
    if not path.exists():
        return None
    value = read_json(path)
    if not isinstance(value, dict):
        raise _not_an_object(path, 1, value)
    return value


def _read_lines(path: Path, *, may_end_cut: bool) -> list[Row]:
    """One object a line; a killed run may have cut its last line, which then does not count."""
    if not path.exists():
        return []
    # Only "\n" ends a line: str.splitlines would also cut inside a string that holds U+2028.
    lines = read_text(path).split("\n")
    unfinished = lines.pop()
    rows = [_parse(line, path, at) for at, line in enumerate(lines, start=1) if line.strip()]
    if unfinished.strip() and not may_end_cut:
        rows.append(_parse(unfinished, path, len(lines) + 1))
    return rows


def _parse(line: str, path: Path, at: int) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise RunFolderError(
            "{path}, line {line}: must be JSON; got: {reason}. The file is damaged: take a copy "
            "of the run folder that is whole, or train again.",
            path=path,
            line=at,
            reason=error.msg,
        ) from error
    if not isinstance(row, dict):
        raise _not_an_object(path, at, row)
    return row


def _not_an_object(path: Path, line: int, value: Any) -> RunFolderError:
    return RunFolderError(
        "{path}, line {line}: must be a JSON object; got {got}. The file is damaged: take a copy "
        "of the run folder that is whole, or train again.",
        path=path,
        line=line,
        got=type(value).__name__,
    )
