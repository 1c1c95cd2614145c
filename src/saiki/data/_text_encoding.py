"""Bytes to text: strictly, and where they do not fit, with the encoding that they are likely in."""

import codecs
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from saiki.errors import ArgumentError, DataError

_JAPANESE = ("euc_jp", "cp932")
_KANA_SHARE = 0.2  # of what is not ASCII in Japanese prose
_COMMON_SHARE = 0.8  # of kana, everyday kanji and Japanese punctuation
_WESTERN_SHARE = 0.3  # of what is not ASCII in Western prose, at most
_SAMPLE = 20_000  # characters outside ASCII that are looked at
_EVERYDAY_KANJI = range(0x88, 0x98)  # the first byte of a level 1 kanji in cp932


def check_encoding(encoding: str) -> None:
    """Raises where Python knows no such encoding of text."""
    try:
        "a".encode(encoding)
    except (LookupError, ValueError) as fault:
        raise ArgumentError(
            "encoding: must be one that Python knows, such as 'utf-8', 'cp932', 'euc_jp', "
            "'utf-16' or 'latin-1'; got {encoding!r}. Choose one of them.",
            encoding=encoding,
        ) from fault


def decode(path: Path, raw: bytes, encoding: str = "utf-8") -> str:
    """The text of `raw`, the content of `path`, without a byte-order mark."""
    check_encoding(encoding)
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    if is_utf8 and b"\0" in raw and not _has_utf16_mark(raw):  # before bytes that are no UTF-8
        raise _null(path, raw, _line(raw, raw.index(b"\0")))
    mark = codecs.BOM_UTF8 if is_utf8 and raw.startswith(codecs.BOM_UTF8) else b""
    try:
        text = raw[len(mark) :].decode(encoding)
    except UnicodeDecodeError as fault:
        raise _not_text(path, raw, encoding, len(mark) + fault.start) from fault
    if codecs.lookup(encoding).name.startswith(("utf-16-", "utf-32-")):
        text = text.removeprefix("\ufeff")  # these take a mark for a character
    if "\0" in text:
        raise _null(path, raw, text.count("\n", 0, text.index("\0")) + 1)
    if "\x1b$B" in text or "\x1b$@" in text:  # what switches ISO-2022-JP to kanji
        start = raw.find(b"\x1b$")
        raise _wrong(path, raw, encoding, start, "iso2022_jp")
    return text


def likely_encoding(content: bytes, tried: str = "ascii", *, is_cut: bool = False) -> str | None:
    """The encoding that decodes all of `content` to plausible Japanese or Western text.

    `tried` was tried already; with `is_cut` the last character may be incomplete.
    """
    if _has_utf16_mark(content) and codecs.lookup(tried).name != "utf-16":
        return "utf-16"
    left = [n for n in ("utf-8", *_JAPANESE) if codecs.lookup(n) != codecs.lookup(tried)]
    texts = {name: _try(content, name, is_cut=is_cut) for name in left}
    if not content.isascii() and texts.pop("utf-8", None) is not None:
        return "utf-8"
    japanese = {name: text for name, text in texts.items() if text is not None}
    for name, text in japanese.items():
        if _share(text, _is_kana) > _KANA_SHARE:
            return name
    if _is_western(content):
        return "cp1252" if any(0x80 <= byte < 0xA0 for byte in content) else "latin-1"
    for name, text in japanese.items():
        if _share(text, _is_common_japanese) > _COMMON_SHARE:
            return name
    return None


