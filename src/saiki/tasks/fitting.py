"""What every training of a network shares: how it begins, goes on, fails, and keeps weights."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from rich.console import Console
from torch import nn

from saiki.artifacts import (
    Checkpoint,
    RunFolder,
    peak_memory_bytes,
    read_json,
    write_text_atomic,
)
from saiki.data.text import TextTokenizer, tokenizer_from_json
from saiki.errors import ConfigurationError, RunFolderError
from saiki.tasks.configure import TaskConfig
from saiki.tasks.language_config import AveragingConfig
from saiki.tasks.run import Run, check_is_no_grid, check_may_continue
from saiki.training import (
    Averaging,
    CheckpointKeeper,
    MetricsWriter,
    Observer,
    OptimiserName,
    Progress,
    ProgressBar,
    TensorBoard,
    make_optimiser,
)

__all__ = [
    "averaging_of",
    "check_same_data",
    "check_same_tokenizer",
    "check_validation",
    "finish",
    "finished_run",
    "observers_of",
    "optimiser_of",
    "read_weights",
    "result_of",
    "some_threads",
]


class _Settings(Protocol):
    @property
    def epochs(self) -> int: ...
    @property
    def keep(self) -> str: ...
    @property
    def patience(self) -> int | None: ...
    @property
    def schedule(self) -> str: ...
    @property
    def optimiser(self) -> OptimiserName: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def checkpoint_seconds(self) -> float: ...
    @property
    def tensorboard(self) -> bool: ...


class _Config(Protocol):
    @property
    def task(self) -> str: ...
    @property
    def recipe(self) -> str: ...
    @property
    def seed(self) -> int: ...


@contextmanager
def some_threads(count: int | None) -> Iterator[None]:
    """While inside, torch uses `count` threads; None leaves them as they are."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def finished_run(run: RunFolder, config: TaskConfig, *, resume: bool) -> Run | None:
    """The run that is in the folder already and done; None where there is something to do.

    Raises:
        RunFolderError: the folder holds a run, and `resume` is not asked for.
        ConfigurationError: it began with another configuration.
    """
    check_is_no_grid(run)
    if not run.is_begun:
        return None
    check_may_continue(run, config, resume=resume)
    return Run(run.path, read_json(run.result_file)) if run.is_finished else None


def check_validation(settings: _Settings, *, is_there: bool, also: Mapping[str, bool]) -> None:
    """Refuses what looks at a validation part where there is none; `also` names further ones."""
    wants = {
        "training.keep best": settings.keep == "best",
        "training.patience": settings.patience is not None,
        "training.schedule plateau": settings.schedule == "plateau",
        **also,
    }
    wanting = [name for name, is_wanted in wants.items() if is_wanted]
    if wanting and not is_there:
        raise ConfigurationError(
            "{wanting}: needs a validation part, and there is none. Set "
            "--data.validation-fraction 0.1, or --training.keep last without patience and plateau.",
            wanting=", ".join(wanting),
        )


def optimiser_of(settings: _Settings, network: nn.Module) -> torch.optim.Optimizer:
    """The optimiser that the configuration asks for."""
    return make_optimiser(
        settings.optimiser,
        network.parameters(),
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )


def check_same_data(run: RunFolder, sha256: str, source: str) -> None:
    """Refuses to go on with a run whose data has changed."""
    if read_json(run.run_file)["data"]["sha256"] != sha256:
        raise RunFolderError(
            "{path}: --resume must have the data that the run began with; {source} has "
            "changed since. Bring the old data back, or start a new run with another --out.",
            path=run.path,
            source=source,
        )


def check_same_tokenizer(kept: Path, tokenizer: TextTokenizer) -> None:
    """Refuses to go on with other tokens, such as those of another release of a dictionary."""
    if tokenizer_from_json(read_json(kept)).to_json() != tokenizer.to_json():
        raise RunFolderError(
            "{path}: --resume must have the tokens that the run began with; the same text gives "
            "others now. Bring back the releases of the packages that run.json names, or start a "
            "new run with another --out.",
            path=kept,
        )


