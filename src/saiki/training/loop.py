"""The training loop. It tells observers what happened; they never change the numbers."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import torch
from torch import nn

from saiki.training._failure import explain_failure
from saiki.training.averaging import Averaging, WeightAverage
from saiki.training.clipping import clip_gradients
from saiki.training.schedules import Schedule

__all__ = [
    "EarlyStopping",
    "EpochReport",
    "Measured",
    "Observer",
    "Progress",
    "Source",
    "StepReport",
    "StopTrainingError",
    "Training",
    "fit",
]


@dataclass(frozen=True)
class Measured:
    """The mean loss of a batch (with its graph), and sums over its `count` examples."""

    loss: torch.Tensor
    sums: Mapping[str, float]
    count: int


Batch = Mapping[str, torch.Tensor]
Objective = Callable[[nn.Module, Batch], Measured]
Evaluate = Callable[[nn.Module], Mapping[str, float]]


class Source(Protocol):
    """Where batches come from: a pure function of the epoch, startable at any position."""

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of `epoch` from position `start` on."""
        ...

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        ...


@dataclass(frozen=True)
class StepReport:
    """One step; `gradient_norm` is the global norm before clipping, both loss means in nats."""

    step: int
    epoch: int
    loss_nats: float
    gradient_norm: float
    gradient_norm_clipped: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class EpochReport:
    """One epoch; the training figures were taken on the way, with drop-out on."""

    epoch: int
    step: int
    seconds: float
    train: Mapping[str, float]
    validation: Mapping[str, float]
    is_best: bool


@dataclass(frozen=True)
class EarlyStopping:
    """Which weights are kept, and when to stop.

    Args:
        monitor: name of the validation figure; accuracy-like ones are better when higher.
        patience: epochs without a better value before stopping; None never stops early.
        keep: "best" gives back the weights of the best epoch, "last" those of the last.
    """

    monitor: str = "loss_nats"
    patience: int | None = None
    keep: Literal["best", "last"] = "best"

    def is_better(self, value: float, best: float | None) -> bool:
        """Whether `value` beats `best`; NaN (no validation part) never does."""
        if best is None:
            return not math.isnan(value)
        return value < best if self.monitor.startswith("loss") else value > best


@dataclass
class Progress:
    """How far a run is; plain JSON, so that a checkpoint can hold it."""

    epoch: int = 0
    position: int = 0
    step: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None
    best_value: float | None = None
    averaging_since: int | None = None  # steps done when averaging began
    stopped_because: str | None = None


class Observer:
    """What an observer may hear; override what is wanted."""

    def started(self, training: "Training") -> None:
        """The run begins, or goes on from a checkpoint."""

    def stepped(self, training: "Training", report: StepReport) -> None:
        """A step is done."""

    def epoch_ended(self, training: "Training", report: EpochReport) -> None:
        """An epoch and its validation are done."""

    def ended(self, training: "Training") -> None:
        """The run stops: done, interrupted or failed."""


class StopTrainingError(Exception):
    """Raised by `fit` after a request to stop; the observers have saved what there is."""

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped after step {step}; what there is was saved: resume to go on")
        self.step = step


class Training:
    """Everything that changes while a model is fitted, and how to write it down and restore it."""

    def __init__(self, model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        self.model = model
        self.optimiser = optimiser
        self.progress = Progress()
        self.best_weights: dict[str, torch.Tensor] = {}
        self.carried: dict[str, torch.Tensor] = {}  # what goes from batch to batch: states
        self.average = WeightAverage(model)
        self.stop_requested = False

    def keep_best(self) -> None:
        """Notes the present weights as the best so far."""
        self.best_weights = {
            name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()
        }

    def tensors(self) -> dict[str, torch.Tensor]:
        """Weights, best and mean weights, optimiser and random states, under dotted names."""
        named = {f"model.{name}": t for name, t in self.model.state_dict().items()}
        named |= {f"best.{name}": t for name, t in self.best_weights.items()}
        named |= {f"average.{name}": t for name, t in self.average.tensors.items()}
        named |= {f"carried.{name}": t for name, t in self.carried.items()}
        for index, entries in self.optimiser.state_dict()["state"].items():
            named |= {f"optimiser.{index}.{key}": t for key, t in entries.items()}
        named["random.cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            named["random.cuda"] = torch.cuda.get_rng_state()
        # Clones: a tied weight or a view must not share memory inside a file.
        return {name: torch.as_tensor(t).detach().clone() for name, t in named.items()}

    def restore(self, tensors: Mapping[str, torch.Tensor], progress: Mapping[str, Any]) -> None:
        """Goes back to what `tensors` and `progress` wrote down."""
        self.progress = Progress(**progress)
        self.model.load_state_dict(_below(tensors, "model."))
        self.best_weights = _below(tensors, "best.")
        device = next(self.model.parameters()).device  # a checkpoint is read to the processor
        self.carried = {n: t.to(device) for n, t in _below(tensors, "carried.").items()}
        self.average.restore(_below(tensors, "average."))
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _below(tensors, "optimiser.").items():
            index, key = name.split(".", 1)
            state.setdefault(int(index), {})[key] = tensor
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])


