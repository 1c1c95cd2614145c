"""The Transformer's encoder and decoder, right on padded batches, and decoding with a cache."""

from typing import Any, Literal, NamedTuple, cast, final, overload

from torch import Tensor, nn

from saiki.errors import ShapeError
from saiki.nn._attend import AttentionMemory, check_batch, check_part
from saiki.nn._checks import check_flag, check_rate, check_size
from saiki.nn._lengths import Lengths
from saiki.nn._multi_head import check_heads
from saiki.nn._padding import valid_lengths, zero_padding
from saiki.nn._transformer_layers import DecoderLayer, EncoderLayer, LayerOptions
from saiki.nn._visibility import clear_memory, visible_keys

__all__ = ["DecoderCache", "TransformerDecoder", "TransformerEncoder", "TransformerWeights"]


class TransformerWeights(NamedTuple):
    """Attention weights, a tensor for each layer; an encoder has no `to_memory`."""

    to_itself: tuple[Tensor, ...]  # (B, N, T, T), or (B, N, T, S) of T new steps after S - T
    to_memory: tuple[Tensor, ...] = ()  # (B, N, T, S)


class DecoderCache(NamedTuple):
    """Keys and values of the steps so far and of the memory, for each layer of a decoder."""

    past: tuple[AttentionMemory | None, ...]
    memory: tuple[AttentionMemory, ...]

    @property
    def steps(self) -> int:
        """The number of steps so far: the position of the next one."""
        first = self.past[0]
        return 0 if first is None else first.keys.shape[2]

    def select(self, rows: Tensor, *, is_same_memory: bool = False) -> "DecoderCache":
        """The cache of these rows (R,) of the batch, int64, in their order; rows may repeat.

        `is_same_memory` says that every row takes the place of one with the same memory, as the
        hypotheses of one source do; the keys and values of the memory are then not copied.
        """
        past = tuple(None if one is None else one.select(rows) for one in self.past)
        if not is_same_memory:
            return DecoderCache(past, tuple(one.select(rows) for one in self.memory))
        batch = self.memory[0].keys.shape[0]
        if len(rows) != batch:
            raise ShapeError(
                "DecoderCache.select: rows must be {batch} with is_same_memory=True, one for each"
                " row; got {got}. Leave is_same_memory out to change the batch.",
                batch=batch,
                got=len(rows),
            )
        return DecoderCache(past, self.memory)


