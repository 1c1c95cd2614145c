"""The full softmax in chunks of rows: its nats, and their sum made together with its gradients."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.autograd import Function

from saiki.errors import BackendError
from saiki.kernels import logits_buffer, softmax_gradient_, softmax_nats

CHUNK_NUMBERS = 1 << 23  # logits of a chunk, where that is more than LEAST_ROWS
LEAST_ROWS = 768  # with fewer the products of the gradients slow down: they pass over all of W

Gradients: TypeAlias = list[Tensor | None]  # of x, W and b


def chunks(rows: int, columns: int) -> Iterator[slice]:
    """All rows in pieces of about the same number."""
    limit = max(LEAST_ROWS, CHUNK_NUMBERS // columns)
    pieces = -(-rows // limit)
    edges = [rows * k // max(pieces, 1) for k in range(pieces + 1)]
    return (slice(*pair) for pair in pairwise(edges))


def nats_of_rows(x: Tensor, targets: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """(N,) float64."""
    nats = torch.empty(len(x), dtype=torch.float64, device=x.device)
    with torch.no_grad():
        for rows in chunks(len(x), len(weight)):
            logits = _logits(x[rows], weight)
            nats[rows] = softmax_nats(logits, targets[rows], bias)
    return nats


def _logits(x: Tensor, weight: Tensor) -> Tensor:
    return torch.mm(x, weight.t(), out=logits_buffer(x, len(x), len(weight)))


class SummedLoss(Function):
    """Σ nats. The logits are not kept: the gradients are made with them and wait to be scaled."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        targets: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        dtype: torch.dtype,
    ) -> Tensor:
        """Takes (N, H), (N,), (V, H), (V,) or None, and the dtype of the products."""
        ctx.save_for_backward(x, targets, weight, bias)
        ctx.dtype = dtype
        total, ctx.gradients = _differentiate(ctx, x, targets, weight, bias)
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients by the inputs, scaled in place; a kept graph makes them once more."""
        if torch.is_grad_enabled():
            raise BackendError(
                "FullSoftmax.loss: there is no derivative of its gradients; backward was called"
                " with create_graph=True. Take"
                " torch.nn.functional.cross_entropy(linear(hidden, weight, bias), targets) for"
                " second derivatives."
            )
        gradients, ctx.gradients = ctx.gradients, None
        if gradients is None:
            _, gradients = _differentiate(ctx, *ctx.saved_tensors)
        dx, dweight, dbias = (None if each is None else each.mul_(scale) for each in gradients)
        return dx, None, dweight, dbias, None


def _differentiate(
    ctx: Any, x: Tensor, targets: Tensor, weight: Tensor, bias: Tensor | None
) -> tuple[Tensor, Gradients]:
    needs_x, _, needs_weight, needs_bias, _ = ctx.needs_input_grad
    dx = torch.empty_like(x) if needs_x else None
    dweight = torch.zeros_like(weight) if needs_weight else None
    dbias = torch.zeros_like(bias) if bias is not None and needs_bias else None
    factor, factors = weight.to(ctx.dtype), x.to(ctx.dtype)
    total = torch.zeros((), dtype=torch.float64, device=x.device)
    for rows in chunks(len(x), len(weight)):
        slopes = _logits(factors[rows], factor)
        nats, sums = softmax_gradient_(slopes, targets[rows], bias, sums=needs_bias)
        total += nats.sum()
        if dx is not None:
            _add_product(dx[rows], slopes, factor, is_first=True)
        if dweight is not None:
            _add_product(dweight, slopes.t(), factors[rows], is_first=rows.start == 0)
        if dbias is not None and sums is not None:
            dbias += sums
    return total.to(x.dtype), [dx, dweight, dbias]


def _add_product(to: Tensor, a: Tensor, b: Tensor, *, is_first: bool) -> None:
    """Adds a b; with `is_first`, `to` holds nothing yet."""
    if to.dtype != a.dtype:
        product = a @ b
        to.copy_(product) if is_first else to.add_(product)
    elif is_first:
        torch.mm(a, b, out=to)
    else:
        to.addmm_(a, b)
