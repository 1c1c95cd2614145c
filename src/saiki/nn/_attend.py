"""The sum over keys that all forms of attention share, and a memory made ready for many queries."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._checks import check_dtype
from saiki.nn._lengths import Lengths
from saiki.nn._visibility import Visible

__all__ = ["AttentionMemory", "attend", "check_part", "check_ready", "masked_softmax"]


class AttentionMemory(NamedTuple):
    """A memory as one attention layer reads it: made once by `prepare`, used for every step.

    keys and values are (B, S, ...), or (B, N, S, ...) of an attention with heads.
    """

    keys: Tensor
    values: Tensor
    visible: Visible

    def select(self, rows: Tensor) -> "AttentionMemory":
        """The memory of these rows (R,) of the batch, int64, in their order; rows may repeat."""
        keys = self.keys.index_select(0, rows)
        is_shared = self.values is self.keys
        values = keys if is_shared else self.values.index_select(0, rows)
        return AttentionMemory(keys, values, self.visible.select(rows))


def attend(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    visible: Visible,
    *,
    is_causal: bool = False,
    scale: float | None = None,
    dropout: float = 0.0,
    trace: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Contexts (B, N, T, E) of queries (B, N, T, D), and with `trace` the weights (B, N, T, S).

    `is_causal` needs T = S and a `visible` that shows everything; the weights are those before
    drop-out.
    """
    # (B, T, S) or, with heads of their own, (B, N, T, S)
    mask = visible.mask
    mask = mask.unsqueeze(1) if mask is not None and mask.dim() == 3 else mask
    if not trace:
        empty = None if mask is None or visible.is_certain else ~mask.any(dim=-1, keepdim=True)
        if mask is not None and empty is not None:
            mask = mask | empty  # no backend of torch then meets a row without a key
        context = functional.scaled_dot_product_attention(
            query, keys, values, mask, dropout_p=dropout, is_causal=is_causal, scale=scale
        )
        return context if empty is None else context.masked_fill(empty, 0.0), None
    factor = query.shape[-1] ** -0.5 if scale is None else scale
    scores = (query if factor == 1 else query * factor) @ keys.transpose(-1, -2)
    if is_causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=query.device).tril()
    weights = masked_softmax(scores, mask, is_certain=visible.is_certain)
    if dropout > 0:
        return functional.dropout(weights, dropout) @ values, weights
    return weights @ values, weights


def masked_softmax(scores: Tensor, mask: Tensor | None, *, is_certain: bool = False) -> Tensor:
    """Softmax over the last axis, zero where `mask` is False; also in a row that is so all over.

    `is_certain`: there is no such row.
    """
    if mask is None:
        return scores.softmax(dim=-1)
    if is_certain:
        return torch.where(mask, scores, -math.inf).softmax(dim=-1)
    # The lowest number in place of -inf, whose softmax would be NaN in a row of nothing else.
    hidden = ~mask
    lowest = torch.finfo(scores.dtype).min
    return scores.masked_fill(hidden, lowest).softmax(dim=-1).masked_fill(hidden, 0.0)


def check_part(layer: str, name: str, part: Tensor, size: int, weight: Tensor | None) -> None:
    """Refuses a query or memory that is not (B, steps, size) or not of the weights' dtype."""
    if part.dim() != 3 or part.shape[-1] != size:
        raise ShapeError(
            "{layer}.forward: {name} must be (B, steps, {size}), batch first; got {got}. Build the"
            " layer for that size, or add an axis with unsqueeze for one step.",
            layer=layer,
            name=name,
            size=size,
            got=tuple(part.shape),
        )
    if weight is not None:
        check_dtype(f"{layer}.forward", name, part, weight)


def check_ready(
    layer: str, query: Tensor, memory: AttentionMemory, lengths: Lengths | None, mask: Tensor | None
) -> None:
    """Refuses lengths or a mask beside a prepared memory, and one that is not for these queries."""
    if lengths is not None or mask is not None:
        raise ArgumentError(
            "{layer}.forward: lengths and mask belong to prepare(memory, lengths, mask=mask) when"
            " the memory was prepared; got them beside it. Leave them out here.",
            layer=layer,
        )
    check_batch(layer, query, memory.keys)
    prepared, steps = memory.visible.mask, query.shape[1]
    if prepared is not None and prepared.shape[1] not in (1, steps):
        raise ShapeError(
            "{layer}.forward: the memory was prepared with a mask for {prepared} queries; got"
            " {steps}. Prepare it with a mask (B, 1, S) to ask step by step.",
            layer=layer,
            prepared=prepared.shape[1],
            steps=steps,
        )


def check_batch(layer: str, query: Tensor, memory: Tensor) -> None:
    """Refuses a memory of another batch than the query's."""
    if query.shape[0] != memory.shape[0]:
        raise ShapeError(
            "{layer}.forward: query and memory must have the same batch size; got {query} and"
            " {memory}. Repeat the shorter one with index_select or expand.",
            layer=layer,
            query=query.shape[0],
            memory=memory.shape[0],
        )
