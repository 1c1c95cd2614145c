"""What several runs on one page show together: quality by length, curves over one truth."""

from collections.abc import Mapping, Sequence
from typing import Any

from saiki.insight.report._figures import Figure
from saiki.insight.report._forecast_figures import Curve, runs_figure
from saiki.insight.report._format import Texts
from saiki.insight.report._translation_view import length_figure

__all__ = ["comparisons"]

_CURVES = 2


def comparisons(views: Sequence[Mapping[str, Any]], text: Texts) -> list[Figure]:
    """Figures of what at least two of the runs have."""
    measured = [(view["name"], view["bins"]) for view in views if view.get("bins")]
    figures = [length_figure(measured, text)] if len(measured) > 1 else []
    return figures + [
        runs_figure(name, found, text) for name, found in _shared_curves(views).items()
    ]


def _shared_curves(views: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, Curve]]]:
    """The first curves that have one truth in several runs."""
    tables = [(v["name"], {c.name: c for c in v.get("all_curves") or []}) for v in views]
    shared: dict[str, list[tuple[str, Curve]]] = {}
    for name in dict.fromkeys(name for _, curves in tables for name in curves):
        found = [(title, curves[name]) for title, curves in tables if name in curves]
        same = [one for one in found if one[1].truth == found[0][1].truth]
        if len(same) > 1:
            shared[name] = same
    return dict(list(shared.items())[:_CURVES])
