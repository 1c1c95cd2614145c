"""Texts with their labels from plain files, tables, folders and patterns."""

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from saiki.data._columns import Columns
from saiki.data._tables import (
    Row,
    all_or_none,
    check_characters,
    label_of,
    need_column,
    part_of,
    read_rows,
    read_text,
    split_lines,
    stem_suffix,
)
from saiki.data.examples import Examples
from saiki.errors import DataError

Record = Literal["line", "file"]

TEXT_SUFFIX = ".txt"


def is_text_file(path: Path) -> bool:
    """Whether its name ends in .txt or .txt.gz."""
    return stem_suffix(path) == TEXT_SUFFIX


def text_records(path: Path, record: Record, encoding: str = "utf-8") -> Examples:
    """The lines of a file that are not blank, as they stand; or the file as one text."""
    text = read_text(path, encoding)
    if not text:
        raise DataError(
            "{path}: the file is empty. Give a file with at least one line of text.", path=path
        )
    if not text.strip():
        raise DataError(
            "{path}: holds no text: {lines} lines, all of them blank. Give a file with at least "
            "one line of text.",
            path=path,
            lines=len(split_lines(text)),
        )
    if record == "file":
        return Examples([text], [str(path)], kind="text")
    lines = [(i, line) for i, line in enumerate(split_lines(text), start=1) if line.strip()]
    return Examples(
        [line for _, line in lines], [f"{path}, line {i}" for i, _ in lines], kind="text"
    )


def text_files(paths: Iterable[Path], record: Record, encoding: str) -> Examples:
    """The texts of several files, without labels."""
    return _joined([(path, None) for path in paths], record, encoding)


def text_glob(pattern: str, record: Record, encoding: str) -> Examples:
    """The texts of the files that match; the folder of each is its label."""
    files = sorted(Path(p) for p in glob.glob(pattern, recursive=True) if Path(p).is_file())  # noqa: PTH207  the pattern may be absolute
    if not files:
        raise DataError(
            "{pattern}: no file matches this pattern. Check it, and quote it in the shell.",
            pattern=pattern,
        )
    return _joined([(f, f.resolve().parent.name) for f in files], record, encoding)


def text_folder(folder: Path, record: Record, encoding: str) -> Examples:
    """A folder with one sub-folder of text files a label."""
    pairs: list[tuple[Path, str | None]] = []
    for label_folder in label_folders(folder):
        files = texts_in(label_folder)
        if not files:
            raise DataError(
                "{folder}: this label folder holds no text file (looked for .txt and .txt.gz). "
                "Put texts straight into it, or remove it.",
                folder=label_folder,
            )
        pairs += [(f, label_folder.name) for f in files]
    if not pairs:
        raise DataError(
            "{folder}: no sub-folders, so the labels are missing. Make one sub-folder a label "
            "with its texts, or give a table with the columns text and label.",
            folder=folder,
        )
    return _joined(pairs, record, encoding)


def label_folders(folder: Path) -> list[Path]:
    """The sub-folders that are not hidden."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def texts_in(folder: Path) -> list[Path]:
    """The text files that lie straight in a folder and are not hidden."""
    return sorted(
        p
        for p in folder.iterdir()
        if p.is_file() and is_text_file(p) and not p.name.startswith(".")
    )


def text_table(table: Path, columns: Columns) -> Examples:
    """The rows of a table: their text columns joined with a space, labels, groups and parts."""
    rows = read_rows(table, columns.encoding)
    known = list(rows[0])
    has_label = columns.label in known
    for text_column in columns.text:
        need_column(table, known, text_column, "text_columns")
    if not (columns.allow_unlabelled and not has_label):
        need_column(table, known, columns.label, "label_column")
    for column, argument in ((columns.group, "group_column"), (columns.part, "part_column")):
        if column is not None:
            need_column(table, known, column, argument)
    texts, names, labels, groups, parts = [], [], [], [], []
    for number, row in enumerate(rows, start=1):
        name = f"{table}, row {number}"
        names.append(name)
        texts.append(_text_of(name, row, columns.text))
        labels.append(label_of(name, row.get(columns.label, "")) if has_label else None)
        groups.append(row.get(columns.group, "") if columns.group else None)
        parts.append(part_of(name, row.get(columns.part, "")) if columns.part else None)
    return Examples(
        texts,
        names,
        kind="text",
        labels=all_or_none(labels),
        groups=all_or_none(groups),
        parts=all_or_none(parts),
    )


def _text_of(name: str, row: Row, columns: Sequence[str]) -> str:
    text = " ".join(row.get(column, "") for column in columns)
    if not text.strip():
        raise DataError("{name}: the text is missing. Fill it in, or drop the row.", name=name)
    check_characters(name, text)
    return text


def _joined(files: Sequence[tuple[Path, str | None]], record: Record, encoding: str) -> Examples:
    values: list[str] = []
    names: list[str] = []
    labels: list[str | None] = []
    for path, label in files:
        records = text_records(path, record, encoding)
        values += records.values()
        names += records.names
        labels += [label] * len(records)
    return Examples(values, names, kind="text", labels=all_or_none(labels))
