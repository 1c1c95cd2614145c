"""The two maps of words: t-SNE, which keeps neighbours, and the principal plane."""

from collections.abc import Mapping, Sequence

from saiki.embeddings import WordVectors
from saiki.insight._projection import neighbour_map, principal_plane, unit_rows
from saiki.insight.report._figures import Figure, plain
from saiki.insight.report._format import Texts, integer, percent
from saiki.insight.report._map_figures import map_figure

__all__ = ["default_title", "word_maps"]

_HOVERED = 5


def word_maps(
    vectors: WordVectors,
    words: Sequence[str],
    groups: Mapping[str, Sequence[int]],
    text: Texts,
    *,
    seed: int = 0,
) -> list[Figure]:
    """Both maps of `words`; `groups` as in `map_figure`.

    Raises:
        ArgumentError: a word has no vector.
    """
    rows = unit_rows(vectors[list(words)])
    hovers = _hovers(vectors, words)
    plane, share = principal_plane(rows)
    return [
        map_figure(
            words,
            neighbour_map(rows, seed=seed),
            hovers,
            groups,
            caption=text["map_neighbours"],
            note=text["map_neighbours_note"],
        ),
        map_figure(
            words,
            plane,
            hovers,
            groups,
            caption=text["map_plane"],
            note=text["map_plane_note"].format(share=percent(share)),
        ),
    ]


def default_title(count: int, text: Texts) -> str:
    """Map of 500 words."""
    return text["map_title"].format(count=integer(count))


def _hovers(vectors: WordVectors, words: Sequence[str]) -> list[str]:
    """For each word its nearest words and their cosines."""
    found = vectors.most_similar_batch(list(words), min(_HOVERED, max(1, len(vectors) - 1)))
    return [
        f"<b>{plain(word)}</b><br>"
        + "<br>".join(f"{plain(near.word)} {near.similarity:.2f}" for near in nearest)
        for word, nearest in zip(words, found, strict=True)
    ]
