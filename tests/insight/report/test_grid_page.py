"""The page about a grid: the compare table, the plots, held-out groups, the reference."""

import json
import shutil

import pytest

from saiki.errors import RunFolderError
from saiki.insight.report._format import Texts
from saiki.insight.report._grid_rows import grid_rows, mean_of_groups
from saiki.insight.report._grid_table import compare_table
from saiki.insight.report._strings import texts

TEXT: Texts = texts("en")


def row(settings, *, accuracy=None, spread=None, loss=None, **more):
    metrics = {}
    if accuracy is not None:
        metrics["test.accuracy"] = {"mean": accuracy, "spread": spread, "values": [accuracy] * 2}
    if loss is not None:
        metrics["test.loss_nats"] = {"mean": loss, "spread": None, "values": [loss]}
    return {"settings": settings, "metrics": metrics, **more}


def cells(rows, **axes):
    table = {"axes": [{"name": k, "values": v} for k, v in axes.items()], "rows": rows}
    return compare_table(grid_rows(table, TEXT), TEXT, is_marked=True, count_title="Seeds")


def test_rows_follow_the_order_of_the_axes_not_of_the_file():
    rows = [row({"cell": c, "size": s}, accuracy=0.5) for c in ("gru", "rnn") for s in (16, 8)]
    table = cells(rows, cell=["rnn", "gru"], size=[8, 16])
    assert [r["settings"] for r in table["rows"]] == [
        ["rnn", "8"],
        ["rnn", "16"],
        ["gru", "8"],
        ["gru", "16"],
    ]


def test_settings_read_as_in_the_configuration():
    rows = [row({"clip": None, "bidirectional": True}, accuracy=0.5)]
    assert cells(rows)["rows"][0]["settings"] == ["none", "true"]


def test_the_best_is_the_highest_accuracy_and_the_lowest_loss():
    rows = [
        row({"cell": "rnn"}, accuracy=0.90, spread=0.02, loss=0.1),
        row({"cell": "lstm"}, accuracy=0.95, spread=0.02, loss=0.3),
        row({"cell": "gru"}, accuracy=0.94, spread=0.01, loss=0.2),
    ]
    marks = [[c["mark"] for c in r["numbers"][:2]] for r in cells(rows)["rows"]]
    assert marks == [["", "best"], ["best", ""], ["close", ""]]


def test_numbers_are_formatted_with_their_spread():
    rows = [
        row(
            {"cell": "gru"},
            accuracy=0.9812,
            spread=0.0041,
            seconds={"mean": 12.34, "values": [12, 12.68]},
            parameters=41234,
            peak_memory_bytes=2**29,
            runs=["a", "b"],
        )
    ]
    values = [c["value"] for c in cells(rows)["rows"][0]["numbers"]]
    assert values == ["0.981 ± 0.004", "12.3 s", "41,234", "512 MiB", "2"]


def test_one_value_has_no_spread():
    only = {"test.accuracy": {"mean": 0.9, "spread": 0.0, "values": [0.9]}}
    table = cells([{"settings": {"cell": "gru"}, "metrics": only}])
    assert table["rows"][0]["numbers"][0]["value"] == "0.900"


def test_metrics_of_the_training_part_stay_out_of_the_table():
    names = ("train.accuracy", "test.bleu", "validation.loss_nats", "test.accuracy")
    metrics = {name: {"mean": 0.5} for name in names}
    table = cells([{"settings": {}, "metrics": metrics}])
    assert table["numbers"][:3] == ["Test accuracy", "Test BLEU", "Time"]
    only = cells([{"settings": {}, "metrics": {"speed": {"mean": 3.0}}}])
    assert only["numbers"][0] == "speed"


def test_a_row_without_a_metric_shows_a_dash_and_wins_nothing():
    rows = [
        row({"cell": "rnn"}, accuracy=0.9),
        row({"cell": "gru"}, loss=0.2),
        row({"cell": "lstm"}, accuracy=float("nan")),
    ]
    first = [r["numbers"][0] for r in cells(rows)["rows"]]
    assert [c["value"] for c in first] == ["0.900", "–", "–"]
    assert [c["mark"] for c in first] == ["", "", ""]


def test_the_mean_of_groups_counts_each_group_once():
    rows = [
        row({"data.held_out": "ann", "model.cell": "gru"}, accuracy=0.8),
        row({"data.held_out": "bob", "model.cell": "gru"}, accuracy=0.9),
        row({"data.held_out": "ann", "model.cell": "rnn"}, accuracy=0.5),
    ]
    gru, rnn = mean_of_groups(grid_rows({"rows": rows}, TEXT), TEXT)
    assert gru.name == "cell=gru"
    assert gru.count == 2
    assert gru.metrics["test.accuracy"].mean == pytest.approx(0.85)
    assert gru.metrics["test.accuracy"].spread == pytest.approx(0.0707107)
    assert rnn.metrics["test.accuracy"].spread is None


