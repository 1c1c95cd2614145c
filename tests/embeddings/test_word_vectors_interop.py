"""`WordVectors` beside torch, gensim and POT."""

import importlib
import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from saiki.embeddings.word_vectors import WordVectors
from saiki.errors import ArgumentError, DependencyError


def table():
    rng = np.random.default_rng(3)
    words = ["obama", "speaks", "press", "president", "greets", "media", "band", "音楽"]
    counts = np.array([40, 31, 30, 22, 9, 7, 6, 5])
    return WordVectors(words, rng.standard_normal((8, 5)).astype(np.float32), counts)


@pytest.fixture
def _nothing_else_is_installed(monkeypatch):
    def refuse(name, *_, **__):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)


def test_an_embedding_has_the_rows_of_the_words():
    torch = pytest.importorskip("torch")
    wv = table()
    layer = wv.to_embedding()
    assert isinstance(layer, torch.nn.Embedding)
    assert np.array_equal(layer(torch.tensor([7, 2])).numpy(), wv[["音楽", "press"]])
    assert not layer.weight.requires_grad
    chosen = wv.to_embedding(frozen=False, words=["band", "obama"])
    assert chosen.weight.requires_grad
    assert np.array_equal(chosen.weight.detach().numpy(), wv[["band", "obama"]])


def test_training_an_embedding_leaves_the_vectors_alone():
    torch = pytest.importorskip("torch")
    wv = table()
    before = wv.vectors.copy()
    layer = wv.to_embedding(frozen=False)
    with torch.no_grad():
        layer.weight.add_(1)
    assert np.array_equal(wv.vectors, before)


def test_float16_vectors_give_a_float32_embedding():
    torch = pytest.importorskip("torch")
    wv = WordVectors(["a"], np.array([[0.1, 0.2]], np.float16))
    assert wv.to_embedding().weight.dtype == torch.float32


def moved(costs):
    """The least mean cost of moving n equal parts to n others, by trying all ways."""
    n = len(costs)
    return min(sum(costs[i][p[i]] for i in range(n)) / n for p in itertools.permutations(range(n)))


def test_the_movers_distance_is_the_cheapest_way():
    pytest.importorskip("ot", reason="POT is an extra")
    wv = table()
    one, other = ["obama", "speaks", "press", "unknown"], ["media", "president", "greets"]
    units = {w: wv[w] / np.linalg.norm(wv[w]) for w in wv.words}
    costs = [[np.linalg.norm(units[a] - units[b]) for b in other] for a in one[:3]]
    assert wv.distance(one, other) == pytest.approx(moved(costs), abs=1e-6)
    assert wv.distance(other, one) == pytest.approx(wv.distance(one, other), abs=1e-9)
    assert wv.distance(one, one) == pytest.approx(0, abs=1e-6)
    # a word twice weighs twice: 2/3 and 1/3 to one place
    expected = (2 * costs[0][0] + costs[1][0]) / 3
    assert wv.distance(["obama", "speaks", "obama"], ["media"]) == pytest.approx(expected, abs=1e-6)


def test_the_movers_distance_refuses_texts_and_unknown_words():
    with pytest.raises(ArgumentError, match="must be a list of words; got one text"):
        table().distance("obama speaks", ["band"])
    with pytest.raises(ArgumentError, match="none of the 2 words of document b has a vector"):
        table().distance(["band"], ["x", "y"])


@pytest.mark.usefixtures("_nothing_else_is_installed")
def test_without_the_packages_the_message_says_what_to_install():
    with pytest.raises(DependencyError, match=r"POT must be installed.*saiki\[pot\]"):
        table().distance(["band"], ["obama"])
    with pytest.raises(DependencyError, match="gensim must be installed"):
        table().to_gensim()


class Keyed:
    """What `from_gensim` reads of gensim 4's `KeyedVectors`."""

    def __init__(self):
        self.index_to_key = ["b", 7]
        self.vectors = np.array([[1, 2], [3, 4]], np.float32)
        self.expandos = {"count": np.array([5, 2, 0])}


class Model:
    wv = Keyed()


@pytest.mark.parametrize("given", [Keyed(), Model()])
def test_from_gensim_takes_vectors_or_a_model(given):
    wv = WordVectors.from_gensim(given)
    assert wv.words == ("b", "7")
    assert wv.counts.tolist() == [5, 2]
    assert wv["7"].tolist() == [3, 4]


def test_from_gensim_copies():
    keyed = Keyed()
    wv = WordVectors.from_gensim(keyed)
    keyed.vectors[:] = 0
    assert wv["b"].tolist() == [1, 2]


def test_from_gensim_refuses_other_things():
    with pytest.raises(ArgumentError, match=r"expected KeyedVectors.*got dict"):
        WordVectors.from_gensim({})


@pytest.fixture
def gensim():
    return pytest.importorskip("gensim", reason="gensim is a peer, not a dependency")


@pytest.mark.usefixtures("gensim")
def test_there_and_back_through_gensim_itself():
    wv = table()
    keyed = wv.to_gensim()
    assert keyed.get_vecattr("press", "count") == 30
    again = WordVectors.from_gensim(keyed)
    assert again.words == wv.words
    assert again.counts.tolist() == wv.counts.tolist()
    assert np.array_equal(again.vectors, wv.vectors)


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
@pytest.mark.usefixtures("gensim")
def test_searches_agree_with_gensim():
    wv = table()
    keyed = wv.to_gensim()
    for method, peer in (
        ("3cosadd", keyed.most_similar),
        ("3cosmul", keyed.most_similar_cosmul),
    ):
        found = wv.analogy("obama", "press", "band", top=5, method=method)
        expected = peer(positive=["obama", "band"], negative=["press"], topn=5)
        assert [n.word for n in found] == [word for word, _ in expected]
        assert np.allclose([n.similarity for n in found], [s for _, s in expected], rtol=1e-4)
    words = ["obama", "press", "band", "media"]
    assert wv.odd_one_out(words) == keyed.doesnt_match(words)
    assert wv.similarity("band", "media") == pytest.approx(keyed.similarity("band", "media"))


@pytest.mark.parametrize("page", ["gensim.md", "gensim.ja.md"])
def test_the_code_of_the_migration_page_runs(page, tmp_path, monkeypatch, capsys):
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- runs -->\n```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    monkeypatch.chdir(tmp_path)
    lines = ["the king and the queen speak to the man and the woman", "two new texts at once"]
    Path("corpus.txt").write_text("\n".join(lines * 40), encoding="utf-8")
    scope = {"WordVectors": WordVectors}
    for block in blocks:
        exec(compile(block, page, "exec"), scope)
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert len(scope["wv"]) == 13
