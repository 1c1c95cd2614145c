"""Bytes that are not UTF-8: where, and what they likely are; and that the right encoding reads."""

import codecs
import random
import re

import pytest

from saiki.data import read_examples
from saiki.data._text_encoding import likely_encoding
from saiki.errors import ArgumentError, DataError

JAPANESE = "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。\n"
FRENCH = "le café était très noir à Besançon,\nl'été où il naît, « déjà vu »\n"
GERMAN = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.\n"
QUOTED = "He said “no”—and that’s it…\n"


@pytest.fixture
def read(tmp_path):
    def read(content, **options):
        path = tmp_path / "a.txt"
        path.write_bytes(content)
        return read_examples(path, allow_unlabelled=True, **options).values()

    return read


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "utf-16"),
        ("plain ASCII\n", "utf-16"),
        (FRENCH, "latin-1"),
        (GERMAN, "latin-1"),
        (QUOTED, "cp1252"),
        ("東京都\n大阪府\n", "cp932"),
        ("東京都\n大阪府\n", "euc_jp"),
        ("good,カメラ\n" * 30, "cp932"),
        ("x = 1  # ここで足す\n" + "y = 2\n" * 500, "euc_jp"),
        ("x = 1  # ここで足す\n" + "y = 2\n" * 500, "cp932"),
    ],
)
def test_the_likely_encoding_is_named_and_reads(read, text, encoding):
    content = text.encode(encoding)
    what = rf"a.txt, line 1: .*likely {encoding}: read it with --data.encoding {encoding} .*"
    with pytest.raises(DataError, match=what + rf"encoding='{encoding}'\), or save it as UTF-8"):
        read(content)
    assert read(content, encoding=encoding) == text.splitlines()


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["ab c\nd e\n", "ab c\nd é\n"])
def test_utf_16_without_a_mark_has_null_bytes(read, name, text):
    content = text.encode(name)
    with pytest.raises(DataError, match=rf"line 1: holds null bytes; it is likely {name}: read it"):
        read(content)
    assert read(content, encoding=name) == text.splitlines()


def test_null_bytes_elsewhere(read):
    with pytest.raises(DataError, match=r"line 3: holds a null byte, so this is no text"):
        read(b"a\nb\nc\0d\n")
    with pytest.raises(DataError, match=r"line 2: holds a null byte, so this is no text"):
        read("あ\nい\0\n".encode("cp932"), encoding="cp932")


def test_the_first_bad_line_and_byte_are_named(read):
    content = b"abc\n" * 500 + "le café noir\n".encode("latin-1")
    with pytest.raises(DataError, match=r"line 501: not UTF-8 text .byte 0xe9 at position 2006"):
        read(content)
    with pytest.raises(DataError, match=r"line 501: not UTF-8 text .byte 0xe9 at position 2009"):
        read(codecs.BOM_UTF8 + content)


def test_mixed_encodings(read):
    lines = [*JAPANESE.encode().splitlines()] * 5
    lines[7] = "名前はまだ無い。".encode("cp932")
    with pytest.raises(DataError, match=r"line 8: .*This line is likely cp932, other lines are no"):
        read(b"\n".join(lines))
    lines = [*FRENCH.encode().splitlines()] * 5  # all of it is also valid, odd, Latin-1
    lines[7] = "été à Paris".encode("latin-1")
    with pytest.raises(DataError, match=r"line 8: .*likely latin-1, .*the file mixes encodings"):
        read(b"\n".join(lines))


def test_what_is_no_text_in_any_encoding(read):
    draw = random.Random(1)
    content = b"abc\n\xff" + bytes(draw.randrange(1, 256) for _ in range(4000))
    with pytest.raises(
        DataError,
        match=r"line 2: not UTF-8 .* position 4., nor text in any encoding that is likely",
    ):
        read(content)


def test_jis_with_escapes_is_not_taken_for_ascii(read):
    content = ("abc\n" + JAPANESE).encode("iso2022_jp")
    assert content.isascii()
    for form in (content, content.replace(b"\x1b$B", b"\x1b$@")):  # of 1983, and of 1978
        with pytest.raises(DataError, match=r"line 2: .* likely iso2022_jp: read it with"):
            read(form)
    assert read(content, encoding="iso2022_jp") == ["abc", *JAPANESE.splitlines()]


def test_a_mark_is_no_part_of_the_text(read):
    assert read(codecs.BOM_UTF8 + "é\n".encode()) == ["é"]
    assert read("é\n".encode("utf-16")[2:], encoding="utf-16-le") == ["é"]
    for name in ("utf-16-le", "utf-16-be", "utf-32-le", "UTF_32BE"):
        assert read("\ufeffé\n".encode(name), encoding=name) == ["é"]


def test_utf_8_read_as_something_else(read):
    with pytest.raises(DataError, match=r"not EUC_JP text .* likely utf-8: read it with"):
        read(JAPANESE.encode(), encoding="euc_jp")


@pytest.mark.parametrize("name", ["utf8000", "hex", "undefined", "utf\0"])
def test_unknown_encodings(read, name):
    what = re.escape(repr(name))
    with pytest.raises(ArgumentError, match=rf"encoding: must be one that Python .* got {what}"):
        read(b"a", encoding=name)


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_a_cut_character_at_the_end_does_not_mislead(encoding):
    content = JAPANESE.strip().encode(encoding)
    assert likely_encoding(content, "utf-8") == encoding
    assert likely_encoding(content[:-1], "utf-8") is None
    assert likely_encoding(content[:-1], "utf-8", is_cut=True) == encoding


def test_what_was_tried_is_not_named():
    assert likely_encoding("日".encode()[:2], "utf-8", is_cut=True) is None
