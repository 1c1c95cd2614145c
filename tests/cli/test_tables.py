"""Tables of results: every figure is there, also on a narrow terminal and in Japanese."""

import io

import pytest
from rich.console import Console

from saiki.cli.tables import comparison_table, language_metrics_line, result_table
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


LANGUAGE = {
    "task": "language-model",
    "recipe": "ptb",
    "metrics": {
        "validation": {"loss_nats": 4.7, "perplexity": 113.42, "bits_per_byte": 1.25,
                       "unknown_rate": 0.061},
        "test": {"loss_nats": 4.68213, "perplexity": 108.004, "perplexity_per_word": 3.2e200,
                 "bits_per_byte": 1.2345, "unknown_rate": 0.0},
    },
    "tokens": {"train": 929589, "validation": 73760, "test": 82430},
    "parts": {"train": 42068, "validation": 3370, "test": 3761},
    "parameters": 3612345,
    "seconds": 1723.4,
    "peak_memory_bytes": 900 * 2**20,
}  # fmt: skip


@pytest.mark.parametrize("width", [60, 100])
def test_a_language_model_shows_perplexities(width):
    lines = [line.split() for line in drawn(result_table(LANGUAGE), width).splitlines()]
    for wanted in (
        ["validation", "test"], ["tokens", "73,760", "82,430"], ["perplexity", "113.42", "108.00"],
        ["perplexity", "per", "word", "–", "3.2e+200"],
        ["nats", "per", "token", "4.7000", "4.6821"],
        ["bits", "per", "byte", "1.250", "1.234"], ["unknown", "6.1%", "0.0%"],
    ):  # fmt: skip
        assert wanted in lines
    assert "3,612,345 parameters, 1723.4 s" in " ".join(w for line in lines for w in line)


def test_the_line_of_a_language_model_leaves_out_what_is_not_measured():
    line = language_metrics_line(LANGUAGE["metrics"]["validation"])
    assert line == "perplexity 113.42, nats per token 4.7000, bits per byte 1.250, unknown 6.1%"


def language_grid(parts):
    figures = {"mean": 108.004, "spread": 1.5, "values": [107.0, 109.0]}
    row = {
        "settings": {"model.cell": "gru"},
        "skipped": None,
        "metrics": {f"{part}.perplexity": figures for part in parts},
        "seconds": {"mean": 12.34},
        "parameters": 105609,
        "peak_memory_bytes": 347 * 2**20,
    }
    return {"recipe": "ptb", "axes": [{"name": "model.cell"}], "rows": [row]}


def test_language_models_are_compared_by_perplexity():
    text = drawn(comparison_table(language_grid(["test", "validation"])))
    assert "test perplexity" in text
    assert "validation perplexity" not in text
    assert text.count("108.00 ± 1.50") == 2
    text = drawn(comparison_table(language_grid(["validation"])))
    assert "validation perplexity" in text
    assert "test" not in text
    assert text.count("108.00 ± 1.50") == 1
