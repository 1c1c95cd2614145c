"""Words as points in a plane: the map, and the arrows of one kind of analogy."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.insight.report._figures import Figure, axis, figure, plain, series_color

__all__ = ["arrow_figure", "map_figure", "readable"]

Places: TypeAlias = NDArray[np.float64]

_WIDTH, _HEIGHT = 1080, 720  # pixels of the plane, for which labels are chosen
_ARROWS_WIDTH, _ARROWS_HEIGHT = 460, 280
_LETTER, _LINE = 6.5, 15  # pixels of a label's letter and line


def map_figure(
    words: Sequence[str],
    places: Places,
    hovers: Sequence[str],
    groups: Mapping[str, Sequence[int]],
    *,
    caption: str,
    note: str,
) -> Figure:
    """A point for each word, labels where there is room, the rest on hover.

    Args:
        words: the most important first: they get their labels first.
        places: (n, 2).
        hovers: what hovering shows, as markup.
        groups: the name of a colour's legend -> its words' numbers; the last one is muted when
            there are several.
    """
    shown = readable(words, places, _WIDTH, _HEIGHT)
    names = list(groups)
    data = []
    # The muted ones are drawn first, below the others.
    for at in sorted(range(len(names)), reverse=True):
        is_muted = len(names) > 1 and at == len(names) - 1
        color = "@muted" if is_muted else series_color(at)
        rows = list(groups[names[at]])
        points = _points(names[at], rows, words, places, hovers, shown, color)
        data.append(points | {"legendrank": at})
    return figure(
        caption,
        data,
        _bare_axis(),
        _bare_axis(),
        height=_HEIGHT + 40,
        note=note,
        showlegend=len(names) > 1,
        hovermode="closest",
        dragmode="zoom",
        margin={"l": 8, "r": 8, "t": 56 if len(names) > 1 else 8, "b": 8},
    )


def _points(
    name: str,
    rows: Sequence[int],
    words: Sequence[str],
    places: Places,
    hovers: Sequence[str],
    shown: set[int],
    color: str,
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": plain(name),
        "x": [_short(places[row, 0]) for row in rows],
        "y": [_short(places[row, 1]) for row in rows],
        "text": [plain(words[row]) if row in shown else "" for row in rows],
        "customdata": [hovers[row] for row in rows],
        "textposition": "top center",
        "textfont": {"color": color, "size": 11},
        "marker": {"color": color, "size": 5},
        "cliponaxis": False,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def arrow_figure(
    pairs: Sequence[tuple[str, str]], places: Mapping[str, Places], caption: str, note: str
) -> Figure:
    """An arrow from the first to the second word of each pair."""
    arrows = [
        {
            "x": _short(places[b][0]), "y": _short(places[b][1]),
            "ax": _short(places[a][0]), "ay": _short(places[a][1]),
            "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
            "showarrow": True, "arrowhead": 2, "arrowsize": 1.2, "arrowwidth": 1.2,
            "arrowcolor": "@muted", "opacity": 0.75, "text": "",
            "standoff": 3, "startstandoff": 3,
        }
        for a, b in pairs
    ]  # fmt: skip
    first = list(dict.fromkeys(a for a, _ in pairs))
    words = first + [b for b in dict.fromkeys(b for _, b in pairs) if b not in first]
    stacked = np.array([places[word] for word in words]).reshape(-1, 2)
    shown = readable(words, stacked, _ARROWS_WIDTH, _ARROWS_HEIGHT)
    halves = ((range(len(first)), "@1"), (range(len(first), len(words)), "@2"))
    ends = [_points("", rows, words, stacked, words, shown, color) for rows, color in halves]
    return figure(
        caption,
        ends,
        _bare_axis(),
        _bare_axis(),
        height=340,
        note=note,
        showlegend=False,
        hovermode="closest",
        annotations=arrows,
        margin={"l": 24, "r": 24, "t": 20, "b": 8},
    )


def _bare_axis() -> dict[str, Any]:
    """The directions of a plane of words have no unit and no name."""
    return axis("", showticklabels=False, zeroline=False, showgrid=False, ticks="")


def _short(value: float) -> float:
    return round(float(value), 4)


def readable(words: Sequence[str], places: Places, width: float, height: float) -> set[int]:
    """The words whose labels have room in so many pixels, when each in turn takes what is left."""
    if not len(places):
        return set()
    low, high = places.min(axis=0), places.max(axis=0)
    spread = np.where(high > low, high - low, 1.0)
    pixels = (places - low) / spread * (width, height)
    boxes = np.zeros((0, 4))
    shown: set[int] = set()
    for row, word in enumerate(words):
        x, y = pixels[row]
        half = _letters(word) * _LETTER / 2
        box = np.array([x - half, y, x + half, y + _LINE])
        is_free = (
            (boxes[:, 0] > box[2]) | (boxes[:, 2] < box[0])
            | (boxes[:, 1] > box[3]) | (boxes[:, 3] < box[1])
        )  # fmt: skip
        if is_free.all():
            boxes = np.vstack([boxes, box])
            shown.add(row)
    return shown


def _letters(word: str) -> int:
    """The width of a word in Latin letters; an East Asian one is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in word)
