"""The goals set for these layers, each with its figure: reached or missed."""

from collections.abc import Callable
from typing import Any

from benchmarks.recurrent.floor import GOAL_RATE, training_gflop
from benchmarks.recurrent.plan import GOAL_SHAPES, RAGGED_GOAL_SHAPES
from benchmarks.recurrent.ratios import Ratio, Row, geometric_mean, place_of, ratios, rows_of

EVERY, MEAN = "every shape", "geometric mean"
KERAS = {
    "training, Keras on JAX": ("Keras on JAX",),
    "training, Keras on TensorFlow": ("Keras on TensorFlow, XLA", "Keras on TensorFlow"),
}


def judge(results: dict[str, Any]) -> list[Row]:
    return [
        *_training(results),
        *_ragged(results),
        *_inference(results),
        *_variants(results),
        *_stream(results),
        *_absolute(results),
        *_memory(results),
    ]


def _row(goal: str, over: str, bar: float, found: list[Ratio], *, at_most: bool = False) -> Row:
    """Judged by the worst figure, or by the geometric mean of all; without figures it is missed."""
    sign = "≤" if at_most else "≥"
    row: Row = {"goal": goal, "over": over, "bar": f"{sign} {bar:g}x"}
    if not found:
        return row | {"figure": None, "reached": False, "worst case": "not measured"}
    worst = max(found) if at_most else min(found)
    figure = geometric_mean(found) if over == MEAN else worst.value
    reached = figure <= bar if at_most else figure >= bar
    worst_case = f"{worst.value:.2f}x at {worst.place}"
    return row | {"figure": round(figure, 3), "reached": reached, "worst case": worst_case}


def _shape(row: Row) -> tuple[int, int, int]:
    return row["T"], row["B"], row["H"]


def _is_goal(*cells: str) -> Callable[[Row], bool]:
    return lambda row: row["cell"] in cells and _shape(row) in GOAL_SHAPES


def _training(results: dict[str, Any]) -> list[Row]:
    rows, tuned = rows_of(results, "training"), rows_of(results, "training, malloc tuned")
    found = []
    for cell, least, mean in (("GRU", 2.2, 3.5), ("RNN", 2.2, 3.5), ("LSTM", 1.0, 1.5)):
        against = ratios(rows, "torch.nn", keep=_is_goal(cell))
        title = f"{cell} training against torch.nn"
        found += [_row(title, EVERY, least, against), _row(title, MEAN, mean, against)]
    against = ratios(tuned, "torch.nn", keep=_is_goal("LSTM"))
    found.append(_row("LSTM training against torch.nn, malloc tuned", MEAN, 1.15, against))
    best = _best_peer(results)
    title = "training against the best of torch.nn, Keras on JAX, Keras on TensorFlow"
    return [*found, _row(title, EVERY, 1.2, best), _row(title, MEAN, 1.6, best)]


def _best_peer(results: dict[str, Any]) -> list[Ratio]:
    """The least ratio at each place, each peer beside ours in its own process."""
    keep = _is_goal("RNN", "GRU", "LSTM")
    each = [ratios(rows_of(results, "training"), "torch.nn", keep=keep)]
    each += [ratios(rows_of(results, part), *names, keep=keep) for part, names in KERAS.items()]
    best: dict[str, Ratio] = {}
    for ratio in (ratio for found in each for ratio in found):
        best[ratio.place] = min(ratio, best.get(ratio.place, ratio))
    return list(best.values())


def _ragged(results: dict[str, Any]) -> list[Row]:
    rows = [
        row
        for row in rows_of(results, "ragged")
        if _shape(row) in RAGGED_GOAL_SHAPES and not row["bidirectional"]
    ]
    title = "ragged training against torch.nn packed"
    bars = {EVERY: (2.5, 1, 9999), "T = 100": (5, 100, 100), "T ≥ 400": (15, 400, 9999)}
    found = []
    for over, (bar, first, last) in bars.items():
        chosen = [row for row in rows if first <= row["T"] <= last]
        found.append(_row(title, over, bar, ratios(chosen, "torch packed")))
    padded, title = ratios(rows, "torch padded"), "ragged training against torch.nn padded"
    return [*found, _row(title, EVERY, 1.7, padded), _row(title, MEAN, 2.5, padded)]


def _inference(results: dict[str, Any]) -> list[Row]:
    keep, title = _is_goal("GRU", "RNN"), "GRU and RNN inference against torch.nn"
    against = ratios(rows_of(results, "inference"), "torch.nn", keep=keep)
    return [_row(title, EVERY, 2.2, against), _row(title, MEAN, 3.3, against)]


def _variants(results: dict[str, Any]) -> list[Row]:
    found = []
    for name, bar in (("peephole", 1.05), ("layer norm", 1.3), ("recurrent drop-out", 1.3)):
        chosen = [
            Ratio(row["seconds"]["saiki"] / row["seconds"]["plain"], place_of(row))
            for row in rows_of(results, "variants")
            if row["variant"] == name and _is_goal("LSTM")(row)
        ]
        title = f"LSTM with {name}, time ÷ our plain LSTM"
        found.append(_row(title, EVERY, bar, chosen, at_most=True))
    return found


def _stream(results: dict[str, Any]) -> list[Row]:
    rows = rows_of(results, "stream")
    small, large = [r for r in rows if r["H"] <= 128], [r for r in rows if r["H"] == 512]
    title = "one streamed LSTM step against "
    bound = "onnxruntime, bound"  # to memory beforehand, which an ordinary call is not
    return [
        _row(f"{title}onnxruntime", "H ≤ 128", 3, ratios(small, "onnxruntime")),
        _row(f"{title}onnxruntime", "H = 512", 1.2, ratios(large, "onnxruntime")),
        _row(f"{title}{bound}", "H ≤ 128", 3, ratios(small, bound)),
        _row(f"{title}{bound}", "H = 512", 1.2, ratios(large, bound)),
        _row(f"{title}torch.nn", "every H", 10, ratios(rows, "torch.nn.LSTM")),
    ]


def _absolute(results: dict[str, Any]) -> list[Row]:
    """Time ÷ the least that the arithmetic takes, at the goals' rate and at this machine's."""
    rows = [row for row in rows_of(results, "training") if _shape(row) in GOAL_SHAPES]
    rates = {f"{GOAL_RATE:g} GFLOP/s": GOAL_RATE}
    if measured := (results.get("floor") or {}).get("measured"):
        rates["this core's measured rate"] = measured
    bars = (("H = 128 to 256", 1.5, 128, 256), ("H = 650", 1.7, 650, 650), ("H = 64", 2.1, 64, 64))
    found = []
    for name, rate in rates.items():
        title = f"training time ÷ arithmetic at {name}"
        floors = {
            place_of(row): Ratio(
                row["seconds"]["saiki"] * rate / training_gflop(row), place_of(row)
            )
            for row in rows
        }
        for over, bar, first, last in bars:
            chosen = [floors[place_of(row)] for row in rows if first <= row["H"] <= last]
            found.append(_row(title, over, bar, chosen, at_most=True))
        found.append(_row(title, MEAN, 1.3, list(floors.values()), at_most=True))
    return found


def _memory(results: dict[str, Any]) -> list[Row]:
    used = [
        Ratio(row["bytes"]["saiki"] / row["bytes"]["torch.nn"], place_of(row))
        for row in rows_of(results, "memory")
    ]
    return [_row("peak memory of a step ÷ torch.nn's", "GRU, LSTM", 1, used, at_most=True)]
