"""The rows of attention layers; a memory is taken to be as long as its queries."""

from torch import nn

from saiki.nn.accounting._rows import Account, Batch, Row
from saiki.nn.attention import (
    AdditiveAttention,
    DotAttention,
    GeneralAttention,
    MultiHeadAttention,
)

__all__ = ["ATTENTIONS"]


def _row(
    name: str,
    module: nn.Module,
    formula: str,
    sizes: dict[str, int],
    batch: Batch,
    *,
    a_step: int,
    a_pair: int,
    kept: int,
) -> tuple[list[Row], Batch]:
    """The row of `a_step` multiply-adds a step and `a_pair` for each pair of query and key."""
    row = Row(
        name=name,
        kind=type(module).__name__,
        formula=formula,
        sizes=sizes,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        multiply_adds=a_step * batch.valid_steps + a_pair * batch.valid_pairs,
        activation_bytes=kept * batch.bytes_per_value,
    )
    return [row], batch


def _additive(name: str, module: AdditiveAttention, batch: Batch) -> tuple[list[Row], Batch]:
    Q, M, A = module.query_size, module.memory_size, module.query_projection.out_features
    return _row(
        name,
        module,
        "A·(Q+M) + A",
        {"Q": Q, "M": M, "A": A},
        batch,
        a_step=A * (Q + M),
        a_pair=A + M,
        kept=(Q + M) * batch.padded_steps + (A + 1) * batch.padded_pairs,
    )


def _dot(name: str, module: DotAttention, batch: Batch) -> tuple[list[Row], Batch]:
    M = module.memory_size
    kept = (3 * M + 1) * batch.padded_steps
    return _row(name, module, "0", {"M": M}, batch, a_step=0, a_pair=2 * M, kept=kept)


def _general(name: str, module: GeneralAttention, batch: Batch) -> tuple[list[Row], Batch]:
    Q, M = module.query_size, module.memory_size
    # torch's fused kernel keeps contexts in place of weights; it wants Q = M.
    kept = (2 * Q + M) * batch.padded_steps
    kept += (M + 1) * batch.padded_steps if Q == M else batch.padded_pairs
    sizes = {"Q": Q, "M": M}
    return _row(name, module, "Q·M", sizes, batch, a_step=Q * M, a_pair=Q + M, kept=kept)


def _multi_head(name: str, module: MultiHeadAttention, batch: Batch) -> tuple[list[Row], Batch]:
    D, M, N = module.model_size, module.memory_size, module.num_heads
    is_one_size = M == D
    formula = "4·D·D" if is_one_size else "2·D·D + 2·D·M"
    sizes: dict[str, int] = {"D": D} if is_one_size else {"D": D, "M": M}
    return _row(
        name,
        module,
        formula if module.in_proj_bias is None else f"{formula} + 4·D",
        sizes,
        batch,
        a_step=2 * D * D + 2 * D * M,
        a_pair=2 * D,
        kept=(5 * D + (0 if is_one_size else M) + N) * batch.padded_steps,
    )


ATTENTIONS: dict[type[nn.Module], Account] = {
    AdditiveAttention: _additive,
    DotAttention: _dot,
    GeneralAttention: _general,
    MultiHeadAttention: _multi_head,
}
