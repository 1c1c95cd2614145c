"""Tables of results: every figure is there, also on a narrow terminal and in Japanese."""

import io

import pytest
from rich.console import Console

from saiki.cli.tables import comparison_table, result_table
from saiki.language import set_language

GRID = {
    "recipe": "demo",
    "axes": [{"name": "model.cell"}, {"name": "model.bidirectional"}],
    "rows": [
        {
            "settings": {"model.cell": "gru", "model.bidirectional": "true"},
            "skipped": None,
            "metrics": {
                "test.accuracy": {"mean": 0.9865, "spread": 0.0027, "values": [0.98, 0.99]},
            },
            "seconds": {"mean": 12.34},
            "parameters": 105609,
            "peak_memory_bytes": 347 * 2**20,
        },
        {
            "settings": {"model.cell": "cnn", "model.bidirectional": "true"},
            "skipped": "a cnn has no direction",
            "metrics": {},
        },
    ],
    "mean_over_groups": {"test.accuracy": {"mean": 0.5, "spread": 0.25}},
    "reference": {
        "title": "First run",
        "title_ja": "最初の結果",
        "rows": [{"name": "RNN", "accuracy": 0.103, "validation_accuracy": 0.12, "seconds": 131}],
        "note_en": "Why it is so.",
        "note_ja": "その理由。",
    },
}


def drawn(table, width=100):
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue()


def test_a_comparison_shows_mean_spread_skipped_rows_and_reference():
    text = drawn(comparison_table(GRID))
    for wanted in (
        "cell", "0.9865 ± 0.0027", "12.3", "105,609", "347", "0.5000 ± 0.2500",
        "skipped cnn true: a cnn has no direction", "RNN: accuracy 0.103, validation 0.120, 131 s",
        "Why it is so.",
    ):  # fmt: skip
        assert wanted in text
    assert "validation accuracy" not in text


def test_a_comparison_speaks_japanese():
    set_language("ja")
    text = drawn(comparison_table(GRID))
    assert "最初の結果" in text
    assert "その理由。" in text


@pytest.mark.parametrize("width", [40, 80])
def test_no_figure_is_cut_off(width):
    text = drawn(comparison_table(GRID), width)
    assert "…" not in text


def test_a_run_shows_every_part():
    result = {
        "recipe": "demo",
        "metrics": {
            "train": {"accuracy": 1.0, "loss_nats": 0.01},
            "test": {"accuracy": 0.9811, "loss_nats": 0.1316},
        },
        "parts": {"train": 270, "test": 370},
        "parameters": 1234,
        "seconds": 5.67,
        "peak_memory_bytes": 2**28,
    }
    text = drawn(result_table(result))
    for wanted in ("270", "0.9811", "0.1316", "1,234 parameters", "5.7 s", "256 MiB"):
        assert wanted in text
