"""Japanese morphemes, and the pieces that a long line is cut into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data.text import make_tokenizer, tokenizer_from_json
from saiki.data.text._morphemes import pieces


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("sudachi-a", ["国家", "公務", "員", "です", " ", "。"]),
        ("sudachi-b", ["国家", "公務員", "です", " ", "。"]),
        ("sudachi-c", ["国家公務員", "です", " ", "。"]),
    ],
)
def test_modes(name, tokens):
    pytest.importorskip("sudachipy", reason="the extra ja is not installed")
    tokenizer = make_tokenizer(name).fit(["国家公務員です 。"])
    assert tokenizer.pieces(tokenizer.encode("国家公務員です 。")) == tokens


def test_another_dictionary_is_warned_of():
    pytest.importorskip("sudachipy", reason="the extra ja is not installed")
    stored = make_tokenizer("sudachi-a").fit(["猫です"]).to_json() | {"sudachi": "0.6 20240109"}
    with pytest.warns(UserWarning, match="fitted with SudachiPy .* at 0.6 20240109; here are"):
        tokenizer_from_json(stored)


@given(st.text(st.sampled_from("aé猫𠮷。！ 」"), max_size=80), st.integers(4, 40))
def test_pieces_fit_and_are_the_line(line, limit):
    found = list(pieces(line, limit))
    assert "".join(found) == line
    assert all(len(piece.encode()) <= limit for piece in found)
    assert all(found) or found == [""]


def test_pieces_end_with_sentences():
    assert list(pieces("あい。うえ。」おか。き", 25)) == ["あい。うえ。」", "おか。き"]
    assert list(pieces("あいうえ", 7)) == ["あい", "うえ"]
