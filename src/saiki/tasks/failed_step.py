"""The step at which training diverged: kept beside the run, and run again on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from saiki.artifacts import RunFolder, read_json, write_bytes_atomic, write_json_atomic
from saiki.errors import RunFolderError
from saiki.tasks.classifier import objective, restore_begun
from saiki.tasks.configure import read_config
from saiki.tasks.forecast_config import ForecastConfig
from saiki.tasks.language_config import LanguageModelConfig
from saiki.tasks.translate_config import TranslateConfig
from saiki.training import FailedStepError, Training, layer_ranges, stop_on_interrupt

__all__ = ["keep_failed_step", "replay_failed_step", "stoppable"]


def keep_failed_step(run: RunFolder, network: nn.Module, error: FailedStepError) -> None:
    """Writes weights before the step, its batch, random state and what was found."""
    from safetensors.torch import save  # noqa: PLC0415  only after a failure

    tensors = {f"model.{name}": t.detach().clone() for name, t in network.state_dict().items()}
    tensors |= {f"batch.{name}": t.detach().clone() for name, t in error.batch.items()}
    tensors["random.cpu"] = error.random_state
    write_bytes_atomic(run.failure_folder / "step.safetensors", save(tensors))
    write_json_atomic(
        run.failure_folder / "failure.json",
        {
            "step": error.step,
            "layer": error.layer,
            "message": str(error),
            "replay": f"saiki replay {run.path}",
        },
    )


@contextmanager
def stoppable(run: RunFolder, training: Training) -> Iterator[None]:
    """From the newest checkpoint on; Ctrl-C is a request to stop, and a failed step is kept."""
    found = run.checkpoints.newest()
    if found is not None:
        training.restore(found.tensors, found.state)
    with stop_on_interrupt(training):
        try:
            yield
        except FailedStepError as error:
            keep_failed_step(run, training.model, error)
            raise error.kept_in(run.path) from error


def replay_failed_step(folder: Path) -> dict[str, Any]:
    """Runs the kept step again.

    Returns:
        The step, loss, largest output of each layer, and gradient norm of each parameter.

    Raises:
        RunFolderError: the run has no failed step.
    """
    from safetensors.torch import load  # noqa: PLC0415  only here

    run = RunFolder(folder)
    kept = run.failure_folder / "failure.json"
    if not kept.exists():
        raise RunFolderError(
            "{path}: must hold a failed step (failure/failure.json); it holds none. Only a run "
            "that stopped on a non-finite loss can be replayed.",
            path=folder,
        )
    failure = read_json(kept)
    tensors = load((run.failure_folder / "step.safetensors").read_bytes())
    network, loss_of = _restore(run)
    network.load_state_dict(_named(tensors, "model."))
    batch = _named(tensors, "batch.")
    with torch.random.fork_rng():
        ranges = layer_ranges(network, loss_of, batch, tensors["random.cpu"])
        torch.set_rng_state(tensors["random.cpu"])
        measured = loss_of(network, batch)
        measured.loss.backward()
    gradients = {
        name: p.grad.norm().item() for name, p in network.named_parameters() if p.grad is not None
    }
    return {
        "step": failure["step"],
        "layer": failure["layer"],
        "loss_nats": measured.loss.item(),
        "largest_outputs": ranges,
        "gradient_norms": gradients,
    }


def _restore(run: RunFolder) -> tuple[nn.Module, Any]:
    """The network of a begun run with fresh weights, and its objective."""
    config = read_config(run.config_file)
    if isinstance(config, ForecastConfig):
        return _restore_forecaster(run, config)
    if isinstance(config, TranslateConfig):
        return _restore_translator(run, config)
    if not isinstance(config, LanguageModelConfig):
        classify, _, _, network = restore_begun(run)
        return network, objective(classify.training.label_smoothing)
    from saiki.tasks.language_model import language_objective  # noqa: PLC0415  imports this module
    from saiki.tasks.trained_language_model import restore_language_model  # noqa: PLC0415

    _, _, model = restore_language_model(run)
    penalties = {
        "activation": config.training.activation_penalty,
        "change": config.training.change_penalty,
    }
    return model, language_objective(None, **penalties)


def _restore_forecaster(run: RunFolder, config: ForecastConfig) -> tuple[nn.Module, Any]:
    from saiki.tasks.forecast import forecast_objective  # noqa: PLC0415  imports this module
    from saiki.tasks.trained_forecaster import restore_forecaster  # noqa: PLC0415

    return restore_forecaster(run)[-1], forecast_objective(config)


def _restore_translator(run: RunFolder, config: TranslateConfig) -> tuple[nn.Module, Any]:
    from saiki.tasks.trained_translator import restore_translator  # noqa: PLC0415  imports this
    from saiki.tasks.translate import translation_objective  # noqa: PLC0415  module

    _, _, _, network = restore_translator(run)
    return network, translation_objective(config.training.label_smoothing)


def _named(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
