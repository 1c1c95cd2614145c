"""The page about one run: what it says, in both languages, whole or with pieces missing."""

import json
import math
import shutil
import subprocess
import sys

import pytest

from saiki.errors import ArgumentError, RunFolderError
from saiki.insight import render_report, write_report
from saiki.language import set_language


def damage(path, line, text):
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def change_line(path, line, **values):
    row = json.loads(path.read_text(encoding="utf-8").splitlines()[line - 1])
    damage(path, line, json.dumps({**row, **values}))


def test_the_headline_numbers_are_formatted(run_folder, render):
    text = render(run_folder).text
    assert "Test accuracy 0.981" in text
    assert "Test loss (nats) 0.07124" in text
    assert "Time 12.3 s" in text
    assert "Parameters 41,234" in text
    assert "Peak memory 512 MiB" in text
    assert "Backend fused" in text
    assert "Best epoch (from 0) 11" in text
    assert "Training 2,400 · Validation 300 · Test 300" in text


def test_the_japanese_page_uses_the_terms_of_the_field(run_folder, render):
    page = render(run_folder, language="ja")
    for term in ("学習曲線", "勾配ノルム", "混同行列", "適合率", "再現率", "F 値", "学習率"):
        assert term in page.text
    assert "テスト正解率 0.981" in page.text
    assert "時間 12.3 秒" in page.text
    assert "パラメータ数 41,234" in page.text
    assert "最大メモリ 512 MiB" in page.text
    assert ("html", {"lang": "ja"}) in page.tags
    assert "Learning curves" not in page.text


@pytest.mark.parametrize(
    ("written", "english", "japanese"),
    [
        ("all epochs done", "all epochs done", "全エポックを完了"),
        (
            "no better loss_nats in 5 epochs",
            "no better validation loss (nats) in 5 epochs",
            "5 エポックの間 検証損失（nats）の改善なし",
        ),
        ("power cut", "power cut", "power cut"),
    ],
)
def test_the_reason_of_the_end_is_in_the_readers_language(
    run_folder, render, written, english, japanese
):
    path = run_folder / "result.json"
    result = json.loads(path.read_text(encoding="utf-8")) | {"stopped_because": written}
    path.write_text(json.dumps(result), encoding="utf-8")
    assert f"Stopped because {english} " in render(run_folder).text
    assert f"終了理由 {japanese} " in render(run_folder, language="ja").text


def test_the_language_is_the_current_one_unless_given(run_folder):
    set_language("ja")
    try:
        assert "学習曲線" in render_report([run_folder])
        assert "学習曲線" not in render_report([run_folder], language="en")
    finally:
        set_language(None)


def test_learning_curves_hold_both_parts_and_mark_the_best_epoch(run_folder, render):
    page = render(run_folder)
    for caption in ("Loss (nats) per epoch", "Accuracy per epoch"):
        traces = page.traces(caption)
        assert traces["Training"]["x"] == list(range(15))
        assert traces["Training"]["y"] != traces["Validation"]["y"]
        assert traces["best epoch: 11"]["x"] == [11, 11]
    first = page.traces("Accuracy per epoch")["Training"]["y"]
    assert first[:2] == pytest.approx([0.1, 1 - 0.9 * math.exp(-1 / 3)])


def test_the_gradient_norm_is_that_before_clipping_with_the_threshold(run_folder, render):
    figure = render(run_folder).figures["Gradient norm before clipping (log scale)"]
    norm, threshold = figure["data"]
    assert max(norm["y"]) > 1  # the clipped norm never is
    assert threshold["y"] == [1, 1]
    assert threshold["x"] == [0, 179]
    assert figure["layout"]["yaxis"]["type"] == "log"


@pytest.mark.parametrize("written", ['"none"', "0.0"])
def test_no_threshold_is_drawn_when_clipping_is_off(run_folder, render, written):
    config = run_folder / "config.toml"
    text = config.read_text(encoding="utf-8").replace("clip_norm = 1.0", f"clip_norm = {written}")
    config.write_text(text, encoding="utf-8")
    page = render(run_folder)
    assert len(page.figures["Gradient norm before clipping (log scale)"]["data"]) == 1
    assert "above the threshold" not in page.text


