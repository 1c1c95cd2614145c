"""Facts about the machine and the code that a run was made with."""

import contextlib
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["git_state", "machine_facts", "peak_memory_bytes", "reset_peak_memory"]

_LIBRARIES = ("saiki", "torch", "numpy", "safetensors", "soundfile", "soxr")


def machine_facts() -> dict[str, Any]:
    """Processor, cores, memory, system and library versions, as plain JSON."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_bytes": _memory_bytes(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _LIBRARIES},
    }


def _memory_bytes() -> int | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        if found := re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE):
            return found.group(1).strip()
    return platform.processor() or platform.machine()


def git_state(folder: Path) -> dict[str, Any] | None:
    """The commit of the working tree at `folder` and whether it has changes; None outside git."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        commit = _git(folder, "rev-parse", "HEAD")
        return {"commit": commit, "has_changes": bool(_git(folder, "status", "--porcelain"))}
    return None


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603  a fixed command, no shell
        ["git", "-C", str(folder), *words],  # noqa: S607  git is found on PATH by design
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


def reset_peak_memory() -> None:
    """Starts a new measurement of this process's peak memory, where the system allows it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory_bytes() -> int:
    """The peak resident memory of this process since the last reset (else since its start).

    0 where the system does not tell.
    """
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        if found := re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE):
            return int(found.group(1)) * 1024
    try:
        import resource  # noqa: PLC0415  not on every system
    except ImportError:
        return 0
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
