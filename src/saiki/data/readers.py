"""`read_examples`: one door to every format of sequences and texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from saiki.data._audio import SUFFIXES, Channels
from saiki.data._audio_sources import (
    audio_files,
    audio_folder,
    audio_glob,
    audio_table,
    unlabelled_folder,
)
from saiki.data._columns import Columns
from saiki.data._series_csv import series_csv
from saiki.data._series_npz import series_npz
from saiki.data._series_ts import series_ts
from saiki.data._tables import TABLE_SUFFIXES, Row, read_head, stem_suffix
from saiki.data._text_encoding import check_encoding
from saiki.data._text_sources import (
    TEXT_SUFFIX,
    Record,
    is_text_file,
    label_folders,
    text_files,
    text_folder,
    text_glob,
    text_table,
    texts_in,
)
from saiki.data.catalogue import SETS, load
from saiki.data.examples import Examples, Kind, chain_examples
from saiki.errors import ArgumentError, DataError, MissingFileError, nearest

__all__ = ["read_examples"]

RequestedKind = Literal["auto", "audio", "series", "text"]
Source = str | Path | Sequence[str | Path]

_TEXT_COLUMNS = ("text",)


def read_examples(
    source: Source,
    *,
    kind: RequestedKind = "auto",
    text_columns: Sequence[str] = _TEXT_COLUMNS,
    record: Record | None = None,
    encoding: str = "utf-8",
    path_column: str = "path",
    label_column: str = "label",
    group_column: str | None = None,
    part_column: str | None = None,
    id_column: str | None = None,
    time_column: str | None = None,
    sample_rate_hz: int | None = None,
    channels: Channels = "mono",
    allow_unlabelled: bool = False,
) -> Examples:
    """Reads sequences or texts, with their labels, from whatever `source` is.

    Args:
        source: the name of a data set (see `saiki.data.catalogue`); a folder with a sub-folder
            a label; a glob pattern (the folder of a file is its label); a CSV, TSV or JSONL
            table of audio paths, relative to the table, or of texts; a `.ts` or `.npz` file; a
            CSV or TSV table of series; a `.txt` file; or a list of files. Tables and texts may
            be compressed with gzip (`.gz`).
        kind: what a table or folder holds: "audio", "series" or "text"; "auto" takes a table
            for audio when it has the path column, for text when it has the text columns and
            the first row has no number there; a folder for text when it holds text files and
            no audio.
        text_columns: the columns of a table of texts; several are joined with a space.
        record: what a text is: a "line" of a file (blank ones are left out, others stay as they
            are) or a whole "file"; None means "line" for files that are named, "file" for
            folders and patterns, and for a data set what is usual there.
        encoding: of tables and texts, as Python calls it; nothing but UTF-8 is taken unsaid.
        path_column, label_column, group_column, part_column: columns of a table.
        id_column: the column that tells cases apart. A table of series is long (a row a step)
            when this is given or a column is called `id` or `case`; else wide (a row a case).
        time_column: the column that orders the steps of a long table; `time` or `step` is found.
        sample_rate_hz: resamples audio to this rate; needed when the files' rates differ.
        channels: "mono" refuses audio with several channels, "mix" averages them.
        allow_unlabelled: examples without labels are in order (for prediction).

    Returns:
        The examples; audio is checked by its headers now and decoded at its first use.

    Raises:
        MissingFileError: a file, folder or data set that is not there.
        DataError: anything about the data that cannot be used; the message names the place.
        ArgumentError: an encoding that Python does not know, or a data set of another kind.
    """
    check_encoding(encoding)
    columns = Columns(
        path=path_column,
        label=label_column,
        group=group_column,
        part=part_column,
        id=id_column,
        time=time_column,
        text=(text_columns,) if isinstance(text_columns, str) else tuple(text_columns),
        encoding=encoding,
        allow_unlabelled=allow_unlabelled,
    )
    request = _Request(kind, columns, sample_rate_hz, channels, record)
    if isinstance(source, (str, Path)):
        examples = _read_one(source, request)
    else:
        examples = _read_list(source, request)
    if examples.labels is None and not allow_unlabelled:
        raise DataError(
            "{source}: the labels are missing. Give a folder with a sub-folder a label, a table "
            "with a label column, or (to predict) allow_unlabelled=True.",
            source=source,
        )
    return examples


@dataclass(frozen=True)
class _Request:
    kind: RequestedKind
    columns: Columns
    sample_rate_hz: int | None
    channels: Channels
    record: Record | None

    @property
    def audio(self) -> "_Audio":
        return {"sample_rate_hz": self.sample_rate_hz, "channels": self.channels}


class _Audio(TypedDict):
    sample_rate_hz: int | None
    channels: Channels


def _read_list(sources: Sequence[str | Path], request: _Request) -> Examples:
    if not sources:
        raise DataError("read_examples: the list of files is empty. Name at least one file.")
    paths = [Path(s) for s in sources]
    if all(stem_suffix(p) in SUFFIXES for p in paths):
        return audio_files(paths, **request.audio)
    if all(map(is_text_file, paths)):
        return text_files(paths, request.record or "line", request.columns.encoding)
    return chain_examples([_read_one(s, request) for s in sources])


def _read_one(source: str | Path, request: _Request) -> Examples:
    path = Path(source)
    if path.is_dir():
        return _read_folder(path, request)
    if path.exists():
        return _read_file(path, request)
    if str(source) in SETS:
        return _read_set(str(source), request)
    if any(c in str(source) for c in "*?["):
        return _read_pattern(str(source), request)
    raise _missing(str(source))


def _read_set(name: str, request: _Request) -> Examples:
    kind = SETS[name].kind
    if request.kind not in ("auto", kind) and "text" in (request.kind, kind):
        raise ArgumentError(
            "{name}: is a data set of kind {got}; {expected} is needed here. Give another source; "
            "`saiki data list` shows the data sets.",
            name=name,
            got=kind,
            expected=request.kind,
        )
    return load(name, record=request.record, **request.audio)


def _read_pattern(pattern: str, request: _Request) -> Examples:
    is_text = request.kind == "text" or (
        request.kind == "auto" and pattern.lower().endswith((TEXT_SUFFIX, f"{TEXT_SUFFIX}.gz"))
    )
    if is_text:
        return text_glob(pattern, request.record or "file", request.columns.encoding)
    return audio_glob(pattern, **request.audio)


def _read_folder(folder: Path, request: _Request) -> Examples:
    if request.kind == "text" or (request.kind == "auto" and _holds_only_texts(folder)):
        record, encoding = request.record or "file", request.columns.encoding
        straight = texts_in(folder) if request.columns.allow_unlabelled else []
        if straight:
            return text_files(straight, record, encoding)
        return text_folder(folder, record, encoding)
    found = None
    if request.columns.allow_unlabelled:
        found = unlabelled_folder(folder, **request.audio)
    return found or audio_folder(folder, **request.audio)


def _holds_only_texts(folder: Path) -> bool:
    """Whether it has text files and no audio, itself or in a sub-folder."""
    folders = [folder, *label_folders(folder)]
    has_audio = any(p.suffix.lower() in SUFFIXES for f in folders for p in f.iterdir())
    return not has_audio and any(texts_in(f) for f in folders)


def _read_file(path: Path, request: _Request) -> Examples:
    suffix = stem_suffix(path)
    if suffix in TABLE_SUFFIXES:
        return _read_table(path, suffix, request)
    if suffix == TEXT_SUFFIX and request.kind in ("auto", "text"):
        return text_files([path], request.record or "line", request.columns.encoding)
    if suffix == ".ts":
        return series_ts(path)
    if suffix == ".npz":
        return series_npz(path)
    if suffix in SUFFIXES:
        return audio_files([path], **request.audio)
    raise DataError(
        "{path}: the format {suffix!r} is unknown; expected a folder, {known}, .ts or .npz. "
        "Convert the file to one of them.",
        path=path,
        suffix=suffix,
        known=", ".join((*SUFFIXES, *TABLE_SUFFIXES, TEXT_SUFFIX)),
    )


def _read_table(path: Path, suffix: str, request: _Request) -> Examples:
    kind = request.kind if request.kind != "auto" else _kind_of_table(path, suffix, request.columns)
    if kind == "text":
        return text_table(path, request.columns)
    if kind == "audio":
        return audio_table(path, request.columns, **request.audio)
    return series_csv(path, request.columns)


def _kind_of_table(path: Path, suffix: str, columns: Columns) -> Kind:
    row = read_head(path, columns.encoding)
    if columns.path in row:
        return "audio"
    is_asked_for = columns.text != _TEXT_COLUMNS
    if is_asked_for or (columns.text[0] in row and not _is_number(row, columns.text[0])):
        return "text"
    return "audio" if suffix == ".jsonl" else "series"


def _is_number(row: Row, column: str) -> bool:
    try:
        float(row[column])
    except ValueError:
        return False
    return True


def _missing(source: str) -> MissingFileError:
    near = nearest(source, SETS)
    if near is not None:
        return MissingFileError(
            "{source}: no such file, folder or data set. The nearest data set is {near!r}; "
            "`saiki data list` shows all.",
            source=source,
            near=near,
        )
    return MissingFileError(
        "{source}: no such file or folder. Check the path; relative paths start from {here}.",
        source=source,
        here=Path.cwd(),
    )
