"""The folder of an encoded corpus: whole or absent, checked when it is opened, used again."""

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from saiki.data._corpus_files import checksum, flush_to_disk, storage_error, write_json
from saiki.errors import DataError, MissingFileError

FORMAT = "saiki corpus"
VERSION = 1
_ARRAYS = ("tokens.bin", "offsets.bin", "read_offsets.bin")
_NAMES = "names.json"
_HEAD = "corpus.json"


@contextmanager
def new_folder(folder: Path | None) -> Iterator[Path]:
    """A folder to write in, removed where anything fails.

    Where `folder` is given it stands beside it, until `put_in_place` moves it there; otherwise it
    is a temporary one that the caller removes at last.
    """
    try:
        if folder is None:
            made = Path(tempfile.mkdtemp(prefix="saiki-corpus-"))
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            made = folder.with_name(f".{folder.name}.{socket.gethostname()}-{os.getpid()}.partial")
            _sweep(folder)
            made.mkdir()
    except OSError as fault:
        raise storage_error(folder or Path(tempfile.gettempdir()), fault) from fault
    try:
        yield made
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _sweep(folder: Path) -> None:
    """Removes what killed processes of this machine, and this one, left beside `folder`."""
    prefix = f".{folder.name}.{socket.gethostname()}-"
    for path in folder.parent.iterdir():
        number = path.name.removeprefix(prefix).removesuffix(".partial").removesuffix(".old")
        if path.name.startswith(prefix) and number.isdecimal():
            if int(number) != os.getpid() and _is_alive(int(number)):
                continue
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_names(made: Path, names: list[str] | None) -> None:
    """The names of the documents, where they have any."""
    if names is not None:
        write_json(made / _NAMES, names)


def seal(made: Path, head: dict[str, Any]) -> None:
    """Flushes the arrays to disk and describes them, last of all."""
    files = [made / name for name in (*_ARRAYS, _NAMES) if (made / name).exists()]
    for file in files:
        flush_to_disk(file)
    sums = {f.name: {"bytes": f.stat().st_size, "crc32": checksum(f)} for f in files}
    write_json(made / _HEAD, {"format": FORMAT, "version": VERSION, "files": sums, **head})


def put_in_place(made: Path, folder: Path) -> None:
    """Moves a finished folder to its name; what stood there before is removed afterwards."""
    old = made.with_suffix(".old.partial")
    try:
        if folder.exists():
            folder.rename(old)
        made.rename(folder)
    except OSError as fault:
        raise storage_error(folder, fault) from fault
    shutil.rmtree(old, ignore_errors=True)


def check_is_free(folder: Path) -> None:
    """Raises where `folder` holds anything but an encoded corpus, which may be replaced."""
    if not folder.exists():
        return
    found = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else [folder.name]
    foreign = [name for name in found if name not in (*_ARRAYS, _NAMES, _HEAD)]
    if foreign or (found and _HEAD not in found):
        raise DataError(
            "{folder}: expected a new or empty folder, or one with an encoded corpus; found "
            "{found}. Nothing was touched: choose another folder.",
            folder=folder,
            found=", ".join(foreign[:3] or found[:3]),
        )


def read_head(folder: Path) -> dict[str, Any]:
    """What describes the corpus, once its files are found whole.

    Raises:
        MissingFileError: there is no such folder, or no corpus in it.
        DataError: it is damaged, or of a later version.
    """
    path = folder / _HEAD
    if not path.is_file():
        raise MissingFileError(
            "{folder}: there is no encoded corpus here (no corpus.json). Check the path, or make "
            "one with encode_corpus(corpus, folder=...).",
            folder=folder,
        )
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        is_ours = head["format"] == FORMAT and head["version"] == VERSION
        files = {folder / name: expected for name, expected in head["files"].items()}
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _damaged(path, fault) from fault
    if not is_ours:
        raise DataError(
            "{path}: expected version {version} of {format!r}; got version {got}. Encode the "
            "corpus again, or use the release of saiki that wrote it.",
            path=path,
            version=VERSION,
            format=FORMAT,
            got=head["version"],
        )
    for file, expected in files.items():
        _check_file(file, expected)
    found: dict[str, Any] = head
    return found


def _check_file(path: Path, expected: dict[str, int]) -> None:
    size = path.stat().st_size if path.is_file() else 0
    if size != expected["bytes"]:
        raise _damaged(path, f"{size} bytes, not {expected['bytes']}")
    if checksum(path) != expected["crc32"]:
        raise _damaged(path, "the checksum differs")


def _damaged(path: Path, reason: object) -> DataError:
    return DataError(
        "{path}: the encoded corpus is damaged ({reason}). Encode the corpus again, or take a copy "
        "that is whole.",
        path=path,
        reason=reason,
    )


def read_names(folder: Path) -> tuple[str, ...] | None:
    """The names of the documents, where they have any."""
    path = folder / _NAMES
    return tuple(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
