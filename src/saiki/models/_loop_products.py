"""Products with what stays the same through a loop, whose own gradients are made once, not a step.

Autograd would make a gradient of the whole weight at every step of a loop, and add them up. Here
each step going back only remembers its part; the first step of the loop, whose turn comes last as
every other depends on it, makes them all in one product.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

__all__ = ["LoopProduct"]


class LoopProduct:
    """x_t W for steps t = 0, 1, ... that follow from one another.

    Under autocast the products are narrow, and W is made so once; x_t W comes in the dtype of x_t.

    Args:
        fixed: W (K, N), or one for each row of the batch (B, K, N).
    """

    def __init__(self, fixed: Tensor) -> None:
        device = fixed.device.type
        if torch.is_autocast_enabled(device) and fixed.dtype == torch.float32:
            fixed = fixed.to(torch.get_autocast_dtype(device))
        self.fixed = fixed
        self.steps = 0
        self.going_back: dict[int, tuple[Tensor, Tensor]] = {}

    def __call__(self, x: Tensor) -> Tensor:
        """The product of the next step: x (B, K) -> (B, N)."""
        self.steps += 1
        y: Tensor = _Step.apply(x, self.fixed, self, self.steps - 1)  # type: ignore[no-untyped-call]  # torch does not type it
        return y

    def forward(self, x: Tensor) -> Tensor:
        """(B, N)."""
        if self.fixed.dim() == 2:
            return x @ self.fixed
        return (x[:, None] @ self.fixed)[:, 0]

    def of_x(self, dy: Tensor, fixed: Tensor) -> Tensor:
        """The gradient of x (B, K)."""
        if fixed.dim() == 2:
            return dy @ fixed.t()
        return (dy[:, None] @ fixed.transpose(1, 2))[:, 0]  # a tenth of the time of W @ dy

    def of_fixed(self) -> Tensor:
        """The gradient of W, from all steps that have gone back."""
        parts = [self.going_back[step] for step in sorted(self.going_back)]
        self.going_back = {}
        if self.fixed.dim() == 2:
            return torch.cat([x for x, _ in parts]).t() @ torch.cat([dy for _, dy in parts])
        x, dy = (torch.stack(each, dim=1) for each in zip(*parts, strict=True))
        return x.transpose(1, 2) @ dy


class _Step(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, fixed: Tensor, product: LoopProduct, step: int) -> Tensor:
        ctx.save_for_backward(x, fixed)
        ctx.product, ctx.step = product, step
        return product.forward(x.to(fixed.dtype)).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, fixed = ctx.saved_tensors
        product: LoopProduct = ctx.product
        narrow = dy.to(fixed.dtype)
        product.going_back[ctx.step] = x.to(fixed.dtype), narrow
        dx = product.of_x(narrow, fixed).to(x.dtype) if ctx.needs_input_grad[0] else None
        return dx, product.of_fixed() if ctx.step == 0 else None, None, None
