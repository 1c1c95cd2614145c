"""Alignment maps: which tokens of the source each written token was chosen with."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from saiki.insight.report._figures import Choice, Figure, Picker, axis, figure, plain
from saiki.insight.report._format import Texts, finite
from saiki.insight.report._reading import Row
from saiki.insight.report._token_text import visible

__all__ = ["alignment_picker"]

Weights: TypeAlias = list[list[float]]  # (T, S)

_END = "⏎"
_ENDS = frozenset({"<end>", "</s>"})
_HEAD = re.compile(r"layer (\d+) head (\d+)")
_DIGITS = 3  # a page of many heads would else be megabytes of digits
_CELL, _LEAST_CELL, _MOST_HEIGHT = 36, 12, 640  # pixels
_LETTER = 7.0  # pixels
_STEEP = 55  # degrees that long labels are turned by
_SMALL, _GAP = 170, 26  # pixels of one map among many, and between two
_LABEL = 70  # characters of a sentence in the list to pick from


def alignment_picker(samples: Sequence[Row], text: Texts) -> Picker | None:
    """Every sample that has maps, each map of it a view; None where none has."""
    choices = []
    for at, sample in enumerate(samples, start=1):
        views = _views(sample, text)
        if views:
            choices.append(Choice(f"{at}. {_cut(str(sample.get('source', '')))}", views))
    if not choices:
        return None
    return Picker(text["alignment_caption"], text["pick_sample"], choices, text["pick_map"])


def _cut(words: str) -> str:
    return words if len(words) <= _LABEL else words[: _LABEL - 1] + "…"


def _views(sample: Row, text: Texts) -> dict[str, Figure]:
    sources, targets = (_tokens(sample.get(key)) for key in ("source_tokens", "target_tokens"))
    maps = _maps(sample.get("maps"), len(sources), len(targets))
    if not maps:
        return {}
    first = next(iter(maps.values()))
    sources += [_END] * (len(first[0]) - len(sources))
    targets += [_END] * (len(first) - len(targets))
    views = {_title(name, text): _large(table, sources, targets) for name, table in maps.items()}
    if len(maps) == 1:
        return views
    mean = _large(_mean(list(maps.values())), sources, targets)
    return {text["map_mean"]: mean, text["map_all"]: _small(maps, text), **views}


def _tokens(given: Any) -> list[str]:
    found = list(map(str, given)) if isinstance(given, list) else []
    is_ended = bool(found) and found[-1] in _ENDS
    return [*map(visible, found[:-1]), _END if is_ended else visible(found[-1])] if found else []


def _maps(given: Any, sources: int, targets: int) -> dict[str, Weights]:
    """Those that fit the tokens, of one shape; either side may have its end beyond them."""
    found = given if isinstance(given, Mapping) else {}
    tables = {str(name): _weights(table) for name, table in found.items()}
    shape: tuple[int, int] | None = None
    fitting = {}
    for name, table in tables.items():
        own = (len(table), len(table[0])) if table else (0, 0)
        fits = own[0] - targets in {0, 1} and own[1] - sources in {0, 1} and all(own)
        if fits and shape in {None, own}:
            shape = own
            fitting[name] = table
    return fitting


def _weights(given: Any) -> Weights:
    """A rectangle of numbers, or nothing."""
    rows = given if isinstance(given, list) else []
    table = [[finite(cell) for cell in row] if isinstance(row, list) else [] for row in rows]
    if len({len(row) for row in table}) != 1:
        return []
    return [[round(cell or 0.0, _DIGITS) for cell in row] for row in table]


def _mean(tables: Sequence[Weights]) -> Weights:
    count = len(tables)
    return [
        [round(math.fsum(cells) / count, _DIGITS) for cells in zip(*rows, strict=True)]
        for rows in zip(*tables, strict=True)
    ]


def _title(name: str, text: Texts) -> str:
    head = _HEAD.fullmatch(name)
    if head:
        return text["map_of_head"].format(layer=head[1], head=head[2])
    return text["map_attention"] if name == "attention" else name


def _heat(table: Weights, **options: Any) -> dict[str, Any]:
    """The same scale in every map, so that a dark cell is a large weight in all of them."""
    return {
        "type": "heatmap", "z": table, "zmin": 0, "zmax": 1, "zsmooth": False,
        "colorscale": "@heat", "showscale": False, **options,
    }  # fmt: skip


def _large(table: Weights, sources: Sequence[str], targets: Sequence[str]) -> Figure:
    """One map with its tokens: the source above, what was written on the left, square cells."""
    widest = max(map(_width, sources))
    is_turned = widest > _CELL - 4
    above = round(widest * math.sin(math.radians(_STEEP)) + 24 if is_turned else 34)
    beside = round(max(map(_width, targets)) + 24)
    cell = max(_LEAST_CELL, min(_CELL, (_MOST_HEIGHT - above) // len(targets)))
    x = _token_axis(sources, side="top", tickangle=-_STEEP if is_turned else 0)
    y = _token_axis(targets, scaleanchor="x", constraintoward="top")
    y["range"] = [len(targets) - 0.5, -0.5]
    hover = "%{y} ← %{x}: %{z:.3f}<extra></extra>"
    return figure(
        "",
        [_heat(table, xgap=1, ygap=1, hovertemplate=hover)],
        x | {"range": [-0.5, len(sources) - 0.5], "constraintoward": "left"},
        y,
        height=above + cell * len(targets) + 12,
        showlegend=False,
        hovermode="closest",
        margin={"l": beside, "r": round(widest * 0.6) if is_turned else 8, "t": above, "b": 8},
    )


def _token_axis(tokens: Sequence[str], **options: Any) -> dict[str, Any]:
    """Tokens may come twice, so their places are numbers."""
    plain_axis = axis(
        "", tickmode="array", tickvals=list(range(len(tokens))), ticktext=list(map(plain, tokens)),
        showgrid=False, zeroline=False, ticks="", constrain="domain", **options,
    )  # fmt: skip
    return plain_axis | {"automargin": False}


def _width(token: str) -> float:
    """Pixels of a token; an East Asian letter is as wide as two."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in token)
    return (len(token) + wide) * _LETTER


