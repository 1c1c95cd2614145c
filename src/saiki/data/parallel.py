"""`read_parallel`: pairs of a source and a target text, from files, tables and data sets."""

from pathlib import Path

from saiki.data._parallel_files import read_files
from saiki.data._parallel_request import Request
from saiki.data._parallel_sets import load_parallel
from saiki.data._parallel_tables import read_table
from saiki.data._parallel_text import ParallelText
from saiki.data._tables import TABLE_SUFFIXES, stem_suffix
from saiki.data._text_encoding import check_encoding
from saiki.data.catalogue import SETS
from saiki.errors import ArgumentError, DataError, MissingFileError, nearest

__all__ = ["ParallelText", "read_parallel"]


def read_parallel(
    source: str,
    target: str | None = None,
    *,
    source_column: str = "source",
    target_column: str = "target",
    part_column: str | None = None,
    group_column: str | None = None,
    encoding: str = "utf-8",
    strict: bool = False,
) -> ParallelText:
    """Reads pairs of texts from whatever `source` is; texts stay as they stand in the files.

    Args:
        source: with `target`, a file of text whose line n belongs to line n of `target`. Without
            it, a `.tsv`, `.csv` or `.jsonl` table with a pair a row, or the name of a data set:
            `small-parallel-enja` and `multi30k` with their official parts, `dates`, which is
            made on the spot (written dates, their ISO 8601 form, and the script of each as its
            group). Files may be compressed with gzip (`.gz`).
        target: the file of the other side.
        source_column, target_column: columns of a table, or the languages of a data set ("ja",
            "en"). Where they are not given, a data set goes from its first to its second
            column, and one that is given leaves the other column for the other side. A `.tsv`
            of two columns needs no header: the first is the source, the second the target, and
            quotation marks there are text.
        part_column: of a table: its cells say train, validation or test.
        group_column: of a table: scores can be told apart by its cells.
        encoding: of files and tables, as Python calls it; nothing but UTF-8 is taken unsaid.
        strict: a pair with a side without text is an error; otherwise it is left out and counted.

    Raises:
        MissingFileError: a file or data set that is not there.
        DataError: files of unequal numbers of lines, an unknown column, another encoding, no
            pair at all; the message names the place.
        ArgumentError: arguments that do not fit each other or the kind of `source`.

    Example:
        >>> dates = read_parallel("dates").part("test")
        >>> dates.sources[0], dates.targets[0], dates.groups[0]
        ('Friday, December 24, 1926', '1926-12-24', 'en')
    """
    request = Request(
        source_column=source_column,
        target_column=target_column,
        part_column=part_column,
        group_column=group_column,
        encoding=encoding,
        is_strict=strict,
    )
    check_encoding(encoding)
    request.check()
    path = Path(source)
    if target is not None:
        return read_files(path, Path(target), request)
    if not path.is_file() and source in SETS:
        request.refuse_columns(source)
        return load_parallel(source, request.columns, is_strict=strict)
    if stem_suffix(path) in TABLE_SUFFIXES:
        return read_table(path, request)
    raise _unreadable(source)


def _unreadable(source: str) -> DataError | ArgumentError:
    path = Path(source)
    if path.is_file():
        return ArgumentError(
            "read_parallel: {source} is one file of text, and the other side is missing. Give as "
            "the target the file whose line n is the translation of line n, or give one table "
            "({tables}).",
            source=source,
            tables=", ".join(TABLE_SUFFIXES),
        )
    if path.is_dir():
        return ArgumentError(
            "read_parallel: {source} is a folder. Give two files of text, one table ({tables}) or "
            "the name of a data set.",
            source=source,
            tables=", ".join(TABLE_SUFFIXES),
        )
    known = [name for name, info in SETS.items() if info.kind == "parallel"]
    near = nearest(source, known)
    if near is not None:
        return MissingFileError(
            "{source}: no such file or data set of parallel text. The nearest data set is "
            "{near!r}; `saiki data list` shows all.",
            source=source,
            near=near,
        )
    return MissingFileError(
        "{source}: no such file. Check the path (relative paths start from {here}), or name a "
        "data set of parallel text: {known}.",
        source=source,
        here=Path.cwd(),
        known=", ".join(known),
    )
