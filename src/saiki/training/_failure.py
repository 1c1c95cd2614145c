"""What to say, and what to keep, when a loss or gradient is not finite."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from saiki.errors import NonFiniteError
from saiki.language import render

__all__ = ["FailedStepError", "explain_failure", "layer_ranges"]


class FailedStepError(NonFiniteError):
    """A step that was not finite, with what is needed to run it again."""

    batch: Mapping[str, torch.Tensor]
    random_state: torch.Tensor
    step: int
    layer: str

    def kept_in(self, folder: Path) -> "FailedStepError":
        """The same error, that also says how to run the step again."""
        kept = FailedStepError(
            "{message} `saiki replay {folder}` runs that step again, layer by layer.",
            message=str(self),
            folder=folder,
        )
        kept.batch, kept.random_state = self.batch, self.random_state
        kept.step, kept.layer = self.step, self.layer
        return kept


def explain_failure(
    model: nn.Module,
    objective: Callable[[nn.Module, Mapping[str, torch.Tensor]], Any],
    batch: Mapping[str, torch.Tensor],
    random_state: torch.Tensor,
    step: int,
    loss: float,
) -> FailedStepError:
    """Finds the layer where the first non-finite number came up; the weights are untouched."""
    bad_gradients = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is not None and not parameter.grad.isfinite().all()
    ]
    ranges = layer_ranges(model, objective, batch, random_state)
    bad_layers = [name for name, largest in ranges.items() if not largest < float("inf")]
    if not batch["values"].isfinite().all():
        layer, what = "data", render("its input values")
    elif bad_layers:
        layer, what = bad_layers[0], render("its output")
    elif bad_gradients:
        name = bad_gradients[-1]
        layer, what = name.rpartition(".")[0], render("the gradient of {name}", name=name)
    else:
        layer, what = "loss", render("the loss or the norm of the gradient")
    error = FailedStepError(
        "step {step}: the loss must be finite; got {loss} (layer '{layer}': {what} is not finite). "
        "Lower --training.learning-rate, or set --training.clip-norm 1.0, and train again.",
        step=step,
        loss=loss,
        layer=layer,
        what=what,
    )
    error.batch, error.random_state, error.step, error.layer = batch, random_state, step, layer
    return error


def layer_ranges(
    model: nn.Module,
    objective: Callable[[nn.Module, Mapping[str, torch.Tensor]], Any],
    batch: Mapping[str, torch.Tensor],
    random_state: torch.Tensor,
) -> dict[str, float]:
    """Runs the step's forward pass again; the largest magnitude that each layer put out."""
    ranges: dict[str, float] = {}
    hooks = [
        module.register_forward_hook(_note_range(name, ranges))
        for name, module in model.named_modules()
        if name
    ]
    after = torch.get_rng_state()
    torch.set_rng_state(random_state)
    try:
        with torch.no_grad():
            objective(model, batch)
    finally:
        torch.set_rng_state(after)
        for hook in hooks:
            hook.remove()
    return ranges


def _note_range(name: str, ranges: dict[str, float]) -> Callable[[nn.Module, Any, Any], None]:
    def note(_module: nn.Module, _inputs: Any, output: Any) -> None:
        tensor = output[0] if isinstance(output, tuple) else output
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point() and tensor.numel():
            # max() passes NaN on, and inf as it is: `not largest < inf` finds both.
            ranges[name] = tensor.abs().max().item()

    return note
