"""A language model stopped in the middle of an epoch goes on with the same state, bit for bit."""

import numpy as np
import pytest

import saiki
from saiki.artifacts import to_toml
from saiki.training import Observer, StopTrainingError

WORDS = ["one", "two", "three", "four", "five", "six", "seven"]


class StopAt(Observer):
    def __init__(self, step):
        self.step = step

    def stepped(self, training, report):
        training.stop_requested = report.step == self.step


def write(folder, batching, **training):
    rng = np.random.default_rng(1)
    lines = [" ".join(rng.choice(WORDS, rng.integers(2, 9))) for _ in range(80)]
    (folder / "corpus.txt").write_text("\n".join(lines), encoding="utf-8")
    file = folder / "own.toml"
    table = {
        "task": "language-model",
        "data": {"source": "corpus.txt", "tokenizer": "white-space", "steps": 6}
        | {"batching": batching},
        "model": {"hidden_size": 9, "embedding_size": 8, "layers": 2, "embedding_dropout": 0.1}
        | {"weight_dropout": 0.1, "output_dropout": 0.2},
        "training": {"epochs": 3, "batch_size": 3, "checkpoint_seconds": 1000.0} | training,
    }
    file.write_text(to_toml(table), encoding="utf-8")
    return file


@pytest.mark.parametrize("batching", ["stream", "lines"])
@pytest.mark.parametrize("averaging", ["none", "epoch"])
@pytest.mark.parametrize("step", [1, 20, 45])
def test_stopped_and_resumed_equals_uninterrupted(tmp_path, monkeypatch, batching, averaging, step):
    from saiki.tasks import language_model

    file = write(tmp_path, batching, averaging={"trigger": averaging, "from_epoch": 1})
    whole = saiki.train(file, out=tmp_path / "whole")
    plain = language_model.fit

    def fit(*given, observers=(), **named):
        return plain(*given, observers=[StopAt(step), *observers], **named)

    with monkeypatch.context() as patch:
        patch.setattr(language_model, "fit", fit)
        with pytest.raises(StopTrainingError):
            saiki.train(file, out=tmp_path / "run")
    resumed = saiki.train(file, out=tmp_path / "run", resume=True)
    assert resumed.metrics == whole.metrics
    files = [folder / "model.safetensors" for folder in (whole.folder, resumed.folder)]
    assert files[0].read_bytes() == files[1].read_bytes()
    samples = [(run.folder / "samples.json").read_text() for run in (whole, resumed)]
    assert samples[0] == samples[1]


def test_a_step_that_diverged_can_be_run_again(tmp_path):
    from saiki.errors import NonFiniteError
    from saiki.tasks.failed_step import replay_failed_step

    file = write(tmp_path, "stream", clip_norm="none", optimiser="plain-sgd", learning_rate=1e38)
    with pytest.raises(NonFiniteError, match="saiki replay"):
        saiki.train(file, out=tmp_path / "run")
    replayed = replay_failed_step(tmp_path / "run")
    assert not np.isfinite(replayed["loss_nats"]) or not all(
        np.isfinite(norm) for norm in replayed["gradient_norms"].values()
    )
