"""Which steps of a padded batch are real, and where they lie once packed together."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Ragged:
    """The real steps of a padded batch (T, B, ...) with `lengths` (B,), each in 1..T."""

    lengths: Tensor  # on the device of the batch
    shortest: int
    steps: int

    @property
    def batch(self) -> int:
        """B."""
        return len(self.lengths)

    @cached_property
    def valid(self) -> Tensor:
        """(T, B, 1) bool."""
        time = torch.arange(self.steps, device=self.lengths.device)
        return (time.unsqueeze(1) < self.lengths).unsqueeze(2)

    @cached_property
    def mirror(self) -> Tensor:
        """(T B,): the row that each row comes from when sequences turn within their lengths."""
        time = torch.arange(self.steps, device=self.lengths.device).unsqueeze(1)
        source = torch.where(time < self.lengths, self.lengths - 1 - time, time)
        return (source * self.batch + self._columns).flatten()

    @cached_property
    def ends(self) -> Tensor:
        """(B,): the row of each sequence's last step."""
        return (self.lengths - 1) * self.batch + self._columns

    @cached_property
    def order(self) -> Tensor:
        """(B,): the sequences from the longest to the shortest."""
        return torch.argsort(self.lengths, descending=True, stable=True)

    @cached_property
    def packed(self) -> Tensor:
        """The real rows of (T B), step after step, longest sequence first."""
        first = torch.arange(self.steps, device=self.lengths.device).unsqueeze(1)
        rows = first * self.batch + self.order
        return rows[first < self.lengths[self.order]]

    @cached_property
    def live(self) -> tuple[int, ...]:
        """How many sequences each step has."""
        return tuple(self.valid.sum(dim=(1, 2)).tolist())

    @property
    def _columns(self) -> Tensor:
        return torch.arange(self.batch, device=self.lengths.device)


def read_ragged(lengths: Tensor, steps: int, device: torch.device) -> Ragged | None:
    """What is real of a batch of `steps` steps, or None where all of it is."""
    shortest = int(lengths.min())
    if shortest == steps:
        return None
    return Ragged(lengths=lengths.to(device), shortest=shortest, steps=steps)
