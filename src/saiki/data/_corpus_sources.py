"""Where a corpus comes from: files of text, JSONL, Parquet, or token lists in memory."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from saiki.data._corpus_blocks import BLOCK_TOKENS, Block
from saiki.data._corpus_bytes import PACKED_SUFFIXES, check_file
from saiki.data._corpus_lines import check_encoding, read_lines
from saiki.data._corpus_records import read_jsonl, read_parquet
from saiki.data._corpus_tokenizers import Tokenizer, cuts_anywhere, open_tokenizer
from saiki.errors import ArgumentError, DataError

Place: TypeAlias = str | os.PathLike[str]
TokenLists: TypeAlias = Iterable[Sequence[str]]
Corpus: TypeAlias = Place | Sequence[Place] | TokenLists | Callable[[], TokenLists]

_RECORDS = (".jsonl", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How files are read."""

    tokenizer: Tokenizer | None = None
    column: str | None = None
    name_column: str | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Source:
    """Documents in order. `files` (name, size, time of change) is None for token lists."""

    blocks: Callable[[], Iterator[Block]]
    total_bytes: int | None = None
    files: list[dict[str, Any]] | None = None


def open_source(corpus: Corpus, reading: Reading) -> Source:
    """Checks what can be checked before the first document is read."""
    paths = _paths(corpus)
    if paths is None:
        return _token_lists(corpus, reading)
    check_encoding(reading.encoding)
    for path in paths:
        check_file(path)
        _check_columns(path, reading)
    split = open_tokenizer(reading.tokenizer)
    stats = [(path.name, path.stat()) for path in paths]
    return Source(
        lambda: (block for path in paths for block in _file_blocks(path, reading, split)),
        sum(stat.st_size for _, stat in stats),
        [{"name": name, "bytes": s.st_size, "changed_ns": s.st_mtime_ns} for name, s in stats],
    )


def _paths(corpus: Corpus) -> list[Path] | None:
    if isinstance(corpus, (str, os.PathLike)):
        return [Path(corpus)]
    if not isinstance(corpus, (list, tuple)) or not corpus:
        return None
    if not isinstance(corpus[0], (str, os.PathLike)):
        return None
    places = [place for place in corpus if isinstance(place, (str, os.PathLike))]
    some_path = any(isinstance(place, os.PathLike) for place in places)
    if len(places) < len(corpus) or not (some_path or any(map(_exists, places))):
        raise DataError(
            "encode_corpus: got a list of strings, {first!r} and others, that are not files. A "
            "document must be a list of tokens: give [text.split() for text in texts], or save "
            "the texts to a file, a line a document, and give its path.",
            first=str(corpus[0])[:60],
        )
    return [Path(place) for place in places]


def _exists(place: Place) -> bool:
    try:
        return Path(place).exists()
    except (OSError, ValueError):  # a text may be too long for a name, or hold a null byte
        return False


def _suffix(path: Path) -> str:
    """Lower case, without a final .gz or .zst."""
    name = path.name.lower()
    for packed in PACKED_SUFFIXES:
        name = name.removesuffix(packed)
    return Path(name).suffix


def _check_columns(path: Path, reading: Reading) -> None:
    given = [n for n in ("column", "name_column") if getattr(reading, n) is not None]
    if given and _suffix(path) not in _RECORDS:
        raise ArgumentError(
            "encode_corpus: {argument} is for .jsonl and .parquet files; {path} is read as text, "
            "a line a document. Leave it out, or give the file the suffix of its format.",
            argument=given[0],
            path=path,
        )


def _file_blocks(
    path: Path, reading: Reading, split: Callable[[str], list[str]]
) -> Iterator[Block]:
    if _suffix(path) not in _RECORDS:
        cuts = cuts_anywhere(reading.tokenizer)
        for block in read_lines(path, reading.encoding, cuts_long_lines=cuts):
            yield Block(list(map(split, block.lines)), block.read_bytes, block.goes_on)
        return
    column, name_column = reading.column or "text", reading.name_column
    if _suffix(path) == ".parquet":
        batches = read_parquet(path, column, name_column)
    else:
        batches = read_jsonl(path, column, name_column, reading.encoding)
    for texts, names, read_bytes in batches:
        yield Block(list(map(split, texts)), read_bytes, names=names)


def _token_lists(corpus: Any, reading: Reading) -> Source:
    for argument in ("tokenizer", "column", "name_column"):
        if getattr(reading, argument) is not None:
            raise ArgumentError(
                "encode_corpus: {argument} is for files; the corpus is in memory, as lists of "
                "tokens. Leave it out.",
                argument=argument,
            )
    rows = corpus() if callable(corpus) else corpus
    if not isinstance(rows, Iterable):
        raise ArgumentError(
            "encode_corpus: corpus must be a path, a list of paths, or an iterable of token "
            "lists; got {kind}.",
            kind=type(corpus).__name__,
        )
    if not callable(corpus) and iter(rows) is rows:
        raise ArgumentError(
            "encode_corpus: corpus is a {kind}, which can be read once only, so that training "
            "could not be resumed. Give list(corpus), the path of a file, an object whose "
            "__iter__ starts anew, or a function that returns a new iterator.",
            kind=type(corpus).__name__,
        )
    return Source(lambda: _row_blocks(rows))


def _row_blocks(rows: TokenLists) -> Iterator[Block]:
    waiting: list[Sequence[str]] = []
    tokens = number = 0
    for number, row in enumerate(rows, start=1):
        try:
            tokens += len(row) + 1  # empty documents fill a block, too
        except TypeError as fault:
            raise not_tokens(number, row) from fault
        waiting.append(row)
        if tokens >= BLOCK_TOKENS:
            yield Block(waiting)
            waiting, tokens = [], 0
    yield Block(waiting)


def not_tokens(number: int, row: object) -> DataError:
    """The refusal of a document that is no list of tokens."""
    return DataError(
        "encode_corpus: document {number} must be a list of tokens (str); got {kind}: {row}. "
        "Split texts first, such as [text.split() for text in texts].",
        number=number,
        kind=type(row).__name__,
        row=repr(row)[:60],
    )
