"""Several runs as one honest table: a grid of settings, several seeds, each group held out."""

import itertools
import json
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from saiki.artifacts import RunFolder, read_json, write_json_atomic
from saiki.errors import (
    ArgumentError,
    ConfigurationError,
    NonFiniteError,
    RunFolderError,
)
from saiki.language import render
from saiki.tasks.classify import train_run
from saiki.tasks.config import ClassifyConfig, DataConfig
from saiki.tasks.configure import TaskConfig, merge, nest, resolve
from saiki.tasks.forecast_config import ForecastConfig
from saiki.tasks.language_config import LanguageModelConfig
from saiki.tasks.language_model import train_language_model
from saiki.tasks.preparation import Prepared, groups_of, prepare
from saiki.tasks.recipes import read_reference
from saiki.tasks.run import Run
from saiki.tasks.translate import train_translator
from saiki.tasks.translate_config import TranslateConfig
from saiki.tasks.vectors import train_word_vectors

__all__ = ["Axis", "Comparison", "compare_runs", "parse_axis", "train_many"]


@dataclass(frozen=True)
class Axis:
    """A key of the configuration and the values that it takes in turn."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A finished grid: its folder and its `compare.json`."""

    folder: Path
    table: dict[str, Any]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each setting, with the mean and spread of its runs."""
        rows: list[dict[str, Any]] = self.table["rows"]
        return rows


def parse_axis(text: str) -> Axis:
    """`model.cell=rnn,gru` as an axis.

    Raises:
        ArgumentError: no `=`, or no value.
    """
    name, found, values = text.partition("=")
    parts = tuple(value.strip() for value in values.split(",") if value.strip())
    if not found or not parts:
        raise ArgumentError(
            "--vary: must be KEY=VALUE,VALUE..., such as model.cell=rnn,gru; got {text!r}.",
            text=text,
        )
    return Axis(name.strip().replace("-", "_"), parts)


def compare_runs(
    recipe: str | Path,
    vary: Sequence[Axis],
    folder: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    seeds: int = 1,
    resume: bool = False,
    console: Console | None = None,
) -> Comparison:
    """Trains every combination of `vary` with `seeds` seeds, into `folder`.

    Args:
        recipe: name or TOML file, as for `train`.
        vary: the axes of the grid.
        folder: must not hold a grid yet, unless `resume`.
        overrides: nested tables that hold for every run.
        seeds: runs of each setting, from the configured seed upwards.
        resume: skip what is finished, continue what is not.
        console: where progress is shown.

    Raises:
        ConfigurationError: no combination is possible; else those rows are skipped, with reason.
    """
    grid = _Grid(recipe, tuple(vary), dict(overrides or {}), _checked(seeds))
    names = [axis.name for axis in grid.axes]
    if len(set(names)) < len(names):
        raise ArgumentError(
            "--vary: each key must be given once; got {names}. Join the values with commas.",
            names=", ".join(names),
        )
    _begin(folder, grid, resume=resume)
    rows: list[dict[str, Any]] = []
    cache: dict[DataConfig, Prepared] = {}
    settings_of = list(grid.settings())
    for number, settings in enumerate(settings_of):
        rows.append(_row(grid, settings, number, len(settings_of), folder, console, cache))
        _write(folder, grid, rows)
    if all(row["skipped"] for row in rows):
        raise ConfigurationError(
            "compare: no run was possible; the first reason: {reason}", reason=rows[0]["skipped"]
        )
    return Comparison(folder, read_json(folder / "compare.json"))


def train_many(
    recipe: str | Path,
    folder: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    seeds: int = 1,
    resume: bool = False,
    console: Console | None = None,
) -> Run | Comparison:
    """One run; or one for each seed or held-out group, where there are several."""
    config = resolve(recipe, overrides)
    axes = []
    _checked(seeds)
    if isinstance(config, ClassifyConfig) and config.data.held_out == "each":
        axes.append(Axis("data.held_out", groups_of(config.data)))
    if axes or seeds > 1:
        return compare_runs(
            recipe, axes, folder, overrides=overrides, seeds=seeds, resume=resume, console=console
        )
    return _train_one(config, folder, resume=resume, console=console)


def _train_one(
    config: TaskConfig,
    folder: Path,
    *,
    resume: bool,
    console: Console | None,
    title: str | None = None,
    cache: dict[DataConfig, Prepared] | None = None,
) -> Run:
    """One run of any task; `cache` keeps the data of the last one."""
    if isinstance(config, ClassifyConfig):
        prepared = None if cache is None else _prepared(config.data, cache)
        return train_run(
            config, folder, resume=resume, console=console, title=title, prepared=prepared
        )
    if isinstance(config, LanguageModelConfig):
        return train_language_model(config, folder, resume=resume, console=console, title=title)
    if isinstance(config, ForecastConfig):
        from saiki.tasks.forecast import train_forecast  # noqa: PLC0415  only where asked for

        return train_forecast(config, folder, resume=resume, console=console, title=title)
    if isinstance(config, TranslateConfig):
        return train_translator(config, folder, resume=resume, console=console, title=title)
    return train_word_vectors(config, folder, resume=resume, console=console, title=title)


def _checked(seeds: int) -> int:
    if seeds < 1:
        raise ArgumentError("--seeds: must be at least 1; got {seeds}.", seeds=seeds)
    return seeds


@dataclass(frozen=True)
class _Grid:
    recipe: str | Path
    axes: tuple[Axis, ...]
    overrides: dict[str, Any]
    seeds: int

    def settings(self) -> Iterator[dict[str, str]]:
        names = [axis.name for axis in self.axes]
        for values in itertools.product(*(axis.values for axis in self.axes)):
            yield dict(zip(names, values, strict=True))

    def config(self, settings: Mapping[str, str], seed: int = 0) -> TaskConfig:
        config = resolve(self.recipe, merge(self.overrides, nest(settings)))
        return replace(config, seed=config.seed + seed)

    def header(self) -> dict[str, Any]:
        return {
            "recipe": str(self.recipe),
            "overrides": self.overrides,
            "axes": [{"name": axis.name, "values": list(axis.values)} for axis in self.axes],
            "seeds": self.seeds,
        }


def _begin(folder: Path, grid: _Grid, *, resume: bool) -> None:
    for settings in grid.settings():
        grid.config(settings)  # a wrong key or value stops before anything is trained
    asked = RunFolder(folder).grid_file
    if asked.exists():
        if not resume:
            raise RunFolderError(
                "{path}: holds a comparison already. Continue it with --resume, or choose another "
                "folder with --out.",
                path=folder,
            )
        if read_json(asked) != json.loads(json.dumps(grid.header())):
            raise ConfigurationError(
                "{path}: --resume must have the grid that the comparison began with; it differs. "
                "Give the same --vary, --seeds and flags, or another --out.",
                path=folder,
            )
        return
    if RunFolder(folder).is_begun:
        raise RunFolderError(
            "{path}: holds a single run. Choose another folder with --out.", path=folder
        )
    write_json_atomic(asked, grid.header())
    _write(folder, grid, [])


def _row(
    grid: _Grid,
    settings: dict[str, str],
    number: int,
    of: int,
    folder: Path,
    console: Console | None,
    cache: dict[DataConfig, Prepared],
) -> dict[str, Any]:
    runs: list[Run] = []
    skipped = None
    failed: list[str] = []
    name = "-".join([f"{number:03d}", *settings.values()])
    for seed in range(grid.seeds):
        config = grid.config(settings, seed)
        place = render("seed {seed}", seed=config.seed)
        title = " ".join([f"[{number + 1}/{of}]", *settings.values(), place])
        try:
            target = folder / "runs" / f"{_file_name(name)}-seed{config.seed}"
            runs.append(
                _train_one(config, target, resume=True, console=console, title=title, cache=cache)
            )
        except ArgumentError as error:
            skipped = str(error)  # an impossible setting is a result of the grid, not its end
            break
        except NonFiniteError as error:
            failed.append(str(error))
    if failed and not runs:
        skipped = failed[0]
    return _summed_up(settings, runs, skipped, folder) | {"failed": failed}


def _file_name(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in text)


def _prepared(config: DataConfig, cache: dict[DataConfig, Prepared]) -> Prepared:
    if config not in cache:
        cache.clear()  # one data set at a time is held in memory
        cache[config] = prepare(config)
    return cache[config]


def _summed_up(
    settings: dict[str, str], runs: list[Run], skipped: str | None, folder: Path
) -> dict[str, Any]:
    row: dict[str, Any] = {"settings": settings, "skipped": skipped, "runs": [], "metrics": {}}
    if not runs or skipped:
        return row
    first = runs[0].result
    for part, figures in first["metrics"].items():
        for name in figures:
            values = [run.metrics[part][name] for run in runs]
            row["metrics"][f"{part}.{name}"] = _spread(values)
    row |= {
        "runs": [run.folder.relative_to(folder).as_posix() for run in runs],
        "seconds": _spread([run.result["seconds"] for run in runs]),
        "parameters": first["parameters"],
        "peak_memory_bytes": max(run.result["peak_memory_bytes"] for run in runs),
    }
    return row


def _spread(values: list[float]) -> dict[str, Any]:
    """Mean, sample standard deviation (0 for one value) and the values themselves."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": math.fsum(values) / len(values), "spread": deviation, "values": values}


def _write(folder: Path, grid: _Grid, rows: list[dict[str, Any]]) -> None:
    first = next(grid.settings())
    table: dict[str, Any] = {
        "recipe": str(grid.recipe),
        "axes": grid.header()["axes"],
        "seeds": [grid.config(first, seed).seed for seed in range(grid.seeds)],
        "rows": rows,
    }
    reference = read_reference(str(grid.recipe))
    if reference is not None:
        table["reference"] = reference
    held_out = [row for row in rows if "data.held_out" in row["settings"] and row["metrics"]]
    if held_out:
        means = [row["metrics"]["test.accuracy"]["mean"] for row in held_out]
        table["mean_over_groups"] = {"test.accuracy": _spread(means)}
    write_json_atomic(folder / "compare.json", table)
