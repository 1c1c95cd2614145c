"""One layer whose weights are packed once, for calls of any number of rows and steps."""

from collections.abc import Sequence as Items
from threading import Lock

import torch
from torch import Tensor

from saiki.kernels._call import (
    Kind,
    check_weights,
    make_call,
    new_buffer,
    readable,
    readable_state,
    set_weights,
)
from saiki.kernels._levels import compiled_level, native
from saiki.kernels._types import State


class PackedLayer:
    """The weights of one layer and direction, packed; states and gradients are the caller's.

    A call takes its rows from wherever they are, so beams and batches may grow and shrink. Threads
    take turns.

    Args:
        kind: the cell.
        parameters: in the order of Kind.FIELDS; read at the first call, and kept.
    """

    def __init__(self, kind: Kind, parameters: Items[Tensor]) -> None:
        self._kind, self._lock = kind, Lock()
        self._level = compiled_level() or 0
        self._given = [weight.detach() for weight in parameters]  # so that no address comes again
        self._weights = check_weights(self._given)
        self._hidden = self._weights[kind.fields.index("weight_hh")].shape[1]
        self._work: Tensor | None = None

    def step(self, x: Tensor, state: State) -> State:
        """One step: x (B, I) and the state before, each (B, H) -> the state after."""
        state = readable_state(state)
        after = tuple(torch.empty_like(part) for part in state)
        self._run(x[None], state, after, after[0], (0, self._hidden), None, reverse=False)
        return after

    def run(
        self,
        x: Tensor,
        first: State,
        output: Tensor,
        lengths: Tensor | None,
        *,
        reverse: bool,
    ) -> State:
        """All steps of x (T, B, I), into `output` (T, B, H), zero in padding -> the last states."""
        first = readable_state(first)
        after = tuple(torch.empty_like(part) for part in first)
        strides = output.stride(0), output.stride(1)
        self._run(x, first, after, output, strides, lengths, reverse=reverse)
        return after

    def _run(
        self,
        x: Tensor,
        first: State,
        last: State,
        output: Tensor,
        strides: tuple[int, int],
        lengths: Tensor | None,
        *,
        reverse: bool,
    ) -> None:
        x = readable(x)
        call = make_call(self._kind, x, self._hidden, lengths, reverse=reverse, training=False)
        set_weights(call, self._kind, self._weights)
        call.set_y(output.data_ptr(), *strides)
        for name, before, after in zip("hc", first, last, strict=False):
            setattr(call, f"first_{name}", before.data_ptr())
            setattr(call, f"last_{name}", after.data_ptr())
        size = native().measure(self._level, call)[1]
        with self._lock:
            # Packed weights stand before all that depends on rows and steps, see native/forward.h.
            call.packed = self._work is not None and self._work.numel() >= size
            if not call.packed:
                self._work = new_buffer(size)
            call.work = self._work.data_ptr()  # type: ignore[union-attr]  # made by then
            native().forward(self._level, call)


class PackedLayers:
    """The packed layers of a module by their place; made again once a parameter has changed.

    Changes through `.data`, which torch does not count, are seen by the parameters' sums. Copies of
    a module, in memory or stored, begin without.
    """

    def __init__(self) -> None:
        self._held: dict[int, tuple[list[tuple[int, int]], list[float], PackedLayer]] = {}

    def __deepcopy__(self, memo: object) -> "PackedLayers":
        return PackedLayers()

    def __reduce__(self) -> tuple[type["PackedLayers"], tuple[()]]:
        return PackedLayers, ()

    def at(self, place: int, kind: Kind, parameters: Items[Tensor]) -> PackedLayer | None:
        """The layer, or None where torch counts no changes: of tensors of inference mode."""
        if any(one.is_inference() for one in parameters):
            return None
        stamp = [(one._version, one.data_ptr()) for one in parameters]  # noqa: SLF001  # no public name for it
        sums = [one.detach().sum().item() for one in parameters]
        held = self._held.get(place)
        if held is not None and held[:2] == (stamp, sums):
            return held[2]
        packed = PackedLayer(kind, parameters)
        self._held[place] = stamp, sums, packed
        return packed
