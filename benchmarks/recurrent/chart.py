"""One picture of the results, as SVG: training speed against torch.nn, bar by bar."""

import json
import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS
from benchmarks.recurrent.plan import CELLS
from benchmarks.recurrent.ratios import Row, rows_of

PICTURE = RESULTS.parents[1] / "docs" / "images" / "recurrent.svg"
WIDTH, LEFT, RIGHT, TOP = 860, 150, 70, 108.0
BAR, GAP, GROUP_GAP, HEADING, SECTION_GAP = 12, 2, 12, 34, 14
STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
text { fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 } .heading { font-size: 13px; font-weight: 600 }
.soft { fill: #59636e } .value { font-size: 11px; font-variant-numeric: tabular-nums }
.card { fill: #ffffff; stroke: #d1d9e0 } .grid { stroke: #d1d9e0; stroke-width: 1 }
.one { stroke: #1f2328; stroke-width: 1.5 }
.RNN { fill: #8f7ee7 } .GRU { fill: #1f9e89 } .LSTM { fill: #e08a1e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .soft { fill: #9198a1 } .card { fill: #0d1117; stroke: #3d444d }
  .grid { stroke: #30363d } .one { stroke: #f0f6fc }
}
"""


class Axis:
    """Powers of two from left to right; bars begin at 1."""

    def __init__(self, values: list[float]) -> None:
        self.first = min(-1, math.floor(math.log2(min(values))))
        self.last = max(2, math.ceil(math.log2(max(values)) + 0.15))

    def place(self, value: float) -> float:
        span = self.last - self.first
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log2(value) - self.first) / span

    def ticks(self) -> Iterator[tuple[float, str]]:
        for power in range(self.first, self.last + 1):
            value = 2.0**power
            yield self.place(value), f"{value:g}×"


def draw(results: dict[str, Any], path: Path = PICTURE) -> None:
    sections = {
        "Equal lengths, against torch.nn": ("torch.nn", rows_of(results, "training")),
        "Unequal lengths, against torch.nn on a packed sequence": (
            "torch packed",
            [row for row in rows_of(results, "ragged") if not row["bidirectional"]],
        ),
    }
    groups = {title: _groups(rows, other) for title, (other, rows) in sections.items() if rows}
    if not groups:
        return
    values = [v for found in groups.values() for bars in found.values() for v in bars.values()]
    axis, y, parts = Axis(values), TOP, []
    for title, found in groups.items():
        section, y = _section(axis, y, title, found)
        parts += section
    body = [*_frame(axis, y), *parts]
    size = f'width="{WIDTH}" height="{y + 44:.0f}" viewBox="0 0 {WIDTH} {y + 44:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>'
    title = "<title>Training speed of saiki's recurrent layers against torch.nn</title>"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([head, title, f"<style>{STYLE}</style>", *body, "</svg>", ""])
    path.write_text(text, encoding="utf-8")


def _groups(rows: list[Row], other: str) -> dict[str, dict[str, float]]:
    """Shape: cell: ratio."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        label = f"{row['T']}, {row['B']}, {row['H']}"
        found.setdefault(label, {})[row["cell"]] = row["seconds"][other] / row["seconds"]["saiki"]
    return found


def _frame(axis: Axis, bottom: float) -> Iterator[str]:
    size = f'width="{WIDTH - 1}" height="{bottom + 43:.1f}"'
    yield f'<rect class="card" x=".5" y=".5" {size} rx="8"/>'
    yield _text(24, 36, "Training speed on one CPU core, against torch.nn", "title")
    note = "Forward and backward pass, float32, one thread. Rows: steps T, batch B, units H."
    yield _text(24, 58, note, "soft")
    for k, cell in enumerate(CELLS):
        x = 24 + 72 * k
        yield f'<rect class="{cell}" x="{x}" y="75" width="12" height="12" rx="2"/>'
        yield _text(x + 18, 85.5, cell)
    for x, label in axis.ticks():
        yield _text(x, bottom + 8, label, "soft", anchor="middle")
    yield _text(WIDTH - 24, bottom + 30, "times as fast (logarithmic) →", "soft", anchor="end")


def _section(
    axis: Axis, y: float, title: str, found: dict[str, dict[str, float]]
) -> tuple[list[str], float]:
    """A heading above its groups of bars, and where the next section begins."""
    first = y + HEADING
    bottom = first + sum(len(bars) * (BAR + GAP) + GROUP_GAP for bars in found.values())
    parts = [_text(24, y + 15, title, "heading")]
    parts += [_line("grid", x, first - 6, bottom - 4) for x, _ in axis.ticks()]
    at = first
    for label, bars in found.items():
        parts += _group(axis, at, label, bars)
        at += len(bars) * (BAR + GAP) + GROUP_GAP
    return [*parts, _line("one", axis.place(1), first - 6, bottom - 4)], bottom + SECTION_GAP


def _line(style: str, x: float, top: float, bottom: float) -> str:
    return f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'


def _group(axis: Axis, y: float, label: str, bars: dict[str, float]) -> Iterator[str]:
    yield _text(LEFT - 14, y + len(bars) * (BAR + GAP) / 2 + 3, label, anchor="end")
    for k, (cell, value) in enumerate(bars.items()):
        start, end, top = axis.place(1), axis.place(value), y + k * (BAR + GAP)
        size = f'x="{min(start, end):.1f}" width="{abs(end - start):.1f}" height="{BAR}"'
        yield f'<rect class="{cell}" y="{top:.1f}" {size} rx="1.5"/>'
        yield _text(max(start, end) + 6, top + BAR - 2, f"{value:.2f}", "value")


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{style}" {place}>{escape(text)}</text>'


def main() -> None:
    path = RESULTS / "recurrent.json"
    draw(json.loads(path.read_text(encoding="utf-8"))["results"])
    print(f"wrote {PICTURE.relative_to(RESULTS.parents[1])}")


if __name__ == "__main__":
    main()
