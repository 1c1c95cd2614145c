"""What every tokeniser promises."""

import doctest
import importlib
import json
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import saiki.data.text
from saiki.data.text import (
    TextTokenizer,
    load_tokenizer,
    make_tokenizer,
    tokenizer_from_json,
)
from saiki.data.text._morphemes import Morphemes
from saiki.errors import ArgumentError, DataError, MissingFileError, StorageError

TEXTS = [
    "The cat's 3.14 mats (\"all\" of them), isn't it? 100%!",
    "東京タワーへ行った。「猫」は、とてもお腹が空いた。ｶﾀｶﾅ ＡＢＣ 人々",
    "👩‍👩‍👧 🇯🇵🇫🇷 e\u0301 か\u3099 𠮷野家 \0 \t a\r\nb\n  x \u3000y ▁ ▅ \ufeff",
    "the cat the cat the mat </s><pad><unk>",
]
EXACT = ["characters", "byte-bpe", "unigram", "sudachi-a", "sudachi-c"]
JOINED = ["white-space", "words"]
ALPHABET = "".join(TEXTS)


def made(name, texts=TEXTS, **options):
    if name.startswith("sudachi"):
        pytest.importorskip("sudachipy", reason="the extra ja is not installed")
    return make_tokenizer(name, **options).fit(texts)


@pytest.fixture(scope="module", params=[*EXACT, *JOINED])
def tokenizer(request):
    return made(request.param)


text_of_known = st.text(st.sampled_from(sorted(set(ALPHABET))), max_size=40)
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
mixed = st.lists(st.one_of(text_of_known, any_text, st.sampled_from(TEXTS)), max_size=4)


def stream(tokenizer, ids):
    decoder = tokenizer.decoder()
    return "".join([*(decoder.add(i) for i in ids), decoder.finish()])


@settings(deadline=None)
@given(texts=mixed)
@example(texts=["\ud7ff\ue000\uffff\U0010ffff", "\x1c\x85\u2028", "▁ ▁  a▁"])
def test_bytes_give_every_text_back(texts):
    tokenizer = BYTES
    assert tokenizer.is_exact
    for text, ids in zip(texts, tokenizer.encode_many(texts), strict=True):
        assert ids.dtype == np.int32
        assert ids.min(initial=4) >= 4
        assert tokenizer.decode(ids) == text == stream(tokenizer, ids)


BYTES = make_tokenizer("byte-bpe", max_vocabulary=300).fit(TEXTS)
UNIGRAM = make_tokenizer("unigram").fit(TEXTS)
CHARACTERS = make_tokenizer("characters").fit(TEXTS)


@settings(deadline=None)
@given(text=text_of_known)
@pytest.mark.parametrize("tokenizer", [UNIGRAM, CHARACTERS], ids=lambda t: t.name)
def test_known_characters_come_back(tokenizer, text):
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert tokenizer.unknown_rate(ids) == 0


@settings(deadline=None)
@given(text=any_text)
def test_characters_not_seen_are_unknown(text):
    shown = [c if c in ALPHABET else "<unk>" for c in text]
    assert CHARACTERS.pieces(CHARACTERS.encode(text)) == shown
    assert CHARACTERS.decode(CHARACTERS.encode(text)) == "".join(shown)


@cache
def morphemes(name):
    return Morphemes(name)


@settings(deadline=None)
@given(texts=mixed)
@pytest.mark.parametrize("name", ["sudachi-a", "sudachi-b", "sudachi-c"])
def test_surfaces_are_the_text(name, texts):
    pytest.importorskip("sudachipy", reason="the extra ja is not installed")
    for text in texts:
        assert "".join(morphemes(name).split(text)) == text


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(text_of_known, any_text))
@example(text="3 ． 14 a：b 人々 々 々x ㊗ \u200d ㊗ 〰\u200d〰 。\u0301 \u0301 カ カ ーあ ー")
@example(text="’ s ‘ a ‘ ’ ' . . 1 , 2 ( ( ) ) 。a 🇯 🇵 🇯🇵🇫🇷🇩 😀 😀\u200d 😀")
@example(text="🇫 % 🇫🇯 % 🇫😀 🇫 a 🇫")
@example(text=" \u0301% \u0301\u0301 \u0301a")
@example(text=" \u0301 \u0302 a")
@example(text="“ a ” b_c _ d 1\u202f000 x\u202f \u202fy")
@pytest.mark.parametrize("name", JOINED)
def test_joined_tokens_are_cut_alike_again(name, text):
    try:
        tokenizer = make_tokenizer(name).fit([text, "a b"])
    except DataError:
        return
    ids = tokenizer.encode(text)
    shown = tokenizer.decode(ids)
    assert tokenizer.encode(shown).tolist() == ids.tolist()
    assert stream(tokenizer, ids) == shown


