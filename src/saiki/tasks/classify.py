"""Training a classifier: one run, from configuration to a finished run folder."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console

from saiki.artifacts import (
    RunFolder,
    read_json,
    reset_peak_memory,
    write_json_atomic,
    write_json_lines_atomic,
)
from saiki.data import Tokens
from saiki.errors import ConfigurationError, RunFolderError
from saiki.language import render
from saiki.models import SequenceClassifier
from saiki.tasks.batches import TrainingBatches
from saiki.tasks.classifier import InputForm, build_network, choose_device, objective
from saiki.tasks.config import ClassifyConfig
from saiki.tasks.configure import config_to_toml
from saiki.tasks.failed_step import stoppable
from saiki.tasks.fitting import (
    check_same_data,
    check_validation,
    finish,
    finished_run,
    observers_of,
    optimiser_of,
    result_of,
    some_threads,
)
from saiki.tasks.model_card import model_card
from saiki.tasks.preparation import Prepared, augmentation, prepare
from saiki.tasks.run import Run, run_facts
from saiki.tasks.scores import MOST_SHOWN, measure
from saiki.tasks.text_inputs import attention_of
from saiki.tasks.token_vectors import first_vectors
from saiki.training import (
    EarlyStopping,
    Progress,
    Training,
    fit,
    make_schedule,
)

__all__ = ["train_run"]


def train_run(
    config: ClassifyConfig,
    folder: Path,
    *,
    resume: bool = False,
    console: Console | None = None,
    title: str | None = None,
    prepared: Prepared | None = None,
) -> Run:
    """Trains one classifier into `folder`.

    Args:
        config: what to do.
        folder: must not hold a run yet, unless `resume`.
        resume: go on from the newest checkpoint; a finished run is returned as it is.
        console: where progress is shown; None shows none.
        title: what progress calls this run.
        prepared: the data of `config.data`, where the caller has it already.

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
    prepared = prepared or prepare(config.data)
    _check_validation(config, prepared)
    device = choose_device(config.training.device)
    augmentation(config.data.augment)  # a wrong range stops before the folder is begun
    with torch.random.fork_rng(), some_threads(config.training.threads):
        torch.manual_seed(config.seed)
        began = time.perf_counter()
        network = _network(run, config, prepared, console)
        training = Training(network.to(device), optimiser_of(config.training, network))
        # Word vectors are a part of training; a checkpoint brings the seconds before it along.
        training.progress.seconds = time.perf_counter() - began
        _begin(run, config, prepared)
        progress = _fit(run, config, prepared, training, device, console, title)
        return _finish(run, config, prepared, network, progress, device)


def _network(
    run: RunFolder, config: ClassifyConfig, prepared: Prepared, console: Console | None
) -> SequenceClassifier:
    """The network before its first step; one that a checkpoint will fill needs no vectors."""
    is_continued = run.is_begun and run.checkpoints.newest() is not None
    if console is not None and not is_continued:
        _say_what_is_read(prepared, config, console)
    vectors = None if is_continued else first_vectors(config.model, prepared, config.seed)
    return build_network(
        config.model,
        prepared.front_end.features,
        len(prepared.labels),
        reads_tokens=isinstance(prepared.front_end, Tokens),
        has_several_labels=prepared.label_separator is not None,
        vectors=vectors,
    )


def _say_what_is_read(prepared: Prepared, config: ClassifyConfig, console: Console) -> None:
    cut = sum(prepared.cut.values())
    if cut:
        console.print(
            render(
                "{cut} of {count} texts are longer than {most} tokens and are cut there "
                "(data.features.max_tokens)",
                cut=cut,
                count=len(prepared.examples),
                most=config.data.features.max_tokens,
            ),
            markup=False,
        )
    if config.model.embedding == "word-vectors" and config.model.vectors == "corpus":
        texts = len(prepared.parts.train) + len(prepared.unlabelled)
        console.print(render("word vectors from {texts} texts first", texts=texts), markup=False)


def _check_validation(config: ClassifyConfig, prepared: Prepared) -> None:
    settings = config.training
    check_validation(settings, is_there=bool(len(prepared.parts.validation)), also={})
    if settings.monitor == "accuracy" and prepared.label_separator is not None:
        raise ConfigurationError(
            "training.monitor: accuracy is for one label an example; with data.label_separator "
            "there may be several. Set --training.monitor loss_nats."
        )


