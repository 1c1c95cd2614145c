"""A layer run by the compiled kernels, and its insides read from what they kept."""

from collections.abc import Sequence as Items

import torch
from torch import Tensor

from saiki.kernels._call import Kind, check_weights, make_call, readable, readable_state
from saiki.kernels._levels import compiled_level, native
from saiki.kernels._operator import Direct, recurrence, run_forward
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
    first_h, *cells = readable_state(first)
    first_c = cells[0] if kind.is_lstm else first_h.new_empty(0)
    weights = check_weights(weights)
    if torch.is_grad_enabled():
        keeps = keeps or any(part.requires_grad for part in (x, first_h, first_c, *weights))
    mask = None if mask is None else mask.contiguous()
    given, how = (readable(x), lengths, first_h, first_c, mask), (str(kind), keeps, batch_first)
    if is_watched(x):
        output, last_h, last_c, kept = recurrence(*given, weights, *how)
    elif torch.is_grad_enabled() and keeps:
        output, last_h, last_c, kept = Direct.apply(  # type: ignore[no-untyped-call]  # torch does not type it
            *given, *how, *weights
        )
    else:
        output, last_h, last_c, kept = run_forward(*given, weights, *how)
    return output, (last_h, last_c) if kind.is_lstm else (last_h,), kept


def is_watched(x: Tensor) -> bool:
    """Whether a compiler, an exporter or a dispatch mode must see one plain operator."""
    if torch.compiler.is_compiling() or type(x) is not Tensor:
        return True
    return bool(torch._C._len_torch_dispatch_stack())  # noqa: SLF001  # no public name for it


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