@settings(deadline=None)
@given(data=st.data())
def test_a_stream_is_the_whole(tokenizer, data):
    ids = data.draw(st.lists(st.integers(0, len(tokenizer) - 1), max_size=40))
    assert stream(tokenizer, np.array(ids, np.int32)) == tokenizer.decode(ids)
    assert len(tokenizer.pieces(ids)) == len(ids)


def test_one_by_one_and_many_agree(tokenizer):
    for text, ids in zip(TEXTS, tokenizer.encode_many(iter(TEXTS)), strict=True):
        assert tokenizer.encode(text).tolist() == ids.tolist()
    assert tokenizer.encode("").shape == (0,)
    assert tokenizer.encode_many([]) == []


def test_counts_fall_and_are_those_of_the_texts(tokenizer):
    ids = np.concatenate(tokenizer.encode_many(TEXTS))
    assert np.bincount(ids, minlength=len(tokenizer)).tolist() == tokenizer.counts.tolist()
    assert (np.diff(tokenizer.counts[4:]) <= 0).all()
    assert tokenizer.counts.dtype == np.int64
    assert (TextTokenizer.padding_id, tokenizer.unknown_id) == (0, 1)
    assert (tokenizer.start_id, tokenizer.end_id) == (2, 3)


def test_specials_do_not_show(tokenizer):
    ids = tokenizer.encode("cat").tolist()
    assert tokenizer.decode([2, *ids, 3, 0, 0]) == tokenizer.decode(ids)
    assert "<unk>" in tokenizer.decode([1])
    assert tokenizer.pieces([0, 1, 2, 3]) == ["<pad>", "<unk>", "<s>", "</s>"]
    assert tokenizer.unknown_rate([0, 2, 3]) == 0.0
    assert tokenizer.unknown_rate([0, 1, *ids[:1], 1, 1, 3]) == 0.75


@pytest.mark.parametrize("bad", [-1, 100_000, 1.0, "a", None])
def test_no_such_id(tokenizer, bad):
    for call in (tokenizer.decode, tokenizer.pieces, tokenizer.unknown_rate):
        with pytest.raises(ArgumentError, match="an id must be an integer from 0 to"):
            call([4, bad])


def test_kept_as_json(tokenizer, tmp_path):
    path = tmp_path / "new" / "tokenizer.json"
    tokenizer.save(path)
    again = load_tokenizer(path)
    assert again.to_json() == tokenizer.to_json()
    assert tokenizer_from_json(json.loads(json.dumps(tokenizer.to_json()))).name == tokenizer.name
    for text in [*TEXTS, "unseen ééé"]:
        assert again.encode(text).tolist() == tokenizer.encode(text).tolist()
        assert again.decode(again.encode(text)) == tokenizer.decode(tokenizer.encode(text))
    assert [p.name for p in path.parent.iterdir()] == ["tokenizer.json"]


