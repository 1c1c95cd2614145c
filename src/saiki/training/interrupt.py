"""Ctrl-C as a request: the step at hand is finished and saved; a second Ctrl-C stops at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from saiki.training.loop import Training

__all__ = ["stop_on_interrupt"]


@contextmanager
def stop_on_interrupt(training: Training) -> Iterator[None]:
    """While inside, SIGINT and SIGTERM set `training.stop_requested`.

    Outside the main thread signals cannot be caught, and nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def request(_number: int, _frame: FrameType | None) -> None:
        if training.stop_requested:
            raise KeyboardInterrupt
        training.stop_requested = True

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
