"""What models from sequence to sequence read and give: pairs of token ids, and their loss."""

from dataclasses import dataclass

import torch
from torch import Tensor

from saiki.data.text import TextTokenizer
from saiki.errors import ShapeError

__all__ = ["PairBatch", "PairLoss"]


@dataclass(frozen=True, eq=False)
class PairBatch:
    """Sources and targets of B pairs, each padded behind its own end.

    Padding may hold any id of the vocabulary, usually 0; it changes no number.

    Args:
        source: (B, S) int64 ids.
        source_lengths: (B,) int64, each in 1..S.
        target: (B, T) int64 ids, the end token last and no start token. Decoding does not read it.
        target_lengths: (B,) int64, each in 1..T, the end token counted.

    Raises:
        ShapeError: the four do not fit each other.

    Example:
        >>> import torch
        >>> from saiki.models import PairBatch
        >>> batch = PairBatch(
        ...     torch.tensor([[7, 4, 5], [6, 0, 0]]), torch.tensor([3, 1]),
        ...     torch.tensor([[9, 3], [8, 3]]), torch.tensor([2, 2]),
        ... )
        >>> batch.inputs.tolist()           # 2 starts every target
        [[2, 9], [2, 8]]
    """

    source: Tensor
    source_lengths: Tensor
    target: Tensor
    target_lengths: Tensor

    def __post_init__(self) -> None:
        _check_side("source", self.source, self.source_lengths, len(self.source))
        _check_side("target", self.target, self.target_lengths, len(self.source))

    @property
    def inputs(self) -> Tensor:
        """(B, T): what the decoder reads before each token of the target, under teacher forcing."""
        start = torch.full_like(self.target[:, :1], TextTokenizer.start_id)
        return torch.cat([start, self.target[:, :-1]], dim=1)

    @property
    def tokens(self) -> int:
        """How many tokens of the targets there are to predict."""
        return int(self.target_lengths.sum())

    @property
    def is_real(self) -> Tensor:
        """(B, T) bool: where the target has a token."""
        lengths = self.target_lengths.to(self.target.device)
        return torch.arange(self.target.shape[1], device=lengths.device) < lengths[:, None]


@dataclass(frozen=True, eq=False)
class PairLoss:
    """A loss summed over target tokens.

    Args:
        total: () with its graph: nats, label smoothing included.
        nats: () detached: the same without label smoothing.
        count: tokens in the sum.
    """

    total: Tensor
    nats: Tensor
    count: int


def _check_side(name: str, ids: Tensor, lengths: Tensor, count: int) -> None:
    is_fit = ids.dim() == 2 and ids.shape[0] == count and lengths.shape == (count,)
    if not is_fit or not count:
        raise ShapeError(
            "PairBatch: {name} must be (B, steps) and {name}_lengths (B,), with the same B of at"
            " least 1 for both sides; got {ids} and {lengths}, and a source of {count} rows. Give"
            " one source and one target for each pair.",
            name=name,
            ids=tuple(ids.shape),
            lengths=tuple(lengths.shape),
            count=count,
        )
    if not bool(((lengths >= 1) & (lengths <= ids.shape[1])).all()):
        raise ShapeError(
            "PairBatch: {name}_lengths must be in 1..{steps}, the columns of {name}; got {lengths}."
            " Leave out pairs with an empty side, and count only tokens that are there.",
            name=name,
            steps=ids.shape[1],
            lengths=lengths.tolist(),
        )
