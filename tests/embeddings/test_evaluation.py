"""Similarity and analogy scores: the files of the field, and numbers against others' code."""

import io
import itertools
import math
import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from saiki.embeddings import evaluation
from saiki.embeddings._questions import read_questions
from saiki.embeddings._word_pairs import WordPair, read_word_pairs
from saiki.embeddings.evaluation import AnalogyScore, evaluate_analogies, evaluate_similarity
from saiki.embeddings.word_vectors import WordVectors
from saiki.errors import ArgumentError, DataError, MissingFileError

PAIRS = [("tiger", "cat", 7.35), ("book", "paper", 7.46), ("sun", "kitchen", 0.5)]

PAIR_FILES = {
    "tabs": "tiger\tcat\t7.35\nbook\tpaper\t7.46\nsun\tkitchen\t0.5\n",
    "spaces": "tiger cat 7.35\nbook  paper 7.46\nsun kitchen 0.5",
    "semicolons": "tiger;cat;7.35\nbook;paper;7.46\nsun;kitchen;0.5\n",
    "windows, byte order mark, blank lines, comments": (
        "\ufeff# WordSim\r\ntiger\tcat\t7.35\r\n\r\nbook\tpaper\t7.46\r\nsun\tkitchen\t0.5\r\n"
    ),
    "WordSim": (
        "Word 1,Word 2,Human (mean),1,2\ntiger,cat,7.35,9,7\nbook,paper,7.46,8,8\n"
        "sun,kitchen,0.50,0,1\n"
    ),
    "SimLex": (
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\ntiger\tcat\tN\t7.35\t1\n"
        "book\tpaper\tN\t7.46\t4\nsun\tkitchen\tA\t0.5\t3\n"
    ),
    "SimVerb": "tiger\tcat\tV\t7.35\tNONE\nbook\tpaper\tV\t7.46\tX\nsun\tkitchen\tV\t0.5\tX\n",
    "MEN": "tiger-n cat-n 7.35\nbook-j paper-n 7.46\nsun-v kitchen-n 0.500000\n",
    "RW": "tiger\tcat\t7.35\t7\t8\t\nbook\tpaper\t7.46\t5\t9\nsun\tkitchen\t0.5\t0\t1\n",
    "byte order mark": "\ufefftiger cat 7.35\nbook paper 7.46\nsun kitchen 0.5\n",
    "quoted": '"tiger","cat",7.35\n"book","paper",7.46\n"sun","kitchen",0.5\n',
}


@pytest.mark.parametrize("name", PAIR_FILES)
def test_each_kind_of_pair_file_is_read(tmp_path, name):
    path = tmp_path / "pairs"
    path.write_bytes(PAIR_FILES[name].encode())
    assert read_word_pairs(path) == [WordPair(*pair) for pair in PAIRS]


def test_words_with_a_hyphen_are_not_cut_where_others_have_none(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("plan-b\tx-y\t3\nword\tx-y\t4\n", encoding="utf-8")
    assert [pair.a for pair in read_word_pairs(path)] == ["plan-b", "word"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "there are no word pairs in it"),
        (b"a b 1\nc d\n", "line 2: expected two words and a score.*got .'c', 'd'."),
        (b"a b 1\nc d 2\n\ne f x\n", "line 4: expected two words and a score"),
        (b"a\tb\t1\n\td\t2\n", "line 2: expected two words"),
        (b"only prose here\nand here\n", "line 2: expected two words"),
        (b"a b 1\n\xff\xfe d 2\n", "byte 6 is not"),
    ],
)
def test_bad_pair_files_are_refused(tmp_path, content, message):
    path = tmp_path / "pairs"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_word_pairs(path)


def test_files_that_are_not_there_are_said_so(tmp_path):
    for evaluate in (evaluate_similarity, evaluate_analogies):
        with pytest.raises(MissingFileError, match="there is no such file"):
            evaluate(plane({"a": (1, 0)}), tmp_path / "none")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=40))
def test_ranks_and_correlations_are_those_of_scipy(pairs):
    x, y = np.array(pairs, np.float64).T
    assert evaluation._ranks(x).tolist() == stats.rankdata(x).tolist()
    ours = evaluation._correlation(evaluation._ranks(x), evaluation._ranks(y))
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def plane(points):
    return WordVectors(list(points), np.array(list(points.values()), np.float32))


def angles(**degrees):
    return plane(
        {w: (math.cos(math.radians(d)), math.sin(math.radians(d))) for w, d in degrees.items()}
    )


