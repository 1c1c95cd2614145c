"""Gradient clipping by global norm."""

from collections.abc import Iterable

from torch import nn

__all__ = ["clip_gradients"]


def clip_gradients(
    parameters: Iterable[nn.Parameter], threshold: float | None
) -> tuple[float, float]:
    """Scales all gradients by `threshold / ‖g‖` where that is below 1.

    `‖g‖` is the Euclidean norm over every gradient together. A norm that is not finite leaves the
    gradients as they are, and is returned: the caller must stop.

    Args:
        parameters: those whose gradients count; ones without a gradient are passed over.
        threshold: the largest norm let through; None only measures.

    Returns:
        The norm before and after clipping.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return 0.0, 0.0
    norm = nn.utils.get_total_norm(gradients).item()
    if threshold is None or not norm > threshold or norm == float("inf"):
        return norm, norm
    for gradient in gradients:
        gradient.mul_(threshold / norm)
    return norm, threshold
