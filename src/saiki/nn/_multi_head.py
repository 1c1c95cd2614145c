"""Multi-head attention, whose parameters are those of torch.nn.MultiheadAttention."""

from typing import Any, Literal, final, overload

import torch
from torch import Tensor, nn
from torch.nn import Parameter, functional

from saiki.errors import ArgumentError
from saiki.nn._attend import AttentionMemory, attend, check_batch, check_part, check_ready
from saiki.nn._checks import check_flag, check_rate, check_size
from saiki.nn._lengths import Lengths
from saiki.nn._visibility import EVERYTHING, Visible, clear_memory, visible_keys

__all__ = ["MultiHeadAttention", "check_heads"]


@final
class MultiHeadAttention(nn.Module):
    """Several scaled dot attentions side by side, each over projections of its own.

        Q = q W_qᵀ + b_q,  K = m W_kᵀ + b_k,  V = m W_vᵀ + b_v       each (.., D) cut into N heads
        α_ts = softmax of Q_t · K_s / sqrt(D / N) over the keys that query t may see, else 0
        c_t = W_o concat over heads (Σ_s α_ts V_s) + b_o

    Without a memory the query is the memory: self-attention. Without trace the heads run as
    torch's scaled_dot_product_attention, whose kernel on the CPU has no second derivative; with
    trace it has one.

    Args:
        model_size: D, features of a query and of the output, a multiple of num_heads.
        num_heads: N, at least 1.
        memory_size: M, features of a step of the memory; None is model_size.
        bias: whether the projections have biases.
        dropout: on the weights while training, in [0, 1).
        device: where the parameters are.
        dtype: of the parameters, any float type.

    Shapes:
        query: (B, T, model_size).
        memory: (B, S, memory_size), None for self-attention, or what
            `prepare(memory, lengths, mask=mask)` gave, for a decoder that asks step by step.
        lengths: (B,) whole numbers in 0..S, the real steps of the memory (of the query itself in
            self-attention); what lies behind them is never read. None: all S.
        mask: bool (B, T, S), True = may be seen, in every head; each axis of it may be 1.
        causal: with True query t sees the keys 0..t alone. All three hold together.
        output: (B, T, model_size); b_o for a query that may see no key: its weights are zero.
        weights: (B, N, T, S), with trace=True; zero at what may not be seen, before drop-out.
    Parameters in_proj_weight (W_q, W_k, W_v on top of each other; q_proj_weight, k_proj_weight,
    v_proj_weight for another memory_size), in_proj_bias, out_proj.weight, out_proj.bias: those of
    torch.nn.MultiheadAttention, so `load_state_dict` works both ways.

    Raises:
        ArgumentError: an argument is out of range, mask is not bool, dtypes differ, or lengths or
            a mask come beside a prepared memory.
        ShapeError: query, memory, lengths or mask do not fit each other or the layer.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2; their h is N, their d_model is D.

    Differs: from the paper: biases. From torch: batch first; masks say what may be seen, where
    torch's say what is hidden; a query without a key gives zeros, where torch gives NaN; keys and
    values come from one memory; traced weights are those before drop-out, of each head.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> attention = nn.MultiHeadAttention(8, 2)
        >>> x, memory = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
        >>> y, weights = attention(x, memory, lengths=[5, 2], trace=True)
        >>> y.shape, weights.shape, bool(weights[1, :, :, 2:].any())
        (torch.Size([2, 3, 8]), torch.Size([2, 2, 3, 5]), False)
    """

    in_proj_weight: Tensor | None
    in_proj_bias: Tensor | None

    def __init__(
        self,
        model_size: int,
        num_heads: int,
        *,
        memory_size: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_heads("MultiHeadAttention", model_size, num_heads)
        check_flag("MultiHeadAttention", "bias", bias)
        check_rate("MultiHeadAttention", "dropout", dropout, below_one=True)
        self.model_size, self.num_heads, self.dropout = model_size, num_heads, dropout
        self.memory_size = model_size if memory_size is None else memory_size
        check_size("MultiHeadAttention", "memory_size", self.memory_size)
        where = {"device": device, "dtype": dtype}
        self.register_parameter("in_proj_weight", None)
        for name, shape in self._weight_shapes().items():
            self.register_parameter(name, Parameter(torch.empty(shape, **where)))
        biases = Parameter(torch.empty(3 * model_size, **where)) if bias else None
        self.register_parameter("in_proj_bias", biases)
        self.out_proj = nn.Linear(model_size, model_size, bias=bias, **where)
        self.reset_parameters()

    def _weight_shapes(self) -> dict[str, tuple[int, int]]:
        model, memory = self.model_size, self.memory_size
        if memory == model:
            return {"in_proj_weight": (3 * model, model)}
        own = {"q_proj_weight": (model, model)}
        return own | {"k_proj_weight": (model, memory), "v_proj_weight": (model, memory)}

    def reset_parameters(self) -> None:
        """Glorot's uniform weights, zero biases."""
        for name in self._weight_shapes():
            nn.init.xavier_uniform_(getattr(self, name))
        nn.init.xavier_uniform_(self.out_proj.weight)
        if self.in_proj_bias is not None:
            nn.init.zeros_(self.in_proj_bias)
            nn.init.zeros_(self.out_proj.bias)

    @overload
    def forward(
        self,
        query: Tensor,
        memory: Tensor | AttentionMemory | None = None,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        trace: Literal[False] = False,
    ) -> Tensor: ...
    @overload
    def forward(
        self,
        query: Tensor,
        memory: Tensor | AttentionMemory | None = None,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        trace: Literal[True],
    ) -> tuple[Tensor, Tensor]: ...
    def forward(
        self,
        query: Tensor,
        memory: Tensor | AttentionMemory | None = None,
        lengths: Lengths | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        trace: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """The outputs (B, T, D); with `trace` also the weights (B, N, T, S)."""
        self._check(query, "query", self.model_size)
        if memory is None:
            query, checked = clear_memory("MultiHeadAttention", query, lengths)
            visible = visible_keys("MultiHeadAttention", query, checked, mask, query.shape[1])
            output, weights = self.attend_itself(query, visible, causal=causal, trace=trace)
        else:
            if isinstance(memory, AttentionMemory):
                check_ready("MultiHeadAttention", query, memory, lengths, mask)
                ready = memory
            else:
                check_batch("MultiHeadAttention", query, memory)
                ready = self._prepare(memory, lengths, mask, query.shape[1])
            output, weights = self.attend_memory(query, ready, causal=causal, trace=trace)
        return output if weights is None else (output, weights)

    def prepare(
        self, memory: Tensor, lengths: Lengths | None = None, *, mask: Tensor | None = None
    ) -> AttentionMemory:
        """Checks and projects a memory once, for queries that come step by step."""
        return self._prepare(memory, lengths, mask, None)

    def extend(
        self, x: Tensor, past: AttentionMemory | None = None, *, trace: bool = False
    ) -> tuple[Tensor, AttentionMemory, Tensor | None]:
        """Causal self-attention of new steps x (B, T, D) to those of earlier calls and to x.

        Gives the outputs (B, T, D), the memory for the next call, and with `trace` the weights
        (B, N, T, S), S the steps so far. Calls one after another give what one causal call on
        all steps gives.
        """
        self._check(x, "query", self.model_size)
        heads, new = self._of_itself(x, EVERYTHING)
        steps = 0
        if past is not None:
            check_ready("MultiHeadAttention", x, past, None, None)
            steps = past.keys.shape[2]
            keys = torch.cat([past.keys, new.keys], dim=2)
            new = AttentionMemory(keys, torch.cat([past.values, new.values], dim=2), EVERYTHING)
        output, weights = self._attend(heads, new, steps, trace)
        return output, new, weights

    def attend_itself(
        self, x: Tensor, visible: Visible, *, causal: bool, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        """Self-attention for a stack of layers, which checks x once and clears its padding."""
        heads, ready = self._of_itself(x, visible)
        return self._attend(heads, ready, 0 if causal else None, trace)

    def attend_memory(
        self, query: Tensor, memory: AttentionMemory, *, causal: bool = False, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        """Attention to a prepared memory for a stack of layers, which checks both once."""
        heads = self._split(functional.linear(query, *self._rows("q")))
        return self._attend(heads, memory, 0 if causal else None, trace)

    def _attend(
        self, heads: Tensor, memory: AttentionMemory, past: int | None, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        """Outputs (B, T, D) of projected queries; causal behind `past` keys if that is given."""
        queries, keys, visible = heads.shape[2], memory.keys.shape[2], memory.visible
        is_plain = past == 0 and queries == keys and visible.mask is None
        if past is not None and not is_plain:
            visible = visible.up_to(queries, keys, past, heads.device)
        context, weights = attend(
            heads,
            memory.keys,
            memory.values,
            visible,
            is_causal=is_plain,
            dropout=self.dropout if self.training else 0.0,
            trace=trace,
        )
        return self.out_proj(context.transpose(1, 2).flatten(2)), weights

    def _of_itself(self, x: Tensor, visible: Visible) -> tuple[Tensor, AttentionMemory]:
        """Projected queries, and the memory, of one x: a single product."""
        if self.in_proj_weight is None:
            raise ArgumentError(
                "MultiHeadAttention.forward: a layer with memory_size={memory} and"
                " model_size={model} needs a memory; got none. Pass one, or build the layer"
                " without memory_size for self-attention.",
                memory=self.memory_size,
                model=self.model_size,
            )
        query, keys, values = functional.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(
            3, dim=-1
        )
        ready = AttentionMemory(self._split(keys), self._split(values), visible)
        return self._split(query), ready

    def _prepare(
        self, memory: Tensor, lengths: Lengths | None, mask: Tensor | None, queries: int | None
    ) -> AttentionMemory:
        self._check(memory, "memory", self.memory_size)
        memory, checked = clear_memory("MultiHeadAttention", memory, lengths)
        visible = visible_keys("MultiHeadAttention", memory, checked, mask, queries)
        return self.project_memory(memory, visible)

    def project_memory(self, memory: Tensor, visible: Visible) -> AttentionMemory:
        """`prepare` for a stack of layers, which checks the memory once and clears its padding."""
        if self.in_proj_weight is not None:
            keys, values = functional.linear(memory, *self._rows("kv")).chunk(2, dim=-1)
        else:
            keys, values = (functional.linear(memory, *self._rows(part)) for part in "kv")
        return AttentionMemory(self._split(keys), self._split(values), visible)

    def _rows(self, parts: str) -> tuple[Tensor, Tensor | None]:
        """Weight and bias of q, k, v, or kv."""
        size, start = self.model_size, "qkv".index(parts)
        rows = slice(start * size, (start + len(parts)) * size)
        bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
        if self.in_proj_weight is not None:
            return self.in_proj_weight[rows], bias
        return getattr(self, f"{parts}_proj_weight"), bias

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, D) as (B, N, T, D / N)."""
        size = self.model_size // self.num_heads
        return x.view(*x.shape[:2], self.num_heads, size).transpose(1, 2)

    def _check(self, x: Tensor, name: str, size: int) -> None:
        check_part("MultiHeadAttention", name, x, size, self.out_proj.weight)

    def extra_repr(self) -> str:
        """The sizes, then every argument that is not at its default."""
        shown = [f"{self.model_size}, {self.num_heads}"]
        if self.memory_size != self.model_size:
            shown.append(f"memory_size={self.memory_size}")
        if self.in_proj_bias is None:
            shown.append("bias=False")
        if self.dropout:
            shown.append(f"dropout={self.dropout}")
        return ", ".join(shown)


def check_heads(layer: str, model_size: object, num_heads: object) -> None:
    """Both are whole numbers of at least 1, and the heads divide the model."""
    check_size(layer, "model_size", model_size)
    check_size(layer, "num_heads", num_heads)
    if model_size % num_heads:  # type: ignore[operator]  # whole numbers by then
        raise ArgumentError(
            "{layer}: model_size must be a multiple of num_heads={heads}; got {model}. Use {near}.",
            layer=layer,
            heads=num_heads,
            model=model_size,
            near=(model_size // num_heads + 1) * num_heads,  # type: ignore[operator]
        )
