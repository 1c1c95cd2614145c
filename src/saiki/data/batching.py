"""Batches grouped by length, in an order that is a pure function of seed and epoch."""

from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from saiki.data._draws import draw as draw_numbers
from saiki.errors import ArgumentError, ShapeError

__all__ = ["BatchPlan", "collate"]


@final
class BatchPlan:
    """Which examples go together, epoch by epoch.

    An epoch is a random order, cut into pools; each pool is sorted by length and cut into
    batches, and the batches are shuffled. Any position of any epoch can be continued, because
    `epoch(e)` depends on nothing but the arguments.

    Args:
        lengths: steps of each example; positions in this list are what `epoch` returns.
        batch_size: examples a batch; the last batch may hold fewer.
        seed: at least 0.
        pool_batches: batches a pool; 1 shuffles freely, more makes batches more even in length.

    Raises:
        ArgumentError: no lengths, or a number out of range.

    Example:
        >>> plan = BatchPlan([3, 1, 2], batch_size=2, seed=0)
        >>> sorted(int(i) for batch in plan.epoch(0) for i in batch)
        [0, 1, 2]
    """

    def __init__(
        self,
        lengths: Sequence[int] | NDArray[np.int64],
        batch_size: int,
        seed: int,
        *,
        pool_batches: int = 20,
    ) -> None:
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.batch_size = batch_size
        self.seed = seed
        self.pool_batches = pool_batches
        checks = (
            ("number of lengths", len(self.lengths), 1),
            ("batch_size", batch_size, 1),
            ("seed", seed, 0),
            ("pool_batches", pool_batches, 1),
        )
        for what, got, least in checks:
            if got < least:
                raise ArgumentError(
                    "BatchPlan: {what} must be at least {least}; got {got}. Give a larger one.",
                    what=what,
                    least=least,
                    got=got,
                )

    def __len__(self) -> int:
        """Batches an epoch."""
        return (len(self.lengths) + self.batch_size - 1) // self.batch_size

    def epoch(self, epoch: int) -> list[NDArray[np.int64]]:
        """The batches of epoch `epoch` (from 0): arrays of positions, each position once."""
        draw = draw_numbers(self.seed, "batches", epoch)
        order = draw.permutation(len(self.lengths))
        pool = self.pool_batches * self.batch_size
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), pool):
            chosen = order[start : start + pool]
            chosen = chosen[np.argsort(self.lengths[chosen], kind="stable")]
            batches += [
                chosen[i : i + self.batch_size] for i in range(0, len(chosen), self.batch_size)
            ]
        return [batches[i] for i in draw.permutation(len(batches))]


def collate(sequences: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """One zero-padded batch.

    Args:
        sequences: at least one, each (T, F) or (T,) token ids with its own T.

    Returns:
        values (B, T, F) float32, or (B, T) int64 of token ids; and lengths (B,) int64.

    Raises:
        ShapeError: no sequence, unequal F, or token ids among features.

    Example:
        >>> values, lengths = collate([np.ones((2, 1), np.float32), np.ones((3, 1), np.float32)])
        >>> values[:, :, 0].tolist(), lengths.tolist()
        ([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]], [2, 3])
        >>> collate([np.array([7, 9]), np.array([8])])[0].tolist()
        [[7, 9], [8, 0]]
    """
    if not sequences:
        raise ShapeError("collate: at least one sequence (T, F) is needed; got none.")
    features = {s.shape[1:] for s in sequences}
    if len(features) > 1:
        raise ShapeError(
            "collate: every sequence must be (T, F) with one F; got the shapes {got}. "
            "Transform all of them with the same front end.",
            got=sorted(s.shape for s in sequences),
        )
    lengths = np.array([len(s) for s in sequences], dtype=np.int64)
    shape = (len(sequences), int(lengths.max()), *features.pop())
    is_tokens = len(shape) == 2
    values = np.zeros(shape, dtype=np.int64 if is_tokens else np.float32)
    for row, sequence in zip(values, sequences, strict=True):
        row[: len(sequence)] = sequence
    return values, lengths
