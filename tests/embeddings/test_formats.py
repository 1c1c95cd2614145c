"""Reading and writing files of vectors: bytes made by hand, and round trips."""

import gzip
import json
import struct
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from saiki.embeddings import _binary_format, _text_format
from saiki.embeddings.formats import recognise
from saiki.embeddings.word_vectors import WordVectors

# As the programs write them: gensim; word2vec.c -binary 0 and fastText (a space ends the line).
GENSIM_TEXT = b"3 2\nthe 0.25 -1.5\n\xe6\x9d\xb1\xe4\xba\xac 1e-05 2.0\nx 3.0 -0.0078125\n"
WORD2VEC_C_TEXT = (
    b"3 2\nthe 0.250000 -1.500000 \n\xe6\x9d\xb1\xe4\xba\xac 0.000010 2.000000 \n"
    b"x 3.000000 -0.0078125 \n"
)
WINDOWS_TEXT = GENSIM_TEXT.replace(b"\n", b"\r\n")
GLOVE = GENSIM_TEXT.partition(b"\n")[2]
NUMBERS = [(0.25, -1.5), (1e-5, 2.0), (3.0, -0.0078125)]
WORDS = ("the", "東京", "x")


def binary(after=b"", words=WORDS, numbers=NUMBERS):
    records = [
        word.encode("utf-8", "surrogateescape") + b" " + struct.pack("<2f", *row) + after
        for word, row in zip(words, numbers, strict=True)
    ]
    return b"%d 2\n" % len(words) + b"".join(records)


FILES = {
    "gensim": (GENSIM_TEXT, "word2vec-text"),
    "word2vec.c": (WORD2VEC_C_TEXT, "word2vec-text"),
    "windows": (WINDOWS_TEXT, "word2vec-text"),
    "no newline at the end": (GENSIM_TEXT.rstrip(), "word2vec-text"),
    "blank lines": (GENSIM_TEXT + b"\n  \n", "word2vec-text"),
    "two spaces": (GENSIM_TEXT.replace(b" -", b"  -"), "word2vec-text"),
    "glove": (GLOVE, "glove"),
    "binary of gensim": (binary(), "word2vec-binary"),
    "binary of word2vec.c": (binary(b"\n"), "word2vec-binary"),
}


@pytest.fixture(params=[7, 1 << 20])
def _chunks(request, monkeypatch):
    """Files that are larger than what is read at a time."""
    monkeypatch.setattr(_text_format, "_CHUNK_BYTES", request.param)
    monkeypatch.setattr(_binary_format, "_CHUNK_BYTES", request.param)


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FILES)
def test_each_format_is_recognised_and_read(tmp_path, name, packed):
    content, format_name = FILES[name]
    path = tmp_path / "vectors.of_any_name"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert recognise(path) == format_name
    for chosen in ("auto", format_name):
        wv = WordVectors.load(path, chosen)
        assert wv.words == WORDS
        assert np.array_equal(wv.vectors, np.array(NUMBERS, np.float32))
        assert wv.vectors.dtype == np.float32
        assert wv.counts is None


def mixed(rows=50, size=9):
    rng = np.random.default_rng(1)
    scale = 10.0 ** rng.integers(-30, 30, (rows, size))
    vectors = (rng.standard_normal((rows, size)) * scale).astype(np.float32)
    words = [f"語{i}é" for i in range(rows)]
    return WordVectors(words, vectors, np.arange(rows, 0, -1))


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("format_name", ["word2vec-text", "word2vec-binary", "glove"])
def test_what_is_written_is_read_back_bit_for_bit(tmp_path, format_name, ending):
    wv = mixed()
    path = tmp_path / f"new folder/vectors{ending}"
    wv.save(path, format_name)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == bool(ending)
    again = WordVectors.load(path)
    assert again.words == wv.words
    assert np.array_equal(again.vectors, wv.vectors)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("stored", [np.float16, np.float32])
@pytest.mark.parametrize("dtype", [None, "float16", "float32"])
def test_our_folder_keeps_words_counts_and_dtype_and_is_memory_mapped(tmp_path, stored, dtype):
    vectors = np.random.default_rng(2).standard_normal((5, 3)).astype(stored)
    wv = WordVectors(["a", "b c", "東京", "\udcff\udc80", ""], vectors, np.array([9, 7, 5, 3, 1]))
    wv.save(tmp_path / "v", dtype=dtype)
    moved = (tmp_path / "v").rename(tmp_path / "w")
    again = WordVectors.load(moved)
    assert again.words == wv.words
    assert again.counts.tolist() == [9, 7, 5, 3, 1]
    assert again.vectors.dtype == (dtype or stored)
    assert np.array_equal(again.vectors, vectors.astype(dtype or stored))
    mapped = again.vectors
    while not isinstance(mapped, np.memmap):
        mapped = mapped.base
    assert mapped.offset % 64 == 0
    assert sorted(p.name for p in moved.iterdir()) == ["vectors.json", "vectors.safetensors"]


