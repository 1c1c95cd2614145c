"""Text, JSONL and Parquet as they come: long lines, odd bytes, damage, missing columns."""

import gzip
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from saiki.data import _corpus_lines
from saiki.data.corpus import encode_corpus
from saiki.errors import ArgumentError, DataError, DependencyError, MissingFileError


def decoded(corpus):
    return [corpus.words(d) for d in range(len(corpus))]


@pytest.fixture
def file(tmp_path):
    """file(name, content) writes bytes or text and gives the path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def parquet(tmp_path):
    """parquet(text=[...], ...) writes a table and gives the path."""

    def write(**columns):
        path = tmp_path / "a.parquet"
        pq.write_table(pa.table(columns), path, row_group_size=2)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        ("a b\n\n  \nc\n", [["a", "b"], [], [], ["c"]]),  # blank lines keep their number
        ("a b\nc", [["a", "b"], ["c"]]),  # no end of the last line
        ("a\u2028b\x0bc\u0085d\ra\n", [["a", "b", "c", "d", "a"]]),  # none of these ends a line
        ("\ufeffa b\r\n\r\nc\r\n", [["a", "b"], [], ["c"]]),
        ("a\x00b \x00\n", [["a\x00b", "\x00"]]),
        ("猫\u3000犬\n", [["猫", "犬"]]),
    ],
)
def test_lines_of_text(file, content, documents):
    corpus = encode_corpus(file("a.txt", content), min_count=1)
    assert decoded(corpus) == documents


def test_files_follow_one_another(file):
    paths = [file("b.txt", "a b"), file("a.jsonl", '{"text": "c"}\n'), file("empty.txt", "")]
    assert decoded(encode_corpus(paths, min_count=1)) == [["a", "b"], ["c"]]
    assert decoded(encode_corpus(list(map(str, paths)), min_count=1)) == [["a", "b"], ["c"]]
    assert decoded(encode_corpus(str(paths[0]), min_count=1)) == [["a", "b"]]


@pytest.mark.parametrize("encoding", ["utf-16", "cp932", "euc_jp", "utf-8-sig"])
def test_other_encodings(file, encoding):
    path = file("a.txt", "吾輩は 猫\nで ある\r\n".encode(encoding))
    assert decoded(encode_corpus(path, min_count=1, encoding=encoding)) == [
        ["吾輩は", "猫"],
        ["で", "ある"],
    ]


@pytest.mark.parametrize("tokenizer", [None, "words", "characters"])
@pytest.mark.parametrize("end", ["", "\n", " \nb\n", " "])
def test_a_line_longer_than_the_limit_is_whole(monkeypatch, file, tokenizer, end):
    monkeypatch.setattr(_corpus_lines, "LONG_LINE", 1000)
    content = " ".join(f"w{i}é" for i in range(50_000)) + end  # some 400 kB, many chunks
    path = file("a.txt", "x\n" + content)
    corpus = encode_corpus(path, min_count=1, tokenizer=tokenizer)
    split = (lambda t: list("".join(t.split()))) if tokenizer == "characters" else str.split
    assert decoded(corpus) == [["x"], *map(split, content.removesuffix("\n").split("\n"))]


def test_a_long_token_is_whole(monkeypatch, file):
    monkeypatch.setattr(_corpus_lines, "LONG_LINE", 1000)
    long = "あ" * 300_000
    corpus = encode_corpus(file("a.txt", f"a {long} b\n{long}"), min_count=1)
    assert decoded(corpus) == [["a", long, "b"], [long]]


def test_an_open_line_ends_with_its_file(monkeypatch, file):
    monkeypatch.setattr(_corpus_lines, "LONG_LINE", 1000)
    long = "a " * 100_000
    corpus = encode_corpus([file("a.txt", long), file("b.txt", "b\n")], min_count=1)
    assert corpus.read_offsets.tolist() == [0, 100_000, 100_001]


def test_a_function_gets_whole_lines(monkeypatch, file):
    monkeypatch.setattr(_corpus_lines, "LONG_LINE", 1000)
    line = "a b " * 50_000
    path = file("a.txt", line + "\r\nc\r\n")
    corpus = encode_corpus(path, min_count=1, tokenizer=lambda text: [text])
    assert decoded(corpus) == [[line], ["c"]]  # without the line's end


JAPANESE = "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。\n"


@pytest.mark.parametrize(
    ("content", "line", "offset", "likely"),
    [
        (JAPANESE.encode("cp932"), 1, 0, "cp932"),
        (JAPANESE.encode("euc_jp"), 1, 0, "euc_jp"),
        (b"abc\n" * 50_000 + "le café noir\n".encode("latin-1"), 50_001, 200_006, "latin-1"),
        ("abc".encode("utf-16"), 1, 0, "utf-16"),
        (b"\xef\xbb\xbfa\nb\xff", 2, 6, "latin-1"),
        ("日".encode()[:2], 1, 0, "latin-1"),
    ],
)
def test_bytes_of_another_encoding(file, content, line, offset, likely):
    what = rf"line {line}: the bytes are not utf-8 \(byte {offset} of .*encoding='{likely}'"
    with pytest.raises(DataError, match=what):
        encode_corpus(file("a.txt", content))


def test_utf_8_read_as_something_else(file):
    with pytest.raises(DataError, match=r"are not ascii \(byte 2 .*give encoding='utf-8'"):
        encode_corpus(file("a.txt", "a é"), encoding="ascii")
    with pytest.raises(ArgumentError, match="encoding must be one that Python knows"):
        encode_corpus(file("a.txt", "a é"), encoding="utf8000")


def test_missing_files_and_folders(file, tmp_path):
    with pytest.raises(MissingFileError, match=r"none.txt: no such file"):
        encode_corpus(tmp_path / "none.txt")
    with pytest.raises(MissingFileError, match=r"none.txt: no such file"):
        encode_corpus([str(file("a.txt", "a")), str(tmp_path / "none.txt")])
    with pytest.raises(DataError, match=r"expected a file; got a folder.*glob"):
        encode_corpus(tmp_path)


def test_files_that_are_cut_off(file):
    content = json.dumps(list(range(200_000))).encode()
    packed = gzip.compress(content)
    for name, damaged in (
        ("a.gz", packed[: len(packed) // 2]),
        ("b.gz", packed[:-4]),
        ("c.gz", b"no gzip"),
        ("d.zst", zstandard.compress(content)[:-10]),
        ("e.zst", b"no zstandard"),
        ("f.gz", packed[:1000] + b"\xff" * 20 + packed[1020:]),
    ):
        with pytest.raises(DataError, match="the compressed file is cut off or damaged"):
            encode_corpus(file(name, damaged))


def test_packed_files_of_several_parts(file):
    parts = [b"a b\nc", b" d\n"]
    expected = [["a", "b"], ["c", "d"]]
    for name, pack in (("a.gz", gzip.compress), ("a.zst", zstandard.compress)):
        path = file(name, b"".join(map(pack, parts)))
        assert decoded(encode_corpus(path, min_count=1)) == expected


@pytest.mark.parametrize(("suffix", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_json_lines(file, suffix, pack):
    rows = [{"body": "a b", "id": 7, "x": None}, {"body": "", "id": "n"}, {"id": 1, "body": "猫\n"}]
    content = "\n\n".join(json.dumps(row) for row in rows).encode()
    corpus = encode_corpus(
        file("a.jsonl" + suffix, pack(content)), min_count=1, column="body", name_column="id"
    )
    assert decoded(corpus) == [["a", "b"], [], ["猫"]]
    assert corpus.names == ("7", "n", "1")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "a"', r"a.jsonl, line 3: must be a JSON object; got: .*delimiter"),
        ('["a"]', r"line 3: must be a JSON object; got: list"),
        ('{"txt": "a"}', r"no column 'text'; the columns are txt. The nearest is 'txt'.* column="),
        ('{"text": ["a"]}', r"row 3: column 'text' must hold text; got list"),
        ('{"text": null, "id": 1}', r"row 3: column 'text' must hold text; got NoneType"),
        ('{"text": "a", "id": true}', r"row 3: column 'id' must hold a name .* got bool"),
        ('{"text": "a"}', r"line 3: there is no column 'id'.* give name_column="),
        ('{"text": "\\ud83d!", "id": 2}', r"column 'text' holds half of a surrogate pair"),
    ],
)
def test_json_lines_that_cannot_be_used(file, line, message):
    path = file("a.jsonl", '{"text": "a", "id": 1}\n\n' + line + "\n")
    with pytest.raises(DataError, match=message):
        encode_corpus(path, name_column="id")


def test_parquet(parquet):
    path = parquet(body=["a b", "", "c a", "d"], id=[5, 6, 7, 8], other=[[1]] * 4)
    corpus = encode_corpus(path, min_count=1, column="body", name_column="id")
    assert decoded(corpus) == [["a", "b"], [], ["c", "a"], ["d"]]
    assert corpus.names == ("5", "6", "7", "8")
    assert encode_corpus(path, min_count=1, column="body").names is None
    same = encode_corpus(path, min_count=1, column="body", name_column="body")
    assert same.names == ("a b", "", "c a", "d")


def test_parquet_that_cannot_be_used(parquet, file):
    with pytest.raises(DataError, match=r"no column 'text'; the columns are texts, id\. .*'texts'"):
        encode_corpus(parquet(texts=["a"], id=[1]))
    with pytest.raises(DataError, match=r"row 3: column 'text' must hold text; got NoneType"):
        encode_corpus(parquet(text=["a", "b", None]))
    with pytest.raises(DataError, match=r"row 1: column 'n' must hold a name .* got float"):
        encode_corpus(parquet(text=["a"], n=[0.5]), name_column="n")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        encode_corpus(file("b.parquet", b"PAR1 nothing"))


def test_columns_are_for_tables(file):
    for name in ("column", "name_column"):
        with pytest.raises(ArgumentError, match=rf"{name} is for .jsonl and .parquet"):
            encode_corpus(file("a.txt", "a"), **{name: "text"})


def test_packages_that_are_not_installed(monkeypatch, file):
    for module, name in (("zstandard", "a.zst"), ("pyarrow", "a.parquet")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(DependencyError, match=rf"needs the package {module}.*pip install"):
            encode_corpus(file(name, b"x"))
