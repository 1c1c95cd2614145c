"""Figures as plain data for plotly.js; the page's script fills in its colours, light or dark.

A colour is a name: "@1" to "@8" for series, "@1-band" to "@8-band" for areas that something shows
through, "@text", "@muted", "@ground", "@heat" for the scale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

__all__ = [
    "Choice",
    "Figure",
    "Keep",
    "Picker",
    "Points",
    "axis",
    "dash",
    "figure",
    "line",
    "plain",
    "series_color",
    "thin",
]

Points = list[tuple[float, float]]
Keep = Literal["largest", "mean"]

_SERIES_COLORS = 8
_DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True)
class Figure:
    """One plot, the words above it and the words below it."""

    caption: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    height: int
    note: str = ""

    @property
    def plot(self) -> dict[str, Any]:
        return {"data": self.data, "layout": self.layout}


@dataclass(frozen=True)
class Choice:
    """One entry of a picker: what it is called, and a figure for each view of it."""

    label: str
    views: dict[str, Figure]


@dataclass(frozen=True)
class Picker:
    """One place on the page for many figures: the reader picks an entry, and a view of it.

    Args:
        caption: the words above it.
        of: what an entry is called, such as "Sentence".
        choices: at least one; the first is shown first.
        view: what a view is called, such as "Map"; an entry without the chosen one shows its first.
    """

    caption: str
    of: str
    choices: list[Choice]
    view: str = ""
    note: str = ""

    @property
    def views(self) -> list[str]:
        return list(dict.fromkeys(name for choice in self.choices for name in choice.views))

    @property
    def height(self) -> int:
        return next(iter(self.choices[0].views.values())).height

    @property
    def plot(self) -> dict[str, Any]:
        return {
            "choices": [
                {name: {"height": f.height, **f.plot} for name, f in choice.views.items()}
                for choice in self.choices
            ]
        }


def plain(text: object) -> str:
    """User text for plotly.js, which reads tags in labels as markup."""
    return escape(str(text), quote=False)


def series_color(index: int) -> str:
    """The colour of series `index`; they repeat, with another dash, after eight."""
    return f"@{index % _SERIES_COLORS + 1}"


def dash(index: int) -> str:
    """The dash that goes with `series_color`."""
    return _DASHES[index // _SERIES_COLORS % len(_DASHES)]


def axis(title: str, **options: Any) -> dict[str, Any]:
    """One axis; it makes room for its own labels."""
    return {"title": {"text": plain(title), "standoff": 8}, "automargin": True, **options}


def line(name: str, points: Points, color: str, **options: Any) -> dict[str, Any]:
    """One line through `points`; markers where they are few enough to be told apart."""
    shape = options.pop("line", {})
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(points) <= 60 else "lines",
        "name": plain(name),
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "line": {"color": color, "width": 2, **shape},
        "marker": {"color": color, "size": 5},
        **options,
    }


def figure(
    caption: str,
    data: Iterable[dict[str, Any]],
    x: dict[str, Any],
    y: dict[str, Any],
    *,
    height: int = 300,
    note: str = "",
    **layout: Any,
) -> Figure:
    """A figure with two axes and its legend above the plot."""
    legend = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}
    legend["traceorder"] = "normal"  # stacked bars would turn it round
    margin = {"l": 48, "r": 16, "t": 24, "b": 40}
    whole = {"xaxis": x, "yaxis": y, "legend": legend, "margin": margin, **layout}
    return Figure(caption, list(data), whole, height, note)


def thin(points: Points, limit: int, keep: Keep) -> tuple[Points, int]:
    """At most about `limit` points, each for a bucket of so many; and that many."""
    size = max(1, -(-len(points) // limit))
    if size == 1:
        return points, 1
    buckets = [points[at : at + size] for at in range(0, len(points), size)]
    if keep == "largest":
        return [max(bucket, key=lambda point: point[1]) for bucket in buckets], size
    return [(_mean([x for x, _ in b]), _mean([y for _, y in b])) for b in buckets], size


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
