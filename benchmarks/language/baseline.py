"""An untuned LSTM in plain torch, trained for some minutes, written down as our runs are."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.language.plain import PlainLanguageModel
from benchmarks.language.plan import RECIPE, UNTUNED
from saiki.artifacts import RunFolder, peak_memory_bytes, to_toml
from saiki.tasks.configure import resolve
from saiki.tasks.language_config import LanguageModelConfig, LanguageNetworkConfig
from saiki.tasks.run import run_facts
from saiki.tasks.text_preparation import prepare_text
from saiki.tasks.token_batches import StreamBatches
from saiki.tasks.token_measure import measure_part
from saiki.training import Training

DEVICE = torch.device("cpu")
# What one writes down at first, and never tunes: nn.Dropout everywhere, a constant rate.
MODEL = LanguageNetworkConfig(
    cell="lstm",
    embedding_size=320,
    hidden_size=320,
    layers=2,
    tied=True,
    input_dropout=0.2,
    dropout=0.2,
    output_dropout=0.2,
    dropout_form="plain",
)
TRAINING = {"optimiser": "adam", "learning_rate": 0.001, "batch_size": 20, "clip_norm": 1.0}


def train(folder: Path, minutes: float, over: Mapping[str, Any] | None = None) -> Path:
    """Trains until the time is up; figures after every epoch and at the end.

    Args:
        folder: must not hold a run yet.
        minutes: of training and validation together.
        over: what differs from the recipe's own data; nothing where figures count.
    """
    run = RunFolder(folder)
    if run.is_begun:
        raise FileExistsError(f"{folder} holds a run already; give another --out")
    config = resolve(RECIPE, over)
    if not isinstance(config, LanguageModelConfig):
        raise TypeError(f"{RECIPE} must be a language model; it is a {config.task}")
    prepared = prepare_text(config.data)
    table = {"recipe": RECIPE, "system": UNTUNED, "seed": 0, "data": asdict(config.data)}
    table |= {"model": asdict(MODEL), "training": TRAINING}
    facts = {"source": config.data.source, "sha256": prepared.sha256}
    run.begin(to_toml(table), run_facts(0, torch.get_num_threads(), facts))
    torch.manual_seed(0)
    trained = _Trained(PlainLanguageModel(len(prepared.tokenizer), MODEL), config, prepared, run)
    trained.go_on(60 * minutes)
    run.finish(None, trained.result())
    return folder


class _Trained:
    """A plain loop and its clock."""

    def __init__(self, network: nn.Module, config: Any, prepared: Any, run: RunFolder) -> None:
        self.network, self.config, self.prepared, self.run = network, config, prepared, run
        self.optimiser = torch.optim.Adam(
            network.parameters(), TRAINING["learning_rate"], fused=True
        )
        self.epoch, self.step = 0, 0
        self.began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def go_on(self, limit: float) -> None:
        """The last epoch ends where the time does."""
        source = StreamBatches(
            self.prepared.parts["train"],
            Training(self.network, self.optimiser),  # holds no state: nothing carries it there
            batch_size=TRAINING["batch_size"],
            steps=self.config.data.steps,
            seed=0,
            device=DEVICE,
        )
        while self.seconds < limit:
            state = None
            for batch in source.batches(self.epoch):
                state = self._step(batch["values"].t(), batch["targets"].t(), state)
                if self.seconds > limit:
                    break
            self._close_epoch()
            self.epoch += 1

    def _step(self, values: torch.Tensor, targets: torch.Tensor, state: Any) -> Any:
        self.optimiser.zero_grad(set_to_none=True)
        hidden, state = self.network.run(values, state)
        loss = functional.cross_entropy(self.network.head(hidden.flatten(0, 1)), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), TRAINING["clip_norm"])
        self.optimiser.step()
        self.step += 1
        return tuple(part.detach() for part in state)

    def _close_epoch(self) -> None:
        figures = self._figures("validation")
        kept = {name: figures[name] for name in ("loss_nats", "perplexity")}
        row = {"kind": "epoch", "epoch": self.epoch, "step": self.step}
        metrics = self.run.metrics
        metrics.add(row | {"seconds": self.seconds, "validation": kept})
        metrics.flush()
        print(f"epoch {self.epoch + 1}, {self.seconds:.0f} s: {kept['perplexity']:.1f}", flush=True)

    def _figures(self, part: str) -> dict[str, float]:
        """Measured by the code that measures ours."""
        return measure_part(self.network, self.prepared.parts[part], self.config.data, DEVICE)

    def result(self) -> dict[str, Any]:
        seconds = self.seconds
        return {
            "task": "language-model",
            "recipe": RECIPE,
            "preset": UNTUNED,
            "seed": 0,
            "metrics": {name: self._figures(name) for name in ("validation", "test")},
            "seconds": round(seconds, 3),
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "peak_memory_bytes": peak_memory_bytes(),
            "backend": "torch.nn",
            "vocabulary": len(self.prepared.tokenizer),
            "epochs": self.epoch,
            "best_epoch": None,
        }
