"""Forecasts: windows by time, baselines on the same windows, prediction, and every refusal."""

import csv
import json

import numpy as np
import pytest
import torch

import saiki
from saiki.artifacts import to_toml
from saiki.data import read_time_series
from saiki.errors import ArgumentError, ConfigurationError, DataError, RunFolderError
from saiki.tasks.configure import config_from_table, resolve
from saiki.tasks.forecast_baselines import LinearForecast, fit_linear, last_value, seasonal_naive
from saiki.tasks.forecast_batches import WindowBatches
from saiki.tasks.forecast_measure import comparison, measure_forecast, measure_quantiles, winner
from saiki.tasks.forecast_preparation import prepare_series
from saiki.tasks.forecast_season import find_season

ROWS = 160


def columns(rows=ROWS, seed=5):
    """Two targets with a season of 12, a column that runs ahead of one, and one known ahead."""
    draw, steps = np.random.default_rng(seed), np.arange(rows)
    season = np.sin(2 * np.pi * steps / 12)
    lead = draw.normal(size=rows)
    price = (steps % 5 == 0).astype(float)
    return {
        "load": 20 + 5 * season + np.roll(lead, 3) + 3 * price + 0.1 * draw.normal(size=rows),
        "oil": 8 + 2 * np.cos(2 * np.pi * steps / 12) + 0.1 * draw.normal(size=rows),
        "wind": lead,
        "price": price,
    }


def write(path, table, stamps=None, empty=()):
    rows = len(next(iter(table.values())))
    stamps = stamps or [f"{2000 + at // 12}-{at % 12 + 1:02d}" for at in range(rows)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["month", *table])
        for at in range(rows):
            gone = ("load", "oil", "wind") if at in empty else ()
            cells = ["" if c in gone else repr(float(table[c][at])) for c in table]
            writer.writerow([stamps[at], *cells])
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write(tmp_path_factory.mktemp("series") / "plant.csv", columns())


def table(source, **sections):
    made = {
        "task": "forecast",
        "data": {
            "source": str(source),
            "time_column": "month",
            "targets": ["load", "oil"],
            "past_columns": ["wind"],
            "known_columns": ["price"],
            "calendar": ["month"],
            "window": 14,
            "horizon": 6,
            "part_steps": [100, 30, 25],
        },
        "model": {"hidden_size": 8},
        "training": {"epochs": 2, "batch_size": 8, "checkpoint_seconds": 0.0},
    }
    for name, section in sections.items():
        made[name] = made[name] | section if isinstance(section, dict) else section
    return made


def prepare(source, **data):
    return prepare_series(config_from_table(table(source, data=data), "x").data)


def train(folder, made, **options):
    file = folder / "own.toml"
    file.write_text(to_toml(made), encoding="utf-8")
    return saiki.train(file, out=folder / "run", **options)


@pytest.fixture(scope="module")
def run(source, tmp_path_factory):
    made = table(source, model={"quantiles": [0.1, 0.5, 0.9]}, training={"epochs": 12})
    return train(tmp_path_factory.mktemp("forecast"), made)


@pytest.fixture(scope="module")
def model(run):
    return saiki.load(run.folder)


# Windows


def test_the_targets_of_a_window_lie_in_its_part_and_what_it_reads_may_lie_before(source):
    prepared = prepare(source)
    rows = {part: starts + 14 for part, starts in prepared.starts.items()}
    assert (rows["train"][0], rows["train"][-1] + 6) == (14, 100)
    assert (rows["validation"][0], rows["validation"][-1] + 6) == (100, 130)
    assert (rows["test"][0], rows["test"][-1] + 6) == (130, 155)
    assert prepared.inputs.shape == (ROWS, 2 + 1 + 1 + 2)
    truth = read_time_series(source, time_column="month").select(["load", "oil"])
    np.testing.assert_array_equal(prepared.truth_of(np.array([3]))[0], truth[17:23])
    np.testing.assert_array_equal(prepared.windows(np.array([3]))[0], prepared.inputs[3:17])
    np.testing.assert_array_equal(prepared.known_ahead(np.array([3]))[0], prepared.known[17:23])


