"""The bidirectional recurrent network, over any cell.

    h^f = forward cell over x_1 ... x_T
    h^b = backward cell over x_T ... x_1
    y_t = concat(h^f_t, reverse(h^b)_t)

`reverse` turns each sequence round within its own length and leaves its padding where it is. So
the backward cell starts at each sequence's own end, and a padded batch gives the same numbers as
its sequences one by one. Padding of y is zero.

Backward: ∂E/∂y is cut on the feature axis, its second half reversed; each cell goes back through
its own run; ∂E/∂x = ∂E/∂x of the forward cell + reverse(∂E/∂x of the backward cell).

Symbols:
    x          (B, T, I)            inputs
    h^f, h^b   (B, T, H_f), (B, T, H_b), each in the order in which its cell ran
    y          (B, T, H_f + H_b)    outputs

Source: Schuster and Paliwal 1997, Bidirectional Recurrent Neural Networks, IEEE Transactions on
Signal Processing 45(11). Differs: theirs feeds both directions to one output layer; here they are
joined, and what follows is left to the caller.

Example:
    >>> import numpy as np
    >>> from saiki.equations import RNNParameters, bidirectional_forward, rnn_forward
    >>> cell = RNNParameters(W_in=np.eye(1), W=np.eye(1), b=np.zeros(1))
    >>> def run(x, lengths):
    ...     return rnn_forward(cell, x, lengths=lengths, f="identity")
    >>> x = np.array([[[1.0], [2.0], [3.0]], [[1.0], [2.0], [9.0]]])
    >>> bidirectional_forward(run, run, x, lengths=[3, 2]).y[..., 1].tolist()
    [[6.0, 5.0, 3.0], [3.0, 2.0, 0.0]]
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from saiki.equations._arrays import Array, Lengths, Mask, check_shape
from saiki.equations._sequences import blank_padding, valid_steps

__all__ = [
    "BidirectionalGradients",
    "BidirectionalTrace",
    "bidirectional_backward",
    "bidirectional_forward",
    "join_directions",
    "reverse_sequences",
    "split_directions",
]


class _Run(Protocol):
    @property
    def h(self) -> Array: ...


class _Gradients(Protocol):
    @property
    def x(self) -> Array: ...


R = TypeVar("R", bound=_Run)
Q = TypeVar("Q", bound=_Gradients)


@dataclass(frozen=True)
class BidirectionalTrace(Generic[R]):
    """y, and the run of each cell; `backward` ran over the reversed sequences."""

    y: Array
    forward: R
    backward: R
    lengths: Lengths | None


@dataclass(frozen=True)
class BidirectionalGradients(Generic[Q]):
    """∂E/∂x, and the gradients of each cell."""

    x: Array
    forward: Q
    backward: Q


def _order(valid: Mask) -> NDArray[np.intp]:
    """(B, T, 1): from which step each step comes."""
    steps = np.arange(valid.shape[1])
    ends = valid.sum(axis=1, keepdims=True)
    return np.where(valid, ends - 1 - steps, steps)[..., None].astype(np.intp)


def reverse_sequences(x: Array, lengths: Lengths | None = None) -> Array:
    """Each of (B, T, K) turned round within its own length; its own inverse."""
    check_shape("reverse_sequences: x", x, ("B", "T", "K"))
    return np.take_along_axis(x, _order(valid_steps(lengths, *x.shape[:2])), axis=1)


def join_directions(h_f: Array, h_b: Array, lengths: Lengths | None = None) -> Array:
    """concat(h^f, reverse(h^b)) on the feature axis, padding zero."""
    check_shape("join_directions: h_b", h_b, (*h_f.shape[:2], "H"))
    joined = np.concatenate([h_f, reverse_sequences(h_b, lengths)], axis=-1)
    return blank_padding(joined, valid_steps(lengths, *h_f.shape[:2]))


def split_directions(
    y: Array, forward_units: int, lengths: Lengths | None = None
) -> tuple[Array, Array]:
    """The inverse of `join_directions`, and its gradient: (h^f, h^b)."""
    return y[..., :forward_units], reverse_sequences(y[..., forward_units:], lengths)


def bidirectional_forward(
    forward: Callable[[Array, Lengths | None], R],
    backward: Callable[[Array, Lengths | None], R],
    x: Array,
    lengths: Lengths | None = None,
) -> BidirectionalTrace[R]:
    """Runs two cells, each a function of (x, lengths), over x (B, T, I) in both directions."""
    run_f = forward(x, lengths)
    run_b = backward(reverse_sequences(x, lengths), lengths)
    return BidirectionalTrace(join_directions(run_f.h, run_b.h, lengths), run_f, run_b, lengths)


def bidirectional_backward(
    trace: BidirectionalTrace[R],
    grad_y: Array,
    forward: Callable[[R, Array], Q],
    backward: Callable[[R, Array], Q],
) -> BidirectionalGradients[Q]:
    """The gradients; each cell's backward pass is a function of (its run, ∂E/∂h)."""
    check_shape("bidirectional_backward: grad_y", grad_y, trace.y.shape)
    grad_f, grad_b = split_directions(grad_y, trace.forward.h.shape[-1], trace.lengths)
    back_f, back_b = forward(trace.forward, grad_f), backward(trace.backward, grad_b)
    grad_x = back_f.x + reverse_sequences(back_b.x, trace.lengths)
    return BidirectionalGradients(grad_x, back_f, back_b)
