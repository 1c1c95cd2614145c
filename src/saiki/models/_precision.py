"""How wide the products of a model are while it is trained."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from saiki.nn.vocabulary import Precision

__all__ = ["training_products"]


def training_products(precision: Precision, device: torch.device) -> AbstractContextManager[Any]:
    """With "bf16" and gradients the products run in bfloat16; states, sums and norms stay wide."""
    if precision == "bf16" and torch.is_grad_enabled():
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
