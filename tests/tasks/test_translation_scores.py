"""BLEU, chrF and exact match: against the formulae, sacreBLEU itself, and what cannot be scored."""

import math
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.errors import ArgumentError, DependencyError
from saiki.tasks import translation_scores
from saiki.tasks.translation_scores import (
    check_score_tokens,
    corpus_scores,
    length_bins,
    score_signatures,
)

OUTPUTS = [
    "the cat sat on the mat .",
    "he gave a red book to her yesterday",
    "nobody knows",
    "we are all going to the sea",
]
REFERENCES = [
    "the cat sat on a mat .",
    "yesterday he gave her a red book",
    "nobody knows that yet",
    "we are all going to the sea",
]
JAPANESE = (
    ["彼は水泳が得意ではなかった。", "昨日は雨が降った。", "猫がいる。"],
    ["彼は水泳が得意でなかった。", "昨日は雨が降っていた。", "猫がいる。"],
)


def ngrams(words, order):
    return Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))


def bleu_of(outputs, references, orders=4):
    """Papineni et al. (2002), equations of section 2.3, where every order has a match."""
    pairs = [(o.split(), r.split()) for o, r in zip(outputs, references, strict=True)]
    logs = 0.0
    for order in range(1, orders + 1):
        found = [(ngrams(o, order), ngrams(r, order)) for o, r in pairs]
        matches = sum(sum((a & b).values()) for a, b in found)
        logs += math.log(matches / sum(sum(a.values()) for a, _ in found)) / orders
    c, r = (sum(len(pair[i]) for pair in pairs) for i in (0, 1))
    return 100 * min(1.0, math.exp(1 - r / c)) * math.exp(logs)


def chrf_of(outputs, references):
    """chrF2 over one to six characters: the mean precision and recall of the corpus."""
    precisions, recalls = [], []
    for order in range(1, 7):
        found = [
            (ngrams("".join(o.split()), order), ngrams("".join(r.split()), order))
            for o, r in zip(outputs, references, strict=True)
        ]
        matches = sum(sum((a & b).values()) for a, b in found)
        precisions.append(matches / sum(sum(a.values()) for a, _ in found))
        recalls.append(matches / sum(sum(b.values()) for _, b in found))
    p, r = sum(precisions) / 6, sum(recalls) / 6
    return 100 * 5 * p * r / (4 * p + r)


def test_the_corpus_own_tokens_against_the_formulae():
    scores = corpus_scores(OUTPUTS, REFERENCES, language="en", tokens="own")
    assert scores["bleu"] == pytest.approx(bleu_of(OUTPUTS, REFERENCES), rel=1e-12)
    assert scores["chrf"] == pytest.approx(chrf_of(OUTPUTS, REFERENCES), rel=1e-12)
    assert scores["exact_match"] == 0.25
    assert 20 < scores["bleu"] < 90
    turned = corpus_scores(REFERENCES, OUTPUTS, language="en", tokens="own")
    assert turned["bleu"] != pytest.approx(scores["bleu"])


def test_amounts_of_white_space_do_not_count():
    spaced = [f"  {text.replace(' ', '  ')} " for text in REFERENCES]
    scores = corpus_scores(spaced, REFERENCES, language="en", tokens="own")
    assert scores == pytest.approx({"bleu": 100.0, "chrf": 100.0, "exact_match": 1.0})