def test_others_can_read_our_folder(tmp_path):
    wv = mixed()
    wv.save(tmp_path)
    assert np.array_equal(load_file(tmp_path / "vectors.safetensors")["vectors"], wv.vectors)
    described = json.loads((tmp_path / "vectors.json").read_text(encoding="utf-8"))
    assert described["names"] == list(wv.words)
    assert described["shape"] == [50, 9]
    assert (described["dtype"], described["version"]) == ("float32", 1)


def test_memory_mapped_vectors_can_be_saved_over_themselves(tmp_path):
    wv = mixed()
    wv.save(tmp_path)
    loaded = WordVectors.load(tmp_path)
    loaded.save(tmp_path, dtype="float32")
    assert np.array_equal(loaded.vectors, wv.vectors)
    assert np.array_equal(WordVectors.load(tmp_path).vectors, wv.vectors)


BAD_BYTES = b"\xff\xfe\x80abc"


@pytest.mark.parametrize("format_name", ["word2vec-text", "word2vec-binary", "glove"])
def test_bytes_that_are_not_utf8_come_back_the_same(tmp_path, format_name):
    name = BAD_BYTES.decode("utf-8", "surrogateescape")
    wv = WordVectors([name, "b"], np.array(NUMBERS[:2], np.float32))
    first, second = tmp_path / "1", tmp_path / "2"
    wv.save(first, format_name)
    assert BAD_BYTES + b" " in first.read_bytes()
    again = WordVectors.load(first)
    assert name in again
    again.save(tmp_path / "folder")
    WordVectors.load(tmp_path / "folder").save(second, format_name)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("word", ["New York", ". . .", "Catch 22", " a", "a\u3000b", "a\tb", ""])
@pytest.mark.parametrize("format_name", ["word2vec-text", "glove"])
def test_words_may_hold_spaces_in_text(tmp_path, format_name, word):
    wv = WordVectors(["one", word, "two"], np.array(NUMBERS, np.float32))
    wv.save(tmp_path / "v", format_name)
    again = WordVectors.load(tmp_path / "v", format_name)
    assert again.words == wv.words
    assert np.array_equal(again.vectors, wv.vectors)


def test_the_first_word_of_a_file_without_header_may_hold_spaces(tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b". . . 0.5 1.5\na 1.0 2.0\nb 3.0 4.0\n")
    assert WordVectors.load(path).words == (". . .", "a", "b")


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(
        st.text(
            st.characters(exclude_characters="\t\n\v\f\r ", codec="utf-8"), min_size=1, max_size=5
        ),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    size=st.integers(1, 4),
    seed=st.integers(0, 2**31),
    format_name=st.sampled_from(["word2vec-text", "word2vec-binary", "glove", "saiki"]),
)
def test_any_words_and_numbers_come_back(tmp_path_factory, words, size, seed, format_name):
    bits = np.random.default_rng(seed).integers(0, 0x7F800000, (len(words), size), np.uint32)
    wv = WordVectors(words, bits.view(np.float32))
    path = tmp_path_factory.mktemp("v") / "x"
    wv.save(path, format_name)
    again = WordVectors.load(path, format_name)
    assert again.words == wv.words
    assert again.vectors.tobytes() == wv.vectors.tobytes()


def test_of_a_word_that_is_there_twice_the_first_is_kept_with_a_warning(tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"4 1\na 1.5\nb 2.5\na 3.5\nb 4.5\n")
    with pytest.warns(UserWarning, match=r"2 words are there more than once \('a' for one\)"):
        wv = WordVectors.load(path)
    assert wv.words == ("a", "b")
    assert wv.vectors.ravel().tolist() == [1.5, 2.5]


@pytest.mark.parametrize("is_binary", [False, True], ids=["text", "binary"])
def test_files_of_gensim_and_for_gensim(tmp_path, is_binary):
    models = pytest.importorskip("gensim.models", reason="gensim is a peer, not a dependency")
    wv = mixed()
    format_name = "word2vec-binary" if is_binary else "word2vec-text"
    wv.save(tmp_path / "ours", format_name)
    keyed = models.KeyedVectors.load_word2vec_format(tmp_path / "ours", binary=is_binary)
    assert tuple(keyed.index_to_key) == wv.words
    assert np.array_equal(keyed.vectors, wv.vectors)
    keyed.save_word2vec_format(tmp_path / "theirs", binary=is_binary)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = WordVectors.load(tmp_path / "theirs")
    assert again.words == wv.words
    assert np.array_equal(again.vectors, wv.vectors)
    if is_binary:
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
