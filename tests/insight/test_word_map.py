"""The map of words: the projections, the labels, the page."""

import json
import re

import numpy as np
import pytest

from saiki.embeddings import WordVectors
from saiki.errors import ArgumentError
from saiki.insight import write_word_map
from saiki.insight._projection import neighbour_map, principal_plane, unit_rows
from saiki.insight.report._map_figures import arrow_figure, readable
from saiki.language import set_language


def clusters(seed=0, size=12, of=3):
    """`of` groups of words around far-apart centres."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(of, 20)) * 3
    return np.concatenate([c + draw.normal(size=(size, 20)) * 0.4 for c in centres])


@pytest.fixture
def vectors():
    names = [f"{'abc'[i // 12]}{i % 12}" for i in range(36)]
    return WordVectors(names, clusters().astype(np.float32))


def plots_of(page):
    found = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(text) for text in found]


def test_unit_rows_leave_zero_alone():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])


def test_the_principal_plane_is_that_of_the_covariance():
    rows = np.random.default_rng(1).normal(size=(40, 6)) * [5, 3, 1, 1, 0.5, 0.2]
    plane, share = principal_plane(rows)
    values = np.linalg.eigvalsh(np.cov(rows.T))[::-1]
    np.testing.assert_allclose(plane.var(axis=0, ddof=1), values[:2], rtol=1e-9)
    assert share == pytest.approx(values[:2].sum() / values.sum())
    assert abs(plane[:, 0] @ plane[:, 1]) < 1e-9
    assert (plane[np.abs(plane).argmax(axis=0), [0, 1]] > 0).all()
    turned, _ = principal_plane(rows @ np.linalg.qr(np.ones((6, 6)) + np.eye(6))[0])
    np.testing.assert_allclose(np.abs(turned), np.abs(plane), atol=1e-9)


@pytest.mark.parametrize("count", [1, 2])
def test_a_plane_of_few_or_equal_words(count):
    plane, share = principal_plane(np.ones((count, 3)))
    assert plane.shape == (count, 2)
    assert share == 0.0


def test_neighbours_stay_neighbours():
    rows = clusters(seed=4)
    places = neighbour_map(rows, seed=0)
    group = np.arange(36) // 12
    far = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(far, np.inf)
    nearest = np.argsort(far, axis=1)[:, :5]
    assert (group[nearest] == group[:, None]).mean() > 0.95
    np.testing.assert_array_equal(places, neighbour_map(rows, seed=0))


def test_the_map_keeps_neighbours_better_than_the_plane():
    """So many groups overlap in the plane; t-SNE must part them where the plane cannot."""
    rows = clusters(seed=2, size=10, of=14)
    group = np.arange(140) // 10

    def kept(places):
        far = np.linalg.norm(places[:, None] - places[None], axis=2)
        np.fill_diagonal(far, np.inf)
        return (group[np.argsort(far, axis=1)[:, :8]] == group[:, None]).mean()

    assert kept(neighbour_map(rows, seed=0)) > kept(principal_plane(rows)[0]) + 0.05


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_few_and_equal_words_have_finite_places(count):
    rows = np.ones((count, 5))
    assert np.isfinite(neighbour_map(rows, seed=1)).all()


def test_labels_do_not_overlap():
    places = np.random.default_rng(0).uniform(size=(300, 2))
    words = [f"word{i}" for i in range(300)]
    shown = readable(words, places, 1000, 700)
    assert 30 < len(shown) < 300
    assert 0 in shown  # the most important word always has its label
    wide = readable(["日本語の単語"] * 300, places, 1000, 700)
    assert len(wide) < len(shown)
    assert readable([], np.zeros((0, 2)), 10, 10) == set()


def test_arrows_go_from_the_first_to_the_second_word():
    places = {"a": np.array([0.0, 1.0]), "b": np.array([2.0, 3.0]), "c": np.array([4.0, 5.0])}
    made = arrow_figure([("a", "b"), ("c", "b")], places, "x", "")
    arrows = made.layout["annotations"]
    assert [(a["ax"], a["ay"], a["x"], a["y"]) for a in arrows] == [
        (0.0, 1.0, 2.0, 3.0),
        (4.0, 5.0, 2.0, 3.0),
    ]
    assert [len(trace["x"]) for trace in made.data] == [2, 1]


def test_a_page_of_two_maps(vectors, tmp_path):
    path = write_word_map(vectors, tmp_path / "map.html", top=30)
    page = path.read_text(encoding="utf-8")
    assert "Map of 30 words" in page
    neighbours, plane = plots_of(page)
    for plot in (neighbours, plane):
        assert len(plot["data"][0]["x"]) == 30
        assert plot["layout"]["hovermode"] == "closest"
    assert neighbours["data"][0]["customdata"][0].startswith("<b>a0</b><br>a")
    assert "default-src 'none'" in page


def test_words_of_ones_own_in_japanese(tmp_path):
    words = ["犬", "猫", "<b>鳥</b>", "a&b"]
    table = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    set_language("ja")
    try:
        path = write_word_map(
            WordVectors(words, table), tmp_path / "map.html", words=["猫", "<b>鳥</b>", "猫", "犬"]
        )
    finally:
        set_language(None)
    page = path.read_text(encoding="utf-8")
    assert "3 語の地図" in page
    assert '<html lang="ja">' in page
    trace = plots_of(page)[0]["data"][0]
    assert len(trace["x"]) == 3
    assert "&lt;b&gt;鳥&lt;/b&gt;" in json.dumps(trace, ensure_ascii=False)
    assert "<b>鳥" not in "".join(trace["text"])


def test_a_title(vectors, tmp_path):
    path = write_word_map(vectors, tmp_path / "map.html", top=5, title="My <words>")
    assert "<h1>My &lt;words&gt;</h1>" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"words": ["a1", "zz"]}, "zz"),
        ({"words": ["a1", "a1"]}, "must have 2 to 2000 words; got 1"),
        ({"top": 0}, "got 0"),
        ({"top": -3}, "got 0"),
    ],
)
def test_what_is_no_map(vectors, tmp_path, asked, message):
    with pytest.raises(ArgumentError, match=message):
        write_word_map(vectors, tmp_path / "map.html", **asked)
    assert not (tmp_path / "map.html").exists()
