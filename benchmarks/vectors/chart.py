"""One picture of the results, as SVG: speed against gensim, bar by bar."""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS
from benchmarks.vectors.figures import Row

PICTURE = RESULTS.parents[1] / "docs" / "images" / "vectors.svg"
WIDTH, LEFT, RIGHT, TOP = 860, 270, 70, 108.0
BAR, GAP, GROUP_GAP = 14, 2, 14
SYSTEMS = {"saiki, exact": "exact", "saiki, fast": "fast"}
STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
text { fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 } .soft { fill: #59636e }
.value { font-size: 11px; font-variant-numeric: tabular-nums }
.card { fill: #ffffff; stroke: #d1d9e0 } .grid { stroke: #d1d9e0; stroke-width: 1 }
.one { stroke: #1f2328; stroke-width: 1.5 } .exact { fill: #1f9e89 } .fast { fill: #e08a1e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .soft { fill: #9198a1 } .card { fill: #0d1117; stroke: #3d444d }
  .grid { stroke: #30363d } .one { stroke: #f0f6fc }
}
"""


def draw(results: dict[str, Any], path: Path = PICTURE) -> None:
    rows = results.get("training")
    if not isinstance(rows, list):
        return
    groups = {row["title"]: _ratios(row) for row in rows}
    most = max(value for bars in groups.values() for value in bars.values())
    bottom = TOP + sum(len(b) * (BAR + GAP) + GROUP_GAP for b in groups.values())
    body = [*_frame(most, bottom), *_groups(groups, most)]
    size = f'width="{WIDTH}" height="{bottom + 44:.0f}" viewBox="0 0 {WIDTH} {bottom + 44:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>'
    title = "<title>Training speed of saiki's word and document vectors against gensim</title>"
    text = "\n".join([head, title, f"<style>{STYLE}</style>", *body, "</svg>", ""])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _ratios(row: Row) -> dict[str, float]:
    base = row["systems"]["gensim"]["words_per_cpu_second"]
    held = {name: row["systems"].get(name) for name in SYSTEMS}
    return {name: found["words_per_cpu_second"] / base for name, found in held.items() if found}


def _place(value: float, most: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / most


def _frame(most: float, bottom: float) -> Iterator[str]:
    size = f'width="{WIDTH - 1}" height="{bottom + 43:.1f}"'
    yield f'<rect class="card" x=".5" y=".5" {size} rx="8"/>'
    yield _text(24, 36, "Training speed of word and document vectors, against gensim", "title")
    note = "Words per CPU-second, one thread, the same corpus, epochs and settings."
    yield _text(24, 58, note, "soft")
    for k, (name, style) in enumerate(SYSTEMS.items()):
        yield f'<rect class="{style}" x="{24 + 130 * k}" y="75" width="12" height="12" rx="2"/>'
        yield _text(42 + 130 * k, 85.5, name)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if most / s <= 8)
    for value in range(0, int(most) + 1, step):
        x = _place(value, most)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom - 6:.1f}"/>'
        yield _text(x, bottom + 10, f"{value}×", "soft", anchor="middle")
    x = _place(1, most)
    yield f'<line class="one" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom - 6:.1f}"/>'
    yield _text(WIDTH - 24, bottom + 30, "times as fast as gensim →", "soft", anchor="end")


def _groups(groups: dict[str, dict[str, float]], most: float) -> Iterator[str]:
    y = TOP
    for title, bars in groups.items():
        yield _text(LEFT - 12, y + len(bars) * (BAR + GAP) / 2 + 4, title, anchor="end")
        for name, value in bars.items():
            width = _place(value, most) - LEFT
            size = f'x="{LEFT}" y="{y:.1f}" width="{width:.1f}" height="{BAR}"'
            yield f'<rect class="{SYSTEMS[name]}" {size} rx="1.5"/>'
            yield _text(LEFT + width + 6, y + BAR - 3, f"{value:.1f}", "value")
            y += BAR + GAP
        y += GROUP_GAP


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{style}" {place}>{escape(text)}</text>'


def main() -> None:
    path = RESULTS / "vectors.json"
    draw(json.loads(path.read_text(encoding="utf-8"))["results"])
    print(f"wrote {PICTURE.relative_to(RESULTS.parents[1])}")


if __name__ == "__main__":
    main()
