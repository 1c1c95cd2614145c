"""The tables of these results for the READMEs and `docs/`."""

from typing import Any

from benchmarks.seq2seq.plan import (
    BATCHES,
    BEFORE,
    GRU,
    LSTM,
    METHODS,
    NETWORKS,
    OURS,
    TORCH,
    TRAINED,
)

Table = list[list[str]]
Row = dict[str, Any]
NONE = "–"


def training(results: dict[str, Any]) -> Table:
    """Target tokens per second, in brackets times torch.nn's."""
    rows = (results.get("training") or {}).get("rows", [])
    table = [["network", "threads", *TRAINED]]
    for network in NETWORKS:
        for row in _of(rows, network):
            cells = [_rate(row, "tokens", system) for system in TRAINED]
            table.append([network, str(row["threads"]), *cells])
    return table


def decoding(results: dict[str, Any]) -> Table:
    """Sentences per second: ours, plain torch's, and times the one is the other."""
    rows = (results.get("decoding") or {}).get("rows", [])
    table = [["network", "decoding", "batch", "threads", OURS, TORCH, "times"]]
    for network in NETWORKS:
        for method in METHODS:
            for size in BATCHES:
                found = [r for r in rows if (r["method"], r["batch"]) == (method, size)]
                table += [_decoding_row(row) for row in _of(found, network)]
    return table


def _decoding_row(row: Row) -> list[str]:
    ours, theirs = (row["sentences"] / row["seconds"][system] for system in (OURS, TORCH))
    place = [row["network"], row["method"], str(row["batch"]), str(row["threads"])]
    return [*place, f"{ours:,.1f}", f"{theirs:,.1f}", f"{ours / theirs:.2f}x"]


def _of(rows: list[Row], network: str) -> list[Row]:
    return [row for row in rows if row["network"] == network]


def _rate(row: Row, key: str, system: str) -> str:
    seconds = row["seconds"]
    if system not in seconds:
        return NONE
    shown = f"{row[key] / seconds[system]:,.0f}"
    return shown if system == TORCH else f"{shown} ({seconds[TORCH] / seconds[system]:.2f}x)"


TABLES = {"seq2seq_training": training, "seq2seq_decoding": decoding}
JAPANESE = {
    "decoding": "デコード",
    "batch": "バッチ",
    "threads": "スレッド",
    "times": "倍率",
    "greedy": "貪欲法",
    "beam 5": "ビーム幅 5",
    BEFORE: "LSTM、general、ステップの前に探す",
    LSTM: "LSTM、general",
    GRU: "GRU、additive",
}
