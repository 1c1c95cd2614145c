"""Text files of a tar archive as one file with a line for each."""

import gzip
import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path

from saiki.errors import DataError


def checksum_name(name: str) -> str:
    """The name of the file that holds the SHA-256 of the lines of `name`."""
    return f"{name}.sha256"


def write_lines(archive: Path, members: str, target: Path) -> Path:
    """Writes each text file below `members` as a line of `target`, gzip, in the archive's order."""
    digest = hashlib.sha256()
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        for text in _texts(archive, members):
            line = text.encode() + b"\n"
            digest.update(line)
            packed.write(line)
    target.with_name(checksum_name(target.name)).write_text(digest.hexdigest() + "\n", "ascii")
    return target


def fault_of_lines(path: Path) -> str | None:
    """Why a file is not what `write_lines` left; None where it is."""
    try:
        wanted = path.with_name(checksum_name(path.name)).read_text("ascii").strip()
        with gzip.open(path) as lines:
            found = hashlib.file_digest(lines, "sha256").hexdigest()
    except (OSError, EOFError, ValueError) as fault:
        return str(fault)
    return None if found == wanted else f"sha256 {found[:12]}..., expected {wanted[:12]}..."


def _texts(archive: Path, members: str) -> Iterator[str]:
    count = 0
    try:
        with gzip.open(archive) as raw, tarfile.open(fileobj=raw, mode="r|") as packed:
            for member in packed:
                is_text = member.name.removeprefix("./").startswith(members)
                file = packed.extractfile(member) if is_text and member.isfile() else None
                if file is not None and member.name.endswith(".txt"):
                    count += 1
                    text = file.read().decode("utf-8").replace("<br />", " ")
                    yield " ".join(text.split())
            while raw.read(1 << 20):  # a cut archive shows itself only at the end
                pass
    except (tarfile.TarError, EOFError, UnicodeDecodeError, gzip.BadGzipFile) as fault:
        raise DataError(
            "{path}: is no readable archive of text ({reason}). Fetch it again.",
            path=archive,
            reason=fault,
        ) from fault
    if not count:
        raise DataError(
            "{path}: must hold text files below {members}; it holds none. Fetch it again.",
            path=archive,
            members=members,
        )
