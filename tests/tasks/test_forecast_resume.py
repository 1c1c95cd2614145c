"""A forecast stopped in the middle of an epoch goes on bit for bit; a failed step runs again."""

import numpy as np
import pytest

import saiki
from saiki.artifacts import to_toml
from saiki.errors import NonFiniteError, RunFolderError
from saiki.training import Observer, StopTrainingError


class StopAt(Observer):
    def __init__(self, step):
        self.step = step

    def stepped(self, training, report):
        training.stop_requested = report.step == self.step


def write(folder, decoding="direct", **training):
    draw = np.random.default_rng(1)
    rows = [f"{at},{np.sin(at / 3) + draw.normal() / 9},{draw.normal()}" for at in range(120)]
    (folder / "series.csv").write_text("t,y,x\n" + "\n".join(rows), encoding="utf-8")
    file = folder / "own.toml"
    made = {
        "task": "forecast",
        "data": {"source": "series.csv", "time_column": "t", "targets": ["y"]}
        | {"past_columns": ["x"], "window": 10, "horizon": 5},
        "model": {"hidden_size": 7, "layers": 2, "dropout": 0.2, "decoding": decoding},
        "training": {"epochs": 3, "batch_size": 6, "checkpoint_seconds": 1000.0} | training,
    }
    if decoding == "autoregressive":
        made["training"]["teacher_forcing"] = 0.3
    file.write_text(to_toml(made), encoding="utf-8")
    return file


@pytest.mark.parametrize("decoding", ["direct", "autoregressive"])
@pytest.mark.parametrize("step", [1, 20])
def test_stopped_and_resumed_equals_uninterrupted(tmp_path, monkeypatch, decoding, step):
    from saiki.tasks import forecast

    file = write(tmp_path, decoding)
    whole = saiki.train(file, out=tmp_path / "whole")
    plain = forecast.fit

    def fit(*given, observers=(), **named):
        return plain(*given, observers=[StopAt(step), *observers], **named)

    with monkeypatch.context() as patch:
        patch.setattr(forecast, "fit", fit)
        with pytest.raises(StopTrainingError):
            saiki.train(file, out=tmp_path / "run")
    resumed = saiki.train(file, out=tmp_path / "run", resume=True)
    assert resumed.metrics == whole.metrics
    for name in ("model.safetensors", "linear.safetensors", "samples.json"):
        files = [(folder / name).read_bytes() for folder in (whole.folder, resumed.folder)]
        assert files[0] == files[1], name
    assert saiki.train(file, out=tmp_path / "run", resume=True).result == resumed.result


def test_a_run_does_not_go_on_with_other_data(tmp_path, monkeypatch):
    from saiki.tasks import forecast

    file = write(tmp_path)
    plain = forecast.fit
    with monkeypatch.context() as patch:
        patch.setattr(
            forecast,
            "fit",
            lambda *given, observers=(), **named: plain(
                *given, observers=[StopAt(2), *observers], **named
            ),
        )
        with pytest.raises(StopTrainingError):
            saiki.train(file, out=tmp_path / "run")
    text = (tmp_path / "series.csv").read_text().replace("119,", "119,9")
    (tmp_path / "series.csv").write_text(text)
    with pytest.raises(RunFolderError, match="has changed since"):
        saiki.train(file, out=tmp_path / "run", resume=True)


@pytest.mark.parametrize("decoding", ["direct", "autoregressive"])
def test_a_step_that_diverged_can_be_run_again(tmp_path, decoding):
    from saiki.tasks.failed_step import replay_failed_step

    file = write(tmp_path, decoding, clip_norm="none", optimiser="plain-sgd", learning_rate=1e38)
    with pytest.raises(NonFiniteError, match="saiki replay"):
        saiki.train(file, out=tmp_path / "run")
    replayed = replay_failed_step(tmp_path / "run")
    norms = replayed["gradient_norms"].values()
    assert not np.isfinite(replayed["loss_nats"]) or not all(np.isfinite(norm) for norm in norms)


def test_a_damaged_linear_forecast_is_found(tmp_path):
    run = saiki.train(write(tmp_path), out=tmp_path / "run")
    file = run.folder / "linear.safetensors"
    file.write_bytes(file.read_bytes()[:-8] + b"\x01" * 8)
    with pytest.raises(RunFolderError, match=r"linear.safetensors: must have the SHA-256"):
        saiki.load(run.folder)
