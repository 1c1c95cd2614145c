"""Which compiled level trains word and document vectors; `SAIKI_KERNELS` forces one."""

import os
from types import ModuleType

from saiki.errors import BackendError

VARIABLE = "SAIKI_KERNELS"


def native() -> ModuleType:
    """The compiled module.

    Raises:
        BackendError: this installation has none.
    """
    try:
        from saiki.kernels import _vectors  # noqa: PLC0415  # an installation may lack it
    except ImportError as error:
        raise BackendError(
            "Word and document vectors are trained by compiled code, which this installation does"
            " not have: there was no C++ compiler, or none that knows C++20. Install g++ or clang,"
            " then install saiki again."
        ) from error
    return _vectors


def level() -> int:
    """The place of the level in use among the compiled ones, the fastest first.

    Raises:
        BackendError: there is no compiled code, or SAIKI_KERNELS names no level of this machine.
    """
    found, wanted = native().levels(), os.environ.get(VARIABLE, "")
    if wanted == "torch":
        raise BackendError(
            "{variable}=torch asks for no compiled code, and word and document vectors are trained"
            " by compiled code alone. Unset it, or set it to one of {found}.",
            variable=VARIABLE,
            found=", ".join(found),
        )
    if wanted and wanted not in found:
        raise BackendError(
            "{variable} must be one of {found} on this machine; got {wanted!r}. Unset it to leave"
            " the choice to saiki.",
            variable=VARIABLE,
            found=", ".join(found),
            wanted=wanted,
        )
    return found.index(wanted) if wanted else 0
