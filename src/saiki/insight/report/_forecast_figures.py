"""Forecasts over the truth: one curve with its band and the simple forecasts beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from saiki.insight.report._figures import Choice, Figure, Picker, axis, dash, figure, plain
from saiki.insight.report._format import Texts, finite, metric_value
from saiki.insight.report._reading import Row

__all__ = ["Curve", "curve_figure", "curve_picker", "curves_of", "runs_figure", "system_title"]

_HEIGHT = 400
_UNDER = 4  # pixels of the truth, so that it is seen below a forecast that hits it
_BASELINE_COLORS = ("@2", "@4", "@5", "@3", "@6", "@7", "@8")

Values = list[float | None]


@dataclass(frozen=True)
class Curve:
    """One series in a window: what was seen, what came, and what was said would come."""

    name: str
    time: list[Any]
    past: Values
    truth: Values
    forecast: Values
    low: Values = field(default_factory=list)
    high: Values = field(default_factory=list)
    baselines: dict[str, Values] = field(default_factory=dict)

    @property
    def ahead(self) -> list[Any]:
        """The time of the forecast: the last steps of all."""
        return self.time[len(self.time) - len(self.forecast) :]

    @property
    def told(self) -> tuple[list[Any], Values]:
        """Time and values of the truth; it goes on from the past where that ends just before."""
        truth = self.truth[: len(self.forecast)]
        if self.past and len(self.past) + len(self.forecast) == len(self.time):
            return self.time[len(self.past) - 1 :], [self.past[-1], *truth]
        return self.ahead, truth

    @property
    def largest_miss(self) -> float | None:
        """The largest |forecast - truth|."""
        pairs = zip(self.forecast, self.truth, strict=False)
        misses = [abs(a - b) for a, b in pairs if a is not None and b is not None]
        return max(misses, default=None)


def curves_of(samples: Row | None) -> list[Curve]:
    """Those of samples.json that have a forecast and a time for each of its steps."""
    found = (samples or {}).get("curves")
    rows = [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
    curves = [_curve(row, at) for at, row in enumerate(rows, start=1)]
    return [one for one in curves if one.forecast and len(one.time) >= len(one.forecast)]


def _curve(row: Mapping[str, Any], at: int) -> Curve:
    time, baselines = row.get("time"), row.get("baselines")
    table = baselines if isinstance(baselines, Mapping) else {}
    parts = ("past", "truth", "forecast", "low", "high")
    return Curve(
        name=str(row.get("name") or at),
        time=list(time) if isinstance(time, list) else [],
        baselines={str(name): _values(values) for name, values in table.items()},
        **{part: _values(row.get(part)) for part in parts},
    )


def _values(given: Any) -> Values:
    return [finite(value) for value in given] if isinstance(given, list) else []


def system_title(name: str, text: Texts) -> str:
    """The name of what forecasts, in the reader's language where it is a known one."""
    return text.get(f"system_{name.replace(' ', '_').replace('-', '_')}", name)


def curve_picker(curves: Sequence[Curve], text: Texts) -> Picker | None:
    """One place for all curves of a run."""
    if not curves:
        return None
    choices = [Choice(one.name, {"": curve_figure(one, text)}) for one in curves]
    return Picker(text["forecast_caption"], text["pick_curve"], choices)


def curve_figure(curve: Curve, text: Texts) -> Figure:
    """Past and truth as one eye would follow them, then everything that was forecast."""
    ahead = curve.ahead
    traces = [
        *_band(curve, text),
        _line(text["past"], curve.time, curve.past, "@muted"),
        _line(text["truth"], *curve.told, "@text", width=_UNDER),
        *(
            _line(
                system_title(name, text), ahead, values, color, width=1.3, dash=dash(8 * (at + 1))
            )
            for at, ((name, values), color) in enumerate(
                zip(curve.baselines.items(), _BASELINE_COLORS, strict=False)
            )
        ),
        _line(text["forecast_line"], ahead, curve.forecast, "@1"),
    ]
    return _figure(curve.name, [trace for trace in traces if trace["x"]], text)


def _figure(caption: str, traces: Sequence[dict[str, Any]], text: Texts) -> Figure:
    x, y = axis(text["time_axis"]), axis("", zeroline=False)
    return figure(caption, traces, x, y, height=_HEIGHT, showlegend=True)


def _line(
    name: str, time: Sequence[Any], values: Values, color: str, *, width: float = 2, dash: str = ""
) -> dict[str, Any]:
    steps = min(len(time), len(values))
    return {
        "type": "scatter",
        "mode": "lines" if steps > 1 else "markers",
        "name": plain(name),
        "x": list(time[:steps]),
        "y": [_short(value) for value in values[:steps]],
        "line": {"color": color, "width": width, "dash": dash or "solid"},
        "marker": {"color": color},
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _band(curve: Curve, text: Texts) -> list[dict[str, Any]]:
    """Two invisible lines and what lies between them."""
    if len(curve.low) != len(curve.forecast) or len(curve.high) != len(curve.forecast):
        return []
    ends = [
        _line(text["band"], curve.ahead, part, "@1", width=0) for part in (curve.low, curve.high)
    ]
    hidden = {"mode": "lines", "hoverinfo": "skip"}
    return [
        ends[0] | hidden | {"showlegend": False},
        ends[1] | hidden | {"fill": "tonexty", "fillcolor": "@1-band"},
    ]


def runs_figure(name: str, runs: Sequence[tuple[str, Curve]], text: Texts) -> Figure:
    """The same curve as several runs forecast it, over one truth; how far each is off at most."""
    first = runs[0][1]
    traces = [
        _line(text["past"], first.time, first.past, "@muted"),
        _line(text["truth"], *first.told, "@text", width=_UNDER),
    ]
    traces += [
        _line(_off_by(title, curve), curve.ahead, curve.forecast, f"@{at % 8 + 1}")
        for at, (title, curve) in enumerate(runs)
    ]
    caption = text["curve_of_runs"].format(name=name)
    return _figure(caption, [trace for trace in traces if trace["x"]], text)


def _off_by(title: str, curve: Curve) -> str:
    if curve.largest_miss is None:
        return title
    return f"{title} (max |Δ| {metric_value('', curve.largest_miss)})"
