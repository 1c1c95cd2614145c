import gzip
import hashlib
import logging
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pooch  # type: ignore[import-untyped]
import requests

from saiki.data._text_archive import checksum_name, write_lines
from saiki.errors import FetchError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saiki.data.catalogue import ArchiveInfo, FileInfo


def fetch_file(
    url: str,
    folder: Path,
    file: "FileInfo",
    *,
    check: "Callable[[Path, FileInfo], str | None]",
    progress: bool,
) -> None:
    """Downloads one file beside its place, checks its content, and only then puts it there."""
    with _workshop(folder) as workshop:
        parts = [f"{file.name}{piece}" for piece in file.pieces or ("",)]
        for part, piece in zip(parts, file.pieces or ("",), strict=True):
            _download(url + piece, workshop, part, progress=progress)
        if file.is_served_plain:
            plain = b"".join((workshop / part).read_bytes() for part in parts)
            (workshop / file.name).write_bytes(gzip.compress(plain, mtime=0))
        _refuse(url, file.name, check(workshop, file))
        folder.mkdir(exist_ok=True)
        os.replace(workshop / file.name, folder / file.name)  # noqa: PTH105  atomic


def fetch_archive(url: str, folder: Path, archive: "ArchiveInfo", *, progress: bool) -> None:
    """Downloads an archive, checks it, makes the file of lines of it, and puts that in place."""
    packed = url.rpartition("/")[2]
    with _workshop(folder) as workshop:
        _download(url, workshop, packed, progress=progress)
        _refuse(url, packed, _md5_fault(workshop / packed, archive.md5))
        made = write_lines(workshop / packed, archive.members, workshop / archive.name)
        folder.mkdir(exist_ok=True)
        # The file itself comes last: it says that the set is there.
        for part in (made.with_name(checksum_name(made.name)), made):
            os.replace(part, folder / part.name)  # noqa: PTH105  atomic


def _md5_fault(path: Path, wanted: str) -> str | None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return None if found == wanted else f"md5 {found}, expected {wanted}"


@contextmanager
def _workshop(folder: Path) -> "Iterator[Path]":
    """A temporary folder beside `folder`; what the disk refuses becomes a StorageError."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as temporary:
            yield Path(temporary)
    except FetchError:
        raise
    except OSError as fault:
        raise StorageError(
            "{folder}: the data set cannot be written ({reason}). Free some space or correct the "
            "permissions.",
            folder=folder,
            reason=fault.strerror or fault,
        ) from fault


def _refuse(url: str, name: str, fault: str | None) -> None:
    if fault is not None:
        raise FetchError(
            "{url}: what came is not {name}: {fault}. Try again later, or report it if it "
            "stays so.",
            url=url,
            name=name,
            fault=fault,
        )


def _download(url: str, folder: Path, name: str, *, progress: bool) -> None:
    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.ERROR)  # it would print the hash of every new file
    bar: Any = _Bar(name) if progress else False
    try:
        downloader = pooch.HTTPDownloader(progressbar=bar)
        pooch.retrieve(url, known_hash=None, fname=name, path=folder, downloader=downloader)
    except requests.RequestException as fault:
        raise FetchError(
            "{url}: the download failed ({reason}). Check the connection and try again; "
            "nothing was written.",
            url=url,
            reason=fault,
        ) from fault
    finally:
        logger.setLevel(before)
        if progress:
            bar.close()


class _Bar:
    """The progress bar that pooch drives, drawn by rich on standard error."""

    def __init__(self, name: str) -> None:
        from rich.console import Console  # noqa: PLC0415  only for a bar
        from rich.progress import DownloadColumn, Progress  # noqa: PLC0415  only for a bar

        self._progress = Progress(
            *Progress.get_default_columns(), DownloadColumn(), console=Console(stderr=True)
        )
        self._task = self._progress.add_task(name, total=None)
        self._progress.start()

    @property
    def total(self) -> float | None:
        """Bytes expected."""
        return self._progress.tasks[0].total

    @total.setter
    def total(self, total: float | None) -> None:
        self._progress.update(self._task, total=total)

    def update(self, amount: int) -> None:
        """`amount` bytes more have come."""
        self._progress.advance(self._task, amount)

    def reset(self) -> None:
        """Called once by pooch before it fills the bar up at the end."""
        self._progress.reset(self._task)

    def close(self) -> None:
        """Takes the bar off the terminal."""
        self._progress.stop()
