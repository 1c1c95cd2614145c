"""What of a text a tokeniser does not know, each once and in order."""

import numpy as np
import pytest

from saiki.data.text import make_tokenizer

TEXTS = ["the cat sat", "the dog sat", "東京に行く"]


@pytest.mark.parametrize(
    ("name", "text", "unknown"),
    [
        ("white-space", "the owl sat on the owl", ["owl", "on"]),
        ("words", "The cat, sat", ["The", ","]),
        ("characters", "the zebu 京都", ["z", "b", "u", "都"]),
        ("unigram", "the zebu", ["z", "b", "u"]),
        ("byte-bpe", "the zebu 都", []),
        ("sudachi-b", "東京に来る", ["来る"]),
    ],
)
def test_unknown_pieces(name, text, unknown):
    if name.startswith("sudachi"):
        pytest.importorskip("sudachipy")
    tokenizer = make_tokenizer(name).fit(TEXTS)
    found = tokenizer.unknown_pieces(text)
    assert found == unknown
    has_unknown = bool(np.any(tokenizer.encode(text) == tokenizer.unknown_id))
    assert bool(found) is has_unknown


def test_a_text_is_prepared_first():
    tokenizer = make_tokenizer("words", lower_case=True).fit(["the cat"])
    assert tokenizer.unknown_pieces("THE Cat Sat") == ["sat"]