def test_the_words_say_how_often_the_norm_was_above_the_threshold(run_folder, render):
    path = run_folder / "metrics.jsonl"
    rows = [{"kind": "step", "step": s, "gradient_norm": n} for s, n in enumerate([3, 0.5, 1, 2])]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert "above the threshold in 2 of 4 steps (50.0%)" in render(run_folder).text


def test_configuration_machine_and_command_are_shown(run_folder, render):
    text = render(run_folder).text
    assert 'cell = "gru"' in text
    assert "Processor Example CPU @ 2.10GHz" in text
    assert "Memory 8.0 GiB" in text
    assert "torch 2.13.0" in text
    assert "Commit 0f3c2a" in text
    assert "data.recordings.tar.gz 9d2b51c7" in text
    assert "saiki train spoken-digits --seed 0 --out 'my run'" in text


def test_every_entry_of_the_contents_leads_somewhere(run_folder, grid_factory, tmp_path, render):
    grid = grid_factory(tmp_path / "grid", [("data.held_out", ["a", "b"])], skipped=(1,))
    page = render(run_folder, grid)
    wanted = [a["href"][1:] for tag, a in page.tags if tag == "a"]
    places = [a["id"] for _, a in page.tags if "id" in a]
    assert set(wanted) <= set(places)
    assert len(places) == len(set(places))
    assert "part-1-confusion" in wanted


