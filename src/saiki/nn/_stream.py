"""A recurrent layer run one input at a time."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._checks import check_dtype, check_size

if TYPE_CHECKING:
    from saiki.nn._recurrent import Recurrent

__all__ = ["Stream"]


class Stream:
    """The state of a layer between inputs that come one at a time; gives a whole run's numbers.

    Recurrent drop-out and drop-out between layers are off, and no gradients are kept. The layer's
    parameters are read at every step, so that a change of them counts from the next step on.

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
        self.reset()

    def reset(self) -> None:
        """Goes back to the start of a sequence: the learned initial state, else zeros."""
        layer = self._layer
        with torch.no_grad():
            first = layer.first_state(self._batch_size)
        self._states = [tuple(part[k] for part in first) for k in range(layer.num_layers)]

    @property
    def state(self) -> Any:
        """The state after the last step, in the form that the layer takes and gives."""
        parts = tuple(torch.stack(parts) for parts in zip(*self._states, strict=True))
        return parts if len(parts) > 1 else parts[0]

    @state.setter
    def state(self, state: Any) -> None:
        if state is None:
            self.reset()
            return
        parts = self._layer.read_state(state, self._batch_size) or ()
        places = range(self._layer.num_layers)
        self._states = [tuple(part[k].detach() for part in parts) for k in places]

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """The layer's output for one more input of every sequence."""
        layer = self._layer
        if x.shape != (self._batch_size, layer.input_size):
            raise ShapeError(
                "{layer}: x must be (B={batch}, input_size={size}); got {got}. Give one input a"
                " sequence, or open the stream with another batch_size.",
                layer=self._name,
                batch=self._batch_size,
                size=layer.input_size,
                got=tuple(x.shape),
            )
        check_dtype(self._name, "x", x, layer.weight_ih_l0)
        for k, before in enumerate(self._states):
            self._states[k] = after = layer.advance(x, before, k)
            x = after[0]
        return x
