"""Ctrl-C and a full disk: what is there is saved, and the message says how to go on."""

import errno
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saiki.cli.main import main

SMALL = ["--model.hidden-size", "8", "--training.batch-size", "16", "--quiet"]


@pytest.mark.parametrize("command", ["train", "compare"])
def test_ctrl_c_saves_and_the_printed_command_goes_on(tmp_path, command):
    vary = ["--vary", "model.cell=rnn,gru"] if command == "compare" else []
    words = [command, "japanese-vowels", *vary, "--model.hidden-size", "8"]
    process = subprocess.Popen(
        [sys.executable, "-m", "saiki", *words, "--out", "run", "--training.epochs", "12"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "400"},
    )
    wait_for(tmp_path, "metrics.jsonl", process)
    process.send_signal(signal.SIGINT)
    printed = process.communicate(timeout=120)[1]
    assert process.returncode == 130, printed
    assert "Traceback" not in printed
    command_line = printed.split("Go on with: ")[1].strip().splitlines()[0]
    assert command_line.endswith("--resume")
    assert list(tmp_path.rglob("checkpoints/step-*.json"))
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command_line)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "report.html").exists()


def wait_for(folder, name, process):
    for _ in range(1200):
        if any(path.stat().st_size for path in folder.rglob(name)):
            return
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    pytest.fail(f"no {name} after a minute")


def test_a_full_disk_is_one_message_and_the_run_can_go_on(tmp_path, monkeypatch, capsys):
    words = ["train", "japanese-vowels", "--out", str(tmp_path / "run"), *SMALL]
    words += ["--training.epochs", "2"]
    plain = os.fsync

    def full(descriptor):
        if "metrics" in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    assert main(words) == 2
    printed = capsys.readouterr().err
    assert "the disk is full" in printed
    assert "--resume" in printed
    assert "Traceback" not in printed
    monkeypatch.setattr(os, "fsync", plain)
    assert main([*words, "--resume"]) == 0
    assert (Path(tmp_path) / "run" / "result.json").exists()


def test_bf16_and_tensorboard_train_too(tmp_path):
    words = ["train", "japanese-vowels", "--out", str(tmp_path / "run"), *SMALL]
    words += ["--training.epochs", "2", "--training.precision", "bf16"]
    assert main([*words, "--training.tensorboard", "true"]) == 0
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))


@pytest.mark.parametrize("gap", ["nan", "inf"])
def test_a_gap_in_a_series_stops_before_a_run_is_begun(tmp_path, capsys, gap):
    rows = ["case,step,x,label"]
    for case in range(12):
        rows += [f"{case},{step},{step * 0.5},{'ab'[case % 2]}" for step in range(4)]
    rows[7] = rows[7].replace(",1.0,", f",{gap},")
    (tmp_path / "cases.csv").write_text("\n".join(rows))
    (tmp_path / "mine.toml").write_text(
        '[data]\nsource = "cases.csv"\nid_column = "case"\ntime_column = "step"\n'
        'split = "fractions"\n'
    )
    assert main(["train", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "run")]) == 2
    printed = capsys.readouterr().err
    assert "channel" in printed
    assert not (tmp_path / "run").exists()
