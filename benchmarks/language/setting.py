"""A recipe's preset, and windows of its text as every system reads them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.language.plan import RECIPE, WINDOWS
from saiki.data.text import TextTokenizer
from saiki.tasks.configure import merge, resolve
from saiki.tasks.language_config import LanguageModelConfig
from saiki.tasks.text_preparation import prepare_text
from saiki.tasks.token_batches import stream_of


@dataclass(frozen=True)
class Setting:
    """Batches are pairs of inputs and targets (B, T), each the window after the last."""

    config: LanguageModelConfig
    tokenizer: TextTokenizer
    batches: list[tuple[Tensor, Tensor]]

    @property
    def tokens(self) -> int:
        """Of one step."""
        return self.batches[0][0].numel()

    def facts(self) -> dict[str, Any]:
        """What the figures are figures of."""
        model, training = asdict(self.config.model), asdict(self.config.training)
        kept = ("optimiser", "learning_rate", "weight_decay", "clip_norm", "batch_size")
        return {
            "recipe": self.config.recipe,
            "preset": self.config.preset,
            "vocabulary": len(self.tokenizer),
            "steps": self.config.data.steps,
            "tokens_per_step": self.tokens,
            "model": {name: value for name, value in model.items() if name != "cell"},
            "training": {name: training[name] for name in kept},
        }


def make_setting(cell: str, preset: str, over: dict[str, Any]) -> Setting:
    given = merge({"preset": preset, "model": {"cell": cell}}, over)
    config = resolve(RECIPE, given)
    if not isinstance(config, LanguageModelConfig):
        raise TypeError(f"{RECIPE} must be a language model; it is a {config.task}")
    _check_has_peers(config)
    prepared = prepare_text(config.data)
    stream = stream_of(prepared.parts["train"])
    rows, steps = config.training.batch_size, config.data.steps
    length = len(stream) // rows

    def cut(tokens: np.ndarray, k: int) -> Tensor:
        table = torch.from_numpy(tokens[: rows * length].reshape(rows, length))
        return table[:, k * steps : (k + 1) * steps].long().contiguous()

    batches = [(cut(stream.inputs, k), cut(stream.targets, k)) for k in range(WINDOWS)]
    return Setting(config, prepared.tokenizer, batches)


def _check_has_peers(config: LanguageModelConfig) -> None:
    """The peers are written for these settings only: any other would be a comparison of unlikes."""
    model, training = config.model, config.training
    wanted = {
        "model.softmax": (model.softmax, "full"),
        "model.tied": (model.tied, True),
        "model.dropout_form": (model.dropout_form, "variational"),
        "model.weight_dropout": (model.weight_dropout, 0.0),
        "model.recurrent_dropout": (model.recurrent_dropout, 0.0),
        "model.layer_norm": (model.layer_norm, False),
        "model.learned_initial_state": (model.learned_initial_state, False),
        "training.activation_penalty": (training.activation_penalty, 0.0),
        "training.change_penalty": (training.change_penalty, 0.0),
    }
    for name, (found, expected) in wanted.items():
        if found != expected:
            raise ValueError(f"{name}: the peers have {expected!r}; the preset has {found!r}")
