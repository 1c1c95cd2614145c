"""Which format a file of vectors is in, by its first bytes."""

import re
from pathlib import Path
from typing import Literal

from saiki.embeddings._streams import reading
from saiki.embeddings._text_format import parse_header
from saiki.errors import DataError

_SAMPLE_BYTES = 1 << 16
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf)", re.IGNORECASE)
_FASTTEXT_MODEL = (793712314).to_bytes(4, "little")


def recognise_file(path: Path) -> Literal["word2vec-text", "word2vec-binary", "glove"]:
    """The format of a file; DataError says what it is instead, where that is plain."""
    with reading(path) as stream:
        sample = stream.read(_SAMPLE_BYTES)
    if not sample.strip():
        raise DataError("{path}: the file is empty. Take a copy of it that is whole.", path=path)
    _refuse_known(path, sample)
    first, newline, rest = sample.partition(b"\n")
    if parse_header(first):
        return "word2vec-text" if _is_text(rest) else "word2vec-binary"
    if _ends_with_numbers(first, is_whole=bool(newline)):
        return "glove"
    raise DataError(
        "{path}: is none of the formats of vectors (word2vec text or binary, GloVe text, a "
        "folder of saiki); it begins with {start!r}. Check the path, or name the format.",
        path=path,
        start=first[:40].decode("utf-8", "replace"),
    )


def _refuse_known(path: Path, sample: bytes) -> None:
    if sample.startswith(_FASTTEXT_MODEL):
        raise DataError(
            "{path}: is a whole fastText model (.bin). Use the .vec file beside it, which holds "
            "the vectors of the words.",
            path=path,
        )
    if sample.startswith(b"\x80") and sample[1:2] in b"\x02\x03\x04\x05":
        raise DataError(
            "{path}: is a pickle, as gensim's save writes. Load it with gensim, then "
            "WordVectors.from_gensim(model).save(...).",
            path=path,
        )
    if sample.startswith(b"PK\x03\x04"):
        raise DataError("{path}: is a zip archive. Unpack it first.", path=path)


def _is_text(rest: bytes) -> bool:
    """Whether what follows a header is text: a line of numbers, or at least nothing but text."""
    line, newline, _ = rest.partition(b"\n")
    if _ends_with_numbers(line, is_whole=bool(newline)):
        return True
    numbers = line.partition(b" ")[2][:400]
    return all(32 <= byte < 127 or byte in b"\t\r" for byte in numbers)


def _ends_with_numbers(line: bytes, *, is_whole: bool) -> bool:
    fields = line.split()[1:]
    if not is_whole and len(fields) > 1:
        fields.pop()  # it may be cut
    return bool(fields) and all(_NUMBER.fullmatch(field) for field in fields[-2:])
