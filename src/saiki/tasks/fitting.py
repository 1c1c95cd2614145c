"""What every training of a network shares: threads, observers, its weights as a file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from rich.console import Console
from torch import nn

from saiki.artifacts import Checkpoint, RunFolder, read_json
from saiki.errors import RunFolderError
from saiki.training import (
    CheckpointKeeper,
    MetricsWriter,
    Observer,
    ProgressBar,
    TensorBoard,
)

__all__ = ["check_same_data", "observers_of", "read_weights", "some_threads", "weights_of"]


class _Settings(Protocol):
    @property
    def epochs(self) -> int: ...
    @property
    def checkpoint_seconds(self) -> float: ...
    @property
    def tensorboard(self) -> bool: ...


@contextmanager
def some_threads(count: int | None) -> Iterator[None]:
    """While inside, torch uses `count` threads; None leaves them as they are."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def check_same_data(run: RunFolder, sha256: str, source: str) -> None:
    """Refuses to go on with a run whose data has changed."""
    if read_json(run.run_file)["data"]["sha256"] != sha256:
        raise RunFolderError(
            "{path}: --resume must have the data that the run began with; {source} has "
            "changed since. Bring the old data back, or start a new run with another --out.",
            path=run.path,
            source=source,
        )


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
