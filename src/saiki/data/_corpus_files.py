"""The files of an encoded corpus, written so that a full disk is said clearly."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.errors import StorageError

_CHUNK_BYTES = 1 << 20


def storage_error(path: Path, fault: OSError) -> StorageError:
    """The operating system's refusal to write."""
    return StorageError(
        "{path}: the encoded corpus cannot be written ({reason}); nothing of it was kept. Free "
        "some space, or choose another place with folder=, or with the environment variable "
        "TMPDIR where no folder is given.",
        path=path,
        reason=fault.strerror or fault,
    )


class Appended:
    """A file that arrays are appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("wb")
        except OSError as fault:
            raise storage_error(path, fault) from fault

    def write(self, array: NDArray[Any]) -> None:
        """Appends the bytes of `array`."""
        try:
            self._file.write(np.ascontiguousarray(array).data)
        except OSError as fault:
            raise storage_error(self.path, fault) from fault

    def close(self) -> None:
        """Flushes; may be called twice."""
        try:
            self._file.close()
        except OSError as fault:
            raise storage_error(self.path, fault) from fault


def write_array(path: Path, array: NDArray[Any]) -> None:
    """An array in NumPy's own format."""
    try:
        np.save(path, array, allow_pickle=False)
    except OSError as fault:
        raise storage_error(path, fault) from fault


def write_json(path: Path, value: Any) -> None:
    """JSON, flushed to disk."""
    try:
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps(value))  # many times as fast as json.dump
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise storage_error(path, fault) from fault


def flush_to_disk(path: Path) -> None:
    """Makes a written file survive a power cut."""
    try:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    except OSError as fault:
        raise storage_error(path, fault) from fault


def checksum(path: Path) -> int:
    """CRC-32: finds damage, not malice."""
    value = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            value = zlib.crc32(chunk, value)
    return value


def map_file(path: Path, dtype: str) -> NDArray[Any]:
    """A file as a read-only array; an empty one cannot be mapped."""
    if path.stat().st_size == 0:
        empty = np.zeros(0, dtype=dtype)
        empty.flags.writeable = False
        return empty
    return np.memmap(path, dtype=dtype, mode="r")
