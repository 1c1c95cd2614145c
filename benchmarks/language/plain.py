"""The same model in plain torch: nn.Embedding, nn.LSTM or nn.GRU, nn.Linear with a tied weight."""

import itertools
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.language.ours import make_optimiser_for
from benchmarks.language.plan import AUTOCAST, AUTOCAST_SOFTMAX
from benchmarks.language.setting import Setting
from benchmarks.recurrent.timing import Work
from saiki.tasks.language_config import LanguageNetworkConfig

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}
State = tuple[Tensor, ...]


class StepsDropout(nn.Module):
    """One mask for all steps of a sequence; x is (T, B, F)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        return x * x.new_empty(1, *x.shape[1:]).bernoulli_(1 - self.p).div_(1 - self.p)


class WordDropout(nn.Module):
    """The look-up, with whole word types gone; masks the rows looked up, not a copy of all."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, weight: Tensor, tokens: Tensor) -> Tensor:
        rows = functional.embedding(tokens, weight)
        if not self.training or not self.p:
            return rows
        mask = weight.new_empty(len(weight), 1).bernoulli_(1 - self.p).div_(1 - self.p)
        return rows * functional.embedding(tokens, mask)


class Softmax(nn.Linear):
    """The output layer with its losses."""

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(self(hidden), targets, reduction="sum")

    def nats(self, hidden: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(self(hidden), targets, reduction="none")


class PlainLanguageModel(nn.Module):
    """Parameters are named as in `saiki.models.LanguageModel`; inside, steps come first."""

    def __init__(self, vocabulary: int, model: LanguageNetworkConfig) -> None:
        super().__init__()
        form = StepsDropout if model.dropout_form == "variational" else nn.Dropout
        inner, last = model.hidden_size, model.embedding_size if model.tied else model.hidden_size
        sizes = [model.embedding_size, *[inner] * (model.layers - 1), last]
        self.embedding = nn.Embedding(vocabulary, model.embedding_size)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        self.embedding_dropout = WordDropout(model.embedding_dropout)
        self.input_dropout = form(model.input_dropout)
        pairs = itertools.pairwise(sizes)
        self.layers = nn.ModuleList(CELLS[model.cell](one, other) for one, other in pairs)
        rates = [model.dropout] * (model.layers - 1) + [model.output_dropout]
        self.dropouts = nn.ModuleList(map(form, rates))
        self.parts = 2 if model.cell == "lstm" else 1
        self.head = Softmax(last, vocabulary)
        if model.tied:
            self.head.weight = self.embedding.weight

    def run(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """From tokens (T, B) to hidden vectors (T, B, F)."""
        hidden = self.input_dropout(self.embedding_dropout(self.embedding.weight, tokens))
        ends: list[Tensor] = []
        for place, (layer, dropout) in enumerate(zip(self.layers, self.dropouts, strict=True)):
            hidden, end = layer(hidden, self._begin(state, place))
            ends += end if isinstance(end, tuple) else (end,)
            hidden = dropout(hidden)
        return hidden, tuple(ends)

    def forward(
        self, tokens: Tensor, state: State | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """As our models answer, (B, T, F): so `saiki.tasks.token_measure` measures this one too.

        `lengths` changes nothing that is measured: what stands behind an end comes after it.
        """
        hidden, state = self.run(tokens.t(), state)
        return hidden.transpose(0, 1), state

    def _begin(self, state: State | None, place: int) -> Any:
        if state is None:
            return None
        own = state[place * self.parts : (place + 1) * self.parts]
        return own if self.parts > 1 else own[0]


def autocast(*, is_on: bool) -> AbstractContextManager[Any]:
    return torch.autocast("cpu", torch.bfloat16, enabled=is_on)


def training_step(network: PlainLanguageModel, setting: Setting, system: str) -> Work:
    settings, optimiser = setting.config.training, make_optimiser_for(network, setting)
    parameters = list(network.parameters())
    turn = itertools.cycle(
        [(values.t().contiguous(), targets.t().flatten()) for values, targets in setting.batches]
    )
    state: State | None = None

    def step() -> Tensor:
        nonlocal state
        values, targets = next(turn)
        optimiser.zero_grad(set_to_none=True)
        with autocast(is_on=system == AUTOCAST):
            hidden, ends = network.run(values, state)
        with autocast(is_on=system in {AUTOCAST, AUTOCAST_SOFTMAX}):
            loss = functional.cross_entropy(network.head(hidden.flatten(0, 1)), targets)
        loss.backward()
        if settings.clip_norm is not None:
            nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
        optimiser.step()
        state = tuple(part.detach() for part in ends)
        return loss

    return step