@pytest.fixture
def grid(tmp_path, grid_factory):
    axes = [("model.cell", ["rnn", "lstm", "gru"]), ("model.bidirectional", [False, True])]
    reference = {
        "title": "Lecture notes",
        "rows": [{"name": "RNN", "seconds": 68.2, "accuracy": 0.91, "validation_accuracy": None}],
        "note_en": "Another machine.",
        "note_ja": "別のマシンです。",
    }
    return grid_factory(
        tmp_path / "cells", axes, skipped=(1,), reference=reference, epochs=3, count=40
    )


def test_the_page_of_a_grid_in_english(grid, render):
    page = render(grid)
    assert "Grid of runs cells" in page.text
    assert "Compare table" in page.text
    assert "sample standard deviation" in page.text
    assert page.text.count("★ 0.") == 3
    assert "cell=rnn, bidirectional=true too <slow>" in page.text
    assert "In detail: cell=gru, bidirectional=true" in page.text
    assert "The setting with the best validation accuracy" in page.text


def test_the_page_of_a_grid_in_japanese(grid, render):
    text = render(grid, language="ja").text
    for term in ("比較表", "シードごとの値", "実行しなかった設定", "文献の値との比較"):
        assert term in text
    assert "別のマシンです。" in text
    assert "Another machine" not in text


def test_the_reference_stands_next_to_ours(grid, render):
    text = render(grid).text
    assert "Another machine." in text
    assert "Lecture notes Setting Time Test accuracy Validation accuracy RNN 68.2 s 0.910 –" in text
    assert "This grid Setting Time Test accuracy Validation accuracy cell=rnn, bid" in text


def test_every_seed_is_one_dot(grid, render):
    table = json.loads((grid / "compare.json").read_text(encoding="utf-8"))
    values = [
        v for r in table["rows"] for v in r["metrics"].get("test.accuracy", {}).get("values", [])
    ]
    traces = render(grid).traces("Test accuracy")
    assert sorted(traces["one run"]["x"]) == pytest.approx(sorted(values))
    assert len(traces["mean"]["x"]) == 5


def test_curves_hold_each_run_and_the_mean_of_each_setting(grid, render):
    figure = render(grid).figures["Validation loss (nats) per epoch"]
    lines = [t for t in figure["data"] if t["legendgroup"] == "0"]
    single, mean = lines[:-1], lines[-1]
    assert len(figure["data"]) == 5 * 4
    assert len(single) == 3
    assert not any(t["showlegend"] for t in single)
    columns = zip(*(t["y"] for t in single), strict=True)
    assert mean["y"] == pytest.approx([sum(ys) / 3 for ys in columns])


def test_the_mean_ends_where_the_first_seed_ended(grid, run_factory, render):
    run_factory(grid / "runs" / "000-seed1", epochs=2)
    figure = render(grid).figures["Validation loss (nats) per epoch"]
    lengths = [len(t["x"]) for t in figure["data"] if t["legendgroup"] == "0"]
    assert lengths == [3, 2, 3, 2]


def test_runs_that_are_not_there_leave_the_table(grid, render):
    shutil.rmtree(grid / "runs")
    page = render(grid)
    assert page.text.count("★ 0.") == 3
    assert "so there are no curves" in page.text
    assert "In detail" not in page.text


def test_a_grid_without_finished_rows_says_so(tmp_path, render):
    (tmp_path / "compare.json").write_text('{"axes": [], "seeds": [0], "rows": []}')
    assert "No run of this grid has a result yet." in render(tmp_path).text


def test_held_out_groups_are_shown_each_and_in_the_mean(tmp_path, grid_factory, render):
    axes = [("data.held_out", ["jackson", "theo", "lucas"])]
    page = render(grid_factory(tmp_path / "speakers", axes, seeds=(0,), epochs=2, count=20))
    assert "Leave one group out" in page.text
    assert "Mean of the groups 0." in page.text
    assert page.text.index("jackson 0.") < page.text.index("theo 0.") < page.text.index("lucas 0.")
    assert "★" not in page.text  # groups do not compete
    assert "In detail: all groups" in page.text
    assert "Macro average" in page.text


def test_a_grid_of_seeds_alone_is_one_row(tmp_path, grid_factory, render):
    page = render(grid_factory(tmp_path / "seeds", [], epochs=2, count=20))
    assert "default settings 0." in page.text
    assert "★ 0." not in page.text


def test_damaged_tables_are_named(grid, render):
    (grid / "compare.json").write_text('{"rows": 3}', encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"compare\.json: rows must be a list of objects"):
        render(grid)
    (grid / "compare.json").write_text('{"rows":\n [}', encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"compare\.json, line 2: must be JSON"):
        render(grid)
