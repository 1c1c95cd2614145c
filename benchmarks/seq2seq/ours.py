"""Our networks, a pass of their training by the loop that `saiki train` runs, and decoding."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from benchmarks.recurrent.timing import Work
from benchmarks.seq2seq.plan import GREEDY, LENGTH_ALPHA, WIDTH
from benchmarks.seq2seq.setting import Setting
from saiki.data.text import TextTokenizer
from saiki.models import Hypothesis, PairBatch, beam_search, greedy
from saiki.tasks.translate import translation_objective
from saiki.tasks.translation_network import build_translator
from saiki.training import EarlyStopping, Training, fit, make_optimiser, make_schedule

MANY = 1_000_000  # steps of a schedule that never ends here
NEVER = -1e4  # added to the bias of the end token: a length is then what it is told to be
FORBIDDEN = (TextTokenizer.padding_id, TextTokenizer.unknown_id, TextTokenizer.start_id)


class Pass:
    """Epochs of the same few batches."""

    def __init__(self, batches: list[dict[str, Tensor]]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def batches(self, epoch: int, start: int = 0) -> Iterator[dict[str, Tensor]]:
        yield from self._batches[start:]


def make_ours(setting: Setting, precision: str = "float32") -> Any:
    torch.manual_seed(0)
    training = replace(setting.config.training, precision=precision)
    return build_translator(replace(setting.config, training=training), *setting.vocabularies)


def make_optimiser_for(network: torch.nn.Module, setting: Setting) -> torch.optim.Optimizer:
    settings = setting.config.training
    return make_optimiser(
        settings.optimiser,
        network.parameters(),
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )


def training_pass(network: torch.nn.Module, setting: Setting) -> Work:
    settings = setting.config.training
    training = Training(network, make_optimiser_for(network, setting))
    objective = translation_objective(settings.label_smoothing)
    source, schedule = Pass(setting.batches), make_schedule(settings.schedule, MANY)

    def work() -> object:
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

    return work


def never_ends(network: Any) -> Any:
    """In eval mode, its end token as good as impossible before the last step."""
    with torch.no_grad():
        network.head.bias[TextTokenizer.end_id] += NEVER
    return network.eval()


def decode(network: Any, batch: PairBatch, most: list[int], method: str) -> list[Hypothesis]:
    """The best of each source, of exactly so many tokens."""
    where: dict[str, Any] = {
        "source_lengths": batch.source_lengths,
        "start": TextTokenizer.start_id,
        "end": TextTokenizer.end_id,
        "max_steps": most,
        "forbidden": FORBIDDEN,
    }
    if method == GREEDY:
        return greedy(network, batch, **where)
    found = beam_search(network, batch, **where, width=WIDTH, length_alpha=LENGTH_ALPHA)
    return [one for (one,) in found]
