import sys

import pytest

from saiki.data._corpus_tokenizers import open_tokenizer, tokenizer_name
from saiki.data.corpus import encode_corpus
from saiki.errors import ArgumentError, DataError, DependencyError


@pytest.mark.parametrize(
    ("tokenizer", "line", "tokens"),
    [
        (None, " The  cat's\tmat. ", ["The", "cat's", "mat."]),
        ("words", "The cat’s MAT, e\u0301t 2_3 — 'q'!", ["the", "cat’s", "mat", "ét", "2_3", "q"]),
        ("words", "吾輩は、猫", ["吾輩は", "猫"]),
        ("characters", "猫は\u3000a b", ["猫", "は", "a", "b"]),
        (lambda line: line.split("-"), "a b-c", ["a b", "c"]),
    ],
)
def test_tokens_of_a_line(tokenizer, line, tokens):
    assert open_tokenizer(tokenizer)(line) == tokens


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("sudachi-a", ["国家", "公務", "員", "です"]),
        ("sudachi-b", ["国家", "公務員", "です"]),
        ("sudachi-c", ["国家公務員", "です"]),
        ("sudachi", ["国家公務員", "です"]),
    ],
)
def test_sudachi(name, tokens):
    pytest.importorskip("sudachipy", reason="the extra ja is not installed")
    assert open_tokenizer(name)("国家公務員 です") == tokens


def test_sudachi_loses_nothing_of_a_long_line(tmp_path):
    pytest.importorskip("sudachipy", reason="the extra ja is not installed")
    sentence = "吾輩は猫である。"
    path = tmp_path / "a.txt"
    path.write_text(sentence * 5000 + "\n犬\n", encoding="utf-8")
    corpus = encode_corpus(path, min_count=1, tokenizer="sudachi-a")
    assert corpus.words(0) == open_tokenizer("sudachi-a")(sentence) * 5000
    assert corpus.words(1) == ["犬"]


def test_names_tell_the_version_of_what_decides():
    assert tokenizer_name(None) == "white space"
    assert tokenizer_name("words") == "words"
    assert tokenizer_name(str.split) is None
    assert tokenizer_name("sudachi-a").startswith("sudachi-a ")


def test_refusals(monkeypatch, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a b\nc")
    with pytest.raises(
        ArgumentError, match=r"tokenizer must be .*got 'sudachi-d'.*nearest is 'sud"
    ):
        encode_corpus(path, tokenizer="sudachi-d")
    with pytest.raises(DataError, match=r"document 1 must be a list of tokens .* got str: 'a b'"):
        encode_corpus(path, tokenizer=lambda line: line)
    with pytest.raises(DataError, match=r"document 2, token 1 must be Unicode text .* got int"):
        encode_corpus(path, tokenizer=lambda line: ["a"] if " " in line else [3])
    with pytest.raises(DataError, match=r"document 1 must be a list of tokens .* got map"):
        encode_corpus(path, tokenizer=lambda line: map(str, line))
    monkeypatch.setitem(sys.modules, "sudachipy", None)
    with pytest.raises(DependencyError, match=r"needs SudachiPy .*saiki\[ja\]"):
        encode_corpus(path, tokenizer="sudachi")
