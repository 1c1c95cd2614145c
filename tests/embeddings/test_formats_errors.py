"""Files of vectors that are damaged, that lie, or that are something else."""

import gzip
import json
import shutil
import struct

import numpy as np
import pytest

from saiki.embeddings import _native_format, _stored, _streams
from saiki.embeddings.formats import StoredVectors, read_vectors, write_vectors
from saiki.embeddings.word_vectors import WordVectors
from saiki.errors import ArgumentError, DataError, MissingFileError, StorageError

TEXT = b"3 2\na 1.5 2.5\nb 3.5 4.5\nc 5.5 6.5\n"


def records(*words, after=b"", size=2):
    return b"".join(w + b" " + struct.pack(f"<{size}f", *[0.3] * size) + after for w in words)


BINARY = b"3 2\n" + records(b"a", b"b", b"c")

CASES = {
    "empty": (b"", "auto", "the file is empty"),
    "only white space": (b"\n \n", "auto", "the file is empty"),
    "empty glove": (b"", "glove", "the file is empty"),
    "empty text": (b"", "word2vec-text", "first line must hold the number of words"),
    "empty binary": (b"", "word2vec-binary", "must begin with a line of two numbers"),
    "prose": (b"This is a text about words.\nIt goes on.\n", "auto", "none of the formats"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "auto", "none of the formats"),
    "fastText model": (struct.pack("<ii", 793712314, 12) + bytes(50), "auto", "fastText model"),
    "pickle": (b"\x80\x04\x95" + bytes(50), "auto", "is a pickle.*from_gensim"),
    "zip": (b"PK\x03\x04" + bytes(50), "auto", "is a zip archive"),
    "no header": (TEXT[4:], "word2vec-text", "first line must hold.*got 'a 1.5"),
    "no words": (b"0 5\n", "word2vec-text", "0 words with vectors of 5 numbers; both must be 1"),
    "no numbers": (b"5 0\n", "word2vec-binary", "5 words with vectors of 0 numbers; both"),
    # the header lies
    "fewer words than said": (b"4" + TEXT[1:], "auto", "says 4 words, but the file ends after 3"),
    "more words than said": (b"2" + TEXT[1:], "auto", "says 2 words, but more follow"),
    "smaller vectors than said": (
        b"3 3" + TEXT[3:],
        "auto",
        r"line 2: expected a word and 3 numbers; got 3 fields: 'a 1.5 2.5'",
    ),
    "larger vectors than said": (
        b"3 1" + TEXT[3:],
        "auto",
        r"line 2: expected a word and 1 numbers; got 3 fields",
    ),
    "terabytes of text": (b"1000000000 1000" + TEXT[3:], "word2vec-text", "more than the file can"),
    "terabytes of numbers": (b"1000000000 1000" + BINARY[3:], "word2vec-binary", "more than the"),
    "more than 64 bits": (
        b"999999999999999999 999999999999999999" + TEXT[3:],
        "auto",
        "more than the file can hold",
    ),
    "fewer words than said, binary": (b"2" + BINARY[1:], "auto", "says 2 words.*but more follows"),
    "more words than said, binary": (
        b"4 2" + BINARY[3:] + b"\n" * 30,
        "word2vec-binary",
        "after 3 there is no further whole one",
    ),
    "smaller vectors than said, binary": (
        b"3 4\n" + records(*[b"ab"] * 5, size=3),
        "word2vec-binary",
        "says 3 words",
    ),
    "larger vectors than said, binary": (
        b"3 2\n" + records(b"a", b"b", b"c", size=3),
        "word2vec-binary",
        "but more follows",
    ),
    # cut short
    "cut in a line": (TEXT[:-4], "auto", "line 4: expected a word and 2 numbers; got 2 fields"),
    "cut in a vector": (BINARY[:-1], "auto", "says 3 words"),
    "cut in a word": (b"3 2\n" + records(b"a", b"b") + b"ccccccccc", "auto", "after 2 there is no"),
    # lines
    "a short line": (TEXT.replace(b"b 3.5 4.5", b"b 3.5"), "auto", "line 3: expected .* 2 numbers"),
    "a long line": (TEXT.replace(b"b 3.5", b"b 9.5 3.5"), "auto", "line 3: expected .* 2 numbers"),
    "not a number": (TEXT.replace(b"4.5", b"4,5"), "auto", "line 3: expected a word and 2 numbers"),
    "nothing but a word": (TEXT.replace(b" 3.5 4.5", b""), "auto", "line 3: .* got 1 fields: 'b'"),
    "a short line of glove": (b"a 1.5 2.5\nb 1.5\nc 1.5 2.5\n", "auto", "line 2: expected"),
    "a long line of glove": (b"a 1.5 2.5\nc 1.5 2.5\nb 0.5 1.5 2.5\n", "auto", "line 3: expected"),
    # numbers
    "nan": (TEXT.replace(b"4.5", b"nan"), "auto", "1 of the vectors hold infinite.*first.*'b'"),
    "infinite": (TEXT.replace(b"4.5", b"-inf"), "auto", "1 of the vectors hold infinite.*'b'"),
    "too large": (TEXT.replace(b"4.5", b"1e39"), "auto", "1 of the vectors hold infinite.*'b'"),
    "nan, binary": (
        b"2 2\n" + records(b"a") + b"b " + struct.pack("<2f", 1, float("nan")),
        "auto",
        "1 of the vectors hold.*'b'",
    ),
    # words
    "a space in a binary word": (
        b"2 2\n" + records(b"New York", b"x"),
        "word2vec-binary",
        "the word 'New' seems to go on after a space",
    ),
    "no word at all": (b"2 2\n" + b"\x01" * 200_000, "word2vec-binary", "after 0 there is no"),
    "cut gzip": (gzip.compress(TEXT * 50)[:-30], "auto", "gzip data are cut short"),
    "broken gzip": (gzip.compress(TEXT)[:12] + b"\xff" * 30, "auto", "gzip data are cut short"),
}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", CASES)
def test_bad_files_are_refused_with_the_reason(tmp_path, name):
    content, format_name, message = CASES[name]
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"vectors[,:].*" + message):
        WordVectors.load(path, format_name)


