"""Arrays and their state on disk: one JSON file that names, and vouches for, one safetensors file.

The JSON file is replaced in one step after the arrays are whole on disk; so the last whole state
stays until the next one is complete, whenever the process is killed. Arrays are streamed, never
copied in memory.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.artifacts.files import (
    make_folder,
    read_json,
    sha256_of,
    storage_error,
    write_text_atomic,
)
from saiki.errors import MissingFileError, RunFolderError
from saiki.kernels.vectors import aligned_table

__all__ = ["arrays_digest", "drop_state", "has_state", "read_state", "write_state"]

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

_CODES = {"float32": "F32", "float64": "F64", "int32": "I32", "int64": "I64", "uint8": "U8"}
_NAMES = {code: name for name, code in _CODES.items()}
_CHUNK_BYTES = 1 << 22


def write_state(folder: Path, stem: str, arrays: Arrays, state: Mapping[str, Any]) -> None:
    """Writes `stem`.json and the arrays that it names; earlier arrays of that stem are dropped.

    Raises:
        StorageError: the disk is full or read-only; the state before is kept.
    """
    make_folder(folder)
    checksum = _write_arrays(folder, stem, arrays)
    name = _arrays_name(stem, checksum)
    envelope = {"state": dict(state), "arrays": {"file": name, "sha256": checksum}}
    write_text_atomic(folder / f"{stem}.json", json.dumps(envelope) + "\n")
    _drop_others(folder, stem, name)


def has_state(folder: Path, stem: str) -> bool:
    return (folder / f"{stem}.json").exists()


def read_state(
    folder: Path, stem: str, *, without: tuple[str, ...] = ()
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays, writable and in memory, and the state.

    Args:
        folder: where it is.
        stem: its name.
        without: endings of names of arrays that are not wanted.

    Raises:
        MissingFileError: one of the two files is not there.
        RunFolderError: a file is damaged or belongs to another.
    """
    envelope = read_json(folder / f"{stem}.json")
    try:
        name, checksum = envelope["arrays"]["file"], envelope["arrays"]["sha256"]
        state: dict[str, Any] = envelope["state"]
    except (KeyError, TypeError) as error:
        raise RunFolderError(
            "{path}: must be the state of vectors in training, with the keys state and arrays; it"
            " is something else. Give the folder that save or fit wrote.",
            path=folder / f"{stem}.json",
        ) from error
    path = folder / Path(str(name)).name
    if not path.exists():
        raise MissingFileError(
            "{path}: this file of the trained vectors is missing. Copy the whole folder, or train"
            " again.",
            path=path,
        )
    if sha256_of(path) != checksum:
        raise RunFolderError(
            "{path}: must have the SHA-256 {wanted} that was noted when it was written; it has"
            " another. The file is damaged: take a copy of the folder that is whole, or train"
            " again.",
            path=path,
            wanted=str(checksum)[:16] + "…",
        )
    return _read_arrays(path, without), state


def drop_state(folder: Path, stem: str) -> None:
    """Removes a state; the JSON file goes first, so that nothing points to what is gone."""
    (folder / f"{stem}.json").unlink(missing_ok=True)
    _drop_others(folder, stem, "")


def _arrays_name(stem: str, checksum: str) -> str:
    return f"{stem}-{checksum[:16]}.safetensors"


def _drop_others(folder: Path, stem: str, kept: str) -> None:
    for pattern in (f"{stem}-*.safetensors", f".{stem}.*.tmp", f".{stem}.json.*.tmp"):
        for path in folder.glob(pattern):
            if path.name != kept:
                path.unlink(missing_ok=True)


def _write_arrays(folder: Path, stem: str, arrays: Arrays) -> str:
    temporary = folder / f".{stem}.{os.getpid()}.tmp"
    try:
        with temporary.open("wb") as file:
            checksum = _stream(file, arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / _arrays_name(stem, checksum))
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(folder / stem, error) from error
    return checksum


def _stream(file: BinaryIO, arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(arrays):
        digest.update(chunk)
        file.write(chunk)
    return digest.hexdigest()


def arrays_digest(arrays: Arrays) -> str:
    """The SHA-256 that the file of these arrays would have."""
    digest = hashlib.sha256()
    for chunk in _chunks(arrays):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(arrays: Arrays) -> Iterator[bytes | memoryview]:
    """The bytes of a safetensors file: the header's length, the header, the arrays."""
    header: dict[str, Any] = {}
    at = 0
    for name, array in arrays.items():
        header[name] = {
            "dtype": _CODES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
    text = json.dumps(header).encode("ascii")
    text += b" " * (-len(text) % 8)  # the arrays begin at a multiple of 8 bytes
    yield len(text).to_bytes(8, "little") + text
    for array in arrays.values():
        for block in _row_blocks(array):
            yield np.ascontiguousarray(array[block]).reshape(-1).view(np.uint8).data


def _row_blocks(array: NDArray[Any]) -> Iterator[slice]:
    """Some megabytes of rows at a time; rows of a table need not lie one behind the other."""
    rows = max(_CHUNK_BYTES * len(array) // max(array.nbytes, 1), 1)
    for begin in range(0, len(array), rows):
        yield slice(begin, begin + rows)


def _read_arrays(path: Path, without: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        arrays = {}
        for name, entry in header.items():
            if name.endswith(without):
                continue
            array = arrays[name] = _empty(entry["shape"], _NAMES[entry["dtype"]])
            file.seek(8 + size + entry["data_offsets"][0])
            for block in _row_blocks(array):
                count = array[block].size
                array[block] = np.fromfile(file, array.dtype, count).reshape(array[block].shape)
    return arrays


def _empty(shape: list[int], dtype: str) -> NDArray[Any]:
    """Tables are laid out as the trainer wants them."""
    if dtype == "float32" and len(shape) == 2:
        return aligned_table(*shape)
    return np.empty(shape, dtype)
