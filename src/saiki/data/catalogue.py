"""The data sets that saiki knows by name: where they are, whose they are, how to get them."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, final

from saiki.data._known_sets import SETS
from saiki.data._set_info import ArchiveInfo, FileInfo, SetInfo, TableInfo
from saiki.errors import ArgumentError, DataError, FetchError, MissingFileError, nearest

if TYPE_CHECKING:
    from saiki.data._audio import Channels
    from saiki.data._text_sources import Record
    from saiki.data.examples import Examples, Part

__all__ = [
    "SETS",
    "ArchiveInfo",
    "FileInfo",
    "Place",
    "SetInfo",
    "SetStatus",
    "TableInfo",
    "cache_folder",
    "describe",
    "fetch",
    "list_sets",
    "load",
    "locate",
    "text_files",
    "verify",
]

Place = Literal["SAIKI_DATA", "cached", "bundled", "generated", "absent"]

_BUNDLED = Path(__file__).parent / "bundled"
_GENERATORS = Path(__file__).parent


@final
@dataclass(frozen=True)
class SetStatus:
    """A data set and where it is on this machine."""

    info: SetInfo
    place: Place
    path: Path | None


def describe(name: str) -> SetInfo:
    """What is known of the data set `name`.

    Raises:
        MissingFileError: no data set has this name; the nearest one is named.
    """
    if name not in SETS:
        raise MissingFileError(
            "{name}: no data set has this name; known are {known}. The nearest is {near!r}.",
            name=name,
            known=", ".join(SETS),
            near=nearest(name, SETS) or next(iter(SETS)),
        )
    return SETS[name]


def cache_folder() -> Path:
    """The user's cache, where `fetch` puts data sets, one sub-folder each."""
    import pooch  # type: ignore[import-untyped]  # noqa: PLC0415  keeps this module's import light

    return Path(pooch.os_cache("saiki"))


def list_sets() -> tuple[SetStatus, ...]:
    """Every known data set and where it is."""
    return tuple(_status(info) for info in SETS.values())


def locate(name: str) -> Path:
    """The folder of a data set: below `SAIKI_DATA`, else in the cache, else in the package.

    Of a set that is made on the spot, this is the folder of the code that makes it.

    Raises:
        MissingFileError: it is in none of them; the message has the command that fetches it.
    """
    status = _status(describe(name))
    if status.path is None and not status.info.is_fetchable:
        raise MissingFileError(
            "{name}: this data set is not on this machine, and it cannot be fetched. Let "
            "SAIKI_DATA name a folder that has it in {folder}/ ({files}; {source}).",
            name=name,
            folder=status.info.folder,
            files=", ".join(file.name for file in status.info.files),
            source=status.info.source_url,
        )
    if status.path is None:
        raise MissingFileError(
            "{name}: this data set is not on this machine. Run `saiki data fetch {name}` "
            "({licence}), or let SAIKI_DATA name a folder that has it in {folder}/.",
            name=name,
            licence=status.info.licence,
            folder=status.info.folder,
        )
    return status.path


def load(
    name: str,
    *,
    sample_rate_hz: int | None = None,
    channels: "Channels" = "mono",
    record: "Record | None" = None,
) -> "Examples":
    """The examples of a data set, with its official parts.

    Texts are taken as they stand in the files. Where the official test part of a set of texts
    is not in its folder, the part that was published for validation is the test part here; the
    title of the set says so.

    Args:
        sample_rate_hz, channels: of recordings; see `read_examples`.
        record: whether a plain text is a "line" or the whole "file"; None is what the set says.

    Raises:
        MissingFileError: the data set is unknown or not on this machine.
        ArgumentError: it is parallel text or a long series, which `read_parallel` and
            `read_time_series` read.
        DataError: a file of it cannot be read.
    """
    info = describe(name)
    _refuse_parallel(info)
    folder = locate(name)
    if info.kind == "text":
        from saiki.data._text_sets import load_text  # noqa: PLC0415  needs NumPy

        return load_text(info, _text_parts(info, folder), record)
    if name == "spoken-digits":
        from saiki.data._spoken_digits import load_spoken_digits  # noqa: PLC0415  needs NumPy

        return load_spoken_digits(folder, sample_rate_hz=sample_rate_hz, channels=channels)
    from saiki.data._bundled_sets import load_japanese_vowels  # noqa: PLC0415  needs NumPy

    return load_japanese_vowels(folder)


def text_files(name: str) -> tuple[Path, ...]:
    """The files of a data set of plain text: gzip, with a sentence or document a line.

    Of a set with parts, these are the files of the training part.

    Raises:
        MissingFileError: the data set is unknown or not on this machine.
        ArgumentError: it is not text, or its files are tables.
    """
    info = describe(name)
    if info.kind != "text" or info.table is not None:
        raise ArgumentError(
            "{name}: is no data set of text. Choose one of {known}, or give files of text.",
            name=name,
            known=", ".join(s.name for s in SETS.values() if s.kind == "text" and not s.table),
        )
    parts = _text_parts(info, locate(name))
    return tuple(path for path, part in parts if part in (None, "train"))


