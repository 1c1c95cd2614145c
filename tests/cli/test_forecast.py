"""A forecast from the command line: train, its table, predict, evaluate, summary, compare."""

import csv
import io
import json

import pytest

from saiki.cli._forecast import comparison_rows
from saiki.cli.main import main

QUICK = ["--training.epochs", "3", "--model.hidden-size", "8"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forecast") / "run"
    assert main(["train", "airline", "--out", str(folder), "--quiet", *QUICK]) == 0
    return folder


@pytest.fixture
def passengers(tmp_path):
    from saiki.data import catalogue

    text = (catalogue._BUNDLED / "airline" / "airline_passengers.csv").read_text()
    path = tmp_path / "passengers.csv"
    path.write_text(text)
    return path


def last_line(capsys):
    printed = capsys.readouterr()
    return json.loads(printed.out.splitlines()[-1]), printed.err


def test_training_ends_with_the_baselines_table(tmp_path, capsys):
    words = ["train", "airline", "--out", str(tmp_path / "run"), *QUICK, "--json"]
    assert main(words) == 0
    result, said = last_line(capsys)
    assert {row["name"] for row in result["baselines"]["test"]} == {
        "model", "last_value", "seasonal_naive", "linear",
    }  # fmt: skip
    for word in ("the network", "last value", "seasonal naive", "linear", "MASE", "13 windows"):
        assert word in said
    assert "wins with a MASE of" in " ".join(said.split())


def test_a_forecast_is_a_csv_file(run, passengers, capsys):
    assert main(["predict", str(run), str(passengers)]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["time"] for row in rows] == [f"1961-{month:02d}" for month in range(1, 13)]
    for row in rows:
        low, middle, high = (
            float(row[name]) for name in ("Passengers 0.1", "Passengers 0.5", "Passengers 0.9")
        )
        assert low < middle < high
        assert float(row["Passengers"]) == middle


def test_with_json_it_is_json_lines(run, passengers, capsys):
    assert main(["predict", str(run), str(passengers), "--json"]) == 0
    *rows, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert last == {"inputs": 1, "failures": 0}
    assert [row["time"] for row in rows][:2] == ["1961-01", "1961-02"]
    assert set(rows[0]) == {"input", "time", "forecast", "quantiles"}
    assert rows[0]["forecast"]["Passengers"] == rows[0]["quantiles"]["Passengers"]["0.5"]


def test_several_inputs_say_which_is_which_and_a_bad_one_stops_none(
    run, passengers, monkeypatch, capsys
):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{passengers}\nnone.csv\n{passengers}\n"))
    assert main(["predict", str(run)]) == 2
    printed = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    assert [row["input"] for row in rows] == [str(passengers)] * 24
    assert "none.csv: there is no such file" in printed.err


def test_tables_may_be_in_another_encoding_than_that_of_training(
    run, passengers, language_run, capsys
):
    passengers.write_bytes(passengers.read_text().encode("utf-16"))
    assert main(["predict", str(run), str(passengers)]) == 2
    assert "--data.encoding utf-16" in capsys.readouterr().err
    assert main(["predict", str(run), str(passengers), "--data.encoding", "utf-16"]) == 0
    assert "1961-12" in capsys.readouterr().out
    assert main(["predict", str(language_run), "a.csv", "--data.encoding", "cp932"]) == 2
    assert "is for the tables of a forecast" in capsys.readouterr().err


def test_there_must_be_an_input(run, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["predict", str(run)]) == 2
    assert "at least one input must be given" in capsys.readouterr().err


def test_evaluation_shows_the_same_table(run, passengers, capsys):
    assert main(["evaluate", str(run), "--json"]) == 0
    found, _ = last_line(capsys)
    wanted = json.loads((run / "result.json").read_text())["metrics"]["test"]
    assert found["metrics"] == pytest.approx(wanted, rel=1e-6)
    assert main(["evaluate", str(run), "--data", str(passengers)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "97 windows" in shown
    assert "Seasonal naive is left out" not in shown
    assert "lies within the band of the quantiles" in shown
    assert main(["evaluate", str(run), "--predictions", "x.jsonl"]) == 2
    assert "this is a forecast. Leave it out" in capsys.readouterr().err


def test_a_table_too_short_for_the_season_says_so(tmp_path, passengers, capsys):
    short = ["--data.season", "40", "--data.window", "12", "--data.difference", "0"]
    words = ["train", "airline", "--out", str(tmp_path / "run"), "--quiet", *QUICK, *short]
    assert main(words) == 0
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "run"), "--data", str(passengers)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Seasonal naive is left out: the first window has less than a season (40 steps)" in shown


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (0.6, "linear wins with a MASE of 0.5; the network has 0.6. Take the simple forecast"),
        (0.4, "The network wins with a MASE of 0.4, 20.0% below the best simple forecast (linear)"),
    ],
)
def test_the_table_says_who_wins(own, said):
    figures = {"mae": 1.0, "rmse": 1.0, "largest_error": 1.0}
    rows = [{"name": "model", "mase": own} | figures, {"name": "linear", "mase": 0.5} | figures]
    assert said in comparison_rows("x", rows, {}).caption


def test_the_table_says_where_another_figure_has_another_winner():
    rows = [
        {"name": "model", "mase": 0.4, "mae": 2.0, "rmse": 3.0, "largest_error": 1.0},
        {"name": "linear", "mase": 0.5, "mae": 1.0, "rmse": 2.0, "largest_error": 1.0},
    ]
    caption = comparison_rows("x", rows, {}).caption
    assert "The network wins with a MASE of 0.4" in caption
    assert "By MAE, RMSE the winner is another: linear." in caption
    rows[1] |= {"mae": 3.0, "rmse": 4.0}
    assert "another" not in comparison_rows("x", rows, {}).caption


def test_summary_counts_window_and_horizon(run, capsys):
    assert main(["summary", str(run), "--json"]) == 0
    found, _ = last_line(capsys)
    result = json.loads((run / "result.json").read_text())
    assert found["parameters"] == result["parameters"]
    assert sum(layer["parameters"] for layer in found["layers"]) == result["parameters"]
    assert (found["window_steps"], found["horizon_steps"]) == (24, 12)


def test_a_comparison_is_by_mase(tmp_path, capsys):
    words = ["compare", "airline", "--vary", "model.cell=rnn,gru", "--out", str(tmp_path / "grid")]
    assert main([*words, *QUICK]) == 0
    printed = capsys.readouterr()
    assert "MASE" in printed.out + printed.err
    grid = json.loads((tmp_path / "grid" / "compare.json").read_text())
    assert [row["skipped"] for row in grid["rows"]] == [None, None]
    assert all("test.mase" in row["metrics"] for row in grid["rows"])


def test_messages_come_in_japanese(run, capsys):
    assert main(["evaluate", str(run), "--lang", "ja"]) == 0
    shown = capsys.readouterr().out
    assert "季節ナイーブ" in shown
    assert "勝ちです" in shown
