"""`read_examples`: one door to every format of sequence data."""

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
from saiki.data._tables import TABLE_SUFFIXES, read_header, stem_suffix
from saiki.data.catalogue import SETS, load
from saiki.data.examples import Examples, chain_examples
from saiki.errors import DataError, MissingFileError, nearest

__all__ = ["read_examples"]

Source = str | Path | Sequence[str | Path]


def read_examples(
    source: Source,
    *,
    kind: Literal["auto", "audio", "series"] = "auto",
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
    """Reads sequences, with their labels, from whatever `source` is.

    Args:
        source: the name of a data set (see `saiki.data.catalogue`); a folder with a sub-folder
            a label; a glob pattern (the folder of a file is its label); a CSV, TSV or JSONL
            table of audio paths, relative to the table; a `.ts` or `.npz` file; a CSV or TSV
            table of series; or a list of files.
        kind: what a CSV or TSV table holds: "audio" paths or "series" values; "auto" takes it
            for audio when it has the path column.
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
    """
    columns = Columns(
        path=path_column,
        label=label_column,
        group=group_column,
        part=part_column,
        id=id_column,
        time=time_column,
        allow_unlabelled=allow_unlabelled,
    )
    request = _Request(kind, columns, sample_rate_hz, channels)
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
    kind: Literal["auto", "audio", "series"]
    columns: Columns
    sample_rate_hz: int | None
    channels: Channels

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
    return chain_examples([_read_one(s, request) for s in sources])


def _read_one(source: str | Path, request: _Request) -> Examples:
    path = Path(source)
    if path.is_dir():
        return _read_folder(path, request)
    if path.exists():
        return _read_file(path, request)
    if str(source) in SETS:
        return load(str(source), **request.audio)
    if any(c in str(source) for c in "*?["):
        return audio_glob(str(source), **request.audio)
    raise _missing(str(source))


def _read_folder(folder: Path, request: _Request) -> Examples:
    found = None
    if request.columns.allow_unlabelled:
        found = unlabelled_folder(folder, **request.audio)
    return found or audio_folder(folder, **request.audio)


def _read_file(path: Path, request: _Request) -> Examples:
    suffix = stem_suffix(path)
    if suffix == ".ts":
        return series_ts(path)
    if suffix == ".npz":
        return series_npz(path)
    if suffix in SUFFIXES:
        return audio_files([path], **request.audio)
    if suffix not in TABLE_SUFFIXES:
        raise DataError(
            "{path}: the format {suffix!r} is unknown; expected a folder, {known}, .ts or .npz. "
            "Convert the file to one of them.",
            path=path,
            suffix=suffix,
            known=", ".join((*SUFFIXES, *TABLE_SUFFIXES)),
        )
    if _is_audio_table(path, suffix, request):
        return audio_table(path, request.columns, **request.audio)
    return series_csv(path, request.columns)


def _is_audio_table(path: Path, suffix: str, request: _Request) -> bool:
    if request.kind != "auto":
        return request.kind == "audio"
    return suffix == ".jsonl" or request.columns.path in read_header(path)


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
