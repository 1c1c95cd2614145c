"""The page about a forecaster: who wins, the table, the curves."""

import json

import pytest

CAPTION = "Past, truth and what was forecast"


@pytest.fixture
def forecast_run(tmp_path, forecast_factory):
    return forecast_factory(tmp_path / "etth1-gru")


def samples_of(folder):
    return json.loads((folder / "samples.json").read_text(encoding="utf-8"))


def change(path, **values):
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**found, **values}), encoding="utf-8")


def traces(page, at=0):
    (shown,) = page.figures[CAPTION]["choices"][at].values()
    return {trace["name"]: trace for trace in shown["data"]}


def test_the_page_says_who_wins(forecast_run, render):
    page = render(forecast_run)
    text = page.text
    marks = [a.get("class") for tag, a in page.tags if tag == "p"]
    marks = [mark for mark in marks if mark in {"verdict", "notice"}]
    assert marks[1:] == ["verdict", "notice"]  # the first is for who has no scripts
    assert "MAE: the model wins with 0.5120, 5.9% below the best simple forecast (linear" in text
    assert "RMSE: the simple forecast “linear” wins with 0.6875; the model has 0.7500." in text
    table = samples_of(forecast_run)["table"]
    change(forecast_run / "samples.json", table=[table[0], table[3] | {"mae": 0.512}])
    text = render(forecast_run).text
    assert "MAE: the model and the simple forecast “linear” are equal at 0.5120." in text
    japanese = render(forecast_run, language="ja").text
    assert "単純な予測「線形」の勝ちです（0.6875、モデルは 0.7500）" in japanese


def test_the_best_of_each_column_is_marked(forecast_run, render):
    text = render(forecast_run).text
    assert "Forecast by MAE RMSE MASE the model ★ 0.5120 0.7500 ★ 0.8100 last value 1.250" in text
    assert "seasonal naive 0.6400 0.9300 1.000 linear 0.5440 ★ 0.6875 0.8300" in text
    rows = [row | {"unheard_of": 1.0} for row in samples_of(forecast_run)["table"]]
    rows[1]["mae"] = None
    change(forecast_run / "samples.json", table=rows)
    text = render(forecast_run).text
    assert "last value – 1.900" in text
    assert "★ 1.000" not in text  # nobody knows whether less of it is better


def test_the_headline_holds_the_errors(forecast_run, render):
    text = render(forecast_run).text
    assert "Test MAE 0.5120 Test RMSE 0.7500 Test MASE 0.8100 Time 61.5 s" in text
    figures = {"mae": 0.5, "coverage": 0.8125, "pinball": 0.25}
    change(forecast_run / "result.json", metrics={"validation": figures})
    text = render(forecast_run).text
    assert "Validation MAE 0.5000 Validation pinball loss 0.2500" in text
    assert "Validation share inside the band 0.812 Time" in text


def test_a_curve_goes_from_past_over_truth_and_forecast(forecast_run, render):
    page = render(forecast_run)
    curve = samples_of(forecast_run)["curves"][0]
    shown = traces(page)
    assert shown["past"]["x"] == curve["time"][:36]
    assert shown["past"]["y"] == pytest.approx(curve["past"], rel=1e-5)
    assert shown["forecast"]["x"] == curve["time"][36:]
    assert shown["forecast"]["y"] == pytest.approx(curve["forecast"], rel=1e-5)
    # The truth goes on where the past ends.
    assert shown["truth"]["x"] == curve["time"][35:]
    told = [curve["past"][-1], *curve["truth"]]
    assert shown["truth"]["y"] == pytest.approx(told, rel=1e-5)
    assert shown["linear"]["y"] == pytest.approx(curve["baselines"]["linear"], rel=1e-5)
    assert shown["band of the quantiles"]["y"] == pytest.approx(curve["high"], rel=1e-5)
    assert shown["band of the quantiles"]["fill"] == "tonexty"
    labels = [a["value"] for tag, a in page.tags if tag == "option"]
    assert labels == ["0", "1", ""]
    assert "OT <1>" in page.text


def test_the_band_lies_between_its_two_ends(forecast_run, render):
    (shown,) = render(forecast_run).figures[CAPTION]["choices"][0].values()
    low, high = shown["data"][:2]
    assert all(a < b for a, b in zip(low["y"], high["y"], strict=True))
    assert not low["showlegend"]
    assert "fill" not in low
    assert "band of the quantiles" not in traces(render(forecast_run), 1)


def test_a_target_over_the_steps_of_its_window_stands_over_them(forecast_run, render):
    steps = list(range(20))
    curve = {"name": "cosine", "time": steps, "past": steps, "truth": steps, "forecast": steps}
    change(forecast_run / "samples.json", curves=[curve], table=[])
    page = render(forecast_run)
    shown = traces(page)
    assert shown["past"]["x"] == shown["truth"]["x"] == shown["forecast"]["x"] == steps
    assert "There are no figures of simple forecasts" in page.text
    assert "linear" not in shown


def test_damaged_curves_are_left_out(forecast_run, render):
    good = samples_of(forecast_run)["curves"][1]
    bad = [{"name": "no time", "forecast": [1.0]}, {"name": "nothing", "time": [1]}, "no curve"]
    hole = good | {"forecast": [None, *good["forecast"][1:]]}
    change(forecast_run / "samples.json", curves=[*bad, hole])
    page = render(forecast_run)
    assert len(page.figures[CAPTION]["choices"]) == 1
    assert traces(page)["forecast"]["y"][0] is None
    change(forecast_run / "samples.json", curves=bad)
    assert "samples.json holds no curves." in render(forecast_run).text


def test_runs_are_drawn_over_one_truth(tmp_path, forecast_factory, render):
    gru = forecast_factory(tmp_path / "gru")
    rnn = forecast_factory(tmp_path / "rnn", offset=0.9)
    page = render(gru, rnn)
    both = page.traces("OT <1>: every run over the truth")
    curve = samples_of(rnn)["curves"][0]
    most = max(abs(a - b) for a, b in zip(curve["forecast"], curve["truth"], strict=True))
    assert both[f"rnn (max |Δ| {most:.3f})"]["y"] == pytest.approx(curve["forecast"], rel=1e-5)
    assert [name.split()[0] for name in both] == ["past", "truth", "gru", "rnn"]
    other = [one | {"truth": one["forecast"]} for one in samples_of(rnn)["curves"]]
    change(rnn / "samples.json", curves=other)  # another truth is no rival
    assert "Side by side" not in render(gru, rnn).text


def test_the_loss_of_a_forecast_is_no_nats(forecast_run, render):
    page = render(forecast_run)
    assert "Training loss per step" in page.figures
    assert "Training loss per step (nats)" not in page.figures


def test_an_interrupted_run_says_what_is_missing(tmp_path, forecast_factory, render):
    text = render(forecast_factory(tmp_path / "run", finished=False, epochs=2)).text
    assert "no result.json" in text
    assert text.count("There is no samples.json") == 2


def test_contents_lead_somewhere(forecast_run, run_folder, render):
    page = render(forecast_run, run_folder)
    wanted = [a["href"][1:] for tag, a in page.tags if tag == "a"]
    assert set(wanted) <= {a["id"] for _, a in page.tags if "id" in a}
    assert {"part-1-forecasts", "part-1-baselines"} <= set(wanted)


def test_the_page_speaks_japanese(forecast_run, render):
    text = render(forecast_run, language="ja").text
    for term in ("単純な予測との比較", "季節ナイーブ", "直前の値", "予測と実測"):
        assert term in text
    for term in ("last value", "Forecast", "Against"):
        assert term not in text
