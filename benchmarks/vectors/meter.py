"""CPU time, wall-clock time and memory of the parts of a process's work."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from saiki.artifacts.machine import peak_memory_bytes, reset_peak_memory

STATUS = Path("/proc/self/status")


def memory_bytes(name: str = "VmRSS") -> int:
    """What the system tells of this process; 0 where it does not."""
    with contextlib.suppress(OSError):
        if found := re.search(rf"^{name}:\s+(\d+) kB", STATUS.read_text("ascii"), re.MULTILINE):
            return 1024 * int(found[1])
    return 0


class Meter:
    """Measures from its making on, when all imports are done."""

    def __init__(self) -> None:
        reset_peak_memory()
        self._base, self._peak = memory_bytes(), 0
        self._found: dict[str, Any] = {}

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._found[f"{name}_cpu_seconds"] = time.process_time() - cpu
        self._found[f"{name}_wall_seconds"] = time.perf_counter() - wall
        # A training begins a peak of its own, so that each part's is read here.
        own = peak_memory_bytes() - self._base
        self._found[f"{name}_peak_memory_bytes"] = own
        self._peak = max(self._peak, own)

    def figures(self) -> dict[str, Any]:
        return self._found | {"peak_memory_bytes": self._peak}


class Watch:
    """The peak of memory that is the process's own: without pages of files that are mapped."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.peak = max(self.peak, memory_bytes("RssAnon"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
