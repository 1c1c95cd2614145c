"""Files that are either whole or absent: written to a temporary name, flushed to disk, renamed."""

import errno
import hashlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from saiki.errors import MissingFileError, RunFolderError, StorageError

__all__ = [
    "append_bytes",
    "make_folder",
    "read_json",
    "read_json_lines",
    "read_text",
    "read_toml",
    "sha256_of",
    "write_bytes_atomic",
    "write_json_atomic",
    "write_json_lines_atomic",
    "write_text_atomic",
]

_CHUNK_BYTES = 1 << 20


def storage_error(path: Path, error: OSError) -> StorageError:
    """The operating system's refusal to write `path`, in the user's words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            "{path}: the disk is full, nothing was written there. Free some space, or choose "
            "another place with --out, and go on with --resume.",
            path=path,
        )
    return StorageError(
        "{path}: cannot be written ({reason}). Choose another place with --out.",
        path=path,
        reason=error.strerror or str(error),
    )


def make_folder(path: Path) -> Path:
    """Makes `path` and its parents.

    Raises:
        StorageError: the place is read-only, full, or a file.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(path, error) from error
    return path


def write_bytes_atomic(path: Path, content: bytes) -> None:
    """Writes `content` so that a crash at any moment leaves the old file or the new one.

    Raises:
        StorageError: the disk is full or the place cannot be written; the old file is kept.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    make_folder(path.parent)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(path, error) from error


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_bytes(path: Path, content: bytes) -> None:
    """Appends `content` and flushes it to disk; a failed append is cut off again."""
    try:
        with path.open("ab") as file:
            before = file.tell()
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(path, before)
                raise
    except OSError as error:
        raise storage_error(path, error) from error


def write_text_atomic(path: Path, text: str) -> None:
    """Writes UTF-8 text atomically; errors as `write_bytes_atomic`."""
    write_bytes_atomic(path, text.encode("utf-8"))


def write_json_atomic(path: Path, value: Any) -> None:
    """Writes indented JSON atomically; errors as `write_bytes_atomic`."""
    write_text_atomic(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_json_lines_atomic(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes one JSON object a line, atomically; errors as `write_bytes_atomic`."""
    lines = [json.dumps(dict(row), ensure_ascii=False) for row in rows]
    write_text_atomic(path, "".join(line + "\n" for line in lines))


def read_text(path: Path) -> str:
    """Reads UTF-8 text.

    Raises:
        MissingFileError: there is no such file.
        RunFolderError: it is not UTF-8, or cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingFileError(
            "{path}: there is no such file. Check the path.", path=path
        ) from error
    except (UnicodeDecodeError, OSError) as error:
        raise RunFolderError(
            "{path}: must be readable UTF-8 text; got: {reason}. The file is damaged or is "
            "something else: take a copy of it that is whole.",
            path=path,
            reason=error,
        ) from error


def read_json(path: Path) -> Any:
    """Reads a JSON file; RunFolderError names the line where it is damaged."""
    return _parse_json(read_text(path), path, 0)


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Reads a file of one JSON object a line; RunFolderError names a damaged line."""
    rows = []
    for number, line in enumerate(read_text(path).split("\n")):
        if line.strip():
            rows.append(_parse_json(line, path, number))
    return rows


def _parse_json(text: str, path: Path, lines_before: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RunFolderError(
            "{path}, line {line}: must be JSON; got: {reason}. The file is damaged: take a copy "
            "of the run folder that is whole, or train again.",
            path=path,
            line=lines_before + error.lineno,
            reason=error.msg,
        ) from error


def read_toml(path: Path) -> dict[str, Any]:
    """Reads a TOML file; RunFolderError says where it is not TOML."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise RunFolderError(
            "{path}: must be TOML; got: {reason}. Mend that line; `saiki recipes --show NAME` "
            "prints a file to start from.",
            path=path,
            reason=error,
        ) from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
