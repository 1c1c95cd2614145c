"""Layers of the Transformer from torch.nn, with their weights."""

from typing import Any, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError
from saiki.nn.attention import MultiHeadAttention
from saiki.nn.transformer import TransformerDecoder, TransformerEncoder

__all__ = ["TorchTransformer", "transformer_from_torch"]

TorchTransformer: TypeAlias = (
    nn.MultiheadAttention
    | nn.TransformerEncoder
    | nn.TransformerEncoderLayer
    | nn.TransformerDecoder
    | nn.TransformerDecoderLayer
)
Ours: TypeAlias = MultiHeadAttention | TransformerEncoder | TransformerDecoder
Layer = TypeVar("Layer", bound=nn.Module)


def transformer_from_torch(module: TorchTransformer) -> Ours:
    """A layer of ours with the options and a copy of the weights of a torch.nn layer.

    The parameters have torch's names, so a state dict of one also loads into the other. Ours are
    batch first, whatever the module is, and take lengths and masks of what may be seen.

    Args:
        module: torch.nn.MultiheadAttention, TransformerEncoder or TransformerDecoder; of a single
            TransformerEncoderLayer or TransformerDecoderLayer comes a stack of one layer. Of a
            torch.nn.Transformer convert `.encoder` and `.decoder`.

    Raises:
        ArgumentError: module is something else, or has what our layers have not: another
            activation than ReLU, add_bias_kv, add_zero_attn, keys and values of different sizes,
            layers that differ in their options, a last norm that is no LayerNorm of the layers'
            eps.

    Example:
        >>> import torch
        >>> from saiki.nn import interop
        >>> theirs = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        >>> interop.transformer_from_torch(theirs).layers[0].self_attn
        MultiHeadAttention(
          8, 2, dropout=0.1
          (out_proj): Linear(in_features=8, out_features=8, bias=True)
        )
    """
    if isinstance(module, nn.MultiheadAttention):
        return _filled(_attention(module), module.state_dict(), module)
    if isinstance(module, nn.TransformerEncoder | nn.TransformerDecoder):
        return _filled(_stack(list(module.layers), module.norm), module.state_dict(), module)
    if isinstance(module, nn.TransformerEncoderLayer | nn.TransformerDecoderLayer):
        state = {f"layers.0.{name}": value for name, value in module.state_dict().items()}
        return _filled(_stack([module], None), state, module)
    raise ArgumentError(
        "transformer_from_torch: module must be a torch.nn MultiheadAttention, TransformerEncoder,"
        " TransformerDecoder or one layer of these; got {got}. Convert the encoder and decoder of a"
        " Transformer one by one.",
        got=type(module).__name__,
    )


def _attention(module: nn.MultiheadAttention) -> MultiHeadAttention:
    lacking = {
        "add_bias_kv=True": module.bias_k is not None,
        "add_zero_attn=True": module.add_zero_attn,
        "kdim != vdim": module.kdim != module.vdim,
        "dropout=1": module.dropout == 1,
    }
    _refuse(lacking)
    return MultiHeadAttention(
        module.embed_dim,
        module.num_heads,
        memory_size=module.kdim,
        bias=module.in_proj_bias is not None,
        dropout=module.dropout,
        device="meta",
        dtype=module.out_proj.weight.dtype,
    )


def _stack(layers: list[Any], norm: nn.Module | None) -> TransformerEncoder | TransformerDecoder:
    options = [_options(layer) for layer in layers]
    first = layers[0]
    eps = first.norm1.eps
    _refuse(
        {
            "layers of different options": any(one != options[0] for one in options),
            "norm other than LayerNorm": norm is not None and not isinstance(norm, nn.LayerNorm),
            "norm.eps or norm.bias other than those of the layers": isinstance(norm, nn.LayerNorm)
            and (norm.eps != eps or (norm.bias is None) is options[0]["bias"]),
        }
    )
    kind = TransformerDecoder if hasattr(first, "multihead_attn") else TransformerEncoder
    return kind(
        **options[0],
        num_layers=len(layers),
        final_norm=norm is not None,
        device="meta",
        dtype=first.linear1.weight.dtype,
    )


def _options(layer: Any) -> dict[str, Any]:
    is_relu = layer.activation is nn.functional.relu or isinstance(layer.activation, nn.ReLU)
    norms = [part for part in layer.children() if isinstance(part, nn.LayerNorm)]
    _refuse(
        {
            "activation other than relu": not (is_relu or layer.activation is torch.relu),
            "norm1.eps != norm2.eps": any(norm.eps != layer.norm1.eps for norm in norms),
        }
    )
    return {
        "model_size": layer.self_attn.embed_dim,
        "num_heads": layer.self_attn.num_heads,
        "feedforward_size": layer.linear1.out_features,
        "dropout": layer.dropout.p,
        "norm_first": layer.norm_first,
        "bias": layer.linear1.bias is not None,
        "layer_norm_eps": layer.norm1.eps,
    }


def _refuse(lacking: dict[str, bool]) -> None:
    for what, is_so in lacking.items():
        if is_so:
            raise ArgumentError(
                "transformer_from_torch: our layers cannot have: {what}. Convert a module without"
                " that.",
                what=what,
            )


def _filled(ours: Layer, state: dict[str, Tensor], module: nn.Module) -> Layer:
    ours.to_empty(device=next(module.parameters()).device)
    ours.load_state_dict(state)
    return ours.train(module.training)
