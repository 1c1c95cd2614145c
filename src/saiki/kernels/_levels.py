"""Which compiled kernels this machine runs, and why; `SAIKI_KERNELS` forces one."""

import os
import warnings
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Literal

from saiki.errors import BackendError
from saiki.language import render

Level = Literal["avx512", "avx2", "portable", "torch"]
LEVELS: tuple[Level, ...] = ("avx512", "avx2", "portable", "torch")
VARIABLE = "SAIKI_KERNELS"


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelInfo:
    """Which kernels run the recurrent layers on this machine.

    Args:
        level: "avx512", "avx2" or "portable", compiled kernels for that set of instructions, or
            "torch", where there are none and torch's own operators do the work.
        reason: why this one, in a sentence.
        available: every level that SAIKI_KERNELS can force here, the fastest first.
        threads: how many threads a call may use; torch.set_num_threads changes it.
    """

    level: Level
    reason: str
    available: tuple[str, ...]
    threads: int


def info() -> KernelInfo:
    """Which kernels run here and why.

    Raises:
        BackendError: SAIKI_KERNELS names a level that is unknown or that this machine lacks.

    Example:
        >>> from saiki import kernels
        >>> kernels.info().level in ("avx512", "avx2", "portable", "torch")
        True
    """
    import torch  # noqa: PLC0415  # the word-vector kernels do without it

    wanted, found = os.environ.get(VARIABLE, ""), _available()
    level = _level(wanted)
    if wanted:
        reason = render("{variable}={level} asks for it.", variable=VARIABLE, level=wanted)
    elif level == "torch":
        reason = render(
            "This installation has no compiled kernels: there was no C++ compiler, or none that"
            " knows C++20. Install g++ or clang, then install saiki again."
        )
    else:
        reason = render("The fastest that this processor runs.")
    return KernelInfo(level=level, reason=reason, available=found, threads=torch.get_num_threads())


def compiled_level() -> int | None:
    """The place of the level in use among the compiled ones, or None for torch."""
    level = _level(os.environ.get(VARIABLE, ""))
    return None if level == "torch" else _available().index(level)


# What torch.compiler.assume_constant_result does, without the seconds that its import takes.
compiled_level._dynamo_marked_constant = True  # type: ignore[attr-defined]  # noqa: SLF001


def native() -> ModuleType:
    """The compiled module; only where `compiled_level` gives one."""
    from saiki.kernels import _native  # noqa: PLC0415  # an installation may lack it

    return _native


@cache
def _available() -> tuple[str, ...]:
    try:
        return (*native().levels(), "torch")
    except ImportError:
        return ("torch",)


@cache
def _level(wanted: str) -> Level:
    found = _available()
    if wanted and wanted not in found:
        raise BackendError(
            "{variable} must be one of {found} on this machine; got {wanted!r}. Unset it to leave"
            " the choice to saiki.",
            variable=VARIABLE,
            found=", ".join(found),
            wanted=wanted,
        )
    if not wanted and found == ("torch",):
        warnings.warn(
            render(
                "saiki was installed without its compiled kernels, so recurrent layers run on"
                " torch's operators, which are slower. Install a C++20 compiler (g++ or clang),"
                " then install saiki again; SAIKI_KERNELS=torch silences this."
            ),
            stacklevel=4,
        )
    return next(level for level in LEVELS if level == (wanted or found[0]))
