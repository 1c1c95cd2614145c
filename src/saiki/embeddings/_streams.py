"""Byte streams of vector files: plain or gzip for reading, whole or absent for writing."""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from saiki.artifacts.files import make_folder, storage_error
from saiki.errors import DataError, MissingFileError

_GZIP = b"\x1f\x8b"
_DEFLATE_LIMIT = 1032  # no deflate stream expands by more


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed if it is gzip, whatever its name."""
    try:
        with path.open("rb") as raw:
            if raw.peek(2)[:2] != _GZIP:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast("BinaryIO", BufferedReader(unpacked, 1 << 20))
    except FileNotFoundError as error:
        raise MissingFileError(
            "{path}: there is no such file. Check the path.", path=path
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            "{path}: the gzip data are cut short or damaged ({reason}). Take a copy of it that is "
            "whole.",
            path=path,
            reason=error,
        ) from error
    except OSError as error:
        raise DataError(
            "{path}: cannot be read ({reason}).", path=path, reason=error.strerror or error
        ) from error


def most_bytes(path: Path) -> int:
    """The most bytes that `reading` can give."""
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
    return path.stat().st_size * (_DEFLATE_LIMIT if packed else 1)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name when all is written; .gz is compressed."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        temporary.replace(path)
    except OSError as error:
        raise storage_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
