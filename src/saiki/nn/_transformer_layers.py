"""One layer of the Transformer's encoder and decoder; parameters as torch.nn's, by name."""

from typing import Any, NamedTuple

from torch import Tensor, nn

from saiki.nn._attend import AttentionMemory
from saiki.nn._multi_head import MultiHeadAttention
from saiki.nn._visibility import Visible
from saiki.nn.dropout import Dropout

__all__ = ["DecoderLayer", "EncoderLayer", "LayerOptions"]


class LayerOptions(NamedTuple):
    """What every layer of a stack is built with."""

    model_size: int
    num_heads: int
    feedforward_size: int
    dropout: float
    norm_first: bool
    bias: bool
    layer_norm_eps: float
    where: dict[str, Any]

    def attention(self) -> MultiHeadAttention:
        """An attention, to the layer's own steps or to the memory."""
        return MultiHeadAttention(
            self.model_size, self.num_heads, bias=self.bias, dropout=self.dropout, **self.where
        )

    def norm(self) -> nn.LayerNorm:
        """A layer normalisation of the model's size."""
        return nn.LayerNorm(self.model_size, eps=self.layer_norm_eps, bias=self.bias, **self.where)

    def linear(self, inputs: int, outputs: int) -> nn.Linear:
        """One layer of the feed-forward network, with Glorot's uniform weights."""
        layer = nn.Linear(inputs, outputs, bias=self.bias, **self.where)
        nn.init.xavier_uniform_(layer.weight)
        return layer


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward network, each with its residual and norm."""

    def __init__(self, options: LayerOptions) -> None:
        super().__init__()
        self.norm_first = options.norm_first
        self.self_attn = options.attention()
        self.linear1 = options.linear(options.model_size, options.feedforward_size)
        self.linear2 = options.linear(options.feedforward_size, options.model_size)
        self.norm1, self.norm2 = options.norm(), options.norm()
        self.dropout = Dropout(options.dropout)

    def forward(
        self, x: Tensor, visible: Visible, causal: bool, trace: bool
    ) -> tuple[Tensor, Tensor | None]:
        """The steps, and with `trace` the weights."""
        seen = _before(self, self.norm1, x)
        change, weights = self.self_attn.attend_itself(seen, visible, causal=causal, trace=trace)
        x = _after(self, self.norm1, x, change)
        return _feed_forward(self, self.norm2, x), weights


class DecoderLayer(nn.Module):
    """Causal self-attention, attention to the memory, and feed-forward network."""

    def __init__(self, options: LayerOptions) -> None:
        super().__init__()
        self.norm_first = options.norm_first
        self.self_attn, self.multihead_attn = options.attention(), options.attention()
        self.linear1 = options.linear(options.model_size, options.feedforward_size)
        self.linear2 = options.linear(options.feedforward_size, options.model_size)
        self.norm1, self.norm2, self.norm3 = options.norm(), options.norm(), options.norm()
        self.dropout = Dropout(options.dropout)

    def forward(
        self, x: Tensor, past: AttentionMemory | None, memory: AttentionMemory, trace: bool
    ) -> tuple[Tensor, AttentionMemory, tuple[Tensor, Tensor] | None]:
        """The steps behind `past`, what the next call needs, and both weights with `trace`."""
        change, past, own = self.self_attn.extend(_before(self, self.norm1, x), past, trace=trace)
        x = _after(self, self.norm1, x, change)
        change, looked = self.multihead_attn.attend_memory(
            _before(self, self.norm2, x), memory, trace=trace
        )
        x = _feed_forward(self, self.norm3, _after(self, self.norm2, x, change))
        weights = None if own is None or looked is None else (own, looked)
        return x, past, weights


def _before(layer: EncoderLayer | DecoderLayer, norm: nn.LayerNorm, x: Tensor) -> Tensor:
    """What a sublayer sees."""
    return norm(x) if layer.norm_first else x


def _after(
    layer: EncoderLayer | DecoderLayer, norm: nn.LayerNorm, x: Tensor, change: Tensor
) -> Tensor:
    """The residual, with its norm where that comes after."""
    x = x + layer.dropout(change)
    return x if layer.norm_first else norm(x)


def _feed_forward(layer: EncoderLayer | DecoderLayer, norm: nn.LayerNorm, x: Tensor) -> Tensor:
    hidden = layer.dropout(layer.linear1(_before(layer, norm, x)).relu())
    return _after(layer, norm, x, layer.linear2(hidden))
