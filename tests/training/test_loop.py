"""The loop: it learns, restores itself, stops on bad numbers, and observers change nothing."""

import math
from dataclasses import asdict

import pytest
import torch
from torch import nn

from saiki.training import (
    OPTIMISERS,
    EarlyStopping,
    FailedStepError,
    Measured,
    Observer,
    StopTrainingError,
    Training,
    fit,
    layer_ranges,
    make_optimiser,
    make_schedule,
)


class Line:
    """y = 2 x - 1 in batches of 8, in an order that depends on the epoch."""

    def __init__(self, bad_at=None):
        self.bad_at = bad_at

    def __len__(self):
        return 4

    def batches(self, epoch, start=0):
        for position in range(start, 4):
            generator = torch.Generator().manual_seed(epoch * 4 + position)
            x = torch.rand(8, 1, generator=generator)
            if self.bad_at == (epoch, position):
                x[3] = math.inf
            yield {"values": x, "targets": 2 * x - 1}


def squared_error(model, batch):
    loss = (model(batch["values"]) - batch["targets"]).square().mean()
    return Measured(loss, {"loss_nats": loss.item() * len(batch["values"])}, len(batch["values"]))


def new_training(optimiser="adam", rate=0.05):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 1))
    return Training(model, make_optimiser(optimiser, model.parameters(), learning_rate=rate))


def validate(model):
    x = torch.linspace(0, 1, 20)[:, None]
    with torch.no_grad():
        return {"loss_nats": float((model(x) - (2 * x - 1)).square().mean())}


def run(training, epochs=6, *, observers=(), source=None, rate=0.05, **options):
    return fit(
        training,
        squared_error,
        source or Line(),
        epochs=epochs,
        learning_rate=rate,
        schedule=make_schedule("constant", 1),
        evaluate=options.pop("evaluate", validate),
        observers=observers,
        **options,
    )


def weights(training):
    return torch.cat([p.detach().flatten() for p in training.model.parameters()])


@pytest.mark.parametrize("optimiser", list(OPTIMISERS))
def test_every_optimiser_lowers_the_loss(optimiser):
    rate = {"rmsprop": 0.01, "sgd": 0.05, "plain-sgd": 0.3, "adagrad": 0.2}.get(optimiser, 0.05)
    training = new_training(optimiser, rate)
    before = validate(training.model.eval())["loss_nats"]
    run(training, 20, rate=rate)
    assert validate(training.model.eval())["loss_nats"] < 0.3 * before


class StopAt(Observer):
    def __init__(self, step):
        self.step = step
        self.kept = None

    def stepped(self, training, report):
        if report.step == self.step:
            training.stop_requested = True

    def ended(self, training):
        self.kept = (training.tensors(), asdict(training.progress))


@pytest.mark.parametrize("step", [1, 4, 7, 8, 23])
@pytest.mark.parametrize("optimiser", ["adamw", "sgd", "plain-sgd", "rmsprop"])
def test_a_stopped_run_goes_on_bit_for_bit(step, optimiser):
    whole = new_training(optimiser)
    run(whole)
    first, stop = new_training(optimiser), StopAt(step)
    with pytest.raises(StopTrainingError):
        run(first, observers=[stop])
    torch.manual_seed(999)  # another process has another random state
    again = new_training(optimiser)
    again.restore(*stop.kept)
    run(again)
    assert torch.equal(weights(whole), weights(again))
    assert whole.progress.history == again.progress.history


def test_observers_do_not_change_the_numbers():
    plain = new_training()
    run(plain)
    watched = new_training()
    run(watched, observers=[Observer(), StopAt(10**9)])
    assert torch.equal(weights(plain), weights(watched))


def test_the_best_weights_are_given_back():
    losses = iter([3.0, 1.0, 2.0])
    kept = []

    def evaluate(model):
        kept.append(torch.cat([p.detach().flatten().clone() for p in model.parameters()]))
        return {"loss_nats": next(losses)}

    training = new_training()
    progress = run(training, 3, evaluate=evaluate)
    assert progress.best_epoch == 1
    assert torch.equal(weights(training), kept[1])


def test_patience_stops_early_and_last_keeps_the_last():
    values = iter([0.5, 0.9, 0.8, 0.8, 0.7])
    training = new_training()
    progress = run(
        training,
        5,
        evaluate=lambda _model: {"loss_nats": 0.0, "accuracy": next(values)},
        stopping=EarlyStopping("accuracy", patience=2, keep="last"),
    )
    assert progress.epoch == 4
    assert progress.stopped_because == "no better accuracy in 2 epochs"


def test_a_bad_batch_stops_the_run_and_leaves_the_weights():
    training = new_training()
    with pytest.raises(FailedStepError, match=r"step 5: the loss must be finite.*'data'") as caught:
        run(training, source=Line(bad_at=(1, 1)))
    assert weights(training).isfinite().all()
    assert caught.value.step == 5
    assert torch.isinf(caught.value.batch["values"]).any()


def test_the_layer_where_a_number_overflows_is_named():
    training = new_training()
    with torch.no_grad():
        training.model[3].weight.fill_(3e38)
    with pytest.raises(FailedStepError, match=r"layer '3': its output is not finite.*clip-norm"):
        run(training)


def test_layer_ranges_leave_the_random_state_alone():
    training = new_training()
    batch = next(Line().batches(0))
    before = torch.get_rng_state()
    ranges = layer_ranges(training.model, squared_error, batch, before)
    assert list(ranges) == ["0", "1", "2", "3"]
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.filterwarnings("ignore:for .* to a meta parameter")
def test_a_restored_state_goes_to_the_device_of_the_model():
    network = nn.Linear(2, 1)
    training = Training(network, make_optimiser("sgd", network.parameters(), learning_rate=0.1))
    training.carried = {"0": torch.ones(3)}
    kept = training.tensors()
    elsewhere = nn.Linear(2, 1, device="meta")
    optimiser = make_optimiser("sgd", elsewhere.parameters(), learning_rate=0.1)
    restored = Training(elsewhere, optimiser)
    restored.restore(kept, asdict(training.progress))
    assert restored.carried["0"].device.type == "meta"