def test_the_number_of_a_line_counts_every_block_and_blank_line(tmp_path, monkeypatch):
    monkeypatch.setattr("saiki.embeddings._text_format._CHUNK_BYTES", 16)
    path = tmp_path / "v"
    good = b"".join(b"w%d 1.5 2.5\n" % i for i in range(40))
    path.write_bytes(b"41 2\n\n" + good + b"bad 1.5 x\n")
    with pytest.raises(DataError, match="line 43: expected a word"):
        WordVectors.load(path)


def test_large_but_finite_numbers_are_read(tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"2 2\na 3e38 3e38\nb -3e38 -3e38\n")
    assert np.isfinite(WordVectors.load(path).vectors).all()


def test_one_enormous_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("saiki.embeddings._text_format._LONGEST_LINE", 1000)
    monkeypatch.setattr("saiki.embeddings._text_format._CHUNK_BYTES", 100)
    path = tmp_path / "v"
    path.write_bytes(b"a 1.5 2.5\n" + b"b" * 2000)
    with pytest.raises(DataError, match="line 2: is longer than 1000 bytes"):
        WordVectors.load(path, "glove")


def test_a_lying_header_in_gzip_takes_no_memory(tmp_path):
    path = tmp_path / "v.gz"
    path.write_bytes(gzip.compress(b"100000 1000000000" + TEXT[3:]))
    with pytest.raises(DataError, match="more than the file can hold"):
        WordVectors.load(path)


def test_a_path_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(MissingFileError, match="there is no such file"):
        WordVectors.load(tmp_path / "none")
    with pytest.raises(MissingFileError, match=r"there is no vectors\.json in this folder"):
        WordVectors.load(tmp_path)


def test_formats_must_be_known_and_fit(tmp_path):
    wv = WordVectors(["a"], np.ones((1, 2), np.float32))
    wv.save(tmp_path / "v")
    for call in (lambda: wv.save(tmp_path / "x", "npy"), lambda: WordVectors.load(tmp_path, "npy")):
        with pytest.raises(ArgumentError, match=r"must be one of saiki, word2vec-text.*got 'npy'"):
            call()
    with pytest.raises(DataError, match="format saiki is a folder, the others are files"):
        WordVectors.load(tmp_path / "v", "glove")
    with pytest.raises(DataError, match="format saiki is a folder"):
        WordVectors.load(tmp_path / "v" / "vectors.json", "saiki")
    with pytest.raises(ArgumentError, match="format glove holds float32 alone; got dtype=float16"):
        wv.save(tmp_path / "x", "glove", dtype="float16")
    with pytest.raises(ArgumentError, match="must be float32 or float16; got 'int8'"):
        wv.save(tmp_path / "x", dtype="int8")


@pytest.mark.parametrize("large", [70000.0, np.inf])
def test_numbers_too_large_for_float16_are_refused(tmp_path, large):
    wv = WordVectors(["a"], np.array([[1, large]], np.float32))
    with pytest.raises(DataError, match="too large for float16"):
        wv.save(tmp_path / "x", dtype="float16")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("word", "format_name", "message"),
    [
        ("New York", "word2vec-binary", "cannot hold the word 'New York'"),
        ("\nx", "word2vec-binary", "cannot hold the word"),
        ("x\ny", "word2vec-text", "text file cannot hold the word"),
        ("version 2.0", "glove", "text file cannot hold the word 'version 2.0'"),
        ("\ud83d", "word2vec-text", "half of a surrogate pair"),
    ],
)
def test_words_that_a_format_cannot_hold_are_refused(tmp_path, word, format_name, message):
    wv = WordVectors(["a", word], np.ones((2, 2), np.float32))
    with pytest.raises(DataError, match=message):
        wv.save(tmp_path / "x", format_name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_not_written(tmp_path):
    with pytest.raises(DataError, match="there are no vectors to write"):
        write_vectors(tmp_path / "x", StoredVectors([], np.empty((0, 2), np.float32)))


@pytest.mark.parametrize("format_name", ["word2vec-text", "word2vec-binary", "saiki"])
def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch, format_name):
    path = tmp_path / "v"
    old = WordVectors(["a", "b"], np.ones((2, 2), np.float32))
    old.save(path, format_name)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_streams.os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        WordVectors(["c"], np.zeros((1, 2), np.float32)).save(path, format_name)
    assert WordVectors.load(path).words == ("a", "b")
    assert not [p for p in tmp_path.rglob("*") if p.name.endswith((".tmp", ".new"))]