def test_japanese_by_words_characters_and_own_tokens():
    by_words = corpus_scores(*JAPANESE, language="ja")
    by_characters = corpus_scores(*JAPANESE, language="ja", tokens="characters")
    own = corpus_scores(*JAPANESE, language="ja", tokens="own")
    cut = (
        ["彼 は 水泳 が 得意 で は なかっ た 。", "昨日 は 雨 が 降っ た 。", "猫 が いる 。"],
        ["彼 は 水泳 が 得意 で なかっ た 。", "昨日 は 雨 が 降っ て い た 。", "猫 が いる 。"],
    )
    assert by_words["bleu"] == pytest.approx(bleu_of(*cut), rel=1e-12)
    apart = [[" ".join(text) for text in texts] for texts in JAPANESE]
    assert by_characters["bleu"] == pytest.approx(bleu_of(*apart), rel=1e-12)
    assert own["bleu"] < by_words["bleu"] < by_characters["bleu"]
    assert by_words["chrf"] == by_characters["chrf"] == own["chrf"]
    assert by_words["chrf"] == pytest.approx(chrf_of(*JAPANESE), rel=1e-12)
    assert by_words["exact_match"] == pytest.approx(1 / 3)
    assert corpus_scores(*JAPANESE, language="ja-JP") == by_words


def test_languages_with_spaces_and_chinese():
    outputs = ["It isn't (really) 3.5 km, is it?", "Der Hund läuft."]
    references = ["It is not (really) 3.5 km, is it?", "Der Hund läuft schnell."]
    split = (
        ["It isn't ( really ) 3.5 km , is it ?", "Der Hund läuft ."],
        ["It is not ( really ) 3.5 km , is it ?", "Der Hund läuft schnell ."],
    )
    for language in ("en", "de", "EN_gb", "deu"):
        found = corpus_scores(outputs, references, language=language)["bleu"]
        assert found == pytest.approx(bleu_of(*split), rel=1e-12)
    chinese = corpus_scores(["我喜欢红色的书"], ["我喜欢红的书"], language="zh")
    assert chinese["bleu"] == pytest.approx(
        bleu_of(["我 喜 欢 红 色 的 书"], ["我 喜 欢 红 的 书"])
    )


def test_signatures():
    references = REFERENCES
    english = score_signatures(references, language="en")
    assert english["bleu"].startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert english["chrf"].startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:")
    assert "|tok:none|" in score_signatures(references, language="en", tokens="own")["bleu"]
    assert "|tok:char|" in score_signatures(references, language="ja", tokens="characters")["bleu"]
    assert "|tok:ja-mecab-0.996-IPA|" in score_signatures(JAPANESE[1], language="ja")["bleu"]
    assert not english["bleu"].endswith("order:4")


def test_references_without_four_words():
    short = ["go now", "no", "yes"]
    assert corpus_scores(short, short, language="en", tokens="own")["bleu"] == pytest.approx(100)
    assert score_signatures(short, language="en", tokens="own")["bleu"].endswith("|order:2")
    wrong = ["go now", "on", "yes"]
    found = corpus_scores(wrong, short, language="en", tokens="own")["bleu"]
    assert found == pytest.approx(bleu_of(wrong, short, orders=2), rel=1e-12)
    # Short outputs alone change nothing: the references say what is scored.
    cut = corpus_scores(["the cat sat"], ["the cat sat here"], language="en", tokens="own")
    assert cut["bleu"] == 0


def test_outputs_without_text():
    scores = corpus_scores(["", ""], ["a b c d", "e"], language="en")
    assert scores == {"bleu": 0.0, "chrf": 0.0, "exact_match": 0.0}
    half = corpus_scores(["", "e f g h"], ["a b c d", "e f g h"], language="en", tokens="own")
    assert half["bleu"] == pytest.approx(100 * math.exp(-1))


def test_many_tokenised_lines_are_no_reason_to_warn(caplog):
    texts = [f"line {i} ." for i in range(150)]
    corpus_scores(texts, texts, language="en")
    corpus_scores(["猫 。"] * 150, ["猫 。"] * 150, language="ja", tokens="characters")
    assert caplog.text == ""


