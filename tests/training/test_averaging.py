"""Averaged SGD: the mean, when it begins, what is measured with it, and going on after a stop."""

import math
from dataclasses import asdict

import pytest
import torch
from torch import nn

from saiki.errors import ArgumentError
from saiki.training import (
    Averaging,
    EarlyStopping,
    Measured,
    Observer,
    StopTrainingError,
    Training,
    WeightAverage,
    fit,
    make_optimiser,
    make_schedule,
)

# Above the best of all but the last two before it for the first time at epoch 5.
LOSSES = (5.0, 3.0, 4.0, 3.5, 2.9, 3.2, 2.0, 2.5)


class Batches:
    """y = 2 x - 1 in 3 batches of 8, other ones in every epoch."""

    def __len__(self):
        return 3

    def batches(self, epoch, start=0):
        for position in range(start, 3):
            generator = torch.Generator().manual_seed(epoch * 3 + position)
            x = torch.rand(8, 1, generator=generator)
            yield {"values": x, "targets": 2 * x - 1}


class Tied(nn.Module):
    """A network with a tied weight and a buffer that changes while training."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(1, 5), nn.Linear(5, 5)
        self.third, self.last = nn.Linear(5, 5), nn.Linear(5, 1)
        self.norm, self.drop = nn.BatchNorm1d(5), nn.Dropout(0.2)
        self.third.weight = self.second.weight

    def forward(self, x):
        x = self.drop(torch.tanh(self.norm(self.first(x))))
        return self.last(torch.tanh(self.third(torch.tanh(self.second(x)))))


class Steps(Observer):
    """Keeps the weights after every step, and stops after step `stop`, keeping a checkpoint."""

    def __init__(self, stop=None):
        self.stop, self.seen, self.checkpoint = stop, [], None

    def stepped(self, training, report):
        self.seen.append(flat(training.model))
        training.stop_requested = report.step == self.stop

    def ended(self, training):
        self.checkpoint = (training.tensors(), asdict(training.progress))


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def mean(rows):
    return torch.stack(rows).double().mean(0).float()


def new_training():
    torch.manual_seed(3)
    model = Tied()
    optimiser = make_optimiser("plain-sgd", model.parameters(), learning_rate=0.3)
    return Training(model, optimiser)


def squared_error(model, batch):
    loss = (model(batch["values"]) - batch["targets"]).square().mean()
    return Measured(loss, {"loss_nats": loss.item() * 8}, 8)


def validate(model):
    x = torch.linspace(0, 1, 20)[:, None]
    with torch.no_grad():
        return {"loss_nats": float((model(x) - (2 * x - 1)).square().mean())}


def run(training, averaging, epochs=4, *, evaluate=validate, observers=(), keep="last"):
    return fit(
        training,
        squared_error,
        Batches(),
        epochs=epochs,
        learning_rate=0.3,
        schedule=make_schedule("constant", 1),
        evaluate=evaluate,
        stopping=EarlyStopping(keep=keep),
        averaging=averaging,
        observers=observers,
    )


def scripted(losses, seen):
    """Gives these losses, one an epoch, and keeps the weights that were measured."""
    left = iter(losses)

    def evaluate(model):
        seen.append(flat(model))
        return {"loss_nats": next(left)}

    return evaluate


def test_the_mean_is_that_of_the_weights_after_every_step():
    training, steps, measured = new_training(), Steps(), []
    evaluate = scripted((3.0, 2.0, 1.0, 4.0), measured)
    run(training, Averaging("epoch", from_epoch=1), evaluate=evaluate, observers=[steps])
    assert training.progress.averaging_since == 3
    assert torch.equal(measured[0], steps.seen[2])
    for epoch in (1, 2, 3):
        wanted = mean(steps.seen[3 : 3 * (epoch + 1)])
        torch.testing.assert_close(measured[epoch], wanted, rtol=1e-6, atol=1e-7)
        assert not torch.allclose(measured[epoch], steps.seen[3 * epoch + 2], rtol=1e-4)
    assert torch.equal(flat(training.model), measured[3])


def test_the_best_weights_are_those_of_the_mean():
    training, measured = new_training(), []
    evaluate = scripted((3.0, 2.0, 1.0, 4.0), measured)
    run(training, Averaging("epoch"), evaluate=evaluate, keep="best")
    assert training.progress.best_epoch == 2
    assert torch.equal(flat(training.model), measured[2])


def test_training_goes_on_with_its_own_weights():
    plain, averaged = (Steps(), Steps())
    run(new_training(), None, observers=[plain])
    run(new_training(), Averaging("epoch", from_epoch=1), observers=[averaged])
    for one, other in zip(plain.seen, averaged.seen, strict=True):
        assert torch.equal(one, other)


def test_validation_is_measured_on_the_mean():
    training, measured = new_training(), []

    def evaluate(model):
        measured.append(flat(model))
        return validate(model)

    run(training, Averaging("epoch"), evaluate=evaluate)
    plain = new_training()
    run(plain, None)
    mine, theirs = (one.progress.history for one in (training, plain))
    assert all(a != b for a, b in zip(mine, theirs, strict=True))
    assert validate(training.model.eval()) == mine[-1]


def test_the_mean_is_given_back_when_measuring_fails():
    training = new_training()
    steps = Steps()

    def evaluate(_model):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(training, Averaging("epoch"), evaluate=evaluate, observers=[steps])
    assert torch.equal(flat(training.model), steps.seen[-1])


def test_the_non_monotonic_trigger_waits_for_the_losses():
    training, steps, measured = new_training(), Steps(), []
    averaging = Averaging("non-monotonic", patience=2)
    run(training, averaging, 8, evaluate=scripted(LOSSES, measured), observers=[steps])
    # The loss of epoch 5 is 3.2: above 3.0, the best before epochs 3 and 4; averaging follows it.
    assert training.progress.averaging_since == 18
    assert torch.equal(measured[5], steps.seen[17])
    torch.testing.assert_close(measured[7], mean(steps.seen[18:]), rtol=1e-6, atol=1e-7)


def naive_trigger(losses, n):
    """Algorithm 1 of the paper, step by step."""
    logs = []
    for t, v in enumerate(losses):
        if t > n and v > min(logs[: t - n]):
            return t
        logs.append(v)
    return None


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_the_non_monotonic_trigger_is_that_of_the_paper(patience):
    generator = torch.Generator().manual_seed(patience)
    found = []
    for _ in range(60):
        noise = torch.randn(14, generator=generator) * 0.5
        losses = (5 - torch.arange(14) * 0.3 + noise).tolist()
        rows = [{"loss_nats": loss} for loss in losses]
        averaging = Averaging("non-monotonic", patience)
        due = [t for t in range(14) if averaging.is_due(t + 1, rows[: t + 1])]
        found.append(due[0] if due else None)
        assert found[-1] == naive_trigger(losses, patience)
    assert len(set(found)) > 3


@pytest.mark.parametrize("stop", [1, 8, 9, 10, 14, 15, 23])
@pytest.mark.parametrize(
    "averaging", [Averaging("non-monotonic", patience=1), Averaging("epoch", from_epoch=3)]
)
def test_a_stopped_run_goes_on_bit_for_bit(averaging, stop):
    whole, steps, measured = new_training(), Steps(), []
    run(whole, averaging, 8, evaluate=scripted(LOSSES, measured), observers=[steps])
    assert 3 < whole.progress.averaging_since < 23
    first, stopped = new_training(), Steps(stop)
    with pytest.raises(StopTrainingError):
        run(first, averaging, 8, evaluate=scripted(LOSSES, []), observers=[stopped])
    assert torch.equal(flat(first.model), steps.seen[stop - 1])
    torch.manual_seed(999)  # another process has another random state
    again, later = new_training(), []
    again.restore(*stopped.checkpoint)
    rest = LOSSES[again.progress.epoch :]
    run(again, averaging, 8, evaluate=scripted(rest, later))
    for one, other in zip(measured[-len(later) :], later, strict=True):
        assert torch.equal(one, other)
    mine, theirs = whole.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    assert whole.progress.averaging_since == again.progress.averaging_since


def test_restoring_takes_copies():
    training, steps = new_training(), Steps(10)
    with pytest.raises(StopTrainingError):
        run(training, Averaging("epoch"), observers=[steps])
    before = {name: tensor.clone() for name, tensor in steps.checkpoint[0].items()}
    again = new_training()
    again.restore(*steps.checkpoint)
    run(again, Averaging("epoch"))
    assert all(torch.equal(before[name], steps.checkpoint[0][name]) for name in before)
    # A tied weight is averaged once.
    assert sum(name.startswith("average.") for name in before) == 9


def test_a_checkpoint_from_before_there_was_averaging_is_read():
    training, steps = new_training(), Steps(4)
    with pytest.raises(StopTrainingError):
        run(training, None, observers=[steps])
    tensors, progress = steps.checkpoint
    assert not any(name.startswith("average.") for name in tensors)
    del progress["averaging_since"]
    whole = new_training()
    run(whole, None)
    again = new_training()
    again.restore(tensors, progress)
    run(again, None)
    assert torch.equal(flat(again.model), flat(whole.model))


def test_a_run_that_ended_gives_the_mean_after_restoring():
    training, steps = new_training(), Steps()
    run(training, Averaging("epoch"), observers=[steps])
    again = new_training()
    again.restore(*steps.checkpoint)
    assert torch.equal(flat(again.model), steps.seen[-1])
    run(again, Averaging("epoch"))
    assert torch.equal(flat(again.model), flat(training.model))


def test_the_mean_of_many_steps_keeps_five_digits():
    model = nn.Linear(1, 500, bias=False)
    average, generator = WeightAverage(model), torch.Generator().manual_seed(1)
    total = torch.zeros(500, 1, dtype=torch.float64)
    for step in range(3000):
        with torch.no_grad():
            model.weight.copy_(1 + 0.1 * torch.randn(500, 1, generator=generator))
        total += model.weight.detach().double()
        average.add(step + 1)
    torch.testing.assert_close(average.tensors["weight"].double(), total / 3000, rtol=1e-5, atol=0)


def test_refused():
    with pytest.raises(ArgumentError, match="'non-monotonic' or 'epoch'; got 'polyak'"):
        Averaging("polyak")
    with pytest.raises(ArgumentError, match="patience must be a whole number of at least 1; got 0"):
        Averaging("non-monotonic", patience=0)
    with pytest.raises(ArgumentError, match=r"from_epoch must be .* at least 0; got -1"):
        Averaging("epoch", from_epoch=-1)
    with pytest.raises(ArgumentError, match=r"from_epoch must be .*; got 1\.5"):
        Averaging("epoch", from_epoch=1.5)
    with pytest.raises(ArgumentError, match="must have a validation loss, loss_nats"):
        run(new_training(), Averaging("non-monotonic"), evaluate=lambda _model: {})


def test_a_validation_loss_that_is_no_number_begins_nothing():
    rows = [{"loss_nats": loss} for loss in (1.0, 2.0, math.nan)]
    assert not Averaging("non-monotonic", patience=1).is_due(3, rows)
