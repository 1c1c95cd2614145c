"""Batches of pairs by number of tokens, pairs of like length together."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.data.text import TextTokenizer
from saiki.models import PairBatch
from saiki.tasks.pair_preparation import PairPart

__all__ = ["PairBatches", "TokenPlan", "padded_tokens", "pair_batch", "side_by_side"]

Batch = dict[str, torch.Tensor]
Tokens = NDArray[np.int32]
_BAND = 4  # source lengths that are exchanged freely between batches of one target length


class TokenPlan:
    """Which pairs go together, epoch by epoch: a pure function of seed and epoch.

    Pairs are sorted by target length and by bands of source length, and cut where a batch would
    hold more than `batch_tokens` tokens of its longer side, padding included. Where the cuts are
    depends on the lengths alone, so every epoch has as many batches; who stands between two cuts
    is drawn anew among pairs of one kind, and so is the order of the batches.

    Args:
        source_lengths: tokens of each source.
        target_lengths: tokens of each target.
        batch_tokens: a single pair that is longer is a batch of its own.
        seed: at least 0.
    """

    def __init__(
        self,
        source_lengths: Sequence[int],
        target_lengths: Sequence[int],
        batch_tokens: int,
        seed: int,
    ) -> None:
        self._seed = seed
        self._bands = (np.asarray(source_lengths) - 1) // _BAND
        self._targets = np.asarray(target_lengths)
        order = np.lexsort((self._bands, self._targets))
        tops = (self._bands[order] + 1) * _BAND
        self._cuts = _cuts(np.maximum(tops, self._targets[order]).tolist(), batch_tokens)

    def __len__(self) -> int:
        """Batches an epoch."""
        return len(self._cuts) + 1

    def epoch(self, epoch: int) -> list[NDArray[np.int64]]:
        """The batches of epoch `epoch` (from 0): arrays of positions, each position once."""
        numbers = np.random.default_rng([self._seed, epoch])
        chance = numbers.random(len(self._targets))
        order = np.lexsort((chance, self._bands, self._targets))
        batches = np.split(order, self._cuts)
        return [batches[i] for i in numbers.permutation(len(batches))]


def _cuts(lengths: Sequence[int], budget: int) -> list[int]:
    """Where a new batch begins, when the longest times the number would go over the budget."""
    cuts: list[int] = []
    longest, rows = 0, 0
    for place, length in enumerate(lengths):
        longest, rows = max(longest, length), rows + 1
        if rows > 1 and longest * rows > budget:
            cuts.append(place)
            longest, rows = length, 1
    return cuts


def side_by_side(sizes: Sequence[int], rows: int, budget: int) -> Iterator[slice]:
    """What is measured together: at most `rows` neighbours, and fewer where they are large.

    Args:
        sizes: of each; the largest times the number stays within the budget, but for one alone.
        rows: at least 1.
        budget: of sizes.
    """
    first = longest = 0
    for place, size in enumerate(sizes):
        longest = max(longest, size)
        if place > first and (place - first == rows or longest * (place - first + 1) > budget):
            yield slice(first, place)
            first, longest = place, size
    if sizes:
        yield slice(first, len(sizes))


class PairBatches:
    """The training batches of a part.

    Args:
        part: at least one pair.
        batch_tokens: see `TokenPlan`.
        seed: of the order.
        device: where the tokens go; lengths stay on the processor.
        epochs: of the whole run, over which teacher forcing falls.
        teacher_forcing: the share of true tokens at the last step; it falls evenly from 1.
    """

    def __init__(
        self,
        part: PairPart,
        *,
        batch_tokens: int,
        seed: int,
        device: torch.device,
        epochs: int = 1,
        teacher_forcing: float = 1.0,
    ) -> None:
        self._part, self._device = part, device
        self._final, self._epochs = teacher_forcing, epochs
        sources, targets = (
            [len(one) for one in tokens] for tokens in (part.source_tokens, part.target_tokens)
        )
        self._plan = TokenPlan(sources, targets, batch_tokens, seed)

    def __len__(self) -> int:
        return len(self._plan)

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of `epoch` from position `start` on."""
        chosen = self._plan.epoch(epoch)
        for position in range(start, len(chosen)):
            yield self._batch(chosen[position]) | self._share(epoch, position)

    def _batch(self, chosen: NDArray[np.int64]) -> Batch:
        part = self._part
        values, lengths = padded_tokens([part.source_tokens[i] for i in chosen])
        targets, target_lengths = padded_tokens([part.target_tokens[i] for i in chosen])
        return {
            "values": values.to(self._device),
            "lengths": lengths,
            "targets": targets.to(self._device),
            "target_lengths": target_lengths,
        }

    def _share(self, epoch: int, position: int) -> Batch:
        """The share of true tokens, in the batch, so that a step can be run again."""
        if self._final >= 1:
            return {}
        steps = len(self) * self._epochs
        done = (epoch * len(self) + position) / max(1, steps - 1)
        return {"teacher_forcing": torch.tensor(1 - (1 - self._final) * done)}


def padded_tokens(sequences: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences of unequal length as one batch (B, T) with padding behind, and lengths (B,)."""
    lengths = torch.tensor([len(one) for one in sequences])
    values = torch.full((len(sequences), int(lengths.max())), TextTokenizer.padding_id)
    for row, one in enumerate(sequences):
        values[row, : len(one)] = torch.from_numpy(one)
    return values, lengths


def pair_batch(
    sources: Sequence[Tokens], targets: Sequence[Tokens] | None, device: torch.device
) -> PairBatch:
    """Pairs as a model takes them; without targets where the model is to write them."""
    if targets is None:
        targets = [np.array([TextTokenizer.end_id], np.int32)] * len(sources)
    values, lengths = padded_tokens(sources)
    wanted, target_lengths = padded_tokens(targets)
    return PairBatch(values.to(device), lengths, wanted.to(device), target_lengths)
