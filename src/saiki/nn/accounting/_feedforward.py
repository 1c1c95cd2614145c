"""The rows of layers without recurrence, and the lengths that they leave."""

from typing import Any

import torch
from torch import nn

from saiki.nn.accounting._rows import Account, Batch, Row
from saiki.nn.convolution import Conv1dBlock
from saiki.nn.pooling import TimePooling
from saiki.nn.squeeze_excite import SqueezeExcite
from saiki.nn.vocabulary import FullSoftmax, SampledSoftmax

__all__ = ["ACCOUNTS"]

INDEX_BYTES = 8  # int64


def _row(
    name: str,
    module: nn.Module,
    formula: str,
    sizes: dict[str, int],
    *,
    multiply_adds: int,
    activation_bytes: int,
) -> Row:
    return Row(
        name=name,
        kind=type(module).__name__,
        formula=formula,
        sizes=sizes,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        multiply_adds=multiply_adds,
        activation_bytes=activation_bytes,
    )


def _linear(name: str, module: nn.Linear, batch: Batch) -> tuple[list[Row], Batch]:
    I, O = module.in_features, module.out_features
    row = _row(
        name,
        module,
        "I·O" if module.bias is None else "I·O + O",
        {"I": I, "O": O},
        multiply_adds=I * O * batch.valid_steps,
        activation_bytes=I * batch.padded_steps * batch.bytes_per_value,
    )
    return [row], batch


def _embedding(name: str, module: nn.Embedding, batch: Batch) -> tuple[list[Row], Batch]:
    row = _row(
        name,
        module,
        "V·E",
        {"V": module.num_embeddings, "E": module.embedding_dim},
        multiply_adds=0,
        activation_bytes=INDEX_BYTES * batch.padded_steps,
    )
    return [row], batch


def _norm(
    name: str, module: nn.BatchNorm1d | nn.LayerNorm, batch: Batch
) -> tuple[list[Row], Batch]:
    if isinstance(module, nn.BatchNorm1d):
        features, is_affine, has_bias = module.num_features, module.affine, module.affine
    else:
        features = int(torch.Size(module.normalized_shape).numel())
        is_affine = module.elementwise_affine
        has_bias = is_affine and module.bias is not None
    row = _row(
        name,
        module,
        ("2·F" if has_bias else "F") if is_affine else "0",
        {"F": features},
        multiply_adds=0,
        activation_bytes=features * batch.padded_steps * batch.bytes_per_value,
    )
    return [row], batch


def _convolution(name: str, module: nn.Conv1d, batch: Batch) -> tuple[list[Row], Batch]:
    out = batch.with_lengths(_sliding_lengths(module, batch.lengths))
    k, C, O = module.kernel_size[0], module.in_channels // module.groups, module.out_channels
    row = _row(
        name,
        module,
        "k·C·O" if module.bias is None else "k·C·O + O",
        {"k": k, "C": C, "O": O},
        multiply_adds=k * C * O * out.valid_steps,
        activation_bytes=module.in_channels * batch.padded_steps * batch.bytes_per_value,
    )
    return [row], out


def _pool(_name: str, module: nn.MaxPool1d | nn.AvgPool1d, batch: Batch) -> tuple[list[Row], Batch]:
    return [], batch.with_lengths(_sliding_lengths(module, batch.lengths))


def _sliding_lengths(module: Any, lengths: tuple[int, ...]) -> tuple[int, ...]:
    """⌊(n + 2p - d (k - 1) - 1) / s⌋ + 1, and none where the window does not fit."""
    if module.padding == "same":
        return lengths
    k, s, p, d = (
        _single(value)
        for value in (
            module.kernel_size,
            module.stride,
            0 if module.padding == "valid" else module.padding,
            getattr(module, "dilation", 1),
        )
    )
    return tuple(max(0, (n + 2 * p - d * (k - 1) - 1) // s + 1) for n in lengths)


def _single(value: int | tuple[int, ...]) -> int:
    return value[0] if isinstance(value, tuple) else value


def _block(name: str, module: Conv1dBlock, batch: Batch) -> tuple[list[Row], Batch]:
    conv = module.convolution
    middle = batch.with_lengths(_sliding_lengths_at_least_one(conv, batch.lengths))
    out = batch.with_lengths(tuple(module.output_lengths(torch.tensor(batch.lengths)).tolist()))
    k, C, O = conv.kernel_size[0], conv.in_channels, conv.out_channels
    is_max = module.pool == "max"
    maps = 1 + (module.norm is not None) + is_max  # before the activation, the norm, the maximum
    kept = C * batch.padded_steps + maps * O * middle.padded_steps
    indices = O * out.padded_steps if is_max else 0
    row = _row(
        name,
        module,
        "k·C·O + O" if module.norm is None else "k·C·O + 2·O",
        {"k": k, "C": C, "O": O},
        multiply_adds=k * C * O * middle.valid_steps,
        activation_bytes=kept * batch.bytes_per_value + INDEX_BYTES * indices,
    )
    return [row], out


def _sliding_lengths_at_least_one(conv: nn.Conv1d, lengths: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(max(1, n) for n in _sliding_lengths(conv, lengths))


def _squeeze_excite(name: str, module: SqueezeExcite, batch: Batch) -> tuple[list[Row], Batch]:
    C, M = module.channels, module.reduce.out_features
    kept = C * batch.padded_steps + (2 * C + M) * batch.sequences
    row = _row(
        name,
        module,
        "2·C·M + C + M",
        {"C": C, "M": M},
        multiply_adds=2 * C * M * batch.sequences,
        activation_bytes=kept * batch.bytes_per_value,
    )
    return [row], batch


def _time_pooling(name: str, module: TimePooling, batch: Batch) -> tuple[list[Row], Batch]:
    F, is_attention = module.features, module.kind == "attention"
    kept = (2 * F + 1) * batch.padded_steps * batch.bytes_per_value if is_attention else 0
    indices = F * batch.sequences if module.kind in ("max", "mean-max") else 0
    row = _row(
        name,
        module,
        "F·F + 2·F" if is_attention else "0",
        {"F": F},
        multiply_adds=(F * F + 2 * F) * batch.valid_steps if is_attention else 0,
        activation_bytes=kept + INDEX_BYTES * indices,
    )
    return [row], batch.with_lengths((1,) * batch.sequences)


def _softmax(
    name: str, module: FullSoftmax | SampledSoftmax, batch: Batch
) -> tuple[list[Row], Batch]:
    V, H = module.weight.shape
    row = _row(
        name,
        module,
        "V·H" if module.bias is None else "V·H + V",
        {"V": V, "H": H},
        multiply_adds=V * H * batch.valid_steps,
        activation_bytes=H * batch.padded_steps * batch.bytes_per_value,
    )
    return [row], batch


ACCOUNTS: dict[type[nn.Module], Account] = {
    Conv1dBlock: _block,
    SqueezeExcite: _squeeze_excite,
    TimePooling: _time_pooling,
    FullSoftmax: _softmax,
    SampledSoftmax: _softmax,
    nn.Linear: _linear,
    nn.Embedding: _embedding,
    nn.Conv1d: _convolution,
    nn.BatchNorm1d: _norm,
    nn.LayerNorm: _norm,
    nn.MaxPool1d: _pool,
    nn.AvgPool1d: _pool,
}
