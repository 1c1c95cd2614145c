"""Grids: every combination, mean and spread, skipped rows, resume."""

import statistics

import pytest

import saiki
from saiki.artifacts import read_json
from saiki.errors import ArgumentError, ConfigurationError, NonFiniteError, RunFolderError
from saiki.tasks.grid import compare_runs, parse_axis


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid") / "g"
    return saiki.compare("japanese-vowels", VARY, out=folder, seeds=2, **FIXED)


VARY = {"model.cell": ["gru", "cnn"], "model.bidirectional": ["false", "true"]}
FIXED = {"model": {"hidden_size": 8}, "training": {"epochs": 1, "batch_size": 64}}


def test_every_combination_has_a_row_with_mean_and_spread(grid):
    assert [tuple(row["settings"].values()) for row in grid.rows] == [
        ("gru", "false"),
        ("gru", "true"),
        ("cnn", "false"),
        ("cnn", "true"),
    ]
    for row in grid.rows[:3]:
        results = [read_json(grid.folder / run / "result.json") for run in row["runs"]]
        assert [result["seed"] for result in results] == [0, 1]
        values = [result["metrics"]["test"]["accuracy"] for result in results]
        assert row["metrics"]["test.accuracy"]["values"] == values
        assert row["metrics"]["test.accuracy"]["mean"] == pytest.approx(statistics.mean(values))
        assert row["metrics"]["test.accuracy"]["spread"] == pytest.approx(statistics.stdev(values))


def test_an_impossible_combination_is_skipped_with_its_reason(grid):
    assert "cell 'cnn' has no direction" in grid.rows[3]["skipped"]
    assert grid.rows[3]["metrics"] == {}


def test_a_grid_goes_on_where_it_stopped(grid):
    marker = grid.folder / grid.rows[0]["runs"][0] / "result.json"
    before = marker.stat().st_mtime_ns
    again = saiki.compare("japanese-vowels", VARY, out=grid.folder, seeds=2, resume=True, **FIXED)
    assert again.table == grid.table
    assert marker.stat().st_mtime_ns == before


def test_another_grid_in_the_same_folder_is_refused(grid):
    with pytest.raises(RunFolderError, match="holds a comparison already"):
        saiki.compare("japanese-vowels", VARY, out=grid.folder, seeds=2, **FIXED)
    with pytest.raises(ConfigurationError, match="the grid that the comparison began with"):
        saiki.compare("japanese-vowels", VARY, out=grid.folder, seeds=3, resume=True, **FIXED)


def test_a_wrong_value_stops_before_anything_is_trained(tmp_path):
    with pytest.raises(ConfigurationError, match="got 'grru'"):
        saiki.compare("japanese-vowels", {"model.cell": ["gru", "grru"]}, out=tmp_path / "g")
    assert not (tmp_path / "g").exists()


def test_seeds_and_axes_are_checked(tmp_path):
    with pytest.raises(ArgumentError, match="--seeds: must be at least 1; got 0"):
        saiki.train("japanese-vowels", out=tmp_path / "a", seeds=0)
    axes = [parse_axis("model.cell=rnn"), parse_axis("model.cell=gru")]
    with pytest.raises(ArgumentError, match="each key must be given once"):
        compare_runs("japanese-vowels", axes, tmp_path / "b")
    assert not any(tmp_path.iterdir())


def test_a_run_does_not_go_into_the_folder_of_a_grid(grid):
    with pytest.raises(RunFolderError, match="holds a comparison"):
        saiki.train("japanese-vowels", out=grid.folder, **FIXED)
    with pytest.raises(RunFolderError, match="Give one of the folders in"):
        saiki.load(grid.folder)


def test_one_diverging_seed_leaves_the_others(tmp_path, monkeypatch):
    from saiki.tasks import grid as module

    plain = module.train_run

    def train_run(config, folder, **named):
        if config.seed == 0:
            raise NonFiniteError("seed 0 diverged")
        return plain(config, folder, **named)

    monkeypatch.setattr(module, "train_run", train_run)
    vary = {"training.clip_norm": [None]}
    made = saiki.compare("japanese-vowels", vary, out=tmp_path / "g", seeds=2, **FIXED)
    assert made.rows[0]["failed"] == ["seed 0 diverged"]
    assert made.rows[0]["skipped"] is None
    assert len(made.rows[0]["metrics"]["test.accuracy"]["values"]) == 1
    assert read_json(made.folder / made.rows[0]["runs"][0] / "result.json")["seed"] == 1


def test_seeds_count_from_the_configured_one(tmp_path):
    fixed = FIXED | {"seed": 5}
    made = saiki.compare(
        "japanese-vowels", {"model.cell": ["rnn"]}, out=tmp_path / "g", seeds=2, **fixed
    )
    assert made.table["seeds"] == [5, 6]
    results = [read_json(made.folder / run / "result.json") for run in made.rows[0]["runs"]]
    assert [result["seed"] for result in results] == [5, 6]


def test_axes_are_read_from_text():
    axis = parse_axis("model.hidden-size = 8, 16")
    assert (axis.name, axis.values) == ("model.hidden_size", ("8", "16"))
    with pytest.raises(ArgumentError, match="KEY=VALUE"):
        parse_axis("model.cell")


def test_each_group_is_held_out_in_turn(tmp_path):
    import numpy as np

    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "cases.npz",
        values=rng.normal(size=(60, 5, 2)).astype(np.float32),
        labels=np.array(["a", "b"] * 30),
        groups=np.repeat(["ann", "bob", "cho"], 20),
    )
    (tmp_path / "mine.toml").write_text(
        '[data]\nsource = "cases.npz"\nsplit = "group"\nheld_out = "each"\n'
        "[model]\nhidden_size = 4\n[training]\nepochs = 1\n"
    )
    made = saiki.train(tmp_path / "mine.toml", out=tmp_path / "out")
    assert [row["settings"]["data.held_out"] for row in made.rows] == ["ann", "bob", "cho"]
    for row in made.rows:
        assert read_json(made.folder / row["runs"][0] / "result.json")["parts"]["test"] == 20
    means = [row["metrics"]["test.accuracy"]["mean"] for row in made.rows]
    assert made.table["mean_over_groups"]["test.accuracy"]["mean"] == pytest.approx(
        statistics.mean(means)
    )