def _below(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def fit(
    training: Training,
    objective: Objective,
    source: Source,
    *,
    epochs: int,
    learning_rate: float,
    schedule: Schedule,
    evaluate: Evaluate,
    clip_norm: float | None = None,
    stopping: EarlyStopping | None = None,
    averaging: Averaging | None = None,
    precision: Literal["float32", "bf16"] = "float32",
    observers: Sequence[Observer] = (),
) -> Progress:
    """Trains `training.model` and leaves the wanted weights in it.

    With `averaging`, once it has begun, validation, the best and the last weights are those of the
    mean over its steps.

    Raises:
        NonFiniteError: a loss or gradient is not finite; the weights are those before the step.
        StopTrainingError: `training.stop_requested` was set; observers saw `ended` first.
    """
    stopping = stopping or EarlyStopping()
    progress = training.progress
    for observer in observers:
        observer.started(training)
    try:
        while progress.epoch < epochs and progress.stopped_because is None:
            training.model.train()
            _begin_averaging(progress, averaging)
            for batch in source.batches(progress.epoch, progress.position):
                began = time.perf_counter()
                rate = learning_rate * schedule(progress.step, progress.history)
                report = _step(training, objective, batch, rate, clip_norm, precision, began)
                for observer in observers:
                    observer.stepped(training, report)
                if training.stop_requested:
                    raise StopTrainingError(progress.step)
            closed = _close_epoch(training, evaluate, stopping)
            for observer in observers:
                observer.epoch_ended(training, closed)
    finally:
        for observer in observers:
            observer.ended(training)
    progress.stopped_because = progress.stopped_because or "all epochs done"
    if stopping.keep == "best" and training.best_weights:
        training.model.load_state_dict(training.best_weights)
    else:
        training.average.put_in()
    return progress


def _begin_averaging(progress: Progress, averaging: Averaging | None) -> None:
    if averaging is not None and progress.averaging_since is None:
        is_due = averaging.is_due(progress.epoch, progress.history)
        progress.averaging_since = progress.step if is_due else None


def _step(
    training: Training,
    objective: Objective,
    batch: Batch,
    rate: float,
    clip_norm: float | None,
    precision: str,
    began: float,
) -> StepReport:
    model, progress = training.model, training.progress
    random_state = torch.get_rng_state()
    training.optimiser.zero_grad(set_to_none=True)
    with torch.autocast(batch["values"].device.type, torch.bfloat16, enabled=precision == "bf16"):
        measured = objective(model, batch)
    measured.loss.backward()  # type: ignore[no-untyped-call]
    norm, norm_clipped = clip_gradients(model.parameters(), clip_norm)
    loss = measured.loss.item()
    if not math.isfinite(loss + norm):
        raise explain_failure(model, objective, batch, random_state, progress.step, loss)
    for group in training.optimiser.param_groups:
        group["lr"] = rate
    training.optimiser.step()
    progress.step += 1
    if progress.averaging_since is not None:
        training.average.add(progress.step - progress.averaging_since)
    progress.position += 1
    progress.count += measured.count
    for name, value in measured.sums.items():
        progress.sums[name] = progress.sums.get(name, 0.0) + value
    progress.seconds += time.perf_counter() - began
    return StepReport(
        progress.step, progress.epoch, loss, norm, norm_clipped, rate, progress.seconds
    )


def _close_epoch(training: Training, evaluate: Evaluate, stopping: EarlyStopping) -> EpochReport:
    began = time.perf_counter()
    progress = training.progress
    training.model.eval()
    with training.average.put_in_for_now():
        validation = dict(evaluate(training.model))
        value = validation.get(stopping.monitor, math.nan)
        is_best = stopping.is_better(value, progress.best_value)
        if is_best:
            progress.best_epoch, progress.best_value = progress.epoch, value
            training.keep_best()
    train = {name: value / max(progress.count, 1) for name, value in progress.sums.items()}
    progress.history.append(validation)
    if not is_best and stopping.patience is not None and progress.best_epoch is not None:
        without = progress.epoch - progress.best_epoch
        if without >= stopping.patience:
            progress.stopped_because = f"no better {stopping.monitor} in {without} epochs"
    epoch = progress.epoch
    progress.epoch, progress.position, progress.sums, progress.count = epoch + 1, 0, {}, 0
    progress.seconds += time.perf_counter() - began
    return EpochReport(epoch, progress.step, progress.seconds, train, validation, is_best)
