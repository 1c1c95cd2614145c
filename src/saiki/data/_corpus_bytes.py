"""The bytes of a file, plain or unpacked from gzip or Zstandard, in chunks."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from saiki.errors import DataError, DependencyError, MissingFileError

PACKED_SUFFIXES = (".gz", ".zst")
_CHUNK_BYTES = 1 << 15  # the strings of a chunk stay in the processor's cache
_PACKED_BYTES = 1 << 16  # Zstandard unpacks all that it is given, so it is given little


def check_file(path: Path) -> None:
    """Raises where `path` is no readable file, before hours go into the files ahead of it."""
    if not path.exists():
        raise MissingFileError(
            "{path}: no such file. Check the path; relative paths start from {here}.",
            path=path,
            here=Path.cwd(),
        )
    if path.is_dir():
        raise DataError(
            "{path}: expected a file; got a folder. Give a list of its files, such as "
            "sorted(Path(folder).glob('*.txt')).",
            path=path,
        )
    if path.suffix.lower() == ".zst":
        _zstandard(path)


def read_chunks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Pieces of the unpacked content, each with the number of bytes that it took on disk."""
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as raw:
            chunks = _zst_chunks(path, raw) if suffix == ".zst" else _chunks(raw, suffix)
            before = 0
            for chunk in chunks:
                now = raw.tell()
                yield chunk, now - before
                before = now
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise _damaged(path, fault) from fault
    except OSError as fault:
        raise DataError(
            "{path}: cannot be read ({reason}). Check its permissions, or get it again.",
            path=path,
            reason=fault.strerror or fault,
        ) from fault


def _chunks(raw: BinaryIO, suffix: str) -> Iterator[bytes]:
    source: Any = gzip.GzipFile(fileobj=raw) if suffix == ".gz" else raw
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk


def _zst_chunks(path: Path, raw: BinaryIO) -> Iterator[bytes]:
    """Frame by frame; a stream reader of the library would end quietly where the file is cut."""
    zstandard = _zstandard(path)
    frame: Any = None
    try:
        while packed := raw.read(_PACKED_BYTES):
            while packed:
                frame = frame or zstandard.ZstdDecompressor().decompressobj()
                if chunk := frame.decompress(packed):
                    yield chunk
                packed = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
    except zstandard.ZstdError as fault:
        raise _damaged(path, fault) from fault
    if frame is not None:
        raise _damaged(path, "the last frame has no end")


def _damaged(path: Path, reason: object) -> DataError:
    return DataError(
        "{path}: the compressed file is cut off or damaged ({reason}). Get it again; nothing of "
        "it was used.",
        path=path,
        reason=reason,
    )


def _zstandard(path: Path) -> Any:
    try:
        import zstandard  # noqa: PLC0415  only for these files
    except ImportError as fault:
        raise DependencyError(
            "{path}: reading .zst needs the package zstandard; it is not installed. Install it "
            "with `pip install zstandard`, or unpack the file.",
            path=path,
        ) from fault
    return zstandard
