"""The data sets that saiki knows by name: where they are, whose they are, how to get them."""

import gzip
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, final

from saiki.errors import DataError, MissingFileError, nearest

if TYPE_CHECKING:
    from saiki.data._audio import Channels
    from saiki.data.examples import Examples

__all__ = [
    "SETS",
    "FileInfo",
    "Place",
    "SetInfo",
    "SetStatus",
    "cache_folder",
    "describe",
    "fetch",
    "list_sets",
    "load",
    "locate",
    "verify",
]

Place = Literal["SAIKI_DATA", "cached", "bundled", "absent"]

_BUNDLED = Path(__file__).parent / "bundled"


@final
@dataclass(frozen=True, kw_only=True)
class FileInfo:
    """A file of a data set.

    Args:
        name: the name in the folder of the set.
        holds: "gzip" for one compressed file, "recordings" for an archive of recordings.
        sha256: of the content: of the uncompressed file, or of the sorted list of the
            recordings' names and sha256 sums, so that it does not depend on the packing.
        bytes: of that content.
        url: where `fetch` gets it; None for a file that ships in the package.
    """

    name: str
    holds: Literal["gzip", "recordings"]
    sha256: str
    bytes: int
    url: str | None = None


@final
@dataclass(frozen=True, kw_only=True)
class SetInfo:
    """A data set: its names, its owner's terms, and its files.

    Args:
        folder: the sub-folder of `SAIKI_DATA` that holds it.
        bundled: the sub-folder of the package that holds it, or None.
    """

    name: str
    title: str
    kind: Literal["audio", "series"]
    source_url: str
    licence: str
    licence_url: str
    citation: str
    folder: str
    files: tuple[FileInfo, ...]
    bundled: str | None = None


@final
@dataclass(frozen=True)
class SetStatus:
    """A data set and where it is on this machine."""

    info: SetInfo
    place: Place
    path: Path | None


_JAPANESE_VOWELS = SetInfo(
    name="japanese-vowels",
    title="Japanese Vowels: nine speakers saying /ae/, 12 cepstrum coefficients, 7 to 29 steps",
    kind="series",
    source_url="https://archive.ics.uci.edu/dataset/128/japanese+vowels",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    citation=(
        "M. Kudo, J. Toyama, M. Shimbo (1999): Multidimensional curve classification using "
        "passing-through regions. Pattern Recognition Letters 20 (11-13), 1103-1111."
    ),
    folder="timeseries",
    bundled="japanese_vowels",
    files=(
        FileInfo(
            name="JapaneseVowels_TRAIN.ts.gz",
            holds="gzip",
            sha256="68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
            bytes=487_971,
        ),
        FileInfo(
            name="JapaneseVowels_TEST.ts.gz",
            holds="gzip",
            sha256="b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
            bytes=649_132,
        ),
    ),
)
_SPOKEN_DIGITS = SetInfo(
    name="spoken-digits",
    title="Free Spoken Digit Dataset: 3,000 recordings of the digits 0-9, six speakers, 8 kHz",
    kind="audio",
    source_url="https://github.com/Jakobovski/free-spoken-digit-dataset",
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    citation=(
        "Z. Jackson, C. Souza, J. Flaks, Y. Pan, H. Nicolas, A. Thite: "
        "Free Spoken Digit Dataset, commit 26eb9aaf76e8."
    ),
    folder="fsdd",
    files=(
        FileInfo(
            name="fsdd_recordings.tar.gz",
            holds="recordings",
            sha256="dbd573d7cafe79c4b49f65718115e1304e24e067fa39eff18a660dc6cb9c360f",
            bytes=21_128_848,
            url=(
                "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"
                "26eb9aaf76e8.tar.gz"
            ),
        ),
    ),
)

SETS: dict[str, SetInfo] = {s.name: s for s in (_JAPANESE_VOWELS, _SPOKEN_DIGITS)}


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

    Raises:
        MissingFileError: it is in none of them; the message has the command that fetches it.
    """
    status = _status(describe(name))
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
    name: str, *, sample_rate_hz: int | None = None, channels: "Channels" = "mono"
) -> "Examples":
    """The examples of a data set, with its official parts.

    Raises:
        MissingFileError: the data set is unknown or not on this machine.
    """
    from saiki.data._bundled_sets import load_japanese_vowels  # noqa: PLC0415  needs NumPy
    from saiki.data._spoken_digits import load_spoken_digits  # noqa: PLC0415  needs NumPy

    folder = locate(name)
    if name == "spoken-digits":
        return load_spoken_digits(folder, sample_rate_hz=sample_rate_hz, channels=channels)
    return load_japanese_vowels(folder)


def verify(name: str) -> Path:
    """Checks the content of every file of a data set against its checksum.

    Returns:
        The folder that was checked.

    Raises:
        MissingFileError: the data set is not on this machine.
        DataError: a file is missing, damaged or another one; all such files are named.
    """
    info, folder = describe(name), locate(name)
    faults = [f"{file.name} ({why})" for file in info.files if (why := _fault(folder, file))]
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
    from saiki.data._fetch import fetch_file  # noqa: PLC0415  needs pooch

    status = _status(describe(name))
    if status.path is not None:
        return status.path
    folder = cache_folder() / name
    for file in status.info.files:
        url = file.url if base_url is None else f"{base_url.rstrip('/')}/{file.name}"
        if url is not None:
            fetch_file(url, folder, file, check=_fault, progress=progress)
    return folder


def _status(info: SetInfo) -> SetStatus:
    candidates: list[tuple[Place, Path]] = []
    if os.environ.get("SAIKI_DATA"):
        candidates.append(("SAIKI_DATA", Path(os.environ["SAIKI_DATA"]) / info.folder))
    candidates.append(("cached", cache_folder() / info.name))
    if info.bundled is not None:
        candidates.append(("bundled", _BUNDLED / info.bundled))
    for place, folder in candidates:
        if all(_is_there(folder, file) for file in info.files):
            return SetStatus(info, place, folder)
    return SetStatus(info, "absent", None)


def _is_there(folder: Path, file: FileInfo) -> bool:
    extracted = file.holds == "recordings" and (folder / "recordings").is_dir()
    return extracted or (folder / file.name).is_file()


def _fault(folder: Path, file: FileInfo) -> str | None:
    """Why a file of `folder` is not the one of the catalogue; None where it is."""
    try:
        sha256, size = _content(folder, file)
    except (DataError, OSError, EOFError) as fault:
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
    content = gzip.decompress((folder / file.name).read_bytes())
    return hashlib.sha256(content).hexdigest(), len(content)
