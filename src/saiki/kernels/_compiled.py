"""A layer run by the compiled kernels, and its insides read from what they kept."""

from collections.abc import Sequence as Items

import torch
from torch import Tensor

from saiki.kernels._call import Kind, make_call, readable
from saiki.kernels._levels import compiled_level, native
from saiki.kernels._operator import recurrence
from saiki.kernels._types import CellTrace

PLACE_OF_H, PLACE_OF_C = 4, 5  # behind the slots, see native/problem.h


def compiled_layer(
    kind: Kind,
    x: Tensor,
    first: tuple[Tensor, ...],
    mask: Tensor | None,
    weights: Items[Tensor],
    *,
    lengths: Tensor | None,
    batch_first: bool,
    keeps: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
    """Output (T, B, D H), last states (D, B, H) each, and the kept insides."""
    first_h = first[0].contiguous()
    first_c = first[1].contiguous() if kind.is_lstm else first_h.new_empty(0)
    weights = [weight.contiguous() for weight in weights]
    if torch.is_grad_enabled():
        keeps = keeps or any(part.requires_grad for part in (x, first_h, first_c, *weights))
    output, last_h, last_c, kept = recurrence(
        readable(x), lengths, first_h, first_c, mask, weights, str(kind), keeps, batch_first
    )
    return output, (last_h, last_c) if kind.is_lstm else (last_h,), kept


def read_trace(
    kind: Kind, x: Tensor, hidden: int, lengths: Tensor | None, kept: Tensor, directions: int
) -> list[CellTrace]:
    """The insides of each direction, from what the forward pass kept."""
    size = kept.numel() // directions
    return [
        _read_direction(kind, x, hidden, lengths, kept[k * size :], reverse=bool(k))
        for k in range(directions)
    ]


def _read_direction(
    kind: Kind, x: Tensor, hidden: int, lengths: Tensor | None, kept: Tensor, *, reverse: bool
) -> CellTrace:
    call = make_call(kind, x, hidden, lengths, reverse=reverse, training=True)
    call.saved = kept.data_ptr()

    def show(place: int) -> Tensor:
        steps, batch = x.shape[:2]
        seen = x.new_empty((batch, steps, hidden))
        native().show(compiled_level(), call, place, seen.data_ptr(), hidden, steps * hidden)
        return seen

    states = show(PLACE_OF_H), show(PLACE_OF_C) if kind.is_lstm else None
    return CellTrace(
        layer=0,
        reverse=reverse,
        gates={name: show(slot) for name, slot in kind.slots.items()},
        hidden=states[0],
        cell=states[1],
        hidden_steps=states[0].unbind(1),
        cell_steps=() if states[1] is None else states[1].unbind(1),
    )
