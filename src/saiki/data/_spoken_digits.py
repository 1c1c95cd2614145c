"""The Free Spoken Digit Dataset: read straight from its archive, or from an extracted folder.

Everything about a recording is in its name, `{digit}_{speaker}_{index}.wav`; the official test
part is index 0 to 4.
"""

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from pathlib import Path

from saiki.data._audio import Channels, lazy_audio
from saiki.data.examples import Examples, Part
from saiki.errors import DataError, MissingFileError

_NAME = re.compile(r"(?:^|/)recordings/(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<index>\d+)\.wav$")
_TEST_INDICES = range(5)


def load_spoken_digits(
    folder: Path, *, sample_rate_hz: int | None = None, channels: Channels = "mono"
) -> Examples:
    """All recordings below `folder`, with digit, speaker and official part."""
    sources = read_recordings(folder)
    fields = [_NAME.search(f"recordings/{name}") for name in sources]
    found = [match for match in fields if match is not None]
    values, rate = lazy_audio(
        list(sources.values()), list(sources), sample_rate_hz=sample_rate_hz, channels=channels
    )
    parts: list[Part] = [
        "test" if int(match["index"]) in _TEST_INDICES else "train" for match in found
    ]
    return Examples(
        values,
        list(sources),
        kind="audio",
        labels=[match["digit"] for match in found],
        groups=[match["speaker"] for match in found],
        parts=parts,
        sample_rate_hz=rate,
    )


def read_recordings(folder: Path) -> dict[str, Path | bytes]:
    """The recordings by file name, in sorted order, from `recordings/` or from an archive."""
    found: dict[str, Path | bytes] = {}
    if (folder / "recordings").is_dir():
        for path in (folder / "recordings").iterdir():
            if _NAME.search(path.as_posix()):
                found[path.name] = path
        return dict(sorted(found.items()))
    archives = sorted(folder.glob("*.tar.gz"))
    if not archives:
        raise MissingFileError(
            "{folder}: neither a folder recordings nor a .tar.gz archive is here. "
            "Run `saiki data fetch spoken-digits`.",
            folder=folder,
        )
    return dict(sorted(_read_archive(archives[0]).items()))


def manifest(recordings: dict[str, Path | bytes]) -> tuple[str, int]:
    """The sha256 over the sorted lines `name sha256`, and the bytes of all recordings.

    It is that of the contents, so it does not change with how an archive was packed.
    """
    digest, size = hashlib.sha256(), 0
    for name, source in sorted(recordings.items()):
        content = source if isinstance(source, bytes) else source.read_bytes()
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
        size += len(content)
    return digest.hexdigest(), size


def _read_archive(archive: Path) -> dict[str, Path | bytes]:
    found: dict[str, Path | bytes] = {}
    try:
        with tarfile.open(
            fileobj=io.BytesIO(gzip.decompress(archive.read_bytes())), mode="r:"
        ) as tar:
            for member in tar:
                file = tar.extractfile(member) if _NAME.search(member.name) else None
                if file is not None:
                    found[member.name.rsplit("/", 1)[-1]] = file.read()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as fault:
        raise DataError(
            "{archive}: the archive is damaged ({reason}). Delete it and run "
            "`saiki data fetch spoken-digits`.",
            archive=archive,
            reason=fault,
        ) from fault
    if not found:
        raise DataError(
            "{archive}: there are no recordings in this archive. Delete it and run "
            "`saiki data fetch spoken-digits`.",
            archive=archive,
        )
    return found
