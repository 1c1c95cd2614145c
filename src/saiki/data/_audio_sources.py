import glob
from collections.abc import Sequence
from pathlib import Path

from saiki.data._audio import SUFFIXES, Channels, lazy_audio
from saiki.data._columns import Columns
from saiki.data._tables import all_or_none, label_of, need_column, part_of, read_rows
from saiki.data.examples import Examples, Part
from saiki.errors import DataError


def audio_folder(folder: Path, *, sample_rate_hz: int | None, channels: Channels) -> Examples:
    """A folder with one sub-folder a label."""
    pairs: list[tuple[Path, str]] = []
    for label_folder in sorted(p for p in folder.iterdir() if _is_label_folder(p)):
        files = _audio_files(label_folder)
        if not files:
            raise DataError(
                "{folder}: this label folder holds no audio file (looked for {suffixes}). "
                "Put recordings straight into it, or remove it.",
                folder=label_folder,
                suffixes=" ".join(SUFFIXES),
            )
        pairs += [(f, label_folder.name) for f in files]
    if not pairs:
        raise DataError(
            "{folder}: no sub-folders, so the labels are missing. Make one sub-folder a label "
            "with its recordings, or give a table with the columns path and label.",
            folder=folder,
        )
    return _audio(pairs, sample_rate_hz=sample_rate_hz, channels=channels)


def audio_glob(pattern: str, *, sample_rate_hz: int | None, channels: Channels) -> Examples:
    """Files that match a pattern; the folder of each is its label."""
    files = sorted(Path(p) for p in glob.glob(pattern, recursive=True) if Path(p).is_file())  # noqa: PTH207  the pattern may be absolute
    if not files:
        raise DataError(
            "{pattern}: no file matches this pattern. Check it, and quote it in the shell.",
            pattern=pattern,
        )
    pairs = [(f, f.resolve().parent.name) for f in files]
    return _audio(pairs, sample_rate_hz=sample_rate_hz, channels=channels)


def audio_files(
    files: Sequence[Path], *, sample_rate_hz: int | None, channels: Channels
) -> Examples:
    """Files without labels."""
    return _audio([(f, None) for f in files], sample_rate_hz=sample_rate_hz, channels=channels)


def unlabelled_folder(
    folder: Path, *, sample_rate_hz: int | None, channels: Channels
) -> Examples | None:
    """The audio files that lie straight in a folder, without labels; None if there are none."""
    files = _audio_files(folder)
    if not files:
        return None
    return audio_files(files, sample_rate_hz=sample_rate_hz, channels=channels)


def audio_table(
    table: Path, columns: Columns, *, sample_rate_hz: int | None, channels: Channels
) -> Examples:
    """A table of paths (relative to the table) with labels, groups and parts."""
    rows = read_rows(table, columns.encoding)
    known = list(rows[0])
    need_column(table, known, columns.path, "path_column")
    if not (columns.allow_unlabelled and columns.label not in known):
        need_column(table, known, columns.label, "label_column")
    for column, argument in ((columns.group, "group_column"), (columns.part, "part_column")):
        if column is not None:
            need_column(table, known, column, argument)
    paths, labels, groups, parts = [], [], [], []
    for number, row in enumerate(rows, start=1):
        name = f"{table}, row {number}"
        paths.append(table.parent / _path_of(name, row.get(columns.path, "")))
        has_label = columns.label in known
        labels.append(label_of(name, row.get(columns.label, "")) if has_label else None)
        groups.append(row.get(columns.group, "") if columns.group else None)
        parts.append(part_of(name, row.get(columns.part, "")) if columns.part else None)
    _check_repeats(table, paths, parts)
    names = [str(p) for p in paths]
    values, rate = lazy_audio(paths, names, sample_rate_hz=sample_rate_hz, channels=channels)
    return Examples(
        values,
        names,
        kind="audio",
        labels=all_or_none(labels),
        groups=all_or_none(groups),
        parts=all_or_none(parts),
        sample_rate_hz=rate,
    )


def _audio(
    pairs: Sequence[tuple[Path, str | None]], *, sample_rate_hz: int | None, channels: Channels
) -> Examples:
    paths = [path for path, _ in pairs]
    names = [str(p) for p in paths]
    values, rate = lazy_audio(paths, names, sample_rate_hz=sample_rate_hz, channels=channels)
    labels = all_or_none([label for _, label in pairs])
    return Examples(values, names, kind="audio", labels=labels, sample_rate_hz=rate)


def _path_of(name: str, text: str) -> str:
    if not text.strip():
        raise DataError("{name}: the path is missing. Fill it in, or drop the row.", name=name)
    return text.strip()


def _check_repeats(table: Path, paths: Sequence[Path], parts: Sequence[Part | None]) -> None:
    seen: dict[Path, int] = {}
    for i, path in enumerate(paths):
        first = seen.setdefault(path.resolve(), i)
        if first != i:
            raise DataError(
                "{table}: {path} is in row {first} ({first_part}) and again in row {second} "
                "({second_part}), so it could be trained on and tested on. Keep one row.",
                table=table,
                path=path,
                first=first + 1,
                first_part=parts[first] or "no part",
                second=i + 1,
                second_part=parts[i] or "no part",
            )


def _is_label_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _audio_files(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")
    )