def test_nothing_is_loaded_from_elsewhere(run_folder, grid_factory, tmp_path, render):
    grid = grid_factory(tmp_path / "grid", [("model.cell", ["rnn", "gru"])])
    page = render(run_folder, grid)
    for tag, attributes in page.tags:
        assert "src" not in attributes
        assert tag not in ("link", "iframe", "img", "object", "embed", "base")
        assert attributes.get("href", "#").startswith("#")
    policy = next(a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_the_plot_library_is_there_once(run_folder, render):
    html = render_report([run_folder, run_folder], language="en")
    assert html.count("plotly.js v") == 1
    assert len(html) > 3_000_000


def test_hostile_text_stays_text(tmp_path, run_factory, render):
    evil = "</script><script>alert(1)</script>"
    labels = (evil, "<b>bold</b>", "a&b", '"quoted"')
    folder = run_factory(tmp_path / "<img src=x onerror=alert(2)>", labels=labels)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["command"] = ["saiki", "train", "<script>alert(3)</script>"]
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with (folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write('# <script>alert("4")</script>\n')
    html = render_report([folder], title="<i>title</i>", language="en")
    assert "<script>alert" not in html
    assert "<img" not in html.split("<script>")[0]
    assert "<i>title" not in html
    page = render(folder, title="<i>title</i>")
    assert evil in page.text
    ticks = page.figures["True and predicted classes"]["layout"]["xaxis"]["ticktext"]
    assert ticks[1] == "&lt;b&gt;bold&lt;/b&gt;"  # plotly.js would read tags as markup
    assert [tag for tag, _ in page.tags].count("script") == 2 + len(page.figures)


def test_an_interrupted_run_says_so(tmp_path, run_factory, render):
    folder = run_factory(tmp_path / "run", finished=False, epochs=3)
    page = render(folder)
    assert "no result.json" in page.text
    assert "Last recorded: epoch 2, step 35." in page.text
    assert "There is no predictions/test.jsonl" in page.text
    assert page.traces("Loss (nats) per epoch")["Training"]["x"] == [0, 1, 2]
    assert "中断" in render(folder, language="ja").text


def test_a_last_line_that_a_killed_run_cut_does_not_count(tmp_path, run_factory, render):
    folder = run_factory(tmp_path / "run", finished=False, epochs=3)
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind": "step", "st')
    assert "epoch 2, step 35" in render(folder).text


@pytest.mark.parametrize("kept", ["config.toml", "run.json", "metrics.jsonl", "result.json"])
def test_one_file_is_enough_for_a_page(run_folder, render, kept):
    for path in list(run_folder.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != kept:
            path.unlink()
    page = render(run_folder)
    assert ("no result.json" in page.text) == (kept != "result.json")
    assert ("There is no config.toml" in page.text) == (kept != "config.toml")
    assert ("There is no run.json" in page.text) == (kept != "run.json")
    assert ("so there are no curves" in page.text) == (kept != "metrics.jsonl")


def test_validation_predictions_stand_in_for_missing_test_ones(run_folder, render):
    folder = run_folder / "predictions"
    assert "these are for the validation part" not in render(run_folder).text
    (folder / "test.jsonl").rename(folder / "validation.jsonl")
    page = render(run_folder)
    assert "these are for the validation part" in page.text
    assert "True and predicted classes" in page.figures


def test_values_that_are_not_finite_are_named_and_left_out(run_folder, render):
    path = run_folder / "metrics.jsonl"
    change_line(path, 3, gradient_norm=math.nan)
    change_line(path, 4, loss_nats=math.inf, gradient_norm=-math.inf)
    change_line(path, 13, train={"loss_nats": math.nan, "accuracy": 0.5})
    result = json.loads((run_folder / "result.json").read_text(encoding="utf-8"))
    result["metrics"]["test"] = {"accuracy": math.nan, "loss_nats": math.inf}
    (run_folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    predictions = run_folder / "predictions" / "test.jsonl"
    change_line(predictions, 7, loss_nats=math.nan, confidence=math.nan, name="odd.wav")
    page = render(run_folder)
    assert "3 recorded values of loss or gradient norm" in page.text
    assert "the first at step 2." in page.text
    assert "the first at epoch 0." in page.text
    assert "Test accuracy NaN" in page.text
    assert "Test loss (nats) ∞" in page.text
    norm = page.figures["Gradient norm before clipping (log scale)"]["data"][0]
    assert 2 not in norm["x"]
    assert page.text.index("odd.wav") < page.text.index("_speaker_")  # the hardest of all


@pytest.mark.parametrize(
    ("name", "line"), [("metrics.jsonl", 5), ("result.json", 1), ("predictions/test.jsonl", 9)]
)
def test_a_damaged_file_is_named_with_its_line(run_folder, name, line):
    damage(run_folder / name, line, '{"kind": }')
    with pytest.raises(RunFolderError, match=rf"{name}, line {line}: must be JSON"):
        render_report([run_folder])


def test_a_line_that_is_no_object_is_named(run_folder):
    damage(run_folder / "metrics.jsonl", 2, "[1, 2]")
    with pytest.raises(RunFolderError, match=r"line 2: must be a JSON object; got list"):
        render_report([run_folder])


def test_a_line_separator_inside_a_name_does_not_cut_the_line(run_folder, render):
    path = run_folder / "predictions" / "test.jsonl"
    row = json.loads(path.read_text(encoding="utf-8").split("\n")[0])
    row |= {"name": "one\u2028two", "loss_nats": 99}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    assert "one two" in render(run_folder).text


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match=r"must be a run folder .* or a grid folder"):
        render_report([tmp_path])


def test_no_folder_is_refused():
    with pytest.raises(ArgumentError, match="at least one run or grid folder; got none"):
        render_report([])


def test_write_report_writes_the_page_and_returns_its_path(run_folder):
    out = run_folder / "report.html"
    assert write_report([run_folder], out, language="en", title="My title") == out
    html = out.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert "<title>My title</title>" in html


def test_several_runs_begin_with_an_overview(tmp_path, run_factory, render):
    folders = [run_factory(tmp_path / name, epochs=2) for name in ("one", "two", "three", "four")]
    page = render(*folders)
    assert "Overview" in page.text
    assert page.text.startswith("saiki report: one, two, three, …")
    assert "Overview" not in render(folders[0]).text


def test_insight_imports_no_torch():
    code = "import sys, saiki.insight; assert 'torch' not in sys.modules, 'torch came in'"
    subprocess.run([sys.executable, "-c", code], check=True)
