"""One line of the account, the batch that it is drawn up for, and what draws it up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["Account", "Batch", "Row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One layer of the account.

    `formula` gives the number of parameters from `sizes`: `3·H·(I+H) + 6·H` with I=40, H=64.
    """

    name: str
    kind: str
    formula: str
    sizes: dict[str, int]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    backend: str = "torch"  # what runs it in training, on this machine

    def __str__(self) -> str:
        sizes = ", ".join(f"{letter}={size}" for letter, size in self.sizes.items())
        return f"{self.kind} {self.name}: {self.formula} ({sizes})"


@dataclass(frozen=True, slots=True)
class Batch:
    """The lengths of a padded batch, and the bytes that one number takes."""

    lengths: tuple[int, ...]
    bytes_per_value: int

    @property
    def sequences(self) -> int:
        """B."""
        return len(self.lengths)

    @property
    def valid_steps(self) -> int:
        """The sum of the lengths."""
        return sum(self.lengths)

    @property
    def padded_steps(self) -> int:
        """B T."""
        return len(self.lengths) * max(self.lengths)

    @property
    def valid_pairs(self) -> int:
        """The sum of the squares of the lengths: each step looks at each."""
        return sum(length**2 for length in self.lengths)

    @property
    def padded_pairs(self) -> int:
        """B T²."""
        return len(self.lengths) * max(self.lengths) ** 2

    def with_lengths(self, lengths: tuple[int, ...]) -> "Batch":
        """The same batch after a layer that changes lengths."""
        return Batch(lengths, self.bytes_per_value)


# From the path and the module, for the batch that comes in: its rows, and the batch that goes out.
Account: TypeAlias = Callable[[str, Any, Batch], tuple[list[Row], Batch]]
