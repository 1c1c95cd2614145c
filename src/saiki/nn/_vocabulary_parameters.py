"""What the heads over a vocabulary hold: weights, new or shared, and what negatives come from."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from saiki.errors import ArgumentError
from saiki.nn._checks import check_flag
from saiki.nn._vocabulary_checks import check_sizes, check_weight

NOISE_POWER = 0.75


def add_parameters(head: Any, weight: nn.Parameter | None, *, bias: bool) -> None:
    """Registers the weight (V, H), new as that of torch.nn.Linear or shared, and the bias (V,)."""
    name, shape = type(head).__name__, (head.vocabulary_size, head.hidden_size)
    check_sizes(name, head.hidden_size, head.vocabulary_size)
    check_flag(name, "bias", bias)
    check_weight(name, weight, shape)
    if weight is None:
        limit = 1 / math.sqrt(head.hidden_size)
        weight = nn.Parameter(torch.empty(shape).uniform_(-limit, limit))
    head.weight = weight
    head.bias = nn.Parameter(torch.zeros(shape[0], dtype=weight.dtype)) if bias else None


def noise_of(vocabulary_size: int, counts: NDArray[Any] | Sequence[int] | None) -> Tensor:
    """(V,) what negatives are drawn from. A token that never occurs must learn that as well."""
    if counts is None:
        ids = torch.arange(vocabulary_size, dtype=torch.float64)
        weights = torch.log1p(1 / (ids + 1))
    else:
        given = torch.tensor(np.array(counts, dtype=np.float64))
        if given.shape != (vocabulary_size,) or not bool((given >= 0).all()):
            raise ArgumentError(
                "SampledSoftmax: counts must be {vocabulary} numbers of at least 0, one for each"
                " id; got {got}. Take tokenizer.counts.",
                vocabulary=vocabulary_size,
                got=tuple(given.shape),
            )
        weights = given.clamp_min(1) ** NOISE_POWER
    return weights / weights.sum()
