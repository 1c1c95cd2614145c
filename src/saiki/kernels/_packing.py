"""The rows of a batch (T, B, ...) that a recurrence computes: all, or the real ones packed."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from saiki.kernels._ragged import Ragged


@dataclass(frozen=True, slots=True)
class Packing:
    """Rows of all steps one after the other, `sizes[t]` of them at step t; no row is padding."""

    steps: int
    batch: int
    ragged: Ragged | None
    reverse: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """The rows of each step."""
        return (self.batch,) * self.steps if self.ragged is None else self.ragged.live

    def pack(self, x: Tensor) -> Tensor:
        """(T, B, F) -> (N, F)."""
        rows = x.reshape(self.steps * self.batch, x.shape[2])
        return rows if self.ragged is None else rows.index_select(0, self.ragged.packed)

    def unpack(self, rows: Tensor) -> Tensor:
        """(N, F) -> (T, B, F), zero in padding."""
        shape = (self.steps, self.batch, rows.shape[1])
        if self.ragged is None:
            return rows.view(shape)
        flat = rows.new_zeros((self.steps * self.batch, rows.shape[1]))
        return flat.index_copy_(0, self.ragged.packed, rows).view(shape)

    def sort(self, state: Tensor) -> Tensor:
        """A state (B, H) in the packed order of sequences."""
        return state if self.ragged is None else state.index_select(0, self.ragged.order)

    def unsort(self, state: Tensor) -> Tensor:
        """The inverse of `sort`."""
        if self.ragged is None:
            return state
        return torch.empty_like(state).index_copy_(0, self.ragged.order, state)

    def last(self, output: Tensor) -> Tensor:
        """The state at each sequence's end, from the output (T, B, H)."""
        if self.reverse:
            return output[0].clone()
        if self.ragged is None:
            return output[-1].clone()
        return output.flatten(0, 1).index_select(0, self.ragged.ends)

    def blocks(self, rows: Tensor, *, backward: bool = False) -> tuple[Tensor, ...]:
        """The rows of each step, in the order of the recurrence, or against it."""
        every: tuple[Tensor, ...] = torch.split(rows, list(self.sizes))
        return every[:: -1 if self.reverse != backward else 1]

    def counts(self, *, backward: bool = False) -> tuple[int, ...]:
        """How many rows each step has, in the same order."""
        return self.sizes[:: -1 if self.reverse != backward else 1]

    def before(self, states: Tensor, first: Tensor) -> Iterator[Tensor]:
        """The state that each step starts from, as the recurrence goes; lazily, for a running one.

        A sequence that ends early only leaves the rows, and one that joins late brings `first`.
        """
        h, live = first, self.batch
        for size, after in zip(self.counts(), self.blocks(states), strict=True):
            if size < live:
                h = h[:size]
            elif size > live:
                h = torch.cat([h, first[live:size]])
            live = size
            yield h
            h = after

    def running(self, buffer: Tensor, *, backward: bool) -> Iterator[Tensor]:
        """The first rows of `buffer` (B, ...), as many as each step has."""
        live, part = self.batch, buffer
        for size in self.counts(backward=backward):
            if size != live:
                live, part = size, buffer[:size]
            yield part