def test_nothing_is_fitted_on_what_is_held_back(source, tmp_path):
    changed = {name: values.copy() for name, values in columns().items()}
    for values in changed.values():
        values[100:] = values[100:] * 7 + 3
    other = prepare(write(tmp_path / "other.csv", changed))
    assert json.dumps(other.scalings.to_json()) == json.dumps(prepare(source).scalings.to_json())
    starts = other.starts["train"]
    np.testing.assert_array_equal(other.windows(starts), prepare(source).windows(starts))


@pytest.mark.parametrize("transform", ["none", "log"])
@pytest.mark.parametrize("difference", [0, 1, 12])
def test_scaled_targets_are_restored_to_the_truth(source, transform, difference):
    prepared = prepare(source, transform=transform, difference=difference)
    starts = prepared.starts["train"]
    restored = prepared.restore(prepared.targets_of(starts)[..., None].astype(np.float64), starts)
    np.testing.assert_allclose(restored[..., 0], prepared.truth_of(starts), rtol=1e-5)


def test_fractions_part_by_time(source):
    prepared = prepare(source, part_steps=None, validation_fraction=0.2, test_fraction=0.1)
    assert [len(starts) for starts in prepared.starts.values()] == [112 - 19, 32 - 5, 16 - 5]
    assert list(prepare(source, part_steps=[160, 0, 0]).starts) == ["train"]


def test_an_epoch_has_every_window_once_and_the_share_of_truth_falls(source):
    prepared = prepare(source)
    how = {"batch_size": 8, "epochs": 3, "teacher_forcing": 0.25, "seed": 1}
    batches = WindowBatches(prepared, device=torch.device("cpu"), **how)
    epoch = list(batches.batches(1))
    assert sum(len(batch["values"]) for batch in epoch) == len(prepared.starts["train"])
    last = list(batches.batches(1, len(epoch) - 2))
    for batch, again in zip(epoch[-2:], last, strict=True):
        assert all(torch.equal(batch[name], again[name]) for name in batch)
    shares = [batch["share"].item() for at in range(3) for batch in batches.batches(at)]
    assert (shares[0], shares[-1]) == (1.0, 0.25)
    np.testing.assert_allclose(np.diff(shares), -0.75 / (len(shares) - 1), rtol=1e-4)


# Baselines


def test_last_value_and_seasonal_naive_by_hand(source):
    prepared = prepare(source, horizon=14, window=20, season=12)
    starts, truth = np.array([4, 9]), prepared.truth
    np.testing.assert_array_equal(last_value(prepared, starts)[1], np.repeat(truth[28:29], 14, 0))
    expected = np.concatenate([truth[17:29], truth[17:19]])
    np.testing.assert_array_equal(seasonal_naive(prepared, starts)[1], expected)
    assert seasonal_naive(prepare(source, season=40), np.array([4])) is None
    assert seasonal_naive(prepare(source, season=1), np.array([4])) is None


def test_the_season_is_found_by_autocorrelation(source):
    assert prepare(source).scalings.season == 12
    assert prepare(source, difference=12).scalings.season == 12
    noise = np.random.default_rng(2).normal(size=(300, 2))
    assert find_season(noise) == 1
    trend = np.arange(300.0)[:, None]
    assert find_season(trend + 0.01 * noise[:, :1]) == 1
    assert find_season(trend + 9 * np.sin(2 * np.pi * trend / 7)) == 7
    assert find_season(noise[:5]) == 1
    assert find_season(1e6 + 0.1 * trend) == 1  # what rounding leaves of a line has no season


