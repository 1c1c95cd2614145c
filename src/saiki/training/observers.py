"""Observers of a run: metrics file, checkpoints, progress on screen, TensorBoard."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from saiki.errors import DependencyError
from saiki.language import render
from saiki.training.loop import EpochReport, Observer, StepReport, Training

__all__ = ["CheckpointKeeper", "MetricsWriter", "ProgressBar", "TensorBoard"]


class _MetricsFile(Protocol):
    def add(self, row: dict[str, Any]) -> None: ...
    def flush(self) -> None: ...
    def keep_until(self, step: int, epochs_done: int) -> None: ...


class MetricsWriter(Observer):
    """A line a step and a line an epoch in `metrics.jsonl`."""

    def __init__(self, file: _MetricsFile) -> None:
        self._file = file

    def started(self, training: Training) -> None:
        self._file.keep_until(training.progress.step, training.progress.epoch)

    def stepped(self, training: Training, report: StepReport) -> None:
        self._file.add({"kind": "step"} | _rounded(asdict(report)))

    def epoch_ended(self, training: Training, report: EpochReport) -> None:
        self._file.add({"kind": "epoch"} | _rounded(asdict(report)))
        self._file.flush()

    def ended(self, training: Training) -> None:
        self._file.flush()


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Seven significant digits: all that float32 holds."""
    return {
        key: float(f"{value:.7g}")
        if isinstance(value, float)
        else _rounded(value)
        if isinstance(value, dict)
        else value
        for key, value in row.items()
    }


class CheckpointKeeper(Observer):
    """Saves a checkpoint every so many seconds, and when a stop was asked for.

    Args:
        save: writes one checkpoint, given the step, named tensors and a JSON state.
        before: called before every save, so that what was measured is on disk as well.
        every_seconds: at most so much work is lost when the process is killed.
    """

    def __init__(
        self,
        save: Callable[[int, dict[str, Any], dict[str, Any]], None],
        *,
        before: Callable[[], None] = lambda: None,
        every_seconds: float = 20.0,
    ) -> None:
        self._save = save
        self._before = before
        self._every_seconds = every_seconds
        self._saved_at = time.monotonic()

    def stepped(self, training: Training, report: StepReport) -> None:
        if self._is_late():
            self.save_now(training)

    def epoch_ended(self, training: Training, report: EpochReport) -> None:
        if self._is_late():
            self.save_now(training)

    def ended(self, training: Training) -> None:
        if training.stop_requested:
            self.save_now(training)

    def save_now(self, training: Training) -> None:
        """Writes a checkpoint of the present state."""
        self._before()
        self._save(training.progress.step, training.tensors(), asdict(training.progress))
        self._saved_at = time.monotonic()

    def _is_late(self) -> bool:
        return time.monotonic() - self._saved_at >= self._every_seconds


class ProgressBar(Observer):
    """Progress on the terminal: epoch, loss, validation figures, time left.

    Args:
        console: where to draw.
        epochs: how many there will be.
        steps_per_epoch: batches in an epoch.
        title: what is being trained.
    """

    def __init__(self, console: Console, epochs: int, steps_per_epoch: int, title: str) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[figures]}"),
            console=console,
            transient=False,
            refresh_per_second=4,
        )
        self._steps_per_epoch = steps_per_epoch
        self._total = epochs * steps_per_epoch
        self._title = title
        self._task: TaskID | None = None
        self._drawn_at = 0.0

    def started(self, training: Training) -> None:
        self._bar.start()
        done = training.progress.step
        self._task = self._bar.add_task(self._title, total=self._total, completed=done, figures="")

    def stepped(self, training: Training, report: StepReport) -> None:
        now = time.monotonic()
        if self._task is not None and now - self._drawn_at > 0.1:
            self._drawn_at = now
            self._bar.update(self._task, completed=report.step)

    def epoch_ended(self, training: Training, report: EpochReport) -> None:
        if self._task is not None:
            part = "validation" if report.validation else "train"
            measured = report.validation or report.train
            figures = "  ".join(f"{name} {value:.4g}" for name, value in measured.items())
            self._bar.update(self._task, completed=report.step, figures=f"{render(part)} {figures}")

    def ended(self, training: Training) -> None:
        self._bar.stop()


class TensorBoard(Observer):
    """The same figures as `metrics.jsonl` for TensorBoard, written when an epoch ends.

    Raises:
        DependencyError: the extra `tensorboard` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  an extra
        except ImportError as error:
            raise DependencyError(
                "TensorBoard: the package tensorboard must be installed; it is not. Install it "
                "with `pip install 'saiki[tensorboard]'`, or leave --training.tensorboard out."
            ) from error
        self._writer = SummaryWriter(folder)
        self._pending: list[StepReport] = []

    def stepped(self, training: Training, report: StepReport) -> None:
        self._pending.append(report)

    def epoch_ended(self, training: Training, report: EpochReport) -> None:
        for step in self._pending:
            for name in ("loss_nats", "gradient_norm", "learning_rate"):
                self._add(f"step/{name}", getattr(step, name), step.step)
        self._pending.clear()
        for part, figures in (("train", report.train), ("validation", report.validation)):
            for name, value in figures.items():
                self._add(f"{part}/{name}", value, report.step)
        self._writer.flush()

    def ended(self, training: Training) -> None:
        self._writer.close()

    def _add(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)