def test_bins_by_source_length():
    lengths = [3, 9, 3, 4, 12, 9, 5, 4, 13]
    outputs = [f"a b c d e{i % 2}" for i in range(9)]
    references = ["a b c d e0"] * 9
    found = length_bins(lengths, outputs, references, language="en", tokens="own", bins=3)
    assert [(b["from"], b["to"], b["count"]) for b in found] == [(3, 4, 4), (5, 9, 3), (12, 13, 2)]
    rows = [[0, 2, 3, 7], [1, 5, 6], [4, 8]]
    for one, places in zip(found, rows, strict=True):
        some = [outputs[i] for i in places]
        assert one["bleu"] == pytest.approx(bleu_of(some, references[: len(some)]), rel=1e-12)
    for few in ([1, 1, 1, 1, 2], [1, 1, 1, 1, 5, 5, 5, 5, 9]):
        texts = ["a b c d"] * len(few)
        joined = length_bins(few, texts, texts, language="en", tokens="own", bins=2)
        assert joined[-1]["to"] == max(few)
        assert sum(b["count"] for b in joined) == len(few)
    everything = length_bins(lengths, outputs, references, language="en", tokens="own", bins=1)
    assert [(b["from"], b["to"], b["count"]) for b in everything] == [(3, 13, 9)]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60), st.integers(1, 8))
def test_bins_hold_every_pair_once(lengths, bins):
    texts = ["a b c d"] * len(lengths)
    found = length_bins(lengths, texts, texts, language="en", tokens="own", bins=bins)
    assert 1 <= len(found) <= bins
    assert sum(b["count"] for b in found) == len(lengths)
    for one in found:
        assert one["count"] == sum(one["from"] <= n <= one["to"] for n in lengths)
        assert one["bleu"] == pytest.approx(100)
    assert all(one["count"] >= len(lengths) / bins / 2 for one in found)
    edges = [edge for one in found for edge in (one["from"], one["to"])]
    assert edges == sorted(edges)
    # The order of the pairs changes nothing.
    turned = length_bins(lengths[::-1], texts, texts, language="en", tokens="own", bins=bins)
    assert turned == found


@given(st.lists(st.sampled_from(OUTPUTS + REFERENCES), min_size=1, max_size=6))
def test_a_perfect_corpus_has_full_marks(texts):
    scores = corpus_scores(texts, texts, language="en")
    assert scores == pytest.approx({"bleu": 100.0, "chrf": 100.0, "exact_match": 1.0})


def test_texts_that_do_not_belong_together():
    with pytest.raises(ArgumentError, match=r"at least one; got 0 outputs and 0 references"):
        corpus_scores([], [], language="en")
    with pytest.raises(ArgumentError, match=r"got 1 outputs and 2 references"):
        corpus_scores(["a"], ["a", "b"], language="en")
    with pytest.raises(ArgumentError, match=r"one source length for each of the 2 .* got 1"):
        length_bins([3], ["a", "b"], ["a", "b"], language="en")
    with pytest.raises(ArgumentError, match=r"bins must be at least 1; got 0"):
        length_bins([3], ["a"], ["a"], language="en", bins=0)


def test_what_cannot_be_scored_is_said_at_once(monkeypatch):
    check_score_tokens(language="en")
    check_score_tokens(language="ja")
    check_score_tokens(language="th", tokens="characters")
    with pytest.raises(ArgumentError, match=r"'th' is written without spaces"):
        check_score_tokens(language="th")
    with pytest.raises(ArgumentError, match=r"language must be a code .*; got 'Japanese'"):
        check_score_tokens(language="Japanese")
    with pytest.raises(ArgumentError, match=r"tokens must be \"own\", .*; got 'words'"):
        check_score_tokens(language="en", tokens="words")


def test_a_tokeniser_that_is_not_installed(monkeypatch):
    from sacrebleu.tokenizers import tokenizer_ja_mecab

    translation_scores._open.cache_clear()
    monkeypatch.setattr(tokenizer_ja_mecab, "MeCab", None)
    with pytest.raises(DependencyError, match=r"'ja-mecab' .* `pip install 'sacrebleu\[ja\]'`"):
        check_score_tokens(language="ja")
    check_score_tokens(language="ja", tokens="characters")
    translation_scores._open.cache_clear()


def test_imports_stay_light():
    code = (
        "import sys; import saiki.tasks.translation_scores; "
        "print([n for n in ('torch', 'numpy', 'sacrebleu') if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
