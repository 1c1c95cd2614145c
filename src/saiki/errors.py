"""Every error class of saiki, one small tree; each is also the builtin error that it refines.

A message says who, what was expected, what came, what to do. It is given as an English template
and its values, so that it can be shown in Japanese as well:

    raise DataError("{path}: the file is empty (0 bytes). Record it again.", path=path)
"""

import difflib
from collections.abc import Iterable
from typing import Any

from saiki.language import render

__all__ = [
    "ArgumentError",
    "BackendError",
    "ConfigurationError",
    "DataError",
    "DependencyError",
    "FetchError",
    "MissingFileError",
    "NonFiniteError",
    "RunFolderError",
    "SaikiError",
    "ShapeError",
    "StorageError",
    "UnknownNameError",
    "nearest",
]


class SaikiError(Exception):
    """The root: something that the user can put right, said in one clear message."""

    def __init__(self, template: str, /, **values: Any) -> None:
        super().__init__(template, values)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return render(self.template, **self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.template, self.values)


def _rebuild(kind: type[SaikiError], template: str, values: dict[str, Any]) -> SaikiError:
    return kind(template, **values)


class ArgumentError(SaikiError, ValueError):
    """An argument of a function, layer or command is out of range or of the wrong kind."""


class UnknownNameError(ArgumentError, KeyError):
    """A word, document or key was asked for that is not there."""


class ShapeError(ArgumentError):
    """A tensor or array has the wrong shape."""


class ConfigurationError(SaikiError, ValueError):
    """A recipe, file or flag holds an unknown key, a wrong type or a value out of range."""


class DataError(SaikiError, ValueError):
    """A data file or record cannot be used."""


class MissingFileError(DataError, FileNotFoundError):
    """A file or folder that was named does not exist."""


class FetchError(SaikiError, OSError):
    """A data set could not be downloaded, or its checksum is wrong."""


class RunFolderError(SaikiError, ValueError):
    """A run folder is missing, damaged or does not fit what was asked of it."""


class NonFiniteError(SaikiError, ArithmeticError):
    """A loss, gradient or weight became infinite or not a number."""


class BackendError(SaikiError, RuntimeError):
    """A backend that was asked for by name cannot do this."""


class DependencyError(SaikiError, ImportError):
    """An optional dependency is not installed."""


class StorageError(SaikiError, OSError):
    """Nothing could be written: the disk is full or the place is read-only."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return close[0] if close else None
