"""A run killed at any moment and continued ends with the weights of the uninterrupted run."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import saiki
from saiki.errors import ConfigurationError, RunFolderError

DRIVER = Path(__file__).with_name("kill_at.py")


def train(folder, kind="none", number=0, resume="new"):
    words = [sys.executable, str(DRIVER), str(folder), kind, str(number), resume]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = train(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "number"),
    [("step", 1), ("step", 9), ("step", 14), ("step", 27), ("checkpoint", 1), ("checkpoint", 7)],
)
def test_killed_and_resumed_equals_uninterrupted(whole, tmp_path, kind, number):
    folder = tmp_path / "run"
    killed = train(folder, kind, number)
    assert killed.returncode == -signal.SIGKILL
    assert not (folder / "result.json").exists()
    resumed = train(folder, resume="resume")
    assert resumed.returncode == 0, resumed.stderr
    assert (folder / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    results = [json.loads((f / "result.json").read_text()) for f in (folder, whole)]
    assert results[0]["metrics"] == results[1]["metrics"]
    steps = [without_seconds(f) for f in (folder, whole)]
    assert steps[0] == steps[1]


def without_seconds(folder):
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def test_resuming_with_another_configuration_is_refused(whole):
    with pytest.raises(ConfigurationError, match=r"these keys changed: .*training.epochs: 3 -> 9"):
        saiki.train("japanese-vowels", out=whole, resume=True, training={"epochs": 9})


def test_a_folder_that_holds_a_run_is_not_overwritten(small_run, small):
    with pytest.raises(RunFolderError, match=r"holds a run already\. Continue it with --resume"):
        saiki.train("japanese-vowels", out=small_run.folder, **small)


def test_resuming_a_finished_run_gives_its_result(small_run, small):
    again = saiki.train("japanese-vowels", out=small_run.folder, resume=True, **small)
    assert again.result == small_run.result


def test_changed_data_is_noticed(tmp_path, small):
    import numpy as np

    rng = np.random.default_rng(0)
    path = tmp_path / "cases.npz"

    def write(shift):
        np.savez(
            path,
            values=rng.normal(size=(40, 6, 2)).astype(np.float32) + shift,
            labels=np.array(["a", "b"] * 20),
        )

    write(0.0)
    file = tmp_path / "mine.toml"
    file.write_text('[data]\nsource = "cases.npz"\nsplit = "fractions"\n[training]\nepochs = 1\n')
    folder = tmp_path / "run"
    saiki.train(file, out=folder)
    (folder / "result.json").unlink()
    write(1.0)
    with pytest.raises(RunFolderError, match=r"the data that the run began with; .*has changed"):
        saiki.train(file, out=folder, resume=True)
