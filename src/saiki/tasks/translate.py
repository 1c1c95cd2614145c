"""Training a translator: one run, from configuration to a finished run folder."""

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
from saiki.models import PairBatch, RecurrentSeq2Seq, TransformerSeq2Seq
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
from saiki.tasks.pair_batches import PairBatches
from saiki.tasks.pair_measure import MeasuredPairs, likelihood, measure_pairs, pair_nats
from saiki.tasks.pair_preparation import PreparedPairs, prepare_pairs
from saiki.tasks.run import Run, run_facts
from saiki.tasks.translate_config import TranslateConfig
from saiki.tasks.translation_card import translation_card
from saiki.tasks.translation_network import build_translator, check_choices
from saiki.tasks.translation_reader import Seq2Seq, TranslationReader
from saiki.tasks.translation_samples import translation_samples
from saiki.training import (
    EarlyStopping,
    Measured,
    Progress,
    Training,
    fit,
    make_schedule,
)

__all__ = [
    "reader_of",
    "train_translator",
    "translation_objective",
]


def train_translator(
    config: TranslateConfig,
    folder: Path,
    *,
    resume: bool = False,
    console: Console | None = None,
    title: str | None = None,
) -> Run:
    """Trains one translator into `folder`.

    Args:
        config: what to do.
        folder: must not hold a run yet, unless `resume`.
        resume: go on from the newest checkpoint; a finished run is returned as it is.
        console: where progress is shown; None shows none.
        title: what progress calls this run.

    Raises:
        ConfigurationError: resumed with another configuration.
        DataError: the data cannot be used.
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
    check_choices(config)
    prepared = prepare_pairs(config.data)
    check_validation(config.training, is_there="validation" in prepared.parts, also=_also(config))
    with torch.random.fork_rng(), some_threads(config.training.threads):
        torch.manual_seed(config.seed)
        network = build_translator(
            config, len(prepared.source_tokenizer), len(prepared.target_tokenizer)
        )
        training = Training(network.to(device), optimiser_of(config.training, network))
        # Before the run begins: what cannot be trained leaves nothing behind.
        reader = reader_of(
            config, network, prepared.source_tokenizer, prepared.target_tokenizer, device
        )
        for text in config.samples.inputs:
            reader.encode(text)
        _begin(run, config, prepared)
        progress = _fit(run, config, prepared, training, device, console, title)
        return _finish(run, config, prepared, reader, progress)


def reader_of(
    config: TranslateConfig,
    network: Seq2Seq,
    source: TextTokenizer,
    target: TextTokenizer,
    device: torch.device,
) -> TranslationReader:
    """The network at work, as the run looks for translations."""
    return TranslationReader(
        network, source, target, config.decoding, config.data.max_tokens, device
    )


def _also(config: TranslateConfig) -> dict[str, bool]:
    is_awaited = config.training.averaging.trigger == "non-monotonic"
    return {"training.averaging.trigger non-monotonic": is_awaited}


def _begin(run: RunFolder, config: TranslateConfig, prepared: PreparedPairs) -> None:
    tokenizers = {
        "source_tokenizer": prepared.source_tokenizer,
        "target_tokenizer": prepared.target_tokenizer,
    }
    if run.is_begun:
        check_same_data(run, prepared.sha256, config.data.source)
        for name, tokenizer in tokenizers.items():
            check_same_tokenizer(run.preprocess_file(name), tokenizer)
        return
    for name, tokenizer in tokenizers.items():
        write_json_atomic(run.preprocess_file(name), tokenizer.to_json())
    data = {
        "source": config.data.source,
        "target": config.data.target,
        "sha256": prepared.sha256,
        **_counts(prepared),
    }
    facts = run_facts(config.seed, torch.get_num_threads(), data)
    run.begin(config_to_toml(config), facts)


def _counts(prepared: PreparedPairs) -> dict[str, Any]:
    return {
        "parts": {name: len(part) for name, part in prepared.parts.items()},
        "tokens": {name: part.size for name, part in prepared.parts.items()},
        "vocabulary": {
            "source": len(prepared.source_tokenizer),
            "target": len(prepared.target_tokenizer),
        },
        "left_out": asdict(prepared.left_out),
        "seen_in_training": prepared.seen,
    }


def translation_objective(
    label_smoothing: float,
) -> Callable[[nn.Module, Mapping[str, torch.Tensor]], Measured]:
    """The training objective: mean loss of the target tokens; the figure is plain nats."""

    def objective(network: nn.Module, batch: Mapping[str, torch.Tensor]) -> Measured:
        options: dict[str, Any] = {"label_smoothing": label_smoothing}
        if "teacher_forcing" in batch:
            options["teacher_forcing"] = float(batch["teacher_forcing"])
        pairs = PairBatch(
            batch["values"], batch["lengths"], batch["targets"], batch["target_lengths"]
        )
        found = network.loss(pairs, **options)  # type: ignore[operator]  # nn.Module hides it
        return Measured(found.total / found.count, {"loss_nats": float(found.nats)}, found.count)

    return objective


def _fit(
    run: RunFolder,
    config: TranslateConfig,
    prepared: PreparedPairs,
    training: Training,
    device: torch.device,
    console: Console | None,
    title: str | None,
) -> Progress:
    settings = config.training
    source = PairBatches(
        prepared.parts["train"],
        batch_tokens=settings.batch_tokens,
        seed=config.seed,
        device=device,
        epochs=settings.epochs,
        teacher_forcing=settings.teacher_forcing,
    )
    with stoppable(run, training):
        return fit(
            training,
            translation_objective(settings.label_smoothing),
            source,
            epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            schedule=make_schedule(settings.schedule, settings.epochs * len(source)),
            evaluate=_validation(prepared, device),
            clip_norm=settings.clip_norm,
            stopping=EarlyStopping("loss_nats", settings.patience, settings.keep),
            averaging=averaging_of(settings.averaging),
            observers=observers_of(run, settings, console, title or config.recipe, len(source)),
        )


def _validation(
    prepared: PreparedPairs, device: torch.device
) -> Callable[[nn.Module], dict[str, float]]:
    part = prepared.parts.get("validation")

    def evaluate(network: nn.Module) -> dict[str, float]:
        if part is None or not isinstance(network, RecurrentSeq2Seq | TransformerSeq2Seq):
            return {}
        return likelihood(pair_nats(network, part, device), part.size)

    return evaluate


def _finish(
    run: RunFolder,
    config: TranslateConfig,
    prepared: PreparedPairs,
    reader: TranslationReader,
    progress: Progress,
) -> Run:
    began = time.perf_counter()
    measured: dict[str, MeasuredPairs] = {
        name: measure_pairs(reader, part, config.scores)
        for name, part in prepared.parts.items()
        if name != "train"
    }
    write_json_atomic(
        run.path / "samples.json", translation_samples(reader, prepared, config, measured)
    )
    took = time.perf_counter() - began
    metrics = {name: one.figures for name, one in measured.items()}
    signatures = next(iter(measured.values())).signatures if measured else {}
    result = (
        result_of(
            config,
            reader.network,
            progress,
            metrics,
            backend=reader.network.backend(),
            evaluation_seconds=took,
        )
        | {
            "preset": config.preset,
            "groups": {name: one.groups for name, one in measured.items() if one.groups},
            **{f"{name}_signature": text for name, text in signatures.items()},
        }
        | _counts(prepared)
    )
    return finish(run, reader.network, translation_card(config, result), result)
