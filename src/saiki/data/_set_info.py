"""What a catalogue says of a data set: its files, its owner's terms, where to get it."""

from dataclasses import dataclass
from typing import Literal, final


@final
@dataclass(frozen=True, kw_only=True)
class FileInfo:
    """A file of a data set.

    Args:
        name: the name in the folder of the set.
        holds: "gzip" for one compressed file, "plain" for one as it is, "recordings" for an
            archive of recordings.
        sha256: of the content: of the uncompressed file, or of the sorted list of the
            recordings' names and sha256 sums, so that it does not depend on the packing.
        bytes: of that content.
        url: where `fetch` gets it; None where it is nowhere to be had as it is.
        is_served_plain: what lies at `url` is the content itself, and `fetch` compresses it.
        pieces: where it is served plain and in pieces: what follows `url` for each, in order.
        part: the part that the examples of this file are, for a set of text or parallel text.
        column: the column of a set of parallel text that the lines of this file are.
    """

    name: str
    holds: Literal["gzip", "plain", "recordings"]
    sha256: str
    bytes: int
    url: str | None = None
    is_served_plain: bool = False
    pieces: tuple[str, ...] = ()
    part: Literal["train", "validation", "test"] | None = None
    column: str | None = None


@final
@dataclass(frozen=True, kw_only=True)
class TableInfo:
    """The columns that the tables of a set of text have.

    Args:
        text: the columns whose cells, joined with a space, are the texts.
        label: the column of labels.
        class_names: the name of each label, where the column holds numbers: (label, name).
    """

    text: tuple[str, ...]
    label: str
    class_names: tuple[tuple[str, str], ...] = ()


@final
@dataclass(frozen=True, kw_only=True)
class ArchiveInfo:
    """An archive of text files of which `fetch` makes one file with a line for each.

    Args:
        name: of the file that is made, gzip; its checksum is kept beside it.
        url: of the tar.gz archive.
        md5: of that archive.
        members: how the path of each text file in it begins.
    """

    name: str
    url: str
    md5: str
    members: str


@final
@dataclass(frozen=True, kw_only=True)
class SetInfo:
    """A data set: its names, its owner's terms, and its files.

    Args:
        folder: the sub-folder of `SAIKI_DATA` that holds it.
        bundled: the sub-folder of the package that holds it, or None.
        archive: what `fetch` makes instead, where the files themselves are nowhere to be had.
        table: the columns, where the files of a set of text are tables.
        record: what a text is, where they are plain: a line, or the whole file.
        columns: of a set of parallel text: its two sides, by language where they have one.
        fingerprint: where there are no files, since the pairs are made on the spot: theirs.
    """

    name: str
    title: str
    kind: Literal["audio", "series", "text", "parallel", "time-series"]
    source_url: str
    licence: str
    licence_url: str
    citation: str
    folder: str
    files: tuple[FileInfo, ...]
    bundled: str | None = None
    archive: ArchiveInfo | None = None
    table: TableInfo | None = None
    record: Literal["line", "file"] = "line"
    columns: tuple[str, ...] = ()
    fingerprint: str | None = None

    @property
    def is_fetchable(self) -> bool:
        """Whether `fetch` has a place to get it from."""
        return self.archive is not None or any(file.url for file in self.files)

    @property
    def is_generated(self) -> bool:
        """Whether it is made on the spot, without files."""
        return self.fingerprint is not None