def _small(maps: Mapping[str, Weights], text: Texts) -> Figure:
    """All maps side by side without tokens: a layer is a row."""
    rows, columns = _grid(list(maps))
    height = rows * (_SMALL + _GAP)
    data: list[dict[str, Any]] = []
    titles: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    for at, (name, table) in enumerate(maps.items()):
        row, column = divmod(at, columns)
        number = str(at + 1) if at else ""
        across = [(column + 0.03) / columns, (column + 0.97) / columns]
        down = [1 - (row + 0.98) / rows, 1 - row / rows - _GAP / height]
        axes[f"xaxis{number}"] = _bare(across, f"y{number}")
        axes[f"yaxis{number}"] = _bare(down, f"x{number}") | {"autorange": "reversed"}
        title = plain(_title(name, text))
        hover = f"{title}: %{{z:.3f}}<extra></extra>"
        data.append(_heat(table, hovertemplate=hover, xaxis=f"x{number}", yaxis=f"y{number}"))
        titles.append(_above(title, across[0], down[1]))
    return figure(
        "",
        data,
        axes.pop("xaxis"),
        axes.pop("yaxis"),
        height=height + 8,
        annotations=titles,
        showlegend=False,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 4, "b": 4},
        **axes,
    )


def _grid(names: Sequence[str]) -> tuple[int, int]:
    """Rows and columns: layers and heads where the names say so, else nearly a square."""
    heads = [_HEAD.fullmatch(name) for name in names]
    layers = len({head[1] for head in heads if head})
    is_regular = all(heads) and layers and len(names) % layers == 0
    rows = layers if is_regular else max(1, round(math.sqrt(len(names))))
    return rows, -(-len(names) // rows)


def _bare(domain: Sequence[float], anchor: str) -> dict[str, Any]:
    shown = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    return {**shown, "domain": domain, "anchor": anchor}


def _above(title: str, left: float, top: float) -> dict[str, Any]:
    """What stands over one of many maps."""
    place = {"x": left, "y": top, "xref": "paper", "yref": "paper"}
    anchor = {"xanchor": "left", "yanchor": "bottom"}
    return {"text": title, **place, **anchor, "showarrow": False, "font": {"size": 11}}
