"""A trained model on disk: settings, vocabulary and tables, all that going on needs."""

from pathlib import Path
from typing import Any

import numpy as np

from saiki.embeddings._parts import State
from saiki.embeddings._settings import Settings
from saiki.embeddings._store import has_state, read_state, write_state
from saiki.errors import MissingFileError, RunFolderError

__all__ = ["read_model", "write_model"]

_STEM = "model"
_VERSION = 1


def write_model(
    folder: Path, settings: Settings, state: State, *, with_documents: bool = True
) -> None:
    """Writes a model; `with_documents` False leaves out the documents' vectors and names."""
    if not with_documents and _is_whole(folder, settings, state):
        return  # it holds what would be written, and more
    arrays = state.to_arrays()
    stored: dict[str, Any] = state.to_json()
    if not with_documents:
        arrays = {name: a for name, a in arrays.items() if not name.endswith(".documents")}
        stored["names"] = None
    stored |= {"version": _VERSION, "settings": settings.to_json()}
    write_state(folder, _STEM, arrays, stored)


def _is_whole(folder: Path, settings: Settings, state: State) -> bool:
    """Whether the folder holds this model with its documents already."""
    if not has_state(folder, _STEM):
        return False
    try:
        stored_settings, stored = read_model(folder, settings.owner)
    except RunFolderError:
        return False
    arrays, other = state.to_arrays(), stored.to_arrays()
    shared = {name for name in arrays if not name.endswith(".documents")}
    return (
        stored_settings == settings
        and stored.vocabulary == state.vocabulary
        and shared <= other.keys()
        and all(np.array_equal(arrays[name], other[name]) for name in shared)
    )


def read_model(folder: Path, owner: str, *, with_documents: bool = True) -> tuple[Settings, State]:
    """The settings and the state that `write_model` wrote.

    Raises:
        MissingFileError: there is no model.
        RunFolderError: it is damaged, of another kind, or of a later version.
    """
    if not has_state(folder, _STEM):
        raise MissingFileError(
            "{path}: there is no trained model in this folder. Give a folder that save or a"
            " finished fit(folder=...) wrote.",
            path=folder,
        )
    arrays, stored = read_state(folder, _STEM, without=() if with_documents else (".documents",))
    try:
        _check_kind(folder, owner, stored, with_documents=with_documents)
        stored["names"] = stored["names"] or []
        return Settings.from_json(stored["settings"]), State.from_stored(arrays, stored)
    except (KeyError, TypeError) as error:
        raise _damaged(folder, error) from error


def _check_kind(folder: Path, owner: str, stored: dict[str, Any], *, with_documents: bool) -> None:
    found = stored["settings"]["owner"]
    if stored["version"] != _VERSION or found != owner:
        raise RunFolderError(
            "{path}: must be a model of {owner}, version {version}; got one of {found}, version"
            " {got}. Load it with {found}, or with a newer saiki.",
            path=folder,
            owner=owner,
            version=_VERSION,
            found=found,
            got=stored["version"],
        )
    if stored["names"] is None and with_documents:
        raise RunFolderError(
            "{path}: holds what infers vectors of new documents, not a whole model. Load the"
            " folder that Doc2Vec.save wrote.",
            path=folder,
        )


def _damaged(folder: Path, reason: Exception) -> RunFolderError:
    return RunFolderError(
        "{path}: must be a whole model; {reason} is missing or wrong. The files are damaged: take"
        " a copy of the folder that is whole, or train again.",
        path=folder / f"{_STEM}.json",
        reason=reason,
    )
