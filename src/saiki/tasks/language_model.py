"""Training a language model: one run, from configuration to a finished run folder."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import nn

from saiki.artifacts import (
    RunFolder,
    reset_peak_memory,
    write_json_atomic,
)
from saiki.data.text import TextTokenizer
from saiki.errors import ArgumentError
from saiki.models import LanguageModel
from saiki.models.language_model import activation_penalty, change_penalty
from saiki.tasks.classifier import choose_device
from saiki.tasks.configure import config_to_toml
from saiki.tasks.failed_step import stoppable
from saiki.tasks.fitting import (
    averaging_of,
    check_same_data,
    check_same_tokenizer,
    check_validation,
    finish,
    finished_run,
    observers_of,
    optimiser_of,
    result_of,
    some_threads,
)
from saiki.tasks.language_card import language_card
from saiki.tasks.language_config import LanguageModelConfig, LanguageNetworkConfig
from saiki.tasks.language_reader import split_at_blank
from saiki.tasks.language_samples import language_samples
from saiki.tasks.run import Run, run_facts
from saiki.tasks.text_preparation import PreparedText, prepare_text
from saiki.tasks.token_batches import LineBatches, StreamBatches, real_steps, token_batches
from saiki.tasks.token_measure import measure_part
from saiki.training import (
    EarlyStopping,
    Measured,
    Progress,
    Training,
    fit,
    make_schedule,
)

_OWN_OPTIONS = {
    "stage": "lstm",
    "output_activation": "lstm",
    "reset_after": "gru",
    "nonlinearity": "rnn",
}

__all__ = ["build_language_model", "language_objective", "train_language_model"]


def train_language_model(
    config: LanguageModelConfig,
    folder: Path,
    *,
    resume: bool = False,
    console: Console | None = None,
    title: str | None = None,
) -> Run:
    """Trains one language model into `folder`.

    Args:
        config: what to do.
        folder: must not hold a run yet, unless `resume`.
        resume: go on from the newest checkpoint; a finished run is returned as it is.
        console: where progress is shown; None shows none.
        title: what progress calls this run.

    Raises:
        ConfigurationError: resumed with another configuration.
        RunFolderError: the folder holds a run already.
        NonFiniteError: training diverged; `folder/failure` holds the step.
        StopTrainingError: interrupted; the checkpoint is saved.
    """
    run = RunFolder(folder)
    finished = finished_run(run, config, resume=resume)
    if finished is not None:
        return finished
    reset_peak_memory()
    device = choose_device(config.training.device)
    _check_choices(config)
    prepared = prepare_text(config.data)
    _check_validation(config, prepared)
    with torch.random.fork_rng(), some_threads(config.training.threads):
        torch.manual_seed(config.seed)
        network = build_language_model(
            config.model, prepared.tokenizer, precision=config.training.precision
        )
        training = Training(network.to(device), optimiser_of(config.training, network))
        # Before the run begins: a text that is too short leaves nothing behind.
        source = token_batches(
            prepared.parts["train"],
            config.data,
            training,
            batch_size=config.training.batch_size,
            seed=config.seed,
            device=device,
        )
        _begin(run, config, prepared)
        progress = _fit(run, config, prepared, training, source, console, title)
        return _finish(run, config, prepared, network, progress, device)


def build_language_model(
    config: LanguageNetworkConfig, tokenizer: TextTokenizer, *, precision: Any = "float32"
) -> LanguageModel:
    """The network that `config` describes, with fresh weights."""
    options: dict[str, Any] = asdict(config)
    for name in ("recurrent_dropout", "layer_norm", "learned_initial_state"):
        if not options[name]:
            options.pop(name)
    for name, cell in _OWN_OPTIONS.items():
        value = options.pop(name)
        if value == getattr(LanguageNetworkConfig, name):
            continue
        if not config.cell.endswith(cell):
            raise ArgumentError(
                "model.{name}: is an option of the cell {cell}; model.cell is {got}. Leave it out.",
                name=name,
                cell=cell,
                got=config.cell,
            )
        options[name] = value
    return LanguageModel(len(tokenizer), counts=tokenizer.counts, precision=precision, **options)


def _check_choices(config: LanguageModelConfig) -> None:
    """What would do nothing, or fail when the training is over."""
    for text in config.samples.cloze:
        split_at_blank(text)
    if config.training.precision == "bf16" and config.model.softmax != "full":
        raise ArgumentError(
            "training.precision bf16: is for the full softmax; model.softmax is {softmax}. Set "
            "--training.precision float32.",
            softmax=config.model.softmax,
        )


def _check_validation(config: LanguageModelConfig, prepared: PreparedText) -> None:
    is_awaited = config.training.averaging.trigger == "non-monotonic"
    check_validation(
        config.training,
        is_there="validation" in prepared.parts,
        also={"training.averaging.trigger non-monotonic": is_awaited},
    )


def _begin(run: RunFolder, config: LanguageModelConfig, prepared: PreparedText) -> None:
    if run.is_begun:
        check_same_data(run, prepared.sha256, config.data.source)
        check_same_tokenizer(run.preprocess_file("tokenizer"), prepared.tokenizer)
        return
    write_json_atomic(run.preprocess_file("tokenizer"), prepared.tokenizer.to_json())
    data = {
        "source": config.data.source,
        "sha256": prepared.sha256,
        "records": {name: len(part) for name, part in prepared.parts.items()},
        "tokens": {name: part.size for name, part in prepared.parts.items()},
        "vocabulary": len(prepared.tokenizer),
    }
    facts = run_facts(config.seed, torch.get_num_threads(), data)
    run.begin(config_to_toml(config), facts)


def language_objective(
    training: Training | None, *, activation: float = 0.0, change: float = 0.0
) -> Callable[[nn.Module, Mapping[str, torch.Tensor]], Measured]:
    """The training objective: mean nats of the real tokens, plus the penalties.

    The state that a batch begins with stands in the batch, so that a step can be run again; the
    one that it ends with goes to `training`, cut from the graph: truncated BPTT.
    """

    def objective(network: nn.Module, batch: Mapping[str, torch.Tensor]) -> Measured:
        lengths = batch.get("lengths")
        begun = tuple(batch[f"carried.{i}"] for i in range(len(batch)) if f"carried.{i}" in batch)
        hidden, state, raw = network.run(  # type: ignore[operator]  # nn.Module hides the method
            batch["values"], begun or None, lengths
        )
        is_real = real_steps(lengths, hidden.shape[1], hidden.device)
        flat = hidden.flatten(0, 1) if is_real is None else hidden[is_real]
        targets = batch["targets"].flatten() if is_real is None else batch["targets"][is_real]
        total = network.head.loss(flat, targets)  # type: ignore[union-attr,operator]  # a Module
        count = len(targets)
        loss = total / count
        if activation:
            loss = loss + activation * activation_penalty(hidden, is_real)
        if change:
            loss = loss + change * change_penalty(raw, lengths)
        if training is not None and lengths is None and torch.is_grad_enabled():
            training.carried = {str(i): part.detach() for i, part in enumerate(state)}
        return Measured(loss, {"loss_nats": total.item()}, count)

    return objective


def _fit(
    run: RunFolder,
    config: LanguageModelConfig,
    prepared: PreparedText,
    training: Training,
    source: StreamBatches | LineBatches,
    console: Console | None,
    title: str | None,
) -> Progress:
    settings = config.training
    with stoppable(run, training):
        return fit(
            training,
            language_objective(
                training,
                activation=settings.activation_penalty,
                change=settings.change_penalty,
            ),
            source,
            epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            schedule=make_schedule(settings.schedule, settings.epochs * len(source)),
            evaluate=_validation(config, prepared),
            clip_norm=settings.clip_norm,
            stopping=EarlyStopping("loss_nats", settings.patience, settings.keep),
            averaging=averaging_of(settings.averaging),
            observers=observers_of(run, settings, console, title or config.recipe, len(source)),
        )


def _validation(
    config: LanguageModelConfig, prepared: PreparedText
) -> Callable[[nn.Module], dict[str, float]]:
    part = prepared.parts.get("validation")

    def evaluate(network: nn.Module) -> dict[str, float]:
        if part is None or not isinstance(network, LanguageModel):
            return {}
        device = network.embedding.weight.device
        figures = measure_part(network, part, config.data, device)
        return {name: figures[name] for name in ("loss_nats", "perplexity")}

    return evaluate


def _finish(
    run: RunFolder,
    config: LanguageModelConfig,
    prepared: PreparedText,
    network: LanguageModel,
    progress: Progress,
    device: torch.device,
) -> Run:
    began = time.perf_counter()
    metrics: dict[str, dict[str, float]] = {
        name: measure_part(network, part, config.data, device, cache=config.cache)
        for name, part in prepared.parts.items()
        if name != "train"
    }
    write_json_atomic(
        run.path / "samples.json", language_samples(config, prepared, network, device)
    )
    took = time.perf_counter() - began
    result = result_of(
        config, network, progress, metrics, backend=network.backend(), evaluation_seconds=took
    ) | {
        "preset": config.preset,
        "parts": {name: len(part) for name, part in prepared.parts.items()},
        "tokens": {name: part.size for name, part in prepared.parts.items()},
        "vocabulary": len(prepared.tokenizer),
    }
    return finish(run, network, language_card(config, result), result)