def test_a_disk_that_fills_up_before_the_names_are_written_keeps_both_old_files(
    tmp_path, monkeypatch
):
    WordVectors(["a", "b"], np.ones((2, 2), np.float32)).save(tmp_path)

    def full(*_):
        raise StorageError("{path}: the disk is full.", path="x")

    monkeypatch.setattr(_native_format, "write_text_atomic", full)
    with pytest.raises(StorageError, match="the disk is full"):
        WordVectors(["c"], np.zeros((1, 2), np.float32)).save(tmp_path)
    assert WordVectors.load(tmp_path).words == ("a", "b")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_place_that_is_a_folder_is_refused_for_a_file(tmp_path):
    with pytest.raises(StorageError, match="cannot be written"):
        WordVectors(["a"], np.ones((1, 2))).save(tmp_path, "glove")


@pytest.fixture
def folder(tmp_path):
    WordVectors(["a", "b"], np.ones((2, 3), np.float32)).save(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "is not a description of vectors"),
        ({"version": 2}, "is of version 2; this saiki reads version 1"),
        ({"names": ["a"]}, "names do not fit the shape"),
        ({"names": ["a", 5]}, "names do not fit the shape"),
        ({"names": None}, "names do not fit the shape"),
        ({"mark": "other"}, "are not of one saving"),
        ({"shape": [2, 4]}, "are not of one saving"),
    ],
)
def test_a_changed_description_is_refused(folder, changes, message):
    path = folder / "vectors.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(described | changes), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        WordVectors.load(folder)


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"names": ["a', b"\xff\xff"])
def test_a_damaged_description_is_refused(folder, content):
    (folder / "vectors.json").write_bytes(content)
    with pytest.raises(DataError, match=r"is no JSON file|is not a description of vectors"):
        WordVectors.load(folder)


def tensor(entry, data=bytes(24), length=None):
    header = json.dumps(entry).encode()
    return (length or len(header)).to_bytes(8, "little") + header + data


WHOLE = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no safetensors file"),
        (b"\xff" * 100, "is no safetensors file"),
        (tensor({"vectors": WHOLE}, length=2**60), "is no safetensors file"),
        (tensor({"other": WHOLE}), "is no safetensors file"),
        (tensor({"vectors": WHOLE | {"dtype": "I64"}}), "is no safetensors file"),
        (tensor({"vectors": WHOLE | {"shape": [6]}}), "is no safetensors file"),
        (tensor({"vectors": WHOLE | {"data_offsets": ["a", 24]}}), "is no safetensors file"),
        (tensor({"vectors": WHOLE}, bytes(23)), "more than the file can hold"),
        (tensor({"vectors": WHOLE | {"shape": [2**40, 3]}}), "more than the file can hold"),
        (tensor({"vectors": WHOLE | {"data_offsets": [-24, 0]}}), "more than the file can hold"),
        (tensor({"vectors": WHOLE}), "are not of one saving"),
    ],
)
def test_a_damaged_safetensors_file_is_refused(folder, content, message):
    (folder / "vectors.safetensors").write_bytes(content)
    with pytest.raises(DataError, match=message):
        WordVectors.load(folder)


def test_the_parts_of_two_savings_are_not_mixed(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    WordVectors(["a", "b"], np.zeros((2, 3), np.float32)).save(other)
    shutil.copy(other / "vectors.safetensors", folder / "vectors.safetensors")
    with pytest.raises(DataError, match=r"vectors.safetensors and vectors.json are not of one sav"):
        WordVectors.load(folder)


def test_a_file_that_may_not_be_read_is_said_so(tmp_path, monkeypatch):
    path = tmp_path / "v"
    path.write_bytes(TEXT)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(DataError, match="cannot be read \\(Permission denied\\)"):
        read_vectors(path)


def test_stored_vectors_of_a_header_are_checked_before_memory_is_taken(tmp_path):
    with pytest.raises(DataError, match="more than the file can hold"):
        _stored.check_header(tmp_path, 10, 10, 41, 400)
    _stored.check_header(tmp_path, 10, 10, 40, 400)


@pytest.mark.parametrize("word", ["a\nb", "a\vb", "a\fb", "a\rb"])
@pytest.mark.parametrize("format_name", ["word2vec-text", "glove"])
def test_a_word_that_a_text_file_cannot_hold_is_refused(word, format_name, tmp_path):
    wv = WordVectors([word, "c"], np.ones((2, 3), np.float32))
    with pytest.raises(DataError, match="has a line end or a form feed in it"):
        wv.save(tmp_path / "v", format_name)
    assert list(tmp_path.iterdir()) == []