class _Transformer(nn.Module):
    """What encoder and decoder share: the arguments, the stack, the last norm."""

    _layer: type[EncoderLayer | DecoderLayer]

    def __init__(
        self,
        model_size: int,
        num_heads: int,
        num_layers: int,
        feedforward_size: int,
        *,
        dropout: float = 0.0,
        norm_first: bool = False,
        final_norm: bool | None = None,
        bias: bool = True,
        layer_norm_eps: float = 1e-5,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        check_heads(name, model_size, num_heads)
        check_size(name, "num_layers", num_layers)
        check_size(name, "feedforward_size", feedforward_size)
        check_rate(name, "dropout", dropout, below_one=True)
        has_norm = norm_first if final_norm is None else final_norm
        for flag, value in (("norm_first", norm_first), ("final_norm", has_norm), ("bias", bias)):
            check_flag(name, flag, value)
        self.model_size, self.num_heads, self.num_layers = model_size, num_heads, num_layers
        self.feedforward_size, self.dropout, self.bias = feedforward_size, dropout, bias
        self.norm_first, self.layer_norm_eps = norm_first, layer_norm_eps
        options = LayerOptions(
            model_size,
            num_heads,
            feedforward_size,
            dropout,
            norm_first,
            bias,
            layer_norm_eps,
            {"device": device, "dtype": dtype},
        )
        self.layers = nn.ModuleList(self._layer(options) for _ in range(num_layers))
        self.norm = options.norm() if has_norm else None

    def _check(self, name: str, part: Tensor) -> None:
        check_part(type(self).__name__, name, part, self.model_size, next(self.parameters()))

    def _finish(self, x: Tensor) -> Tensor:
        return x if self.norm is None else self.norm(x)

    def extra_repr(self) -> str:
        """The sizes and what is not at its default."""
        shown = f"{self.model_size}, {self.num_heads}, {self.num_layers}, {self.feedforward_size}"
        for flag, default in (("dropout", 0.0), ("norm_first", False), ("bias", True)):
            if getattr(self, flag) != default:
                shown += f", {flag}={getattr(self, flag)}"
        return shown


@final
class TransformerEncoder(_Transformer):
    """Layers of self-attention and a feed-forward network at every step.

        norm after:   a = LN(x + MHA(x)),    y = LN(a + FF(a))           norm_first=False
        norm first:   a = x + MHA(LN(x)),    y = a + FF(LN(a))           norm_first=True
        FF(x) = W_2 max(W_1 x + b_1, 0) + b_2

    The layers stand on each other, and a last LN on top if final_norm. Embeddings, their scale and
    positions are the caller's; see `SinusoidalPositions`.

    Args:
        model_size: D, features of a step, a multiple of num_heads.
        num_heads: N, at least 1.
        num_layers: layers on top of each other, at least 1.
        feedforward_size: F, units of the feed-forward network, at least 1.
        dropout: on attention weights, inside FF and on what each sublayer adds, in [0, 1).
        norm_first: which of the two ways above.
        final_norm: whether LN follows the last layer; None is as norm_first, whose sums need it.
        bias: whether projections, FF and norms have biases.
        layer_norm_eps: what LN adds to the variance.
        device: where the parameters are.
        dtype: of the parameters, any float type.

    Shapes:
        x: (B, T, model_size).
        lengths: (B,) whole numbers in 1..T, the real steps; what lies behind them is never read.
        mask: bool (B, T, T), True = may be seen; each axis of it may be 1.
        causal: with True step t sees the steps 0..t alone. All three hold together.
        y: (B, T, model_size), zero in padding.
        weights: a TransformerWeights of (B, N, T, T) for each layer, with trace=True.
    Parameters layers.0.self_attn.in_proj_weight, layers.0.linear1.weight, layers.0.norm1.weight
    and so on: those of torch.nn.TransformerEncoder, so `load_state_dict` works both ways, and
    `interop.transformer_from_torch` makes a layer of ours from one of torch's.

    Raises:
        ArgumentError: an argument is out of range, mask is not bool, or dtypes differ.
        ShapeError: x, lengths or mask do not fit each other or the layer.

    Source: Vaswani et al. 2017, arXiv:1706.03762, sections 3.1 to 3.3; Xiong et al. 2020,
    arXiv:2002.04745, for norm first. Their d_model, d_ff, h are D, F, N.

    Differs: from torch: batch first, lengths and masks of what may be seen, zero in padding;
    every layer starts from weights of its own, where torch copies those of one; ReLU alone.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> encoder = nn.TransformerEncoder(8, 2, 3, 16, norm_first=True)
        >>> y, weights = encoder(torch.randn(2, 5, 8), lengths=[5, 3], trace=True)
        >>> y.shape, bool(y[1, 3:].any()), len(weights.to_itself), weights.to_itself[0].shape
        (torch.Size([2, 5, 8]), False, 3, torch.Size([2, 2, 5, 5]))
    """

    _layer = EncoderLayer

    @overload
    def forward(
        self,
        x: Tensor,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        trace: Literal[False] = False,
    ) -> Tensor: ...
    @overload
    def forward(
        self,
        x: Tensor,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        trace: Literal[True],
    ) -> tuple[Tensor, TransformerWeights]: ...
    def forward(
        self,
        x: Tensor,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        trace: bool = False,
    ) -> Tensor | tuple[Tensor, TransformerWeights]:
        """The encoded steps; with `trace` also the weights of every layer and head."""
        self._check("x", x)
        x, valid = _open("TransformerEncoder", x, lengths)
        visible = visible_keys("TransformerEncoder", x, valid, mask, x.shape[1])
        found = []
        for layer in self.layers:
            x, weights = layer(x, visible, causal, trace)
            found.append(weights)
        y = _close(self._finish(x), valid)
        return (y, TransformerWeights(tuple(found))) if trace else y


@final
class TransformerDecoder(_Transformer):
    """Layers of causal self-attention, attention to a memory, and a feed-forward network.

        norm after:   a = LN(x + MHA(x)),    c = LN(a + MHA(a, m)),      y = LN(c + FF(c))
        norm first:   a = x + MHA(LN(x)),    c = a + MHA(LN(a), m),      y = c + FF(LN(c))

    Step t sees the steps 0..t. `forward` runs all steps at once, for training; `start` and `step`
    run them as they come: a step then costs one query, as keys and values are kept.

    Args: those of `TransformerEncoder`.

    Shapes:
        x: (B, T, model_size); memory: (B, S, model_size).
        lengths: (B,) whole numbers in 1..T, the real steps of x.
        memory_lengths: (B,) whole numbers in 0..S, the real steps of the memory. What lies behind
            the lengths is never read.
        memory_mask: bool (B, T, S), True = may be seen; each axis of it may be 1.
        y: (B, T, model_size), zero in padding.
        weights: a TransformerWeights, (B, N, T, T) and (B, N, T, S) for each layer, with
            trace=True.
    Parameters layers.0.self_attn.in_proj_weight, layers.0.multihead_attn.in_proj_weight,
    layers.0.linear1.weight, layers.0.norm1.weight and so on: those of torch.nn.TransformerDecoder.

    Raises:
        ArgumentError: an argument is out of range, memory_mask is not bool, or dtypes differ.
        ShapeError: x, memory, lengths or memory_mask do not fit each other or the layer.

    Source: Vaswani et al. 2017, arXiv:1706.03762, sections 3.1 to 3.3; Xiong et al. 2020,
    arXiv:2002.04745, for norm first.

    Differs: as `TransformerEncoder`; from torch also: always causal, and the cache.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> decoder = nn.TransformerDecoder(8, 2, 3, 16).eval()
        >>> x, memory = torch.randn(2, 4, 8), torch.randn(2, 5, 8)
        >>> whole, cache, steps = decoder(x, memory), decoder.start(memory), []
        >>> for t in range(4):
        ...     y, cache = decoder.step(x[:, t : t + 1], cache)
        ...     steps.append(y)
        >>> cache.steps, torch.allclose(torch.cat(steps, dim=1), whole, atol=1e-5)
        (4, True)
    """

    _layer = DecoderLayer

    @overload
    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        lengths: Lengths | None = None,
        memory_lengths: Lengths | None = None,
        *,
        memory_mask: Tensor | None = None,
        trace: Literal[False] = False,
    ) -> Tensor: ...
    @overload
    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        lengths: Lengths | None = None,
        memory_lengths: Lengths | None = None,
        *,
        memory_mask: Tensor | None = None,
        trace: Literal[True],
    ) -> tuple[Tensor, TransformerWeights]: ...
    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        lengths: Lengths | None = None,
        memory_lengths: Lengths | None = None,
        *,
        memory_mask: Tensor | None = None,
        trace: bool = False,
    ) -> Tensor | tuple[Tensor, TransformerWeights]:
        """All steps at once; with `trace` also the weights of every layer and head."""
        self._check("x", x)
        check_batch("TransformerDecoder", x, memory)
        # Padding stands behind the real steps, which being causal do not see it.
        x, valid = _open("TransformerDecoder", x, lengths)
        cache = self._start(memory, memory_lengths, memory_mask, x.shape[1])
        x, _, weights = self._run(x, cache, trace=trace)
        y = _close(x, valid)
        return (y, weights) if weights is not None else y

    def start(
        self,
        memory: Tensor,
        memory_lengths: Lengths | None = None,
        *,
        memory_mask: Tensor | None = None,
    ) -> DecoderCache:
        """The cache before the first step; memory_mask must have one query, (B, 1, S)."""
        return self._start(memory, memory_lengths, memory_mask, 1)

    @overload
    def step(
        self, x: Tensor, cache: DecoderCache, *, trace: Literal[False] = False
    ) -> tuple[Tensor, DecoderCache]: ...
    @overload
    def step(
        self, x: Tensor, cache: DecoderCache, *, trace: Literal[True]
    ) -> tuple[Tensor, DecoderCache, TransformerWeights]: ...
    def step(
        self, x: Tensor, cache: DecoderCache, *, trace: bool = False
    ) -> tuple[Tensor, DecoderCache] | tuple[Tensor, DecoderCache, TransformerWeights]:
        """The next steps x (B, T, model_size), T usually 1, and the cache that holds them too.

        The cache given stays as it was, so one can go on from it several times.
        """
        self._check("x", x)
        check_batch("TransformerDecoder", x, cache.memory[0].keys)
        y, cache, weights = self._run(x, cache, trace=trace)
        return (y, cache) if weights is None else (y, cache, weights)

    def _start(
        self, memory: Tensor, lengths: Lengths | None, mask: Tensor | None, queries: int
    ) -> DecoderCache:
        self._check("memory", memory)
        memory, checked = clear_memory("TransformerDecoder", memory, lengths)
        visible = visible_keys("TransformerDecoder", memory, checked, mask, queries)
        layers = cast("list[DecoderLayer]", list(self.layers))
        prepared = tuple(layer.multihead_attn.project_memory(memory, visible) for layer in layers)
        return DecoderCache((None,) * len(prepared), prepared)

    def _run(
        self, x: Tensor, cache: DecoderCache, *, trace: bool
    ) -> tuple[Tensor, DecoderCache, TransformerWeights | None]:
        past, own, looked = [], [], []
        for layer, before, memory in zip(self.layers, cache.past, cache.memory, strict=True):
            x, after, weights = layer(x, before, memory, trace)
            past.append(after)
            if weights is not None:
                own.append(weights[0])
                looked.append(weights[1])
        found = TransformerWeights(tuple(own), tuple(looked)) if trace else None
        return self._finish(x), DecoderCache(tuple(past), cache.memory), found


def _open(layer: str, x: Tensor, lengths: Lengths | None) -> tuple[Tensor, Tensor | None]:
    """X with zeros in its padding, and the lengths; None where all are full."""
    if lengths is None:
        return x, None
    valid = valid_lengths(layer, x, lengths)
    if bool((valid == x.shape[1]).all()):
        return x, None
    return zero_padding(x, valid), valid


def _close(y: Tensor, valid: Tensor | None) -> Tensor:
    return y if valid is None else zero_padding(y, valid)