@pytest.mark.parametrize("name", [*EXACT, *JOINED])
def test_a_line_of_a_million(name):
    tokenizer = made(name)
    runs = ["a", "猫", "ab c, ", " ", "🇯🇵", "、", "e\u0301", "、猫は"]
    text = "".join(run * (125_000 // len(run)) for run in runs)
    ids = tokenizer.encode(text)
    if name in {"characters", "byte-bpe", "unigram"}:
        assert tokenizer.decode(ids) == text
    assert 0 < len(ids) <= 3_000_000


@pytest.mark.parametrize("name", ["byte-bpe", "unigram"])
def test_learning_from_a_line_of_a_million(name):
    tokenizer = make_tokenizer(name, max_vocabulary=400).fit(["ab猫" * 333_333])
    assert tokenizer.decode(tokenizer.encode("ab猫b")) == "ab猫b"


@pytest.mark.parametrize("name", ["byte-bpe", "unigram"])
def test_every_process_learns_the_same(name, tmp_path):
    code = (
        "import sys,random; from saiki.data.text import make_tokenizer as m; r=random.Random(3);"
        "w=[''.join(r.choices('abcdefgあいう', k=r.randint(2,6))) for _ in range(300)];"
        "t=[' '.join(r.choices(w, k=9)) for _ in range(200)];"
        f"m({name!r}, max_vocabulary=500).fit(t).save(sys.argv[1])"
    )
    paths = [tmp_path / f"{i}.json" for i in range(2)]
    for i, path in enumerate(paths):
        environment = {"PYTHONHASHSEED": str(i), "RAYON_NUM_THREADS": str(1 + i)}
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, env=environment)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert max(map(len, load_tokenizer(paths[0]).vocabulary.words)) > 2


@pytest.mark.parametrize("name", [*EXACT, *JOINED])
def test_normalised(name):
    tokenizer = made(name, normalise="nfkc", lower_case=True)
    assert not tokenizer.is_exact
    assert tokenizer.encode("ＣＡＴ ｶﾀｶﾅ").tolist() == tokenizer.encode("cat カタカナ").tolist()
    composed = made(name, normalise="nfc")
    assert composed.encode("か\u3099").tolist() == composed.encode("が").tolist()
    plain = made(name)
    if name != "unigram":
        assert plain.encode("CAT").tolist() != plain.encode("cat").tolist()


@pytest.mark.parametrize("name", ["white-space", "words", "characters", "sudachi-a"])
def test_rare_tokens_are_unknown(name):
    tokenizer = made(name, ["い い い い a a a b b c"], min_count=2)
    assert {"い", "a", "b"} <= set(tokenizer.vocabulary.words)
    assert tokenizer.decode(tokenizer.encode("a c b")) == "a <unk> b"
    assert tokenizer.counts[1] == 1
    small = made(name, ["い い い い a a a b b c"], max_vocabulary=6)
    assert len(small) == 6
    assert small.counts[4] >= small.counts[5]


def test_the_unknown_word_of_a_text():
    tokenizer = make_tokenizer("white-space").fit(["a <unk> b <unk>"])
    assert tokenizer.encode("<unk> b").tolist() == [1, 5]
    assert tokenizer.counts.tolist() == [0, 2, 0, 0, 1, 1]


def test_pieces_of_bytes():
    tokenizer = make_tokenizer("byte-bpe", max_vocabulary=260).fit(["ab"])
    assert tokenizer.pieces(tokenizer.encode("é!")) == ["<C3>", "<A9>", "!"]
    assert tokenizer.decode(tokenizer.encode("é")[:1]) == "\ufffd"


def test_words_read_well():
    tokenizer = make_tokenizer("words").fit(TEXTS)
    ids = tokenizer.encode("The cat's (mats), 東京 タワー へ行った。 isn't it?")
    assert tokenizer.decode(ids) == "The cat's (mats),東京タワーへ行った。isn't it?"
    shown = tokenizer.pieces(tokenizer.encode("3.14 isn't 👩‍👩‍👧🇯🇵🇫🇷"))
    assert shown == ["3.14", "isn't", "👩‍👩‍👧", "🇯🇵", "🇫🇷"]


@pytest.mark.parametrize("name", [*EXACT, *JOINED])
def test_nothing_to_learn(name):
    with pytest.raises(DataError, match=r"fit: the 2 training texts hold no token"):
        made(name, ["", ""])
    with pytest.raises(DataError, match=r"fit: no text is left to train on: .* record='file'"):
        made(name, [])


@pytest.mark.parametrize("name", [*EXACT, *JOINED])
def test_a_vocabulary_of_one(name):
    with pytest.raises(DataError, match="give a vocabulary of one"):
        made(name, ["a", "a"])


def test_too_small_a_vocabulary():
    with pytest.raises(ArgumentError, match=r"at least 260 \(256 bytes .* got 259"):
        make_tokenizer("byte-bpe", max_vocabulary=259)
    with pytest.raises(ArgumentError, match=r"hold 4 characters seen 1 times .* into 7 tokens"):
        make_tokenizer("unigram", max_vocabulary=7).fit(["abcd"])
    assert len(make_tokenizer("unigram", max_vocabulary=8).fit(["abcd"])) == 8


def test_before_fit(tmp_path):
    tokenizer = make_tokenizer("words")
    assert repr(tokenizer) == "CountedTokenizer('words', not fitted)"
    for call in (
        lambda: tokenizer.encode("a"),
        lambda: tokenizer.decode([4]),
        lambda: len(tokenizer),
        lambda: tokenizer.counts,
        lambda: tokenizer.save(tmp_path / "a.json"),
    ):
        with pytest.raises(ArgumentError, match=r"no vocabulary yet. Call fit"):
            call()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "word"}, "name must be one of white-space, .*got 'word'. The nearest is 'words'"),
        ({"name": "words", "normalise": "nfd"}, "normalise must be one of none, nfc, nfkc"),
        ({"name": "words", "min_count": 0}, "min_count must be a whole number, 1 or more; got 0"),
        ({"name": "words", "max_vocabulary": 5}, "max_vocabulary must be a whole number, 6"),
        ({"name": "words", "lower_case": "no"}, "lower_case must be True or False; got 'no'"),
    ],
)
def test_refused_settings(options, message):
    with pytest.raises(ArgumentError, match=message):
        make_tokenizer(**options)