def _begin(run: RunFolder, config: ClassifyConfig, prepared: Prepared) -> None:
    if run.is_begun:
        check_same_data(run, prepared.sha256, config.data.source)
        _check_same_vocabulary(run, config, prepared)
        return
    write_json_atomic(run.preprocess_file("labels"), prepared.labels.to_json())
    write_json_atomic(run.preprocess_file("input"), asdict(InputForm.of(prepared.examples)))
    write_json_atomic(run.preprocess_file("front_end"), prepared.front_end.to_json())
    data = {
        "source": config.data.source,
        "sha256": prepared.sha256,
        "examples": len(prepared.examples),
    }
    facts = run_facts(config.seed, torch.get_num_threads(), data)
    run.begin(config_to_toml(config), facts)


def _check_same_vocabulary(run: RunFolder, config: ClassifyConfig, prepared: Prepared) -> None:
    """Unlabelled texts and libraries may have changed it where the labelled data has not."""
    if not isinstance(prepared.front_end, Tokens):
        return
    now = json.loads(json.dumps(prepared.front_end.to_json()))
    if read_json(run.preprocess_file("front_end")) != now:
        raise RunFolderError(
            "{path}: --resume must have the vocabulary that the run began with; that of {source} "
            "is another now. Bring back the old texts and library versions, or start a new run "
            "with another --out.",
            path=run.path,
            source=config.data.unlabelled_source or config.data.source,
        )


def _fit(
    run: RunFolder,
    config: ClassifyConfig,
    prepared: Prepared,
    training: Training,
    device: torch.device,
    console: Console | None,
    title: str | None,
) -> Progress:
    settings = config.training
    source = TrainingBatches(
        prepared,
        batch_size=settings.batch_size,
        seed=config.seed,
        augment=augmentation(config.data.augment),
        device=device,
    )
    observers = observers_of(run, settings, console, title or config.recipe, len(source))
    with stoppable(run, training):
        return fit(
            training,
            objective(settings.label_smoothing),
            source,
            epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            schedule=make_schedule(settings.schedule, settings.epochs * len(source)),
            evaluate=_validation(prepared, device),
            clip_norm=settings.clip_norm,
            stopping=EarlyStopping(settings.monitor, settings.patience, settings.keep),
            precision=settings.precision,
            observers=observers,
        )


def _validation(
    prepared: Prepared, device: torch.device
) -> Callable[[torch.nn.Module], dict[str, float]]:
    indices = prepared.parts.validation
    features = [prepared.features[i] for i in indices]
    targets = prepared.targets_of(indices)

    def evaluate(network: torch.nn.Module) -> dict[str, float]:
        if not features:
            return {}
        return measure(network, features, targets, device).metrics()

    return evaluate


def _finish(
    run: RunFolder,
    config: ClassifyConfig,
    prepared: Prepared,
    network: SequenceClassifier,
    progress: Progress,
    device: torch.device,
) -> Run:
    began = time.perf_counter()
    parts = {
        "train": prepared.parts.train,
        "validation": prepared.parts.validation,
        "test": prepared.parts.test,
    }
    metrics: dict[str, dict[str, float]] = {}
    for part, indices in parts.items():
        if not len(indices):
            continue
        features = [prepared.features[i] for i in indices]
        targets = prepared.targets_of(indices)
        scores = measure(network, features, targets, device, attends=part != "train")
        metrics[part] = scores.metrics()
        if part != "train":
            examples = prepared.examples.subset(indices)
            shown = attention_of(prepared.front_end, features[:MOST_SHOWN], scores.attention)
            rows = scores.rows(examples, prepared.labels, shown)
            write_json_lines_atomic(run.predictions_file(part), rows)
    took = time.perf_counter() - began
    result = result_of(
        config, network, progress, metrics, backend=network.backend(), evaluation_seconds=took
    ) | {
        "parts": {part: len(indices) for part, indices in parts.items()},
        "labels": list(prepared.labels.labels),
    }
    if isinstance(prepared.front_end, Tokens):
        result["vocabulary"] = prepared.front_end.features
        result["cut_texts"] = dict(prepared.cut)
    return finish(run, network, model_card(config, result), result)
