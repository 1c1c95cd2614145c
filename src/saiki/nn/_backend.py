"""What stands in the way of the compiled kernels."""

import torch
from torch import Tensor
from torch.autograd import forward_ad

from saiki.kernels import compiled_level
from saiki.language import render


def find_obstacle(weight: Tensor, *, projection: int, traces_graph: bool) -> str | None:
    """Why a layer with this weight cannot run compiled now, or None where it can."""
    if weight.device.type != "cpu":
        return render("device {device}", device=weight.device)
    if weight.dtype != torch.float32:
        return str(weight.dtype)
    if projection:
        return render("proj_size={size}", size=projection)
    if traces_graph:
        return render("trace=True with gradients")
    if torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0:  # noqa: SLF001
        return render("torch.func or forward-mode derivatives")
    return render("no compiled kernels") if compiled_level() is None else None