def test_the_linear_forecast_finds_a_linear_law(tmp_path):
    """y follows from its own two values before: a regression leaves nothing."""
    values = [1.0, 0.7]
    for _ in range(ROWS - 2):
        values.append(1.8 * values[-1] - 0.98 * values[-2] + 0.02)
    drift = np.arange(ROWS) * 0.1
    path = write(tmp_path / "law.csv", {"load": np.array(values), "oil": np.array(values) + drift})
    prepared = prepare(path, past_columns=[], known_columns=[], calendar=[])
    linear = fit_linear(prepared)
    starts = prepared.starts["test"]
    np.testing.assert_allclose(
        linear.forecast(prepared, starts), prepared.truth_of(starts), atol=1e-3
    )
    again = LinearForecast.from_arrays(linear.to_arrays())
    np.testing.assert_array_equal(
        again.forecast(prepared, starts), linear.forecast(prepared, starts)
    )


def test_the_linear_forecast_reads_what_is_known_of_a_horizon_longer_than_the_window(tmp_path):
    draw = np.random.default_rng(3)
    price = draw.normal(size=300)
    made = {"load": 4 * price + 0.01 * draw.normal(size=300), "price": price}
    path = write(tmp_path / "price.csv", made)
    chosen = {"targets": ["load"], "past_columns": [], "calendar": [], "part_steps": [200, 50, 50]}
    prepared = prepare(path, **chosen, window=3, horizon=9)
    starts = prepared.starts["test"]
    error = fit_linear(prepared).forecast(prepared, starts) - prepared.truth_of(starts)
    assert np.abs(error).max() < 0.2


def test_a_window_of_one_step_that_an_anchor_empties_has_a_linear_forecast(source):
    prepared = prepare(source, window=1, past_columns=[], known_columns=[], calendar=[])
    assert np.isfinite(fit_linear(prepared).weights).all()


def test_the_linear_forecast_is_the_ridge_by_least_squares(source):
    """min |y - x w - b|² + α |w|² as plain least squares with a row √α more for each weight."""
    from saiki.tasks.forecast_baselines import _features, _ridges

    prepared = prepare(source)
    starts = prepared.starts["train"]
    for reads in ("own", "all"):
        for is_anchored in (False, True):
            made = list(_ridges(prepared, starts, reads, is_anchored))[3]  # strength 1e-2
            ((places, x, base), *_) = _features(prepared, starts, reads, is_anchored)
            y = prepared.targets_of(starts)[:, :, places[-1]] - base[:, places[-1], None]
            rows = np.sqrt(1e-2 * len(starts)) * np.eye(x.shape[1])
            left = np.block([[x, np.ones((len(x), 1))], [rows, np.zeros((len(rows), 1))]])
            right = np.concatenate([y, np.zeros((len(rows), y.shape[1]))])
            expected = np.linalg.lstsq(left, right, rcond=None)[0]
            np.testing.assert_allclose(made.weights[places[-1]], expected[:-1], atol=1e-6)
            np.testing.assert_allclose(made.bias[places[-1]], expected[-1], atol=1e-6)


def test_figures_by_hand():
    forecast, truth = np.array([[[1.0], [5.0]]]), np.array([[[2.0], [2.0]]])
    figures = measure_forecast(forecast, truth, np.array([4.0]))
    assert figures == {"mae": 2, "rmse": pytest.approx(5**0.5), "mase": 0.5, "largest_error": 3}
    forecast, truth = np.array([[[1.0], [5.0], [5.0]]]), np.array([[[2.0], [4.0], [9.0]]])
    band = np.stack([forecast - 2, forecast, forecast + 1], -1)
    figures = measure_quantiles(band, truth, (0.1, 0.5, 0.9))
    assert figures["coverage"] == pytest.approx(2 / 3)
    losses = [0.1 * 3, 0.5 * 1, 0, 0.1 * 1, 0.5 * 1, 0.1 * 2, 0.1 * 6, 0.5 * 4, 0.9 * 3]
    assert figures["pinball"] == pytest.approx(np.mean(losses))
    assert measure_quantiles(band[..., :1], truth, (0.5,)) == {}


