"""Progress on the terminal: reading the corpus, then training; quiet where there is no terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from saiki.embeddings._training import SLICE_TOKENS, Job, Moment
from saiki.errors import ArgumentError
from saiki.language import render

__all__ = ["Display", "open_display"]


@final
class Display:
    """One bar at a time, with words per second, the loss so far and the time left.

    `start`, `advance` and `finish` are what `encode_corpus` reports to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[figures]}"),
            console=console,
            refresh_per_second=4,
        )
        self._task: TaskID | None = None
        self._began = 0.0
        self._words = self._words_before = 0

    def start(self, total_bytes: int | None, what: str) -> None:
        """A new bar."""
        self._open(render("reading the corpus"), total_bytes)

    def advance(self, count: int, words: int) -> None:
        """So many more bytes and words were read."""
        self._words += words
        if self._task is not None:
            self._bar.update(self._task, advance=count, figures=self._speed())

    def finish(self) -> None:
        """The bar is full and stands still."""
        if self._task is not None:
            task = self._bar.tasks[self._bar.task_ids.index(self._task)]
            total = task.total if task.total is not None else max(task.completed, 1)
            self._bar.update(self._task, total=total, completed=total)
            self._bar.stop_task(self._task)
        self._task = None

    def train(self, job: Job) -> None:
        """A bar for the training, and a word on what is not measured."""
        if not job.ranges.held_out and job.settings.held_out is None:
            words = len(job.corpus.tokens)
            self._console.print(
                render(
                    "No words are held out: the corpus of {words} words is too small for it; the"
                    " loss is that of the words trained on.",
                    words=f"{words:,}",
                )
            )
        total = job.words_in_epoch * job.epochs * len(job.state.parts)
        slices = job.ranges.slices(SLICE_TOKENS)
        before = slices[job.cursor.piece][0] if job.cursor.piece < len(slices) else 0
        self._words_before = job.words_done(before)  # a resumed run begins in the middle
        self._open(render("training"), total, self._words_before)

    def step(self, moment: Moment) -> None:
        """What a slice of the training brought."""
        if self._task is None:
            return
        self._words = moment.words - self._words_before
        loss = "" if moment.loss_nats is None else f"{moment.loss_nats:.4f}"
        self._bar.update(
            self._task,
            completed=moment.words,
            description=f"{moment.objective} {render('epoch {epoch}', epoch=moment.epoch)}",
            figures=f"{self._speed()}  {render('loss {loss} nats', loss=loss)}",
        )

    def stop(self) -> None:
        """Leaves the terminal as it was."""
        self._bar.stop()

    def _open(self, what: str, total: int | None, completed: int = 0) -> None:
        self._bar.start()
        self._began, self._words = time.monotonic(), 0
        self._task = self._bar.add_task(what, total=total, completed=completed, figures="")

    def _speed(self) -> str:
        seconds = max(time.monotonic() - self._began, 1e-3)
        return render("{speed} words/s", speed=f"{self._words / seconds:,.0f}")


@contextmanager
def open_display(progress: bool | None) -> Iterator[Display | None]:
    """A display on standard error; None where it is unwanted or no terminal.

    Args:
        progress: True always shows, False never; None where standard error is a terminal.
    """
    if not isinstance(progress, bool | None):
        raise ArgumentError(
            "progress must be True, False or None; got {value!r}. Leave it out to see progress on"
            " a terminal only.",
            value=progress,
        )
    console = Console(stderr=True)
    if progress is False or (progress is None and not sys.stderr.isatty()):
        yield None
        return
    display = Display(console)
    try:
        yield display
    finally:
        display.stop()