def _not_text(path: Path, raw: bytes, encoding: str, start: int) -> DataError:
    bad_line = raw[raw.rfind(b"\n", 0, start) + 1 :].partition(b"\n")[0]
    is_tried = codecs.lookup(encoding).name == "utf-8"
    is_mixed = is_tried and not _has_utf16_mark(raw) and _is_mostly_utf8(raw)
    if not is_mixed and (likely := likely_encoding(raw, encoding)):
        return _wrong(path, raw, encoding, start, likely)
    likely = likely_encoding(bad_line, encoding)
    if likely is None:
        return DataError(
            "{path}, line {line}: not {encoding} text (byte {byte} at position {position}), nor "
            "text in any encoding that is likely. It may be damaged or no text at all; save it "
            "as UTF-8.",
            path=path,
            line=_line(raw, start),
            encoding=encoding.upper(),
            byte=f"0x{raw[start]:02x}",
            position=start,
        )
    return DataError(
        "{path}, line {line}: not {encoding} text (byte {byte} at position {position}). This line "
        "is likely {likely}, other lines are not: the file mixes encodings. Write all of it as "
        "UTF-8.",
        path=path,
        line=_line(raw, start),
        encoding=encoding.upper(),
        byte=f"0x{raw[start]:02x}",
        position=start,
        likely=likely,
    )


def _wrong(path: Path, raw: bytes, encoding: str, start: int, likely: str) -> DataError:
    return DataError(
        "{path}, line {line}: not {encoding} text (byte {byte} at position {position}). It is "
        "likely {likely}: read it with --data.encoding {likely} (in Python: encoding={likely!r}), "
        "or save it as UTF-8.",
        path=path,
        line=_line(raw, start),
        encoding=encoding.upper(),
        byte=f"0x{raw[start]:02x}",
        position=start,
        likely=likely,
    )


def _null(path: Path, raw: bytes, line: int) -> DataError:
    likely = _utf16_without_mark(raw)
    if likely is None:
        return DataError(
            "{path}, line {line}: holds a null byte, so this is no text; it may be a binary file. "
            "Give a file of text, or take the null bytes out.",
            path=path,
            line=line,
        )
    return DataError(
        "{path}, line {line}: holds null bytes; it is likely {likely}: read it with "
        "--data.encoding {likely} (in Python: encoding={likely!r}), or save it as UTF-8.",
        path=path,
        line=line,
        likely=likely,
    )


def _line(raw: bytes, position: int) -> int:
    return raw.count(b"\n", 0, position) + 1


def _has_utf16_mark(raw: bytes) -> bool:
    return raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _utf16_without_mark(raw: bytes) -> str | None:
    """The byte order of UTF-16 in which every other byte of Western text is null."""
    for name, low in (("utf-16-le", raw[1::2]), ("utf-16-be", raw[::2])):
        if low.count(0) > len(low) // 2 and _try(raw, name) is not None:
            return name
    return None


def _is_mostly_utf8(raw: bytes) -> bool:
    """Whether more lines outside ASCII are UTF-8 than are not."""
    good = bad = 0
    for line in raw.split(b"\n"):
        if line.isascii():
            continue
        if _try(line, "utf-8") is None:
            bad += 1
        else:
            good += 1
    return good > bad


def _try(content: bytes, encoding: str, *, is_cut: bool = False) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content, final=not is_cut)
    except UnicodeDecodeError:
        return None


def _is_western(content: bytes) -> bool:
    text = _try(content, "cp1252")
    if text is None:
        return False
    foreign = [c for c in text if ord(c) > 127]
    return len(foreign) < _WESTERN_SHARE * len(text) and all(
        c.isalpha() or not c.isalnum() for c in foreign
    )


def _share(text: str, belongs: Callable[[str], bool]) -> float:
    foreign = list(islice((c for c in text if ord(c) > 127), _SAMPLE))
    return sum(map(belongs, foreign)) / len(foreign) if foreign else 0.0


def _is_kana(character: str) -> bool:
    return "\u3041" <= character <= "\u30ff"


def _is_common_japanese(character: str) -> bool:
    """Kana, Japanese punctuation, full-width forms and the kanji of JIS level 1."""
    if "\u3000" <= character <= "\u30ff" or "\uff01" <= character <= "\uff5e":
        return True
    code = character.encode("cp932", errors="ignore")
    return len(code) == 2 and code[0] in _EVERYDAY_KANJI
