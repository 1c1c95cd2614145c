"""Attention: each query's own weighted mean of a memory, by one of four scores."""

import math
from abc import ABC, abstractmethod
from typing import Any, Literal, cast, final, overload

from torch import Tensor, nn

from saiki.errors import ArgumentError
from saiki.nn._attend import (
    AttentionMemory,
    attend,
    check_batch,
    check_part,
    check_ready,
    masked_softmax,
)
from saiki.nn._checks import check_size
from saiki.nn._lengths import Lengths
from saiki.nn._multi_head import MultiHeadAttention
from saiki.nn._visibility import clear_memory, visible_keys

__all__ = [
    "AdditiveAttention",
    "AttentionMemory",
    "DotAttention",
    "GeneralAttention",
    "MultiHeadAttention",
]


class _Attention(nn.Module, ABC):
    """What the three forms without heads share: a query's size, a memory's, and how to call it."""

    query_size: int
    memory_size: int

    def prepare(
        self, memory: Tensor, lengths: Lengths | None = None, *, mask: Tensor | None = None
    ) -> AttentionMemory:
        """Checks and projects a memory once, for queries that come step by step."""
        return self._prepare(memory, lengths, mask, None)

    @overload
    def forward(
        self,
        query: Tensor,
        memory: Tensor | AttentionMemory,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        trace: Literal[False] = False,
    ) -> Tensor: ...
    @overload
    def forward(
        self,
        query: Tensor,
        memory: Tensor | AttentionMemory,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        trace: Literal[True],
    ) -> tuple[Tensor, Tensor]: ...
    def forward(
        self,
        query: Tensor,
        memory: Tensor | AttentionMemory,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        trace: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """The contexts (B, T, M); with `trace` also the weights (B, T, S)."""
        name = type(self).__name__
        check_part(name, "query", query, self.query_size, next(self.parameters(), None))
        if isinstance(memory, AttentionMemory):
            check_ready(name, query, memory, lengths, mask)
        else:
            check_batch(name, query, memory)
            memory = self._prepare(memory, lengths, mask, query.shape[1])
        context, weights = self._attend(query, memory, trace)
        return context if weights is None else (context, weights)

    def attend_memory(self, query: Tensor, memory: AttentionMemory) -> tuple[Tensor, Tensor]:
        """Contexts and weights of a prepared memory, for a decoder, which checks both once."""
        context, weights = self._attend(query, memory, True)
        return context, cast("Tensor", weights)

    def _prepare(
        self, memory: Tensor, lengths: Lengths | None, mask: Tensor | None, queries: int | None
    ) -> AttentionMemory:
        name = type(self).__name__
        check_part(name, "memory", memory, self.memory_size, next(self.parameters(), None))
        memory, checked = clear_memory(name, memory, lengths)
        visible = visible_keys(name, memory, checked, mask, queries)
        return AttentionMemory(self._keys(memory), memory, visible)

    @abstractmethod
    def _keys(self, memory: Tensor) -> Tensor:
        """What the queries are compared with, (B, S, ...)."""

    @abstractmethod
    def _attend(
        self, query: Tensor, memory: AttentionMemory, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        """Contexts, and weights with `trace`."""


def _checked_scale(layer: str, scale: float) -> float:
    if not (math.isfinite(scale) and scale > 0):
        raise ArgumentError(
            "{layer}: scale must be a number above 0; got {scale}.", layer=layer, scale=scale
        )
    return scale


def _by_products(
    query: Tensor, memory: AttentionMemory, scale: float, trace: bool
) -> tuple[Tensor, Tensor | None]:
    """Contexts by scores q · k · scale, as an attention of one head."""
    keys, values = memory.keys.unsqueeze(1), memory.values.unsqueeze(1)
    context, weights = attend(
        query.unsqueeze(1), keys, values, memory.visible, scale=scale, trace=trace
    )
    return context.squeeze(1), None if weights is None else weights.squeeze(1)


@final
class AdditiveAttention(_Attention):
    """The first attention: a small network scores each key for each query.

        e_ts = v · tanh(W q_t + U m_s)
        α_ts = softmax of e_t over the keys that query t may see, else 0
        c_t = Σ_s α_ts m_s

    U m is computed once a memory: by `prepare`, for a decoder that asks step by step. Every
    query holds S · attention_size numbers for the backward pass.

    Args:
        query_size: Q, features of a query, at least 1.
        memory_size: M, features of a step of the memory, at least 1.
        attention_size: A, units of the scoring network, at least 1.
        device: where the parameters are.
        dtype: of the parameters, any float type.

    Shapes:
        query: (B, T, query_size); T = 1 for one step of a decoder.
        memory: (B, S, memory_size), or what `prepare(memory, lengths, mask=mask)` gave.
        lengths: (B,) whole numbers in 0..S, the real steps of the memory; what lies behind them
            is never read. None: all S.
        mask: bool (B, T, S), True = may be seen; each axis of it may be 1. Both hold together.
        context: (B, T, memory_size); zero for a query that may see no key, and so are its weights.
        weights: (B, T, S), with trace=True; zero at what may not be seen.
    Parameters query_projection.weight (W), memory_projection.weight (U), score.weight (v).

    Raises:
        ArgumentError: a size is below 1, mask is not bool, dtypes differ, or lengths or a mask
            come beside a prepared memory.
        ShapeError: query, memory, lengths or mask do not fit each other or the layer.

    Source: Bahdanau, Cho, Bengio 2014, arXiv:1409.0473, appendix A.1.2; their s_{i-1}, h_j, W_a,
    U_a, v_a are q, m, W, U, v here.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> attention = nn.AdditiveAttention(4, 6, 5)
        >>> memory = attention.prepare(torch.randn(2, 3, 6), [3, 1])
        >>> context, weights = attention(torch.randn(2, 1, 4), memory, trace=True)
        >>> context.shape, weights[1, 0].tolist()
        (torch.Size([2, 1, 6]), [1.0, 0.0, 0.0])
    """

    def __init__(
        self,
        query_size: int,
        memory_size: int,
        attention_size: int,
        *,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        sizes = {"query_size": query_size, "memory_size": memory_size}
        for name, size in (sizes | {"attention_size": attention_size}).items():
            check_size("AdditiveAttention", name, size)
        self.query_size, self.memory_size = query_size, memory_size
        where = {"device": device, "dtype": dtype}
        self.query_projection = nn.Linear(query_size, attention_size, bias=False, **where)
        self.memory_projection = nn.Linear(memory_size, attention_size, bias=False, **where)
        self.score = nn.Linear(attention_size, 1, bias=False, **where)

    def _keys(self, memory: Tensor) -> Tensor:
        return 2 * self.memory_projection(memory)  # type: ignore[no-any-return]  # a Linear gives a tensor

    def _attend(
        self, query: Tensor, memory: AttentionMemory, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        # tanh(z) = 2σ(2z) - 1, and torch's σ is several times as quick. What is left of the -1 is
        # -Σ v, the same in every score of a query, so the softmax does not see it.
        query = 2 * self.query_projection(query)
        hidden = (query[:, :, None] + memory.keys[:, None]).sigmoid_()  # (B, T, S, A)
        scores, visible = 2 * self.score(hidden).squeeze(-1), memory.visible
        weights = masked_softmax(scores, visible.mask, is_certain=visible.is_certain)
        return weights @ memory.values, weights if trace else None


@final
class DotAttention(_Attention):
    """Attention whose scores are the products of query and memory themselves.

        e_ts = q_t · m_s · scale
        α_ts = softmax of e_t over the keys that query t may see, else 0
        c_t = Σ_s α_ts m_s

    It has no parameters, so query and memory must be of one size. Without trace it runs as
    torch's scaled_dot_product_attention.

    Args:
        size: M, features of query and memory, at least 1.
        scale: the factor of the scores; 1/√M keeps the softmax soft where M is large.

    Shapes: query (B, T, size), memory (B, S, size); lengths, mask, context and weights as those of
        `AdditiveAttention`.

    Raises: as `AdditiveAttention`.

    Source: Luong, Pham, Manning 2015, arXiv:1508.04025, section 3.1, "dot"; their h_t, h̄_s are
    q, m here, and scale is 1.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> memory = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
        >>> _, weights = nn.DotAttention(2)(torch.tensor([[[3.0, 1.0]]]).log(), memory, trace=True)
        >>> [round(weight, 2) for weight in weights[0, 0].tolist()]
        [0.75, 0.25]
    """

    def __init__(self, size: int, *, scale: float = 1.0) -> None:
        super().__init__()
        check_size("DotAttention", "size", size)
        self.query_size = self.memory_size = size
        self.scale = _checked_scale("DotAttention", scale)

    def _keys(self, memory: Tensor) -> Tensor:
        return memory

    def _attend(
        self, query: Tensor, memory: AttentionMemory, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        return _by_products(query, memory, self.scale, trace)

    def extra_repr(self) -> str:
        return f"{self.query_size}" + ("" if self.scale == 1 else f", scale={self.scale:g}")


@final
class GeneralAttention(_Attention):
    """Attention whose scores are products of the query and a projection of the memory.

        e_ts = q_t · (W m_s) · scale
        α_ts = softmax of e_t over the keys that query t may see, else 0
        c_t = Σ_s α_ts m_s

    W m is computed once a memory. Without trace it runs as torch's scaled_dot_product_attention.

    Args:
        query_size: Q, features of a query, at least 1.
        memory_size: M, features of a step of the memory, at least 1.
        scale: the factor of the scores; 1/√Q keeps the softmax soft where Q is large.
        device: where the parameters are.
        dtype: of the parameters, any float type.

    Shapes: query (B, T, query_size), memory (B, S, memory_size); lengths, mask, context and
        weights as those of `AdditiveAttention`. Parameter memory_projection.weight (W).

    Raises: as `AdditiveAttention`.

    Source: Luong, Pham, Manning 2015, arXiv:1508.04025, section 3.1, "general"; their h_t, h̄_s,
    W_a are q, m, W here, and scale is 1.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> nn.GeneralAttention(4, 6)(torch.randn(2, 3, 4), torch.randn(2, 5, 6)).shape
        torch.Size([2, 3, 6])
    """

    def __init__(
        self,
        query_size: int,
        memory_size: int,
        *,
        scale: float = 1.0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_size("GeneralAttention", "query_size", query_size)
        check_size("GeneralAttention", "memory_size", memory_size)
        self.query_size, self.memory_size = query_size, memory_size
        self.scale = _checked_scale("GeneralAttention", scale)
        where = {"device": device, "dtype": dtype}
        self.memory_projection = nn.Linear(memory_size, query_size, bias=False, **where)

    def _keys(self, memory: Tensor) -> Tensor:
        return self.memory_projection(memory)  # type: ignore[no-any-return]  # a Linear gives a tensor

    def _attend(
        self, query: Tensor, memory: AttentionMemory, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        return _by_products(query, memory, self.scale, trace)

    def extra_repr(self) -> str:
        return "" if self.scale == 1 else f"scale={self.scale:g}"
