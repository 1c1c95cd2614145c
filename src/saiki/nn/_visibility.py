"""Which keys a query may see: lengths and masks, checked once and put together."""

from typing import NamedTuple

import torch
from torch import Tensor

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._lengths import Lengths, check_lengths
from saiki.nn._padding import steps_mask, zero_padding

__all__ = ["EVERYTHING", "Visible", "clear_memory", "visible_keys"]


class Visible(NamedTuple):
    """A bool mask that broadcasts to (B, T, S), None for all; and whether every row sees a key."""

    mask: Tensor | None
    is_certain: bool

    def select(self, rows: Tensor) -> "Visible":
        """The mask of these rows of the batch."""
        if self.mask is None or len(self.mask) == 1:
            return self
        return Visible(self.mask.index_select(0, rows), self.is_certain)

    def up_to(self, queries: int, keys: int, past: int, device: torch.device) -> "Visible":
        """The same for causal queries, of which the first stands behind `past` keys."""
        if queries == 1 and past >= keys - 1:
            return self
        causal = torch.ones(1, queries, keys, dtype=torch.bool, device=device).tril(past)
        # Where lengths alone hide something, key 0 stays visible to every query.
        return Visible(causal if self.mask is None else self.mask & causal, self.is_certain)


EVERYTHING = Visible(None, is_certain=True)


def visible_keys(
    layer: str, memory: Tensor, lengths: Tensor | None, mask: Tensor | None, queries: int | None
) -> Visible:
    """What `lengths`, checked by `clear_memory`, and `mask` let T = `queries` see of `memory`."""
    seen = EVERYTHING
    if lengths is not None:
        by_length = steps_mask(lengths, memory.shape[1])[:, None]
        seen = Visible(by_length, bool((lengths > 0).all()))
    if mask is None:
        return seen
    _check_mask(layer, mask, (memory.shape[0], queries, memory.shape[1]))
    mask = mask.to(memory.device)
    return Visible(mask if seen.mask is None else seen.mask & mask, is_certain=False)


def clear_memory(
    layer: str, memory: Tensor, lengths: Lengths | None
) -> tuple[Tensor, Tensor | None]:
    """`memory` (B, S, M) with zeros in its padding, and the lengths; None where it has none."""
    if lengths is None:
        return memory, None
    checked = _check_memory_lengths(layer, lengths, *memory.shape[:2])
    if bool((checked == memory.shape[1]).all()):
        return memory, None
    checked = checked.to(memory.device)
    return zero_padding(memory, checked), checked


def _check_memory_lengths(layer: str, lengths: Lengths, batch: int, steps: int) -> Tensor:
    given = torch.as_tensor(lengths).detach().to("cpu")
    is_whole = not (given.is_floating_point() or given.is_complex() or given.dtype == torch.bool)
    if not is_whole or given.shape != (batch,):
        return check_lengths(layer, lengths, batch, steps)  # which says what is wrong
    outside = (given < 0) | (given > steps)
    if bool(outside.any()):
        index = int(outside.nonzero()[0])
        raise ShapeError(
            "{layer}.forward: each length of the memory must be in 0..S={steps}; got {value} for"
            " sequence {index}. Count only steps that the memory has.",
            layer=layer,
            steps=steps,
            value=int(given[index]),
            index=index,
        )
    return given.long().clone()  # the caller may change it


def _check_mask(layer: str, mask: Tensor, shape: tuple[int, int | None, int]) -> None:
    if mask.dtype != torch.bool:
        raise ArgumentError(
            "{layer}.forward: mask must be bool, True where a key may be seen; got {dtype}. Compare"
            " to make one: scores > 0, or invert a mask of what is hidden with ~mask.",
            layer=layer,
            dtype=str(mask.dtype).removeprefix("torch."),
        )
    sizes = zip(mask.shape, shape, strict=False)
    if mask.dim() != 3 or any(m not in (1, n) for m, n in sizes if n is not None):
        raise ShapeError(
            "{layer}.forward: mask must be (B, T, S) = {expected}, each axis of it may be 1; got"
            " {got}. Add the missing axes with unsqueeze, or give lengths for padding.",
            layer=layer,
            expected=shape if shape[1] is not None else (shape[0], "T", shape[2]),
            got=tuple(mask.shape),
        )
