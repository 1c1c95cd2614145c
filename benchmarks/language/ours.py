"""Our model and one step of its training, by the loop that `saiki train` runs."""

import itertools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from benchmarks.language.setting import Setting
from benchmarks.recurrent.timing import Work
from saiki.models import LanguageModel
from saiki.tasks.language_model import build_language_model, language_objective
from saiki.training import EarlyStopping, Training, fit, make_optimiser, make_schedule

MANY = 1_000_000  # steps of a schedule that never ends here


class OneStep:
    """Epochs of a single batch: the next window, with the state that the last one left."""

    def __init__(self, batches: Sequence[tuple[Tensor, Tensor]], training: Training) -> None:
        self._turn, self._training = itertools.cycle(batches), training

    def __len__(self) -> int:
        return 1

    def batches(self, epoch: int, start: int = 0) -> Iterator[dict[str, Tensor]]:
        values, targets = next(self._turn)
        carried = {f"carried.{name}": part for name, part in self._training.carried.items()}
        yield {"values": values, "targets": targets} | carried


def make_ours(setting: Setting, precision: str) -> LanguageModel:
    torch.manual_seed(0)
    return build_language_model(setting.config.model, setting.tokenizer, precision=precision)


def make_optimiser_for(network: torch.nn.Module, setting: Setting) -> torch.optim.Optimizer:
    settings = setting.config.training
    return make_optimiser(
        settings.optimiser,
        network.parameters(),
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )


def training_step(network: LanguageModel, setting: Setting) -> Work:
    settings = setting.config.training
    training = Training(network, make_optimiser_for(network, setting))
    source, objective = OneStep(setting.batches, training), language_objective(training)
    schedule = make_schedule(settings.schedule, MANY)

    def step() -> object:
        training.progress.stopped_because = None
        training.progress.history.clear()
        return fit(
            training,
            objective,
            source,
            epochs=training.progress.epoch + 1,
            learning_rate=settings.learning_rate,
            schedule=schedule,
            evaluate=lambda _: {},
            clip_norm=settings.clip_norm,
            stopping=EarlyStopping(keep="last"),
        )

    return step