def test_the_network_wins_only_where_it_is_no_worse():
    rows = [{"name": "model", "mase": 0.5}, {"name": "linear", "mase": 0.5}]
    assert winner(rows) == "model"
    rows[1]["mase"] = 0.49
    assert winner(rows) == "linear"


def test_the_unit_of_mase_is_the_change_over_a_season_in_training(source):
    prepared = prepare(source)
    truth = prepared.truth[:100]
    expected = np.abs(truth[12:] - truth[:-12]).mean(0)
    np.testing.assert_allclose(prepared.scalings.error_scale, expected)
    own = comparison({"model": last_value(prepared, np.array([20]))}, prepared, np.array([20]))
    error = np.abs(prepared.truth[33] - prepared.truth[34:40])
    assert own[0]["mase"] == pytest.approx((error / expected).mean())
    assert own[0]["columns"]["oil"]["mae"] == pytest.approx(error[:, 1].mean())


def test_where_seasons_repeat_exactly_the_unit_of_mase_is_the_change_over_a_step(tmp_path):
    made = columns()
    made["oil"] = np.sin(2 * np.pi * np.arange(ROWS) / 12)  # the same again but for rounding
    prepared = prepare(write(tmp_path / "a.csv", made), season=12)
    load, oil = prepared.truth[:100].T
    expected = [np.abs(load[12:] - load[:-12]).mean(), np.abs(np.diff(oil)).mean()]
    np.testing.assert_allclose(prepared.scalings.error_scale, expected)


# A run


def test_the_result_has_the_network_beside_the_baselines(run):
    figures = run.metrics["test"]
    assert {"mae", "rmse", "mase", "largest_error", "pinball", "coverage"} == set(figures)
    rows = {row["name"]: row for row in run.result["baselines"]["test"]}
    assert set(rows) == {"model", "last_value", "seasonal_naive", "linear"}
    assert rows["model"]["mae"] == figures["mae"]
    assert figures["mase"] < rows["last_value"]["mase"]
    assert run.result["best"]["test"] == min(rows, key=lambda name: rows[name]["mase"])
    assert run.result["parts"] == {"train": 81, "validation": 25, "test": 20}


def test_the_samples_are_curves_over_the_truth(run, source):
    samples = json.loads((run.folder / "samples.json").read_text())
    assert samples["table"][0]["name"] == "model"
    truth = prepare(source).truth
    stretch, window = samples["curves"][0], samples["curves"][-1]
    np.testing.assert_allclose(stretch["truth"], truth[130:154, 1], rtol=1e-6)
    assert stretch["past"] == []
    assert window["time"][14:] == [f"2012-{month:02d}" for month in range(6, 12)]
    np.testing.assert_allclose(window["past"], truth[135:149, 0], rtol=1e-6)
    np.testing.assert_allclose(window["truth"], truth[149:155, 0], rtol=1e-6)
    for curve in samples["curves"]:
        steps = len(curve["forecast"])
        assert len(curve["time"]) == len(curve["past"]) + steps
        assert set(curve["baselines"]) == {"last_value", "seasonal_naive", "linear"}
        assert all(len(values) == steps for values in curve["baselines"].values())
        assert all(a < b < c for a, b, c in zip(curve["low"], curve["forecast"], curve["high"],
                                                strict=True))  # fmt: skip


def test_the_model_card_names_the_best(run):
    card = (run.folder / "MODEL_CARD.md").read_text()
    assert "The lowest MASE has: " in card
    assert "quantiles 0.1, 0.5, 0.9" in card


def test_evaluation_gives_the_figures_of_the_run(run, model, source):
    scores = model.evaluate()
    assert scores.metrics == pytest.approx(run.metrics["test"], rel=1e-6)
    whole = model.evaluate(source)
    assert whole.windows == ROWS - 14 - 6 + 1
    assert {row["name"] for row in whole.table} >= {"model", "last_value", "linear"}