def verify(name: str) -> Path:
    """Checks the content of every file of a data set against its checksum.

    Of a set that is made on the spot, what is made is checked.

    Returns:
        The folder that was checked.

    Raises:
        MissingFileError: the data set is not on this machine.
        DataError: a file is missing, damaged or another one; all such files are named.
    """
    info, folder = describe(name), locate(name)
    if info.is_generated:
        from saiki.data._parallel_sets import check_generated  # noqa: PLC0415  needs NumPy

        check_generated(info)
        return folder
    faults = [f"{file} ({why})" for file, why in _faults(info, folder)]
    if faults:
        raise DataError(
            "{folder}: {faults} of the data set {name} cannot be trusted. "
            "Delete the folder and run `saiki data fetch {name}`.",
            folder=folder,
            faults=", ".join(faults),
            name=name,
        )
    return folder


def fetch(name: str, *, base_url: str | None = None, progress: bool = False) -> Path:
    """Downloads a data set into the cache, unless it is on this machine already.

    The content is checked before anything is put in place, so nothing is left half-written.

    Args:
        base_url: a mirror: files are taken from `{base_url}/{file name}`.
        progress: shows a bar on standard error.

    Returns:
        The folder that has it. The caller should show the licence: `describe(name).licence`.

    Raises:
        FetchError: the connection failed, or what came is not the data set.
        StorageError: it cannot be written.
    """
    from saiki.data._fetch import fetch_archive, fetch_file  # noqa: PLC0415  needs pooch

    status = _status(describe(name))
    if status.path is not None:
        return status.path
    if not status.info.is_fetchable:
        raise FetchError(
            "{name}: there is no place to fetch this data set from. Let SAIKI_DATA name a folder "
            "that has it in {folder}/ ({source}).",
            name=name,
            folder=status.info.folder,
            source=status.info.source_url,
        )
    folder = cache_folder() / name
    archive = status.info.archive
    if archive is not None:
        name_there = archive.url.rpartition("/")[2]
        there = archive.url if base_url is None else f"{base_url.rstrip('/')}/{name_there}"
        fetch_archive(there, folder, archive, progress=progress)
        return folder
    for file in status.info.files:
        name_there = (file.url or "").rpartition("/")[2] if file.is_served_plain else file.name
        url = file.url if base_url is None else f"{base_url.rstrip('/')}/{name_there}"
        if url is not None:
            fetch_file(url, folder, file, check=_fault, progress=progress)
    return folder


def _refuse_parallel(info: SetInfo) -> None:
    if info.kind == "parallel":
        raise ArgumentError(
            "{name}: is a data set of parallel text, pairs of a source and a target. Read it with "
            "read_parallel, or choose another; `saiki data list` shows the data sets.",
            name=info.name,
        )
    if info.kind == "time-series":
        raise ArgumentError(
            "{name}: is one long series to be forecast, not examples. Read it with "
            "read_time_series, or choose another; `saiki data list` shows the data sets.",
            name=info.name,
        )


def _status(info: SetInfo) -> SetStatus:
    if info.is_generated:
        return SetStatus(info, "generated", _GENERATORS / info.folder)
    candidates: list[tuple[Place, Path]] = []
    if os.environ.get("SAIKI_DATA"):
        candidates.append(("SAIKI_DATA", Path(os.environ["SAIKI_DATA"]) / info.folder))
    candidates.append(("cached", cache_folder() / info.name))
    if info.bundled is not None:
        candidates.append(("bundled", _BUNDLED / info.bundled))
    for place, folder in candidates:
        is_made = info.archive is not None and (folder / info.archive.name).is_file()
        if is_made or all(_is_there(folder, file) for file in info.files):
            return SetStatus(info, place, folder)
    return SetStatus(info, "absent", None)


def _text_parts(info: SetInfo, folder: Path) -> list[tuple[Path, "Part | None"]]:
    """The files of a set of text, each with the part that it is."""
    if info.archive is not None and not all(_is_there(folder, file) for file in info.files):
        return [(folder / info.archive.name, None)]
    return [(folder / file.name, file.part) for file in info.files]


def _is_there(folder: Path, file: FileInfo) -> bool:
    extracted = file.holds == "recordings" and (folder / "recordings").is_dir()
    return extracted or (folder / file.name).is_file()


def _faults(info: SetInfo, folder: Path) -> Iterator[tuple[str, str]]:
    """The name of each file that is not what it should be, and why."""
    if info.archive is not None and not all(_is_there(folder, file) for file in info.files):
        from saiki.data._text_archive import fault_of_lines  # noqa: PLC0415  only here

        if why := fault_of_lines(folder / info.archive.name):
            yield info.archive.name, why
        return
    for file in info.files:
        if why := _fault(folder, file):
            yield file.name, why


def _fault(folder: Path, file: FileInfo) -> str | None:
    """Why a file of `folder` is not the one of the catalogue; None where it is."""
    try:
        sha256, size = _content(folder, file)
    except (DataError, OSError, EOFError, zlib.error) as fault:
        return str(fault)
    if (sha256, size) == (file.sha256, file.bytes):
        return None
    return (
        f"sha256 {sha256[:12]}... of {size} bytes, expected {file.sha256[:12]}... of {file.bytes}"
    )


def _content(folder: Path, file: FileInfo) -> tuple[str, int]:
    """The sha256 and bytes of the content of a file, as `FileInfo` defines them."""
    if file.holds == "recordings":
        from saiki.data._spoken_digits import manifest, read_recordings  # noqa: PLC0415  NumPy

        return manifest(read_recordings(folder))
    content = (folder / file.name).read_bytes()
    if file.holds == "gzip":
        content = gzip.decompress(content)
    return hashlib.sha256(content).hexdigest(), len(content)
