"""`saiki vectors` on vectors that are there: searched, scored, converted, drawn."""

import io
import json
import subprocess
import sys
import tarfile
import types

import numpy as np
import pytest

from saiki.cli.main import main
from saiki.cli.vectors import ACTIONS
from saiki.embeddings import DocVectors, WordVectors

WORDS = ["man", "woman", "king", "queen", "boy", "girl", "pizza", "[b]bold[/b]", ":smile:"]
# Axes: a person, woman rather than man, royal, young.
AXES = [
    [1, -1, 0, 0], [1, 1, 0, 0], [1, -1, 2, 0], [1, 1, 2, 0], [1, -1, 0, 2], [1, 1, 0, 2],
    [-2, 0.2, 0, 0.3], [-1, -3, 0.1, 0], [-1, 0, -2, -2],
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rest = np.random.default_rng(0).normal(scale=0.05, size=(len(WORDS), 3))
    vectors = np.concatenate([np.array(AXES), rest], axis=1).astype(np.float32)
    place = tmp_path_factory.mktemp("vectors") / "words"
    WordVectors(WORDS, vectors, np.arange(90, 0, -10)).save(place)
    return place


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    rng = np.random.default_rng(1)
    place = tmp_path_factory.mktemp("vectors") / "documents"
    words = WordVectors(["sun", "rain", "snow"], rng.normal(size=(3, 4)).astype(np.float32))
    vectors = np.array([[3, 1, 0, 0], [0, 0, 1, 5], [2, 1, 0.2, 0]], np.float32)
    DocVectors(["review-a", "review-b", "1"], vectors, words=words).save(place)
    return place


def last(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


LIGHT = """
import sys
from saiki.cli.main import main
try:
    status = main(sys.argv[1:])
except SystemExit as stopped:
    status = stopped.code
heavy = {"torch", "scipy", "plotly", "sklearn", "saiki.kernels.vectors"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else status)
"""


def test_help_and_search_do_not_wait_for_torch(folder):
    helped = [["--help"], ["analogy", "--help"], ["evaluate", "--help"], ["plot", "--help"]]
    searched = [["similar", str(folder), "king"], ["analogy", str(folder), "king", "man", "woman"]]
    for words in helped + searched:
        done = subprocess.run(
            [sys.executable, "-c", LIGHT, "vectors", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stderr)
        assert done.stdout


def test_the_classes_are_exported_and_light():
    code = (
        "import sys; from saiki import Doc2Vec, DocVectors, Word2Vec, WordVectors; "
        "Word2Vec(), Doc2Vec(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_help(action, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["vectors", action, "--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    assert f"saiki vectors {action}" in printed
    assert "(default: None)" not in printed
    assert "(default: )" not in printed


def test_help_is_there_in_japanese():
    for words in (["--help"], ["analogy", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "saiki", "--lang", "ja", "vectors", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "単語" in done.stdout


def test_similar_prints_and_returns_the_nearest_words_of_each(folder, capsys):
    expected = WordVectors.load(folder)
    assert main(["vectors", "similar", str(folder), "king", "boy", "--top", "3", "--json"]) == 0
    printed = capsys.readouterr().out
    answers = json.loads(printed.splitlines()[-1])["queries"]
    assert [answer["query"] for answer in answers] == ["king", "boy"]
    for answer in answers:
        near = expected.most_similar(answer["query"], top=3)
        assert [row["word"] for row in answer["neighbours"]] == [n.word for n in near]
        for row, neighbour in zip(answer["neighbours"], near, strict=True):
            assert row["similarity"] == pytest.approx(neighbour.similarity, abs=1e-6)
            assert f"{neighbour.similarity:.4f}" in printed


def test_words_are_shown_as_they_are_and_not_as_mark_up(folder, capsys):
    assert main(["vectors", "similar", str(folder), "pizza", "--top", "8"]) == 0
    printed = capsys.readouterr().out
    assert "[b]bold[/b]" in printed
    assert ":smile:" in printed


def test_words_that_are_not_utf_8_are_shown_and_found(tmp_path, capsys):
    file = tmp_path / "bad.vec"
    file.write_bytes(b"3 2\nsun 1 0.5\nca\xe9 1 0.4\nrain -1 2\n")
    assert main(["vectors", "similar", str(file), "sun", "--json"]) == 0
    assert last(capsys)["queries"][0]["neighbours"][0]["word"] == "ca\ufffd"
    assert main(["vectors", "similar", str(file), "ca\udce9", "--json"]) == 0
    assert last(capsys)["queries"][0]["query"] == "ca\ufffd"


def test_documents_are_asked_by_name(documents, capsys):
    assert main(["vectors", "similar", str(documents), "review-a", "--top", "1", "--json"]) == 0
    near = last(capsys)["queries"][0]["neighbours"]
    assert [(row["name"], row["number"]) for row in near] == [("1", 2)]
    assert main(["vectors", "similar", str(documents / "words"), "sun", "--top", "1"]) == 0
    assert main(["vectors", "odd-one-out", str(documents), "sun", "rain", "snow"]) == 0


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_analogy_is_a_minus_b_plus_c(folder, capsys, method):
    words = ["vectors", "analogy", str(folder), "king", "man", "woman", "--method", method]
    assert main([*words, "--top", "2", "--json"]) == 0
    printed = capsys.readouterr().out
    assert "king − man + woman" in printed
    found = json.loads(printed.splitlines()[-1])
    expected = WordVectors.load(folder).analogy("king", "man", "woman", 2, method=method)
    assert [row["word"] for row in found["answers"]] == [n.word for n in expected]
    assert found["answers"][0]["word"] == "queen"
    assert found["method"] == method


def test_odd_one_out(folder, capsys):
    assert main(["vectors", "odd-one-out", str(folder), "king", "queen", "pizza", "man"]) == 0
    assert capsys.readouterr().out == "pizza\n"


@pytest.fixture
def sets(tmp_path):
    (tmp_path / "pairs.csv").write_text(
        "word1,word2,mean\nking,queen,9\nking,pizza,1\nman,boy,8\nman,absent,3\n"
    )
    (tmp_path / "google.txt").write_text(
        ": royal\nman king woman queen\n: other\nman boy woman girl\nman king absent x\n"
    )
    (tmp_path / "one.txt").write_text("king\tqueen/empress\nman\twoman\n")
    with tarfile.open(tmp_path / "bats.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "one.txt", "bats/one.txt")
    (tmp_path / "bats").mkdir()
    (tmp_path / "bats" / "two.txt").write_text("king queen\nman woman\nabsent x\n")
    return tmp_path


def test_evaluate_recognises_pairs_and_analogies(folder, sets, capsys):
    names = ["pairs.csv", "google.txt", "one.txt", "bats.tar.gz", "bats"]
    files = [str(sets / name) for name in names]
    assert main(["vectors", "evaluate", str(folder), *files, "--json"]) == 0
    printed = capsys.readouterr().out
    results = json.loads(printed.splitlines()[-1])["results"]
    kinds = [result["kind"] for result in results]
    assert kinds == ["similarity", "analogies", "analogies", "analogies", "analogies"]
    assert (results[0]["pairs"], results[0]["missing"]) == (3, 1)
    assert f"{results[0]['spearman']:.4f}" in printed
    sections = {row["name"]: row for row in results[1]["sections"]}
    assert sections["royal"] | {"accuracy": 1.0} == sections["royal"]
    assert (sections["other"]["answered"], sections["other"]["skipped"]) == (1, 1)
    assert results[1]["total"]["answered"] == 2
    assert results[3]["total"] == results[2]["total"]
    assert (results[4]["total"]["answered"], results[4]["total"]["skipped"]) == (2, 4)
    assert "royal" in printed


def test_evaluate_goes_on_after_a_bad_file_and_ends_with_2(folder, sets, capsys):
    (sets / "prose.txt").write_text("This is no set of anything at all.\n")
    (sets / "empty.txt").write_text("\n")
    files = [str(sets / n) for n in ("prose.txt", "absent.txt", "empty.txt", "pairs.csv")]
    assert main(["vectors", "evaluate", str(folder), *files, "--json"]) == 2
    printed = capsys.readouterr()
    errors = printed.err.strip().splitlines()
    assert len(errors) == 3
    assert "prose.txt: holds neither word pairs" in errors[0]
    assert "absent.txt: there is no such file" in errors[1]
    assert "empty.txt: the file is empty" in errors[2]
    found = json.loads(printed.out.splitlines()[-1])
    assert (len(found["results"]), found["failures"]) == (1, 3)


def test_evaluate_takes_its_options(folder, sets, capsys):
    (sets / "upper.csv").write_text("a,b,s\nKing,Queen,9\nKING,Pizza,1\nMan,Girl,8\n")
    words = ["vectors", "evaluate", str(folder), str(sets / "upper.csv")]
    assert main(words) == 2
    assert main([*words, "--lower-case", "--restrict-to", "6", "--json"]) == 0
    assert last(capsys)["results"][0]["pairs"] == 2


@pytest.mark.parametrize("form", ["word2vec-text", "word2vec-binary", "glove", "saiki"])
def test_convert_there_and_back(folder, tmp_path, capsys, form):
    out = str(tmp_path / "out")
    assert main(["vectors", "convert", str(folder), out, "--format", form, "--json"]) == 0
    assert last(capsys) == {"path": out, "format": form, "count": 9, "vector_size": 7}
    expected, got = WordVectors.load(folder), WordVectors.load(out)
    assert got.words == expected.words
    np.testing.assert_allclose(got.vectors, expected.vectors, rtol=1e-6)
    assert main(["vectors", "convert", str(folder), out, "--format", form]) == 2
    assert "is there already, and was left as it is" in capsys.readouterr().err


def test_convert_to_float16_and_of_documents(folder, documents, tmp_path, capsys):
    half = ["--format", "saiki", "--dtype", "float16"]
    assert main(["vectors", "convert", str(folder), str(tmp_path / "w"), *half]) == 0
    assert WordVectors.load(tmp_path / "w").vectors.dtype == np.float16
    assert main(["vectors", "convert", str(documents), str(tmp_path / "d"), *half]) == 0
    copied = DocVectors.load(tmp_path / "d")
    assert (copied.vectors.dtype, copied.names[0]) == (np.float16, "review-a")
    assert copied.words is not None
    text = str(tmp_path / "d.txt")
    assert main(["vectors", "convert", str(documents), text, "--format", "glove"]) == 0
    assert WordVectors.load(text).words == ("review-a", "review-b", "1")


def test_plot_hands_words_and_options_on(folder, tmp_path, capsys, monkeypatch):
    asked = {}

    def write_word_map(vectors, path, **options):
        asked.update(options, count=len(vectors))
        path.write_text("<html></html>")
        return path

    module = types.SimpleNamespace(write_word_map=write_word_map)
    monkeypatch.setitem(sys.modules, "saiki.insight.word_map", module)
    (tmp_path / "some.txt").write_text("king\n\nqueen\n")
    out = str(tmp_path / "map.html")
    words = ["vectors", "plot", str(folder), "--out", out, "--title", "Royal"]
    assert main([*words, "--words", str(tmp_path / "some.txt"), "--json"]) == 0
    assert asked == {"words": ["king", "queen"], "top": 500, "title": "Royal", "count": 9}
    assert last(capsys) == {"map": out}
    (tmp_path / "some.txt").write_text("\n")
    assert main([*words, "--words", str(tmp_path / "some.txt")]) == 2
    assert "there is no word in it" in capsys.readouterr().err


def test_plot_writes_a_page(folder, tmp_path):
    pytest.importorskip("saiki.insight.word_map")
    assert main(["vectors", "plot", str(folder), "--out", str(tmp_path / "map.html")]) == 0
    assert "queen" in (tmp_path / "map.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["smilar"], "there is no action 'smilar'. Did you mean 'similar'"),
        (["similar", "WORDS"], "at least one word (or document) must follow"),
        (["similar", "WORDS", "kingg"], "Nearest spellings: 'king'"),
        (["similar", "WORDS", "king", "--top", "0"], "top must be a whole number of 1 or more"),
        (["similar", "DOCUMENTS", "review-c"], "'review-a'"),
        (["similar", "absent", "king"], "absent: there is no such file"),
        (["similar", "EMPTY", "king"], "there are no vectors in this folder"),
        (["similar", "BEGUN", "king"], "this training has not finished"),
        (["analogy", "WORDS", "king", "man", "womann"], "Nearest spellings: 'woman'"),
        (["odd-one-out", "WORDS", "king", "man"], "three words or more"),
        (["evaluate", "WORDS"], "at least one file of word pairs or analogies"),
        (["infer", "WORDS"], "must hold vectors of documents; it holds those of words"),
        (["infer", "DOCUMENTS", "--out", "x.txt"], "must end in .npy"),
        (["plot", "WORDS", "--words", "absent"], "absent: there is no such file"),
        (["convert", "WORDS", "x.vec", "--format", "glove", "--dtype", "float16"], "float32 alone"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message_and_status_2(words, message, folder, documents, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "config.toml").write_text("")
    places = {"WORDS": folder, "DOCUMENTS": documents}
    places |= {"EMPTY": tmp_path / "empty", "BEGUN": tmp_path / "begun"}
    assert main(["vectors", *(str(places.get(word, word)) for word in words)]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1


def test_documents_without_words_are_said_to_have_none(tmp_path, capsys):
    DocVectors(["a", "b"], np.eye(2, dtype=np.float32)).save(tmp_path / "d")
    assert main(["vectors", "analogy", str(tmp_path / "d"), "a", "b", "c"]) == 2
    assert "without vectors of words. Train it with --trains-words" in capsys.readouterr().err


def test_infer_without_text_or_model_is_a_mistake(documents, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert main(["vectors", "infer", str(documents)]) == 2
    assert "at least one line of text must be given" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("sun rain\n"))
    assert main(["vectors", "infer", str(documents)]) == 2
    assert "made without their model" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ca\xe9"), encoding="utf-8"))
    assert main(["vectors", "infer", str(documents)]) == 2
    assert "standard input: must be UTF-8 text; byte 2 is not" in capsys.readouterr().err
