"""A recurrent layer run one input at a time."""

from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._checks import check_dtype, check_size

if TYPE_CHECKING:
    from saiki.nn._recurrent import Recurrent

__all__ = ["Stream"]

_version, _address = attrgetter("_version"), Tensor.data_ptr


class Stream:
    """The state of a layer between inputs that come one at a time; gives a whole run's numbers.

    Recurrent drop-out and drop-out between layers are off, and no gradients are kept. A parameter
    that is replaced or changed in place counts from the next step on; a change through `.data`,
    which torch does not count, from the next `reset` or setting of the state.

    Args:
        layer: a recurrent layer of one direction.
        batch_size: how many sequences run side by side, at least 1.

    Shapes:
        step: x_t (B, I) -> (B, H), or (B, proj_size).
        state: as of the layer: (num_layers, B, H), of an LSTM a pair of them.

    Raises:
        ArgumentError: the layer is bidirectional, or batch_size is below 1.
        ShapeError: an input or a state has another shape.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> layer = nn.GRU(3, 4, batch_first=True)
        >>> x = torch.randn(1, 5, 3)
        >>> stream = layer.stream()
        >>> steps = [stream.step(x[:, t]) for t in range(5)]
        >>> torch.allclose(torch.stack(steps, 1), layer(x)[0], atol=1e-6)
        True
    """

    def __init__(self, layer: "Recurrent", batch_size: int = 1) -> None:
        name = type(layer).__name__
        if layer.bidirectional:
            raise ArgumentError(
                "{layer}.stream: the layer must have one direction; got bidirectional=True, which"
                " needs the end of a sequence before its beginning. Build it with"
                " bidirectional=False, or run whole sequences.",
                layer=name,
            )
        check_size(f"{name}.stream", "batch_size", batch_size)
        self._layer, self._name, self._batch_size = layer, f"{name}.stream", batch_size
        # Attributes of modules are slow to read, and not all of a recurrent layer's are tensors.
        self._parameters = cast("dict[str, Tensor]", layer._parameters)  # noqa: SLF001
        self._shape = torch.Size((batch_size, layer.input_size))
        self.reset()

    def reset(self) -> None:
        """Goes back to the start of a sequence: the learned initial state, else zeros."""
        with torch.no_grad():
            self._open(self._layer.first_state(self._batch_size))

    @property
    def state(self) -> Any:
        """The state after the last step, in the form that the layer takes and gives."""
        parts = self._parts()
        return parts if len(parts) > 1 else parts[0]

    @state.setter
    def state(self, state: Any) -> None:
        if state is None:
            self.reset()
            return
        parts = self._layer.read_state(state, self._batch_size) or ()
        self._open(tuple(part.detach() for part in parts))

    def _open(self, first: tuple[Tensor, ...]) -> None:
        """Goes on from these states, each (num_layers, B, size), with the weights as they are."""
        layer = self._layer
        self._seen = self._stamp()
        self._steps = layer.compiled_steps(first)
        self._states = [tuple(part[k] for part in first) for k in range(layer.num_layers)]

    def _parts(self) -> tuple[Tensor, ...]:
        if self._steps is not None:
            return self._steps.states
        return tuple(torch.stack(parts) for parts in zip(*self._states, strict=True))

    def _stamp(self) -> tuple[int, ...]:
        """Changes with every parameter that is replaced or changed in place."""
        parameters = self._parameters.values()
        return (*map(_version, parameters), *map(_address, parameters))

    def step(self, x: Tensor) -> Tensor:
        """The layer's output for one more input of every sequence."""
        layer = self._layer
        if x.shape != self._shape:
            raise ShapeError(
                "{layer}: x must be (B={batch}, input_size={size}); got {got}. Give one input a"
                " sequence, or open the stream with another batch_size.",
                layer=self._name,
                batch=self._batch_size,
                size=layer.input_size,
                got=tuple(x.shape),
            )
        if self._stamp() != self._seen:
            self._open(self._parts())
        if self._steps is not None and x.is_cpu and x.dtype is torch.float32:
            return self._steps.step(x)
        check_dtype(self._name, "x", x, layer.weight_ih_l0)
        return self._advance(x)

    @torch.no_grad()
    def _advance(self, x: Tensor) -> Tensor:
        for k, before in enumerate(self._states):
            self._states[k] = after = self._layer.advance(x, before, k)
            x = after[0]
        return x
