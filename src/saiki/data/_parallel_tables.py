"""Pairs from the rows of a table."""

from collections.abc import Iterator
from pathlib import Path

from saiki.data._parallel_request import DEFAULT_COLUMNS, Request
from saiki.data._parallel_rows import PairRow, whole_pairs
from saiki.data._parallel_text import ParallelText
from saiki.data._tables import need_column, part_of, read_rows, read_text, split_lines, stem_suffix
from saiki.errors import DataError

# First lines that name languages or sides instead of being a pair.
_HEADINGS = frozenset({
    "source", "target", "src", "tgt", "trg", "input", "output", "en", "ja", "de", "fr", "es", "zh",
    "ko", "it", "pt", "nl", "ru", "eng", "jpn", "deu", "fra", "english", "japanese", "german",
    "french", "spanish", "chinese", "korean", "英語", "日本語", "原文", "訳文",
})  # fmt: skip


def read_table(path: Path, request: Request) -> ParallelText:
    """The pairs of a CSV, TSV or JSONL file."""
    rows = _bare_rows(path, request) if _is_bare(path, request) else _rows(path, request)
    return whole_pairs(path, rows, is_strict=request.is_strict)


def _rows(path: Path, request: Request) -> Iterator[PairRow]:
    table = read_rows(path, request.encoding)
    arguments = {
        "source_column": request.source_column,
        "target_column": request.target_column,
        "part_column": request.part_column,
        "group_column": request.group_column,
    }
    wanted = {argument: column for argument, column in arguments.items() if column is not None}
    for argument, column in wanted.items():
        need_column(path, table[0], column, argument)
    for number, row in enumerate(table, start=1):
        name = f"{path.name}, row {number}"
        for column in wanted.values():
            if column not in row:  # only in JSONL, where each row has its own
                raise _no_cell(path, number, column)
        yield PairRow(
            row[request.source_column],
            row[request.target_column],
            name,
            part_of(name, row[request.part_column]) if request.part_column else None,
            row[request.group_column] if request.group_column else None,
        )


def _no_cell(path: Path, number: int, column: str) -> DataError:
    return DataError(
        "{path}, row {number}: has no {column!r}, which other rows have. Fill it in, or drop the "
        "row.",
        path=path,
        number=number,
        column=column,
    )


def _is_bare(path: Path, request: Request) -> bool:
    """Whether it is a TSV file of two columns without a header."""
    if stem_suffix(path) != ".tsv" or request.columns != DEFAULT_COLUMNS:
        return False
    lines = split_lines(read_text(path, request.encoding))
    cells = lines[0].split("\t") if lines else []
    if len(cells) != 2 or set(DEFAULT_COLUMNS) & set(cells):
        return False
    if {cell.strip().lower() for cell in cells} <= _HEADINGS:
        raise DataError(
            "{path}: the first line, {first!r} and {second!r}, looks like a header. Give "
            "source_column and target_column; if it is a pair, put the header source, target "
            "before it.",
            path=path,
            first=cells[0],
            second=cells[1],
        )
    return True


def _bare_rows(path: Path, request: Request) -> Iterator[PairRow]:
    for column in ("part_column", "group_column"):
        if (name := getattr(request, column)) is not None:
            need_column(path, DEFAULT_COLUMNS, name, column)
    for number, line in enumerate(split_lines(read_text(path, request.encoding)), start=1):
        cells = line.split("\t")
        if len(cells) == 1 and not line.strip():
            cells = ["", ""]
        if len(cells) != 2:
            raise DataError(
                "{path}, line {line}: {got} cells, but the first line has 2. Write one pair a "
                "line with one tab between, or give the file a header.",
                path=path,
                line=number,
                got=len(cells),
            )
        yield PairRow(cells[0], cells[1], f"{path.name}:{number}")
