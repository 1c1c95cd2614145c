"""`LabelSet`: the classes of a task and their numbers."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from saiki.errors import DataError, nearest

__all__ = ["LabelSet"]


@final
class LabelSet:
    """The sorted classes of a task; class `i` of a network is `labels[i]`.

    Labels that are all numbers are sorted as numbers ("2" before "10"), others as text.

    Args:
        labels: every label once or more often.

    Raises:
        DataError: no label at all.

    Example:
        >>> LabelSet(["10", "9", "10"]).labels
        ('9', '10')
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels = _in_order(set(labels))
        if not self.labels:
            raise DataError(
                "LabelSet: at least one label is needed; got none. "
                "Check that the training part is not empty."
            )
        self._numbers = {label: number for number, label in enumerate(self.labels)}

    def __len__(self) -> int:
        return len(self.labels)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LabelSet) and other.labels == self.labels

    def __hash__(self) -> int:
        return hash(self.labels)

    def __repr__(self) -> str:
        return f"LabelSet({list(self.labels)})"

    def encode(self, labels: Iterable[str]) -> NDArray[np.int64]:
        """The number of each label.

        Raises:
            DataError: a label that is not one of the classes; the nearest one is named.
        """
        return np.array([self._number(label) for label in labels], dtype=np.int64)

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """The label of each number."""
        return [self.labels[int(n)] for n in numbers]

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {"labels": list(self.labels)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "LabelSet":
        """The set that `to_json` wrote; the stored order is kept."""
        made = cls(stored["labels"])
        made.labels = tuple(stored["labels"])
        made._numbers = {label: number for number, label in enumerate(made.labels)}
        return made

    def _number(self, label: str) -> int:
        if label not in self._numbers:
            raise DataError(
                "LabelSet.encode: the label {label!r} is not one of the {count} classes known "
                "from training: {known}. The nearest is {near!r}; correct the label, or train "
                "with examples of it.",
                label=label,
                count=len(self),
                known=_some(self.labels),
                near=nearest(label, self.labels) or self.labels[0],
            )
        return self._numbers[label]


def _some(labels: Sequence[str], most: int = 20) -> str:
    return ", ".join(labels[:most]) + (", ..." if len(labels) > most else "")


def _in_order(labels: set[str]) -> tuple[str, ...]:
    try:
        numbers = {label: float(label) for label in labels}
    except ValueError:
        return tuple(sorted(labels))
    if not all(math.isfinite(number) for number in numbers.values()):
        return tuple(sorted(labels))
    return tuple(sorted(labels, key=lambda label: (numbers[label], label)))
