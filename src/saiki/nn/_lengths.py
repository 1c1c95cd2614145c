"""Lengths of the sequences in a padded batch: their check, as tensors or lists."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from saiki.errors import ArgumentError, ShapeError

Lengths: TypeAlias = Tensor | Sequence[int]


def check_lengths(layer: str, lengths: Lengths, batch: int, steps: int) -> Tensor:
    """The lengths as an int64 tensor on the CPU, each in 1..steps."""
    given = torch.as_tensor(lengths).detach().to("cpu")
    if given.is_floating_point() or given.is_complex() or given.dtype == torch.bool:
        raise ArgumentError(
            "{layer}.forward: lengths must be whole numbers; got {dtype}. Convert them with"
            " lengths.long().",
            layer=layer,
            dtype=str(given.dtype).removeprefix("torch."),
        )
    if given.shape != (batch,):
        raise ShapeError(
            "{layer}.forward: lengths must be (B,) = ({batch},), one for each sequence; got"
            " {got}. Give the number of real steps of each sequence of x.",
            layer=layer,
            batch=batch,
            got=tuple(given.shape),
        )
    _check_range(layer, given, steps)
    return given.long().clone(memory_format=torch.contiguous_format)  # the caller may change it


def _check_range(layer: str, lengths: Tensor, steps: int) -> None:
    outside = (lengths < 1) | (lengths > steps)
    if bool(outside.any()):
        index = int(outside.nonzero()[0])
        raise ShapeError(
            "{layer}.forward: each length must be in 1..T={steps}; got {value} for sequence"
            " {index}. Leave empty sequences out of the batch, and count only steps that x has.",
            layer=layer,
            steps=steps,
            value=int(lengths[index]),
            index=index,
        )