def test_the_similarity_score_counts_what_it_compared(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("a b 9\na c 5\na d 6\nA b 1\nx a 3\n", encoding="utf-8")
    wv = angles(a=0, b=10, c=30, d=60)
    score = evaluate_similarity(wv, path)
    assert (score.pairs, score.missing) == (3, 2)
    assert score.spearman == pytest.approx(0.5)  # ranks 3 1 2 beside 3 2 1
    cosines = [math.cos(math.radians(d)) for d in (10, 30, 60)]
    assert score.pearson == pytest.approx(stats.pearsonr([9, 5, 6], cosines).statistic)
    assert evaluate_similarity(wv, path, lower_case=True).pairs == 4
    assert evaluate_similarity(wv, path, restrict_to=3).pairs == 2


def test_too_few_known_pairs_are_refused(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("a b 9\nx y 5\n", encoding="utf-8")
    with pytest.raises(DataError, match="only 1 of the 2 pairs have vectors"):
        evaluate_similarity(angles(a=0, b=10), path)


GRID = {
    "man": (1, 0, 0.1), "woman": (0, 1, 0.1), "king": (1, 0, 4), "queen": (0, 1, 4),
    "boy": (1, 0, -4), "girl": (0, 1, -4), "Queen": (0.1, 1, 4.1), "noise": (-3, 1, 0),
}  # fmt: skip

GOOGLE = (
    ": family\nman woman king queen\nman woman boy girl\nking queen man woman\n"
    ": wrong\nman woman king girl\nMAN woman king queen\n: empty\n: unknown\na b c d\n"
)


def test_googles_questions_are_answered_by_section(tmp_path):
    path = tmp_path / "questions-words.txt"
    path.write_text(GOOGLE, encoding="utf-8")
    scores = evaluate_analogies(plane(GRID), path)
    assert scores.sections == (
        AnalogyScore("family", 3, 3, 0),
        AnalogyScore("wrong", 0, 1, 1),
        AnalogyScore("unknown", 0, 0, 1),
    )
    assert scores.total == AnalogyScore("total", 3, 4, 2)
    assert scores.total.accuracy == 0.75
    assert math.isnan(scores.sections[2].accuracy)


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_the_answers_are_those_of_analogy(tmp_path, method):
    wv = WordVectors(list("abcdefgh"), np.random.default_rng(7).standard_normal((8, 3)))
    questions = list(itertools.permutations("abcdefgh", 4))
    path = tmp_path / "q"
    path.write_text("".join(" ".join(q) + "\n" for q in questions), encoding="utf-8")
    right = sum(wv.analogy(b, a, c, method=method)[0].word == d for a, b, c, d in questions)
    assert 0 < right < len(questions)
    total = evaluate_analogies(wv, path, method=method).total
    assert total == AnalogyScore("total", right, len(questions), 0)


def test_case_may_be_ignored(tmp_path):
    path = tmp_path / "q"
    path.write_text(": s\nman woman king QUEEN\nMAN woman king queen\n", encoding="utf-8")
    grid = {"Queen": GRID["Queen"]} | {w: v for w, v in GRID.items() if w != "Queen"}
    assert evaluate_analogies(plane(grid), path).total == AnalogyScore("total", 0, 0, 2)
    # queen is the nearest, and counts as its first twin, Queen
    scores = evaluate_analogies(plane(grid), path, lower_case=True)
    assert scores.total == AnalogyScore("total", 2, 2, 0)


def test_a_twin_in_another_case_of_a_word_in_the_question_is_no_answer(tmp_path):
    path = tmp_path / "q"
    path.write_text(": s\nman woman king queen\n", encoding="utf-8")
    grid = GRID | {"KING": (0, 1, 4)}  # as near as queen, and before it
    grid = {"king": grid["king"], "KING": grid["KING"], **grid}
    assert evaluate_analogies(plane(grid), path).total.correct == 0
    assert evaluate_analogies(plane(grid), path, lower_case=True).total.correct == 1


def test_only_the_first_words_count(tmp_path):
    path = tmp_path / "q"
    path.write_text(": s\nman woman king queen\nking queen boy girl\n", encoding="utf-8")
    nearer = {"throne": (0, 1, 3.9)}
    wv = plane({w: GRID[w] for w in ("man", "woman", "king", "queen")} | nearer | GRID)
    assert evaluate_analogies(wv, path, restrict_to=4).total == AnalogyScore("total", 1, 1, 1)
    assert evaluate_analogies(wv, path, restrict_to=5).total.answered == 1
    assert evaluate_analogies(wv, path).total.answered == 2
    with pytest.raises(ArgumentError, match=r"restrict_to must be 1 or more.*got 0"):
        evaluate_analogies(wv, path, restrict_to=0)


BATS = {"L01 [x].txt": "man\twoman/lady\nking\tqueen\n", "sub/L02.txt": "boy\tlass/girl\t\n"}


def bats(tmp_path, kind):
    if kind == "folder":
        for name, content in BATS.items():
            (tmp_path / "bats" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "bats" / name).write_text(content, encoding="utf-8")
        return tmp_path / "bats"
    path = tmp_path / "bats.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in BATS.items():
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    return path


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_bats_pairs_every_line_with_every_other(tmp_path, kind):
    path = bats(tmp_path, kind)
    sections = read_questions(path)
    assert [section.name for section in sections] == ["L01 [x]", "L02"]
    assert [(q.a, q.b, q.c, q.answers) for q in sections[0].questions] == [
        ("man", ("woman", "lady"), "king", ("queen",)),
        ("king", ("queen",), "man", ("woman", "lady")),
    ]
    scores = evaluate_analogies(plane(GRID), path)
    assert scores.sections[0] == AnalogyScore("L01 [x]", 2, 2, 0)
    assert scores.sections[1].answered == 0


def test_any_listed_answer_counts_and_the_first_known_one_asks(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("man\tlady/woman\nking\twoman/queen\nx\ty\n", encoding="utf-8")
    # man : woman :: king : queen is right; king : woman :: man : ? cannot be
    scores = evaluate_analogies(plane(GRID), path)
    assert scores.total == AnalogyScore("total", 1, 2, 4)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.txt", ": s\na b c d\na b c\n", r"line 3: expected four words.*'a', 'b', 'c'"),
        ("q.txt", "a\tb\nc\td\te/f\n", "line 2: expected a word, a tab, and its answers"),
        ("q.txt", "a\tb\nc\t/\n", "line 2: expected a word, a tab"),
        ("q.txt", "", "there are no analogy questions"),
        ("q.txt", ": s\n", "there are no analogy questions"),
        ("q.tar.gz", "no archive", "is no readable tar archive"),
    ],
)
def test_bad_question_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        evaluate_analogies(plane(GRID), tmp_path / name)


def test_a_folder_without_questions_is_refused(tmp_path):
    with pytest.raises(DataError, match="there are no analogy questions"):
        evaluate_analogies(plane(GRID), tmp_path)


def test_an_unknown_method_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="method must be one of 3cosadd, 3cosmul; got 'add'"):
        evaluate_analogies(plane(GRID), tmp_path, method="add")


