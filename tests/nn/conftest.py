"""Every recurrent layer and option that the recurrent tests run over, and how they compare."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from saiki import nn


@dataclass(frozen=True)
class Case:
    kind: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_plain(self):
        known = {"nonlinearity": ("tanh", "relu")}
        return all(
            name in {"proj_size", "bias", "learned_initial_state"} or value in known.get(name, ())
            for name, value in self.options.items()
        )

    def build(self, inputs=3, hidden=4, *args, dtype=torch.float64, **more):
        torch.manual_seed(7)
        layer = getattr(nn, self.kind)(inputs, hidden, *args, dtype=dtype, **self.options, **more)
        with torch.no_grad():
            for name, parameter in layer.named_parameters():
                if name.startswith(("norm", "initial")):
                    parameter.uniform_(-0.9, 1.4)
        return layer

    def __str__(self):
        return "-".join([self.kind, *(f"{k}={v}" for k, v in self.options.items())])


PLAIN = [
    Case("RNN"),
    Case("RNN", {"nonlinearity": "relu"}),
    Case("GRU"),
    Case("LSTM"),
    Case("LSTM", {"proj_size": 2}),
]
OPTIONS = [
    Case("RNN", {"nonlinearity": "sigmoid"}),
    Case("RNN", {"nonlinearity": "leaky-relu"}),
    Case("RNN", {"nonlinearity": "swish"}),
    Case("RNN", {"nonlinearity": "identity"}),
    Case("RNN", {"nonlinearity": "softmax"}),
    Case("RNN", {"layer_norm": True}),
    Case("RNN", {"learned_initial_state": True, "bias": False}),
    Case("GRU", {"reset_after": False}),
    Case("GRU", {"reset_after": False, "layer_norm": True}),
    Case("GRU", {"layer_norm": True}),
    Case("GRU", {"learned_initial_state": True}),
    Case("GRU", {"bias": False}),
    Case("LSTM", {"bias": False}),
    Case("LSTM", {"peephole": True}),
    Case("LSTM", {"peephole": True, "stage": "input-output-gates"}),
    Case("LSTM", {"stage": "input-output-gates", "output_activation": "identity"}),
    Case("LSTM", {"stage": "carousel"}),
    Case("LSTM", {"output_activation": "identity"}),
    Case("LSTM", {"layer_norm": True, "peephole": True}),
    Case("LSTM", {"layer_norm": True, "bias": False, "stage": "carousel"}),
    Case("LSTM", {"layer_norm": True, "proj_size": 2, "learned_initial_state": True}),
]


def _flat(answer):
    parts = []
    for part in answer:
        parts += _flat(part) if isinstance(part, tuple) else [part]
    return parts


def _gradients(answer, over):
    """Gradients of a sum in which every number of the answer has its own, fixed weight."""
    generator = torch.Generator().manual_seed(5)
    total = 0
    for part in _flat(answer):
        weight = torch.randn(part.shape, generator=generator, dtype=torch.float64)
        total = total + (part * weight.to(part.dtype)).sum()
    return torch.autograd.grad(total, over, allow_unused=True)


def _close(mine, theirs, tolerance):
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def _data(batch=3, steps=7, inputs=3, dtype=torch.float64):
    generator = torch.Generator().manual_seed(11)
    x = torch.randn(batch, steps, inputs, generator=generator, dtype=torch.float64)
    return x.to(dtype).requires_grad_()


@pytest.fixture(params=PLAIN, ids=str)
def plain(request):
    return request.param


@pytest.fixture(params=[*PLAIN, *OPTIONS], ids=str)
def case(request):
    return request.param


@pytest.fixture
def flat():
    return _flat


@pytest.fixture
def gradients():
    return _gradients


@pytest.fixture
def close():
    return _close


@pytest.fixture
def data():
    return _data
