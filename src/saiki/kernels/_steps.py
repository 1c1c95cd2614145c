"""A stack of layers that takes one step at a time, straight into the compiled kernels."""

from collections.abc import Sequence as Items
from typing import Any

import torch
from torch import Tensor

from saiki.kernels._call import Kind, check_weights, make_call, new_buffer, set_weights
from saiki.kernels._levels import compiled_level, native
from saiki.kernels._types import State


class CompiledSteps:
    """The states of all layers (B, H) and their weights, packed once.

    Args:
        kind: the cell.
        parameters: of each layer, in the order of Kind.FIELDS; read once, here.
        first: the states to go on from, each (layers, B, H).
    """

    def __init__(self, kind: Kind, parameters: Items[Items[Tensor]], first: State) -> None:
        self._kind = kind
        self._states = tuple(part.detach().clone().contiguous() for part in first)
        self._last = self._states[0][-1]
        self._level = compiled_level() or 0
        self._kept: list[Tensor] = []  # what the kernels hold addresses of
        self._calls = [self._make(k, layer) for k, layer in enumerate(parameters)]
        self._take = native().Steps(self._level, self._calls).take

    @property
    def states(self) -> State:
        """The states after the last step; copies, as the next step changes them in place."""
        return tuple(part.clone() for part in self._states)

    def _make(self, k: int, parameters: Items[Tensor]) -> Any:
        _, batch, hidden = self._states[0].shape
        weights = check_weights([weight.detach() for weight in parameters])
        x = weights[0].new_empty((1, batch, weights[0].shape[1]))
        call = make_call(self._kind, x, hidden, None, reverse=False, training=False)
        set_weights(call, self._kind, weights)
        between = new_buffer(batch * hidden)
        call.set_y(between.data_ptr(), batch * hidden, hidden)
        for name, state in zip("hc", self._states, strict=False):
            setattr(call, f"first_{name}", state[k].data_ptr())
            setattr(call, f"last_{name}", state[k].data_ptr())
        work = new_buffer(native().measure(self._level, call)[1])
        call.work = work.data_ptr()
        self._kept += [*weights, between, work]
        return call

    def step(self, x: Tensor) -> Tensor:
        """The last layer's output (B, H) for one more input (B, I), float32."""
        x = x.contiguous()
        y = torch.empty_like(self._last)
        self._take(x.data_ptr(), y.data_ptr())
        return y
