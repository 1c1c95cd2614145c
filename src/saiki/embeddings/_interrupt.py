"""Ctrl-C as a request: the slice at hand is finished and saved; a second Ctrl-C stops at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

__all__ = ["StopRequest", "stop_on_interrupt"]


@dataclass
class StopRequest:
    """Whether SIGINT or SIGTERM came."""

    came: bool = False


@contextmanager
def stop_on_interrupt() -> Iterator[StopRequest]:
    """While inside, the first SIGINT or SIGTERM is noted; not so outside the main thread."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if request.came:
            raise KeyboardInterrupt
        request.came = True

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