def averaging_of(settings: AveragingConfig) -> Averaging | None:
    """The averaging of the weights that the configuration asks for."""
    if settings.trigger == "none":
        return None
    return Averaging(settings.trigger, settings.patience, settings.from_epoch)


def observers_of(
    run: RunFolder,
    settings: _Settings,
    console: Console | None,
    title: str,
    steps_per_epoch: int,
) -> list[Observer]:
    """Progress on screen, figures, checkpoints, and TensorBoard where it is wanted."""
    metrics, store = run.metrics, run.checkpoints
    observers: list[Observer] = []
    if console is not None:
        # First, so that the screen is free again before anything below can fail.
        observers.append(ProgressBar(console, settings.epochs, steps_per_epoch, title))
    observers += [
        MetricsWriter(metrics),
        CheckpointKeeper(
            lambda step, tensors, state: store.save(Checkpoint(step, tensors, state)),
            before=metrics.flush,
            every_seconds=settings.checkpoint_seconds,
        ),
    ]
    if settings.tensorboard:
        observers.append(TensorBoard(run.path / "tensorboard"))
    return observers


def result_of(
    config: _Config,
    network: nn.Module,
    progress: Progress,
    metrics: Mapping[str, Mapping[str, float]],
    *,
    backend: str,
    evaluation_seconds: float,
) -> dict[str, Any]:
    """What every `result.json` of a network says; a task adds its own."""
    return {
        "task": config.task,
        "recipe": config.recipe,
        "seed": config.seed,
        "metrics": metrics,
        "seconds": round(progress.seconds, 3),
        "evaluation_seconds": round(evaluation_seconds, 3),
        "parameters": sum(p.numel() for p in network.parameters()),
        "peak_memory_bytes": peak_memory_bytes(),
        "backend": backend,
        "epochs": progress.epoch,
        "best_epoch": progress.best_epoch,
        "stopped_because": progress.stopped_because,
    }


def finish(
    run: RunFolder,
    network: nn.Module,
    card: str,
    result: dict[str, Any],
    *,
    files: Sequence[Path] = (),
) -> Run:
    """Closes a run: card, weights, result; its checkpoints are not needed any more.

    `files` are others that belong to the model, written already.
    """
    from safetensors.torch import save  # noqa: PLC0415  only here

    write_text_atomic(run.card_file, card)
    run.finish(save(weights_of(network)), result, files=files)
    run.checkpoints.clear()
    return Run(run.path, result)


def weights_of(network: nn.Module) -> dict[str, torch.Tensor]:
    """The weights for a file; one that stands in two places (tied) is written once."""
    seen: set[int] = set()
    weights = {}
    for name, tensor in network.state_dict().items():
        if tensor.data_ptr() not in seen or not tensor.numel():
            weights[name] = tensor.detach().cpu().contiguous()
        seen.add(tensor.data_ptr())
    return weights


def read_weights(network: nn.Module, weights: Mapping[str, torch.Tensor], run: RunFolder) -> None:
    """Puts the weights of a file into `network`.

    Raises:
        RunFolderError: they do not fit the configuration beside them.
    """
    wanted = set(weights_of(network))
    given: dict[str, Any] = dict(weights)
    try:
        if wanted != set(given):
            odd = sorted(wanted ^ set(given))
            raise RuntimeError(", ".join(odd))  # noqa: TRY301  one message for both faults
        network.load_state_dict(given, strict=False)
    except RuntimeError as error:
        raise RunFolderError(
            "{path}: the weights must fit the configuration beside them; they do not "
            "({reason}). Take a copy of the run folder that is whole, or train again.",
            path=run.model_file,
            reason=str(error).splitlines()[0],
        ) from error
