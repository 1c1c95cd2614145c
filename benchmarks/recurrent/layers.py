"""Our layer and torch's with the same weights, and one training step of either."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from benchmarks.recurrent.plan import Shape
from saiki import nn

TOLERANCE = 1e-4  # of the largest element, in float32 after up to 16,000 sums


def make_ours(cell: str, size: int, **options: Any) -> torch.nn.Module:
    torch.manual_seed(0)
    return getattr(nn, cell)(size, size, **options)


def make_torch(ours: torch.nn.Module, cell: str, size: int, **options: Any) -> torch.nn.Module:
    theirs = getattr(torch.nn, cell)(size, size, **options)
    theirs.load_state_dict(ours.state_dict())
    return theirs


def make_batch(shape: Shape, directions: int = 1) -> tuple[Tensor, Tensor]:
    """x (T, B, I) and the gradient of the output (T, B, D H)."""
    steps, batch, hidden = shape
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(steps, batch, hidden, generator=generator)
    return x, torch.randn(steps, batch, directions * hidden, generator=generator)


def training_step(
    layer: torch.nn.Module, forward: Callable[[], Tensor], dy: Tensor, x: Tensor
) -> Callable[[], tuple[Tensor, ...]]:
    """Forward, then the gradients: of x, if it asks for one, and of every parameter."""
    inputs = [*([x] if x.requires_grad else []), *layer.parameters()]
    return lambda: torch.autograd.grad(forward(), inputs, dy)


def check_agreement(title: str, ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> None:
    """No time counts before the numbers agree."""
    for one, other in zip(ours, theirs, strict=True):
        error = float((one - other).abs().max() / other.abs().max())
        if not error < TOLERANCE:
            raise ArithmeticError(f"{title}: results differ by {error:.2g} of the largest")


def row_of(cell: str, shape: Shape, seconds: dict[str, float], **more: Any) -> dict[str, Any]:
    return {"cell": cell, **dict(zip("TBH", shape, strict=True)), **more, "seconds": seconds}


def title_of(cell: str, shape: Shape, *more: str) -> str:
    return " ".join([f"{cell:<4} {', '.join(map(str, shape))}", *more])
