"""A translator stopped in the middle of an epoch goes on with the same numbers, bit for bit."""

import numpy as np
import pytest

import saiki
from saiki.errors import NonFiniteError
from saiki.training import Observer, StopTrainingError


class StopAt(Observer):
    def __init__(self, step):
        self.step = step

    def stepped(self, training, report):
        training.stop_requested = report.step == self.step


OPTIONS = {
    "recurrent": {
        "model": {"embedding_dropout": 0.1, "dropout": 0.2, "output_dropout": 0.2},
        "training": {"teacher_forcing": 0.5, "label_smoothing": 0.1},
    },
    "averaged": {"training": {"averaging": {"trigger": "epoch", "from_epoch": 1}}},
    "transformer": {"training": {"label_smoothing": 0.1}},
}


@pytest.mark.parametrize("kind", list(OPTIONS))
@pytest.mark.parametrize("step", [1, 20])
def test_stopped_and_resumed_equals_uninterrupted(tmp_path, monkeypatch, numbers, kind, step):
    from saiki.tasks import translate

    make = numbers.transformer if kind == "transformer" else numbers.table
    file = numbers.write(tmp_path, make(**OPTIONS[kind]))
    whole = saiki.train(file, out=tmp_path / "whole")
    steps = (whole.folder / "metrics.jsonl").read_text(encoding="utf-8").count('"step"')
    assert steps > 20
    plain = translate.fit

    def fit(*given, observers=(), **named):
        return plain(*given, observers=[StopAt(step), *observers], **named)

    with monkeypatch.context() as patch:
        patch.setattr(translate, "fit", fit)
        with pytest.raises(StopTrainingError):
            saiki.train(file, out=tmp_path / "run")
    resumed = saiki.train(file, out=tmp_path / "run", resume=True)
    assert resumed.metrics == whole.metrics
    for name in ("model.safetensors", "samples.json"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    assert saiki.train(file, out=tmp_path / "run", resume=True).metrics == whole.metrics


@pytest.mark.parametrize("kind", ["recurrent", "transformer"])
def test_a_step_that_diverged_can_be_run_again(tmp_path, numbers, kind):
    from saiki.tasks.failed_step import replay_failed_step

    make = numbers.transformer if kind == "transformer" else numbers.table
    wild = {"clip_norm": "none", "optimiser": "plain-sgd", "learning_rate": 1e38}
    with pytest.raises(NonFiniteError, match="saiki replay"):
        numbers.train(tmp_path, make(training=wild))
    replayed = replay_failed_step(tmp_path / "run")
    assert not np.isfinite(replayed["loss_nats"]) or not all(
        np.isfinite(norm) for norm in replayed["gradient_norms"].values()
    )
