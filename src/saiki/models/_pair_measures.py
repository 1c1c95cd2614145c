"""The softmax over the target's vocabulary, read on the real tokens of a batch of pairs alone."""

import torch
from torch import Tensor
from torch.nn import functional

from saiki.errors import ArgumentError
from saiki.models.pair_batch import PairBatch, PairLoss
from saiki.nn import FullSoftmax

__all__ = ["check_share", "log_probabilities_of", "loss_of", "nats_of"]


def loss_of(
    head: FullSoftmax, hidden: Tensor, batch: PairBatch, label_smoothing: float
) -> PairLoss:
    """The loss of what the decoder gave (B, T, O).

    With a_k the logits and ε the smoothing, the N V logits are not needed: a token costs

        (1 - ε) (-ln p_y) + ε mean_k (-ln p_k) = -ln p_y + ε (a_y - mean_k a_k)
    """
    rows, targets, _ = _real_rows(hidden, batch)
    total = head.loss(rows, targets)
    nats = total.detach()
    if label_smoothing:
        total = total + label_smoothing * _above_mean(head, rows, targets)
    return PairLoss(total, nats, len(targets))


def nats_of(head: FullSoftmax, hidden: Tensor, batch: PairBatch) -> Tensor:
    """(B,) float64: -ln p of each target, without a graph."""
    rows, targets, owners = _real_rows(hidden, batch)
    sums = torch.zeros(len(hidden), dtype=torch.float64, device=hidden.device)
    return sums.index_add_(0, owners, head.nats(rows, targets))


def log_probabilities_of(head: FullSoftmax, hidden: Tensor, batch: PairBatch) -> Tensor:
    """(B, T, V): ln p of every token; zero in padding."""
    rows = head.log_probabilities(hidden.flatten(0, 1)).view(*hidden.shape[:2], -1)
    return rows.masked_fill(~batch.is_real[..., None], 0.0)


def _real_rows(hidden: Tensor, batch: PairBatch) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden vectors (N, O), targets (N,) and rows of the batch (N,) of all tokens."""
    places = batch.is_real.flatten().nonzero().squeeze(1)
    rows, targets = hidden.flatten(0, 1), batch.target.flatten()
    if len(places) < len(targets):
        rows, targets = rows.index_select(0, places), targets.index_select(0, places)
    return rows, targets, places // batch.target.shape[1]


def _above_mean(head: FullSoftmax, rows: Tensor, targets: Tensor) -> Tensor:
    """Σ_n (a_n[y_n] - mean_k a_n[k])."""
    of_targets = (rows * functional.embedding(targets, head.weight)).sum()
    above = of_targets - rows.sum(0) @ head.weight.mean(0)
    if head.bias is None:
        return above
    return above + head.bias[targets].sum() - len(rows) * head.bias.mean()


def check_share(model: str, name: str, value: float, *, below_one: bool) -> None:
    """Refuses what is not in [0, 1], or not in [0, 1)."""
    if not 0 <= value <= 1 or (below_one and value == 1):
        raise ArgumentError(
            "{model}.loss: {name} must be in {interval}; got {value!r}.",
            model=model,
            name=name,
            interval="[0, 1)" if below_one else "[0, 1]",
            value=value,
        )
