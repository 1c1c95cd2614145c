"""The run folder finds damaged, swapped and missing files."""

import json

import pytest

from saiki.artifacts import MetricsFile, RunFolder
from saiki.errors import MissingFileError, RunFolderError


@pytest.fixture
def finished(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.begin('recipe = "r"\n', {"seed": 0})
    run.finish(b"weights", {"metrics": {}})
    return run


def test_a_finished_run_verifies_also_when_moved(finished, tmp_path):
    finished.verify()
    moved = tmp_path / "elsewhere"
    finished.path.rename(moved)
    RunFolder(moved).verify()


def test_damaged_swapped_and_missing_weights_are_refused(finished):
    finished.model_file.write_bytes(b"weightz")
    with pytest.raises(RunFolderError, match=r"must have the SHA-256 .* damaged or belongs"):
        finished.verify()
    finished.model_file.unlink()
    with pytest.raises(MissingFileError, match="this file of the run is missing"):
        finished.verify()


def test_a_folder_that_is_no_run_or_not_finished_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="must be a run folder"):
        RunFolder(tmp_path).verify()
    run = RunFolder(tmp_path / "begun")
    run.begin('recipe = "digits"\n', {})
    with pytest.raises(RunFolderError, match=r"not finished.*begun/config.toml --out .* --resume"):
        run.verify()


def test_metrics_keep_only_what_the_checkpoint_knows(tmp_path):
    path = tmp_path / "metrics.jsonl"
    file = MetricsFile(path)
    for step in (1, 2, 3):
        file.add({"kind": "step", "step": step, "epoch": 0})
    file.add({"kind": "epoch", "step": 3, "epoch": 0})
    file.flush()
    with path.open("a") as cut:
        cut.write('{"kind": "step", "st')
    MetricsFile(path).keep_until(step=2, epochs_done=0)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2]
