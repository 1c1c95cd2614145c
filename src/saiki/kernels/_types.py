"""What every form of a recurrence takes and gives: one layer, one direction, time first."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from torch import Tensor
from torch.nn import functional

Stage = Literal["carousel", "input-output-gates", "forget-gate"]
State: TypeAlias = tuple[Tensor, ...]  # (h,) or (h, c), each (B, H)
Step: TypeAlias = Callable[[Tensor, State], tuple[State, tuple[Tensor, ...]]]

LSTM_GATES: dict[Stage, tuple[str, ...]] = {
    "carousel": ("g",),
    "input-output-gates": ("i", "g", "o"),
    "forget-gate": ("i", "f", "g", "o"),
}
PEEPHOLE_GATES: dict[Stage, tuple[str, ...]] = {
    "carousel": (),
    "input-output-gates": ("i", "o"),
    "forget-gate": ("i", "f", "o"),
}
GRU_GATES = ("r", "z", "n")
RNN_GATES = ("a",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The parameters of one layer and direction; P is the projection size, else H."""

    weight_ih: Tensor  # (G H, I)
    weight_hh: Tensor  # (G H, P)
    bias_ih: Tensor | None = None  # (G H)
    bias_hh: Tensor | None = None  # (G H)
    weight_hr: Tensor | None = None  # (P, H)
    weight_peephole: Tensor | None = None  # (3 H): i f o, or (2 H): i o
    norm_ih: Tensor | None = None  # (G H)
    norm_hh: Tensor | None = None  # (G H)
    norm_cell: Tensor | None = None  # (H)
    norm_cell_bias: Tensor | None = None  # (H)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTrace:
    """The insides of one layer and direction, time in the order of the input, zero in padding.

    `gates` holds `i f g o` of an LSTM, `r z n` of a GRU, `a` (the sum before the activation) of an
    RNN. `hidden_steps` and `cell_steps` are the tensors that the graph went through, so that
    `torch.autograd.grad(loss, trace.hidden_steps)` is the gradient at every step.
    """

    layer: int
    reverse: bool
    gates: dict[str, Tensor]  # each (B, T, H)
    hidden: Tensor  # (B, T, P)
    cell: Tensor | None  # (B, T, H)
    hidden_steps: tuple[Tensor, ...]  # T of (B, P)
    cell_steps: tuple[Tensor, ...]  # T of (B, H), or none

    def reordered(self, indices: Tensor | None) -> "CellTrace":
        """The same with its sequences in another order; the steps stay as the graph has them."""
        return self if indices is None else self._each(lambda x: x.index_select(0, indices))

    def padded(self, missing: int) -> "CellTrace":
        """The same with more steps of padding."""
        return self._each(lambda x: functional.pad(x, (0, 0, 0, missing)))

    def _each(self, change: Callable[[Tensor], Tensor]) -> "CellTrace":
        return replace(
            self,
            gates={name: change(gate) for name, gate in self.gates.items()},
            hidden=change(self.hidden),
            cell=None if self.cell is None else change(self.cell),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """What a recurrence gives: output (T, B, P) with zeros in padding, the state at each end."""

    output: Tensor
    state: State
    trace: CellTrace | None = None