def test_evaluation_refuses_data_that_has_changed(run, model, source, tmp_path):
    import dataclasses

    other = write(tmp_path / "plant.csv", columns(seed=6))
    data = dataclasses.replace(model.config.data, source=str(other))
    changed = saiki.load(run.folder)
    changed.config = dataclasses.replace(model.config, data=data)
    with pytest.raises(RunFolderError, match="has changed since training"):
        changed.evaluate()


def test_a_forecast_goes_on_from_the_last_row_with_targets(model, source, tmp_path):
    """The same history gives the same forecast, whatever stands in the future rows' targets."""
    known = columns()
    path = write(tmp_path / "now.csv", known, empty=range(149, ROWS))
    rows = model.predict(path)
    assert [row["time"] for row in rows] == [f"2012-{month:02d}" for month in range(6, 12)]
    prepared = prepare(source)
    from saiki.tasks.forecast_measure import forecast_windows

    expected = forecast_windows(model.network, prepared, np.array([135]), model.device)[0]
    for row, values in zip(rows, expected, strict=True):
        assert row["forecast"]["oil"] == pytest.approx(values[1, 1], rel=1e-5)
        assert row["quantiles"]["load"] == pytest.approx(
            {"0.1": values[0, 0], "0.5": values[0, 1], "0.9": values[0, 2]}, rel=1e-5
        )
    assert model.predict([path, path]) == rows * 2


def test_columns_known_ahead_must_be_there(model, tmp_path):
    path = write(tmp_path / "now.csv", columns(), empty=range(156, ROWS))
    with pytest.raises(DataError, match=r"price must be known for 6 rows .*; there are 4"):
        model.predict(path)


def test_a_table_must_be_long_enough(model, tmp_path):
    short = {name: values[:13] for name, values in columns().items()}
    with pytest.raises(DataError, match=r"14 rows with all values are needed at least; .* 13"):
        model.predict(write(tmp_path / "short.csv", short))
    with pytest.raises(DataError, match="20 rows with all values"):
        model.evaluate(tmp_path / "short.csv")


def test_a_table_of_other_steps_is_refused(model, tmp_path):
    rows = 60
    made = columns(rows)
    yearly = write(tmp_path / "yearly.csv", made, [f"{1900 + at}-01" for at in range(rows)])
    counted = write(tmp_path / "counted.csv", made, [str(at) for at in range(rows)])
    for read in (model.predict, model.evaluate):
        with pytest.raises(DataError, match=r"yearly.csv: its rows stand 12 months apart; .* 1 m"):
            read(yearly)
        with pytest.raises(
            DataError,
            match=r"counted.csv: its rows stand 1 apart; those of",
        ):
            read(counted)


def test_without_known_columns_the_future_needs_no_rows(tmp_path):
    made = table(
        write(tmp_path / "a.csv", columns()),
        data={"known_columns": [], "past_columns": [], "transform": "log", "difference": 12},
    )
    model = saiki.load(train(tmp_path, made).folder)
    rows = model.predict(made["data"]["source"])
    assert [row["time"] for row in rows] == [f"2013-{month:02d}" for month in range(5, 11)]
    assert all(row["forecast"]["load"] > 0 for row in rows)


def test_an_aligned_network_answers_every_row(tmp_path):
    made = {
        "task": "forecast",
        "data": {
            "source": "sine-cosine", "time_column": "angle", "targets": ["cosine"],
            "past_columns": ["sine"], "window": 10, "horizon": 10, "target_steps": "same",
        },
        "model": {"decoding": "autoregressive", "hidden_size": 8},
        "training": {"epochs": 1, "batch_size": 256, "teacher_forcing": 0.5},
    }  # fmt: skip
    run = train(tmp_path, made)
    model = saiki.load(run.folder)
    angles = np.arange(27) / 10 + 0.05
    path = tmp_path / "sine.csv"
    lines = [f"{angle:.2f},{np.sin(angle)}" for angle in angles]
    path.write_text("angle,sine\n" + "\n".join(lines), encoding="utf-8")
    rows = model.predict(path)
    assert [row["time"] for row in rows] == [f"{angle:.2f}" for angle in angles]
    assert {row["name"] for row in run.result["baselines"]["test"]} >= {"model", "linear"}
    values = torch.from_numpy(np.sin(angles[17:]).astype(np.float32))[None, :, None]
    with torch.no_grad():
        scaled = (values - model.scalings.others.mean[0]) / model.scalings.others.deviation[0]
        last = model.network(scaled.float())[0, -1, 0, 0].item()
    mean, deviation = model.scalings.targets.mean[0], model.scalings.targets.deviation[0]
    assert rows[-1]["forecast"]["cosine"] == pytest.approx(last * deviation + mean, abs=1e-5)


