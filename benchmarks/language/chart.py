"""One picture of the runs, as SVG: what a model gains with the minutes, a panel a text."""

import json
import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.language.plan import OURS
from benchmarks.record import RESULTS

PICTURE = RESULTS.parents[1] / "docs" / "images" / "language.svg"
WIDTH, LEFT, RIGHT, TOP = 860, 74, 250, 78.0
HEIGHT, HEADING, BELOW = 220, 40, 46  # of a panel's plot, above it, and under it
MOST = 4.0  # times the best figure: what is worse is above the picture
STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
text { fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 } .heading { font-size: 13px; font-weight: 600 }
.soft { fill: #59636e } .value { font-size: 11px; font-variant-numeric: tabular-nums }
.card { fill: #ffffff; stroke: #d1d9e0 } .grid { stroke: #d1d9e0; stroke-width: 1 }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round }
.s0 { stroke: #1f9e89 } .s1 { stroke: #e08a1e } .s2 { stroke: #8f7ee7 } .s3 { stroke: #d1495b }
.peer { stroke: #59636e; stroke-dasharray: 5 4 }
.d0 { fill: #1f9e89 } .d1 { fill: #e08a1e } .d2 { fill: #8f7ee7 } .d3 { fill: #d1495b }
.dpeer { fill: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .soft { fill: #9198a1 } .card { fill: #0d1117; stroke: #3d444d }
  .grid { stroke: #30363d } .peer { stroke: #9198a1 } .dpeer { fill: #9198a1 }
}
"""
Row = dict[str, Any]
Point = tuple[float, float]  # minutes, figure


class Panel:
    """The runs on one text: both axes are logarithmic."""

    def __init__(self, source: str, rows: Sequence[Row], top: float) -> None:
        self.is_characters = rows[0]["unit"] == "character"
        self.name = "nats per character" if self.is_characters else "perplexity"
        self.source, self.top = source, top + HEADING
        key = "loss_nats" if self.is_characters else "perplexity"
        self.curves = {row["title"]: _points(row, key) for row in rows}
        self.threads = {row["title"]: row["threads"] for row in rows}
        self.is_peer = {row["title"]: row["system"] != OURS for row in rows}
        points = [point for curve in self.curves.values() for point in curve]
        figures = [figure for _, figure in points]
        self.minutes = (min(m for m, _ in points), max(m for m, _ in points))
        self.figures = (min(figures) / 1.05, min(1.05 * max(figures), MOST * min(figures)))

    @property
    def bottom(self) -> float:
        return self.top + HEIGHT

    def place(self, point: Point) -> Point:
        across = _share(point[0], self.minutes) * (WIDTH - LEFT - RIGHT)
        return LEFT + across, self.bottom - _share(point[1], self.figures) * HEIGHT

    def draw(self) -> Iterator[str]:
        yield _text(24, self.top - 16, f"{self.source}: {self.name}", "heading")
        yield from self._grid()
        size = f'x="{LEFT}" y="{self.top:.1f}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT}"'
        label = f"plot-{self.source}"
        yield f'<clipPath id="{label}"><rect {size}/></clipPath>'
        ends = sorted(self.curves, key=lambda title: self.curves[title][-1][1], reverse=True)
        colours = self._colours()
        for title in ends:
            places = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.place, self.curves[title]))
            style = f'class="curve {"" if colours[title] == "peer" else "s"}{colours[title]}"'
            yield f'<polyline {style} points="{places}" clip-path="url(#{label})"/>'
            x, y = self.place(self.curves[title][-1])
            yield f'<circle class="d{colours[title]}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        yield from self._legend(ends, colours)

    def _colours(self) -> dict[str, str]:
        own = [title for title in self.curves if not self.is_peer[title]]
        found = {title: str(k % 4) for k, title in enumerate(own)}
        return {title: found.get(title, "peer") for title in self.curves}

    def _grid(self) -> Iterator[str]:
        for value in _ticks(self.figures):
            y = self.place((self.minutes[0], value))[1]
            yield _line(LEFT, y, WIDTH - RIGHT, y)
            yield _text(LEFT - 8, y + 4, f"{value:g}", "soft", anchor="end")
        for value in _ticks(self.minutes):
            x = self.place((value, self.figures[0]))[0]
            yield _line(x, self.top, x, self.bottom)
            yield _text(x, self.bottom + 16, f"{value:g}", "soft", anchor="middle")
        note = "minutes of training and validation (logarithmic) →"
        yield _text(WIDTH - RIGHT, self.bottom + 34, note, "soft", anchor="end")

    def _legend(self, titles: Sequence[str], colours: dict[str, str]) -> Iterator[str]:
        x = WIDTH - RIGHT + 22
        for k, title in enumerate(titles):
            y = self.top + 10 + 38 * k
            minutes, figure = self.curves[title][-1]
            best = min(value for _, value in self.curves[title])
            shown = f"{best:.2f}" if self.is_characters else f"{best:.1f}"
            when = next(m for m, value in self.curves[title] if value == best)
            last = "" if best == figure else f", {minutes:.0f} min in all"
            last += f"; threads: {self.threads[title]}"
            yield f'<circle class="d{colours[title]}" cx="{x}" cy="{y - 4:.1f}" r="5"/>'
            yield _text(x + 12, y, title)
            yield _text(x + 12, y + 15, f"{shown} after {when:.1f} min{last}", "soft value")


def draw(results: dict[str, Any], path: Path = PICTURE) -> None:
    rows = [row for row in results.get("runs") or [] if len(row["curve"]) > 1]
    if not rows:
        return
    panels, y = [], TOP
    for source in dict.fromkeys(row["source"] for row in rows):
        panels.append(Panel(source, [row for row in rows if row["source"] == source], y))
        y = panels[-1].bottom + BELOW
    body = [part for panel in panels for part in panel.draw()]
    size = f'width="{WIDTH}" height="{y:.0f}" viewBox="0 0 {WIDTH} {y:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>'
    title = "<title>What saiki's language models gain with the minutes of training</title>"
    text = "\n".join([head, title, f"<style>{STYLE}</style>", *_frame(y), *body, "</svg>"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def _frame(bottom: float) -> Iterator[str]:
    size = f'width="{WIDTH - 1}" height="{bottom - 1:.1f}"'
    yield f'<rect class="card" x=".5" y=".5" {size} rx="8"/>'
    yield _text(24, 36, "Language models on validation text, against minutes of training", "title")
    yield _text(24, 58, "Each from scratch. Lower is better.", "soft")


def _points(row: Row, key: str) -> list[Point]:
    return [(point["seconds"] / 60, point[key]) for point in row["curve"]]


def _share(value: float, ends: tuple[float, float]) -> float:
    least, most = ends
    return math.log(value / least) / math.log(most / least) if most > least else 0.5


def _ticks(ends: tuple[float, float]) -> list[float]:
    """Round numbers: 1, 2, 5 of each power of ten over wide spans, evenly apart over others."""
    least, most = ends
    if most > 10 * least:
        powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
        values = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    else:
        power = 10.0 ** math.floor(math.log10((most - least) / 4))
        gap = max(step * power for step in (1, 2, 5) if step * power <= (most - least) / 4)
        values = [k * gap for k in range(math.ceil(least / gap), math.floor(most / gap) + 1)]
    return [float(f"{value:.6g}") for value in values if least <= value <= most]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{style}" {place}>{escape(text)}</text>'


def main() -> None:
    path = RESULTS / "language.json"
    draw(json.loads(path.read_text(encoding="utf-8"))["results"])
    print(f"wrote {PICTURE.relative_to(RESULTS.parents[1])}")


if __name__ == "__main__":
    main()