def test_refused_texts(tokenizer):
    with pytest.raises(DataError, match=r"character 3 of a text is U\+D83D, half of a surrogate"):
        tokenizer.encode("ab\ud83d")
    with pytest.raises(DataError, match=r"a text must be a str; got bytes: b'a'"):
        tokenizer.encode_many(["b", b"a"])
    with pytest.raises(ArgumentError, match=r"texts must be several texts.* got one str"):
        tokenizer.encode_many("abc")
    with pytest.raises(DataError, match="surrogate"):
        make_tokenizer(tokenizer.name).fit(["a b", "\udc80"])


def _changed(stored, key, value):
    changed = json.loads(json.dumps(stored))
    part = changed
    for step in key[:-1]:
        part = part[step]
    if value is None:
        del part[key[-1]]
    else:
        part[key[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("name", "key", "value", "message"),
    [
        ("words", ["kind"], "log-mel", "kind is not 'text-tokenizer'"),
        ("words", ["version"], 2, "version is 2, not 1"),
        ("words", ["min_count"], None, "'min_count' is missing"),
        ("words", ["name"], "wrods", "name must be one of"),
        ("words", ["vocabulary", "words"], ["a", 3], "not a list of texts"),
        ("words", ["vocabulary", "words"], ["a"], "vocabulary has 1 tokens"),
        ("words", ["vocabulary", "counts"], [1, 2], "expected one count for each"),
        ("words", ["vocabulary", "words", 1], "The", "stands there twice"),
        ("words", ["vocabulary"], [], "list indices"),
        ("characters", ["vocabulary", "words", 1], "ab", "one of its characters is several"),
        ("byte-bpe", ["merges", 0], "é zz", "not one of tokens"),
        ("byte-bpe", ["merges", 0], "abc", "unpack"),
        ("byte-bpe", ["merges"], None, "KeyError"),
        ("byte-bpe", ["vocabulary", "words", 1], "猫", "256 bytes"),
        ("unigram", ["scores"], [0.5], "1 scores for"),
        ("unigram", ["scores", 0], "x", "could not convert"),
    ],
)
def test_damaged(name, key, value, message, tmp_path):
    stored = _changed(make_tokenizer(name).fit(TEXTS).to_json(), key, value)
    with pytest.raises(DataError, match=f"tokenizer_from_json: must be a tokeniser .*{message}"):
        tokenizer_from_json(stored)
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(DataError, match=f"tokenizer.json: must be a tokeniser .*{message}"):
        load_tokenizer(path)


def test_files(tmp_path):
    with pytest.raises(MissingFileError, match="there is no such file"):
        load_tokenizer(tmp_path / "none.json")
    path = tmp_path / "half.json"
    make_tokenizer("words").fit(["a b"]).save(path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match=r"half.json: must be a tokeniser as saiki saves it"):
        load_tokenizer(path)
    with pytest.raises(StorageError, match="the tokeniser cannot be written"):
        make_tokenizer("words").fit(["a b"]).save(path / "below.json")


def test_a_failed_fit_keeps_what_was_learnt():
    tokenizer = make_tokenizer("words").fit(["a b"])
    with pytest.raises(DataError):
        tokenizer.fit([])
    assert tokenizer.decode(tokenizer.encode("b a")) == "b a"


def test_examples_in_docstrings_run_and_names_are_public():
    for module in ("tokenizers", "_decoders", "_tokenizers_interface"):
        found = importlib.import_module(f"saiki.data.text.{module}")
        assert doctest.testmod(found).failed == 0
    for name in saiki.data.text.__all__:
        assert getattr(saiki.data.text, name) is not None
    assert dir(saiki.data.text) == sorted(saiki.data.text.__all__)


def test_imports_stay_light():
    late = ["torch", "tokenizers", "regex", "sudachipy", "sentencepiece"]
    code = (
        "import sys; from saiki.data.text import make_tokenizer as m; m('characters').fit(['ab']);"
        f"print([n for n in {late} if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