def test_the_data_sets_are_read_whole(data_folder):
    folder = data_folder / "word_eval"
    google = read_questions(folder / "questions-words.txt")
    assert (len(google), sum(len(s.questions) for s in google)) == (14, 19544)
    japanese = read_questions(folder / "jbats_inflectional_encyclopedic.tar.gz")
    assert len(japanese) == 20
    counts = {
        "wordsim353.txt": 353, "simlex999.txt": 999, "rg65.txt": 65, "mc30.txt": 30,
        "ja_similarity_noun.csv": 1103, "ja_similarity_verb.csv": 1464,
    }  # fmt: skip
    for name, count in counts.items():
        pairs = read_word_pairs(folder / name)
        assert len(pairs) == count
        assert all(0 <= pair.score <= 10 for pair in pairs)


@pytest.mark.parametrize("lower_case", [False, True])
def test_scores_are_those_of_gensim(data_folder, lower_case):
    models = pytest.importorskip("gensim.models", reason="gensim is a peer, not a dependency")
    folder = data_folder / "word_eval"
    wv = related(folder)
    keyed = models.KeyedVectors(wv.vector_size)
    keyed.add_vectors(list(wv.words), wv.vectors)
    score = evaluate_similarity(wv, folder / "wordsim353.txt", lower_case=lower_case)
    pearson, spearman, missing = keyed.evaluate_word_pairs(
        folder / "wordsim353.txt", case_insensitive=lower_case
    )
    assert score.spearman == pytest.approx(spearman.statistic, abs=1e-6)
    assert score.pearson == pytest.approx(pearson.statistic, abs=1e-6)
    assert 100 * score.missing / 353 == pytest.approx(missing)

    path = folder / "questions-words.txt"
    scores = evaluate_analogies(wv, path, restrict_to=400, lower_case=lower_case)
    total, sections = keyed.evaluate_word_analogies(
        path, restrict_vocab=400, case_insensitive=lower_case
    )
    assert 0.2 < scores.total.accuracy < 0.9
    assert scores.total.accuracy == pytest.approx(total)
    by_name = {score.name: score for score in scores.sections}
    for section in sections[:-1]:
        ours = by_name[section["section"]]
        assert ours.correct == len(section["correct"])
        assert ours.answered == len(section["correct"]) + len(section["incorrect"])


def related(folder):
    """Random vectors of words of both sets, in which part of the analogies hold."""
    rng = np.random.default_rng(5)
    vectors = {}
    for section in read_questions(folder / "questions-words.txt"):
        offset = rng.standard_normal(12)
        for question in section.questions[:300]:
            for base, other in ((question.a, question.b[0]), (question.c, question.answers[0])):
                start = vectors.setdefault(base, rng.standard_normal(12))
                vectors.setdefault(other, start + offset + 0.3 * rng.standard_normal(12))
    for pair in read_word_pairs(folder / "wordsim353.txt")[:250]:
        vectors.setdefault(pair.a, rng.standard_normal(12))
        vectors.setdefault(pair.b.upper(), rng.standard_normal(12))
        vectors.setdefault(pair.b, vectors[pair.a] + rng.standard_normal(12) * (10 - pair.score))
    return WordVectors(list(vectors), np.array(list(vectors.values()), np.float32))
