"""The Python face: `saiki.train`, `saiki.compare`, `saiki.load`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from saiki.artifacts import RunFolder, read_toml
from saiki.errors import RunFolderError
from saiki.tasks.trained_vectors import TrainedWordVectors

if TYPE_CHECKING:
    from saiki.tasks.classifier import TrainedClassifier
    from saiki.tasks.grid import Comparison
    from saiki.tasks.run import Run
    from saiki.tasks.trained_forecaster import TrainedForecaster
    from saiki.tasks.trained_language_model import TrainedLanguageModel
    from saiki.tasks.trained_translator import TrainedTranslator

__all__ = ["compare", "load", "new_folder", "train"]


def new_folder(recipe: str | Path) -> Path:
    """`runs/RECIPE-DATE-TIME`, not there yet."""
    name = Path(recipe).stem if str(recipe).endswith(".toml") else str(recipe)
    stem = f"{name}-{datetime.now(UTC).astimezone():%Y%m%d-%H%M%S}"
    folder, number = Path("runs") / stem, 2
    while folder.exists():
        folder, number = Path("runs") / f"{stem}-{number}", number + 1
    return folder


def train(
    recipe: str | Path,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    seeds: int = 1,
    progress: bool = False,
    **overrides: Any,
) -> "Run | Comparison":
    """Trains a recipe; the run folder holds everything that came of it.

    Args:
        recipe: a built-in name, or the path of a TOML file.
        out: the run folder; None makes `runs/RECIPE-DATE-TIME`.
        resume: continue the run in `out`.
        seeds: how many runs, each with its own seed.
        progress: whether progress is shown on standard error.
        overrides: sections or keys over the recipe: `model={"cell": "lstm"}, seed=1`.

    Returns:
        A `Run`, or a `Comparison` where there are several seeds or held-out groups.

    Raises:
        ConfigurationError: unknown recipe or key, wrong type, resumed with changes.
        DataError: the data cannot be used.
        RunFolderError: `out` holds a run already.
        NonFiniteError: training diverged; the run folder holds the step that did it.

    Example:
        run = saiki.train("japanese-vowels", model={"cell": "gru", "bidirectional": True})
        saiki.load(run.folder).predict("cases.ts")
    """
    from saiki.tasks.grid import train_many  # noqa: PLC0415  torch comes in here

    return train_many(
        recipe,
        Path(out) if out is not None else new_folder(recipe),
        overrides=overrides,
        seeds=seeds,
        resume=resume,
        console=Console(stderr=True) if progress else None,
    )


def compare(
    recipe: str | Path,
    vary: Mapping[str, Sequence[Any]],
    *,
    out: str | Path | None = None,
    resume: bool = False,
    seeds: int = 1,
    progress: bool = False,
    **overrides: Any,
) -> "Comparison":
    """Trains every combination of `vary`; one table with mean and spread over the seeds.

    Args:
        recipe: a built-in name, or the path of a TOML file.
        vary: dotted keys and their values: `{"model.cell": ["rnn", "gru"]}`.
        out: the folder of the grid; None makes one below `runs/`.
        resume: skip what is finished there, continue what is not.
        seeds: runs of each setting.
        progress: whether progress is shown on standard error.
        overrides: sections or keys that hold for every run.

    Raises:
        ConfigurationError: see `train`.
    """
    from saiki.tasks.grid import Axis, compare_runs  # noqa: PLC0415  torch comes in here

    return compare_runs(
        recipe,
        [Axis(name, tuple(_as_text(value) for value in values)) for name, values in vary.items()],
        Path(out) if out is not None else new_folder(recipe),
        overrides=overrides,
        seeds=seeds,
        resume=resume,
        console=Console(stderr=True) if progress else None,
    )


def _as_text(value: Any) -> str:
    """A value as one would type it after `--vary KEY=`."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def load(
    folder: str | Path,
) -> (
    "TrainedClassifier | TrainedForecaster | TrainedLanguageModel | TrainedTranslator | "
    "TrainedWordVectors"
):
    """A finished run, ready to predict: what is loaded is as the task that was trained.

    Args:
        folder: the run folder, wherever it was moved.

    Raises:
        RunFolderError: not a finished run, or a file is damaged or swapped.
    """
    task = _task(RunFolder(Path(folder)).config_file)
    if task == "word-vectors":
        return TrainedWordVectors.load(Path(folder))
    if task == "language-model":
        from saiki.tasks.trained_language_model import (  # noqa: PLC0415  torch comes in here
            TrainedLanguageModel,
        )

        return TrainedLanguageModel.load(Path(folder))
    if task == "forecast":
        from saiki.tasks.trained_forecaster import (  # noqa: PLC0415  torch comes in here
            TrainedForecaster,
        )

        return TrainedForecaster.load(Path(folder))
    if task == "translate":
        from saiki.tasks.trained_translator import (  # noqa: PLC0415  torch comes in here
            TrainedTranslator,
        )

        return TrainedTranslator.load(Path(folder))
    from saiki.tasks.classifier import TrainedClassifier  # noqa: PLC0415  torch comes in here

    return TrainedClassifier.load(Path(folder))


def _task(config: Path) -> Any:
    """What a run was trained for; None where that cannot be read, which the loader then says."""
    try:
        return read_toml(config).get("task") if config.exists() else None
    except RunFolderError:
        return None
