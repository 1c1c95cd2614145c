"""The lines of a text file in blocks, however long a line is."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from saiki.data._corpus_bytes import read_chunks
from saiki.data._text_encoding import likely_encoding
from saiki.errors import ArgumentError, DataError

LONG_LINE = 1 << 23  # characters; a longer one is handed on in pieces, where that is harmless


class Lines(NamedTuple):
    """Lines without their ends; the first has number `first`, counted from 1."""

    lines: list[str]
    first: int
    read_bytes: int
    goes_on: bool = False  # the last line is continued by the first of the next block


def check_encoding(encoding: str) -> None:
    """Raises where Python knows no such encoding."""
    try:
        codecs.lookup(encoding)
    except LookupError as fault:
        raise ArgumentError(
            "encode_corpus: encoding must be one that Python knows, such as 'utf-8', 'cp932', "
            "'euc_jp' or 'latin-1'; got {encoding!r}.",
            encoding=encoding,
        ) from fault


def read_lines(path: Path, encoding: str, *, cuts_long_lines: bool) -> Iterator[Lines]:
    """The lines of `path`; only a line feed, or it after a carriage return, ends a line.

    The last line may have no end. With `cuts_long_lines` a line of more than LONG_LINE characters
    comes in pieces that end at
    white space. The characters of all pieces together are those of the line.
    """
    pending: list[str] = []
    size, limit, first, read_bytes, is_open = 0, LONG_LINE, 1, 0, False
    for text, more_bytes in _read_text(path, encoding):
        read_bytes += more_bytes
        end = text.rfind("\n") + 1
        if end:
            pending.append(text[:end])
            lines = _split("".join(pending))
            yield Lines(lines, first, read_bytes)
            first, read_bytes, is_open = first + len(lines), 0, False
            pending, size, limit = [], 0, LONG_LINE
        pending.append(text[end:])
        size += len(text) - end
        if cuts_long_lines and size > limit:
            head, tail = _cut("".join(pending))
            if head:
                yield Lines([head], first, read_bytes, goes_on=True)
                read_bytes, is_open = 0, True
            pending, size = [tail], len(tail)
            limit = max(LONG_LINE, 2 * size)  # no white space yet: look again when it has doubled
    if size or is_open or read_bytes:
        yield Lines(["".join(pending)] if size or is_open else [], first, read_bytes)


def is_unicode(text: str) -> bool:
    """False where it holds half of a surrogate pair, which no file can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _split(text: str) -> list[str]:
    """The lines of a text that ends with a line end."""
    lines = (text.replace("\r\n", "\n") if "\r" in text else text).split("\n")
    lines.pop()
    return lines


def _cut(text: str) -> tuple[str, str]:
    """Head and tail, parted after the last white space."""
    parts = text.rsplit(None, 1)
    if not parts or text[-1].isspace():
        return text, ""
    tail = parts[-1]
    return text[: len(text) - len(tail)], tail


def _read_text(path: Path, encoding: str) -> Iterator[tuple[str, int]]:
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)()
    line, consumed = 1, 0
    for chunk, read_bytes in read_chunks(path):
        part = chunk
        if is_utf8 and not consumed and chunk.startswith(codecs.BOM_UTF8):
            consumed = len(codecs.BOM_UTF8)
            part = chunk[consumed:]
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(part)
        except UnicodeDecodeError as fault:
            raise _not_text(path, encoding, fault, line, consumed - waiting) from fault
        line += text.count("\n")
        consumed += len(part)
        yield text, read_bytes
    waiting = len(decoder.getstate()[0])
    try:
        text = decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        raise _not_text(path, encoding, fault, line, consumed - waiting) from fault
    if text:
        yield text, 0


def _not_text(
    path: Path, encoding: str, fault: UnicodeDecodeError, line: int, offset: int
) -> DataError:
    before = fault.object[: fault.start].decode(encoding, errors="replace")
    return DataError(
        "{path}, line {line}: the bytes are not {encoding} (byte {offset} of the text is {byte}). "
        "It is likely {likely}: give encoding={likely!r}, or save the file as UTF-8.",
        path=path,
        line=line + before.count("\n"),
        encoding=encoding,
        offset=offset + fault.start,
        byte=f"0x{fault.object[fault.start]:02x}",
        likely=likely_encoding(fault.object, encoding, is_cut=True) or "latin-1",
    )