def test_an_autoregressive_network_learns_a_curve_that_it_runs_on_freely(tmp_path):
    steps = np.arange(240)
    path = write(tmp_path / "wave.csv", {"load": np.sin(steps / 4) + 2}, [str(at) for at in steps])
    made = {
        "task": "forecast",
        "data": {"source": str(path), "time_column": "month", "window": 16, "horizon": 12},
        "model": {"decoding": "autoregressive", "hidden_size": 24},
        "training": {"epochs": 20, "batch_size": 16, "learning_rate": 0.01,
                     "teacher_forcing": 0.0},
    }  # fmt: skip
    run = train(tmp_path, made)
    rows = {row["name"]: row for row in run.result["baselines"]["test"]}
    assert run.metrics["test"]["largest_error"] < 0.2
    assert run.metrics["test"]["mae"] < rows["last_value"]["mae"] / 10


# Refusals


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"data": {"horizon": 200}}, "the train part has 100 steps, and 214 are needed"),
        ({"data": {"horizon": 26}}, "the test part has 25 steps, and 26 are needed"),
        ({"data": {"part_steps": [150, 30, 30]}}, "the parts have 210 steps together; .* has 160"),
        ({"data": {"targets": ["oils"]}}, "no column 'oils'; the columns are month, load, oil"),
        ({"data": {"known_columns": ["prize"]}}, "no column 'prize'.*or data.known_columns"),
        ({"data": {"time_column": "year"}}, "no column 'year'"),
        ({"data": {"transform": "log", "targets": ["wind"], "past_columns": []}},
         "column 'wind' has .* in row"),
    ],
)  # fmt: skip
def test_data_that_does_not_do(source, tmp_path, sections, message):
    with pytest.raises(DataError, match=message):
        train(tmp_path, table(source, **sections))
    assert not (tmp_path / "run" / "config.toml").exists()


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"data": {"time_column": "none"}}, "data.calendar: needs dates"),
        ({"data": {"past_columns": ["load"]}}, "each column must have one use.*: load"),
        ({"data": {"targets": [], "past_columns": ["wind", "load", "oil"], "calendar": []}},
         "one at least be a target|one use"),
        ({"data": {"season": 100}}, "data.season: must be less than the 100 steps"),
        ({"data": {"part_steps": [100, -1, 25]}}, "no part can have less than 0 steps; got 100"),
        ({"data": {"part_steps": "none", "test_fraction": 0.5, "validation_fraction": 0.5}},
         "must be less than 1 together; got 1"),
        ({"data": {"target_steps": "same", "horizon": 14, "difference": 1}},
         "data.difference: needs the targets' past"),
        ({"data": {"target_steps": "same", "horizon": 14, "past_columns": [],
                   "known_columns": []}}, "target_steps same: the targets are made from other"),
        ({"data": {"difference": 3}, "model": {"quantiles": [0.1, 0.5]}},
         "right for 3 steps ahead only"),
        ({"training": {"teacher_forcing": 0.5}}, "teacher_forcing: is for model.decoding auto"),
        ({"data": {"part_steps": [160, 0, 0]}}, "needs a validation part"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together(source, tmp_path, sections, message):
    with pytest.raises(ConfigurationError, match=message):
        train(tmp_path, table(source, **sections))


def test_options_of_the_network_are_checked_before_anything_is_written(source, tmp_path):
    made = table(source, model={"quantiles": [0.9, 0.5]})
    with pytest.raises(ArgumentError, match="quantiles must rise"):
        train(tmp_path, made)
    assert not (tmp_path / "run" / "config.toml").exists()


def test_numbers_have_no_calendar(tmp_path):
    path = write(tmp_path / "a.csv", columns(), [str(at) for at in range(ROWS)])
    with pytest.raises(DataError, match=r"data.calendar needs dates; the column 'month' holds"):
        train(tmp_path, table(path))


def test_a_constant_column_is_named(tmp_path):
    made = columns()
    made["wind"][:100] = 3
    with pytest.raises(DataError, match="the column 'wind' is constant in the training part"):
        train(tmp_path, table(write(tmp_path / "a.csv", made)))


def test_without_anything_held_back_there_is_nothing_to_evaluate(source, tmp_path):
    made = table(source, data={"part_steps": [160, 0, 0]}, training={"keep": "last"})
    run = train(tmp_path, made)
    assert run.metrics == {}
    with pytest.raises(ArgumentError, match="nothing was held back"):
        saiki.load(run.folder).evaluate()


def test_the_run_of_another_task_is_no_forecast(small_run):
    from saiki.artifacts import RunFolder
    from saiki.tasks.trained_forecaster import restore_forecaster

    with pytest.raises(RunFolderError, match=r"must be the run of a forecast; .* classify"):
        restore_forecaster(RunFolder(small_run.folder))


@pytest.mark.parametrize("name", ["airline", "etth1", "sine-cosine"])
def test_recipes_read_their_series(name, request):
    if name == "etth1":
        request.getfixturevalue("data_folder")
    config = resolve(name)
    prepared = prepare_series(config.data)
    expected = {
        "airline": {"train": 49, "validation": 13, "test": 13},
        "etth1": {"train": 8521, "validation": 2857, "test": 2857},
        "sine-cosine": {"train": 1031, "validation": 206, "test": 206},
    }[name]
    assert {part: len(starts) for part, starts in prepared.starts.items()} == expected


def test_the_plain_form_of_the_documents_is_a_preset():
    plain = resolve("sine-cosine", {"preset": "simple-rnn"})
    assert (plain.model.cell, plain.training.teacher_forcing) == ("rnn", 1.0)
    assert resolve("sine-cosine").training.teacher_forcing == 0.0


def test_a_folder_of_its_name_does_not_hide_the_generated_series(tmp_path, monkeypatch):
    (tmp_path / "sine-cosine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve("sine-cosine").data.source == "sine-cosine"
    assert len(prepare_series(resolve("sine-cosine").data).series) == 1500


@pytest.mark.slow
@pytest.mark.parametrize("name", ["airline", "etth1", "sine-cosine"])
def test_a_recipe_learns_ten_windows_by_heart(name, request):
    from saiki.tasks.forecast import build_forecaster, forecast_objective
    from saiki.tasks.forecast_batches import window_batch

    if name == "etth1":
        request.getfixturevalue("data_folder")
    config = resolve(name, {"model": {"dropout": 0.0, "quantiles": []}})
    prepared = prepare_series(config.data)
    chosen = prepared.starts["train"][:: len(prepared.starts["train"]) // 10][:10]
    batch = window_batch(prepared, chosen, torch.device("cpu")) | {"share": torch.tensor(1.0)}
    torch.manual_seed(0)
    channels = {name: batch[key].shape[-1] for name, key in
                (("inputs", "values"), ("known", "known"), ("targets", "targets"))}  # fmt: skip
    network = build_forecaster(config, channels)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    losses = []
    while len(losses) < 1000 and (not losses or losses[-1] > losses[0] / 20):
        optimiser.zero_grad()
        measured = forecast_objective(config)(network, batch)
        measured.loss.backward()
        optimiser.step()
        losses.append(measured.loss.item())
    assert losses[-1] <= losses[0] / 20
