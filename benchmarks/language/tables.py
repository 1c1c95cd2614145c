"""The tables of these results for the READMEs and `docs/`."""

from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.language import goals, plan
from benchmarks.language.plan import CELLS, OURS, SYSTEMS, THREADS, TORCH, UNTUNED

Table = list[list[str]]
NONE = "–"
RUN = ("text, preset", "network", "parameters", "epochs", "minutes")
FIGURES = ("validation nats", "validation perplexity", "test perplexity", "bits per byte")


def step(results: dict[str, Any]) -> Table:
    """Tokens per second, in brackets times torch.nn's: one thread by CPU time, two by the clock."""
    return _by_cell(results, "system", SYSTEMS, _speed)


def _speed(results: dict[str, Any], cell: str, threads: int, system: str) -> str:
    """In the first process that has it, that beside torch for ours.

    A peer that ran beside ours elsewhere is put beside torch.nn by our speed in both places.
    """
    for row in goals.step_rows(results, cell, threads):
        seconds = row["seconds"]
        if system in seconds:
            shown = f"{row['tokens'] / seconds[system]:,.0f}"
            base = goals.ratio(results, cell, threads, "float32 ÷ torch.nn")
            if base is None or system == TORCH:
                return shown
            return f"{shown} ({base * seconds[OURS] / seconds[system]:.2f}x)"
    return NONE


def ratios(results: dict[str, Any]) -> Table:
    """Times our speed is a peer's, each pair measured in one process."""
    return _by_cell(results, "speed", goals.PAIRS, _ratio)


def _ratio(results: dict[str, Any], cell: str, threads: int, pair: str) -> str:
    value = goals.ratio(results, cell, threads, pair)
    return NONE if value is None else f"{value:.2f}x"


def _by_cell(
    results: dict[str, Any],
    head: str,
    names: Iterable[str],
    figure: Callable[[dict[str, Any], str, int, str], str],
) -> Table:
    """A column for every cell and number of threads, without rows that have no figure."""
    places = [(cell, n) for cell in CELLS for n in THREADS if goals.step_rows(results, cell, n)]
    rows = [[head, *(f"{cell.upper()}, threads: {n}" for cell, n in places)]]
    found = ([name, *(figure(results, *place, name) for place in places)] for name in names)
    return rows + [row for row in found if set(row[1:]) - {NONE}]


def parts(results: dict[str, Any]) -> Table:
    """Milliseconds of each piece of a step, one thread, and its share."""
    names = (*plan.PIECES, plan.REST, plan.STEP)
    rows = [["cell", "system", *names]]
    for row in (results.get("step") or {}).get("pieces", []):
        seconds = row["seconds"]
        cells = [_piece(seconds[name], seconds[plan.STEP]) for name in names[:-1]]
        whole = f"{seconds[plan.STEP] * 1e3:.0f} ms"
        rows.append([row["cell"].upper(), row["system"], *cells, whole])
    return rows


def _piece(seconds: float, whole: float) -> str:
    return f"{seconds * 1e3:.0f} ms ({seconds / whole:.0%})".replace("-", "−")


def runs(results: dict[str, Any]) -> Table:
    rows = [[*RUN, *FIGURES]]
    for row in results.get("runs") or []:
        validation, test = (row["metrics"].get(name, {}) for name in ("validation", "test"))
        model = row["settings"]["model"]
        network = f"{model['cell'].upper()}, {model['layers']} × {model['hidden_size']}"
        rows.append(
            [
                row["title"],
                network,
                f"{row['parameters']:,}",
                str(row["epochs"]),
                f"{row['seconds'] / 60:.1f}",
                _figure(validation.get("loss_nats"), 3),
                _figure(validation.get("perplexity"), 1),
                _figure(test.get("perplexity"), 1),
                _figure((test or validation).get("bits_per_byte"), 3),
            ]
        )
    return rows


def _figure(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def cloze(results: dict[str, Any]) -> Table:
    """Every blank with its candidates as each model ranks them, the most probable first."""
    rows = [["blank", "model", "candidates"]]
    for row in results.get("runs") or []:
        for blank in row.get("cloze", ()):
            ranked = sorted(blank["candidates"].items(), key=lambda pair: -pair[1])
            shown = ", ".join(f"{name} {share:.0%}" for name, share in ranked)
            rows.append([blank["text"].replace("_", r"\_"), row["title"], shown])
    return [rows[0], *sorted(rows[1:])]


def judged(results: dict[str, Any]) -> Table:
    rows = [["goal", "what", "bar", "figure", "reached"]]
    for row in results.get("goals", []):
        figure = NONE if row["figure"] is None else f"{row['figure']:.2f}"
        reached = "yes" if row["reached"] else "no"
        rows.append([row["work"], row["measure"], row["bar"], figure, reached])
    return rows


TABLES = {
    "language_step": step,
    "language_step-ratios": ratios,
    "language_step-pieces": parts,
    "language_runs": runs,
    "language_cloze": cloze,
    "language_goals": judged,
}
JAPANESE = {
    "cell": "セル",
    "speed": "速さ",
    "saiki, bf16": "saiki（bf16）",
    "torch.nn, autocast": "torch.nn（autocast）",
    "torch.nn, autocast of the softmax": "torch.nn（ソフトマックスだけ autocast）",
    "Keras on TensorFlow, XLA": "Keras（TensorFlow、XLA）",
    "float32 ÷ Keras on JAX": "float32 ÷ Keras（JAX）",
    "float32 ÷ Keras on TensorFlow": "float32 ÷ Keras（TensorFlow）",
    "bf16 ÷ torch.nn, autocast": "bf16 ÷ torch.nn（autocast）",
    plan.LOOK_UP: "埋め込みとドロップアウト",
    plan.RECURRENCE: "再帰",
    plan.SOFTMAX: "ソフトマックスと損失",
    plan.UPDATE: "クリッピングと最適化",
    plan.REST: "その他",
    plan.STEP: "1 ステップ全体",
    "blank": "空欄のある文",
    "model": "モデル",
    "candidates": "候補（確からしい順）",
    "text, preset": "テキスト、プリセット",
    "epochs": "エポック",
    "minutes": "分",
    "validation nats": "検証 nats",
    "validation perplexity": "検証パープレキシティ",
    "test perplexity": "テストパープレキシティ",
    "bits per byte": "バイトあたりビット",
    f"ptb, {UNTUNED}": "ptb、素の torch（調整なし）",
}
JAPANESE |= {
    f"{cell.upper()}, threads: {n}": f"{cell.upper()}、{n} スレッド"
    for cell in CELLS
    for n in THREADS
}
JAPANESE |= {
    f"{recipe}, {preset}": f"{recipe}、{preset}"
    for recipe, preset in (*goals.QUALITY, ("aozora", "characters"))
}
