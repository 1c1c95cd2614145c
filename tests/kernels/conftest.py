"""Layers for the tests of the compiled kernels, their oracle, and the levels that are here."""

import copy
import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from saiki import kernels, nn

LEVELS = ("avx512", "avx2", "portable")


@dataclass(frozen=True)
class Cell:
    """A kind of layer, and what a run of it gives: values first, then every gradient."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self):
        return "-".join([self.kind, *(f"{k}={v}" for k, v in self.options.items())])

    def build(self, inputs, hidden, layers=1, **more):
        """A compiled layer in float32 with uneven parameters."""
        torch.manual_seed(3)
        build = getattr(nn, self.kind)
        layer = build(inputs, hidden, layers, backend="compiled", **self.options, **more)
        with torch.no_grad():
            for name, parameter in layer.named_parameters():
                if name.startswith(("norm", "initial")):
                    parameter.uniform_(-0.9, 1.4)
                if self.options.get("nonlinearity") == "step":  # exact sums: no value near 0 flips
                    parameter.copy_((parameter * 64).round() / 64)
        return layer

    def draw(self, layer, batch, steps):
        """x and, without a learned one, a first state."""
        generator = torch.Generator().manual_seed(batch + 100 * steps)
        shape = (batch, steps) if layer.batch_first else (steps, batch)
        places = layer.num_layers * (1 + layer.bidirectional)
        states = 0 if layer.learned_initial_state else 1 + (self.kind == "LSTM")
        drawn = [torch.randn(*shape, layer.input_size, generator=generator)]
        shape = (places, batch, layer.hidden_size)
        drawn += [torch.randn(shape, generator=generator) / 2 for _ in range(states)]
        if self.options.get("nonlinearity") == "step":
            drawn = [(part * 8).round() / 8 for part in drawn]
        return drawn


def _twin(layer, dtype=torch.float64):
    """The torch form of a layer, which is the kernels' reference."""
    twin = copy.deepcopy(layer).to(dtype)
    twin.backend = "loop"
    return twin


def _flat(answer):
    if not isinstance(answer, tuple):
        return [answer]
    return [one for part in answer for one in _flat(part)]


def _run(layer, drawn, lengths=None):
    """Values of a run and gradients of a sum in which every number has its own weight."""
    dtype = layer.weight_ih_l0.dtype
    x, *state = (part.detach().to(dtype).requires_grad_() for part in drawn)
    first = None if not state else state[0] if len(state) == 1 else tuple(state)
    values = _flat(layer(x, first, lengths=lengths))
    generator = torch.Generator().manual_seed(9)
    total = sum((part * torch.randn(part.shape, generator=generator)).sum() for part in values)
    names, parameters = zip(*layer.named_parameters(), strict=True)
    over = (x, *state, *parameters)
    found = [torch.zeros_like(part) for part in over]  # torch's step function has no derivative
    if total.requires_grad:
        found = torch.autograd.grad(total, over, allow_unused=True, materialize_grads=True)
    labels = ["output", "h", "c"][: len(values)], ["x", "h", "c"][: 1 + len(state)]
    labels = [*labels[0], *(f"gradient of {name}" for name in (*labels[1], *names))]
    return dict(zip(labels, [*(v.detach() for v in values), *found], strict=True))


def _check(mine, exact, yardstick=None):
    """Every tensor near to the exact one: 10^-5 of its largest number are some hundred roundings.

    Where errors grow from step to step, as in a carousel, torch's own in float32 is the yardstick.
    """
    is_normed = any("norm" in name for name in exact)  # what passes is a difference of large terms
    floor = max(1.0, *(float(want.abs().max()) for want in exact.values())) if is_normed else 1e-3
    for name, want in exact.items():
        apart = float((mine[name].double() - want).abs().max())
        allowed = 1e-5 * max(floor, float(want.abs().max()))
        if yardstick is not None:
            allowed += 8 * float((yardstick[name].double() - want).abs().max())
        assert apart <= allowed, f"{name}: {apart} > {allowed}"  # NaN is not


def _padding(x, lengths, *, batch_first):
    """Where x has padding."""
    steps = x.shape[1 if batch_first else 0]
    behind = torch.arange(steps) >= torch.tensor(lengths).unsqueeze(1)
    return behind if batch_first else behind.t()


def _script(layer, masks):
    """Makes the masks (layers * directions, B, H) those of the layer's recurrent drop-out."""
    places = itertools.cycle(masks)

    def mask(like):
        drawn = torch.stack([next(places) for _ in like]) if like.dim() == 3 else next(places)
        return drawn.to(like.dtype)

    layer._mask = mask


def _compare(cell, how, batch, steps, lengths=None, *, masks=None):
    """Runs the compiled form, its padding and its buffers full of NaN, against the torch form."""
    layer = cell.build(**how)
    drawn = cell.draw(layer, batch, steps)
    forms = [layer, _twin(layer), _twin(layer, torch.float32)]
    for form in forms if masks is not None else ():
        _script(form, masks)
    exact = _run(forms[1], drawn, lengths)
    yardstick = _run(forms[2], drawn, lengths)
    if lengths is not None:
        hidden = _padding(drawn[0], lengths, batch_first=layer.batch_first)
        drawn[0][hidden] = float("nan")
    mine = _run(layer, drawn, lengths)
    _check(mine, exact, yardstick=yardstick)
    if lengths is not None:
        assert not mine["gradient of x"][hidden].any()
        assert not mine["output"][hidden].any()
    first = {0: None, 1: drawn[-1], 2: tuple(drawn[1:])}[len(drawn) - 1]
    with torch.no_grad():  # without a backward pass to come, buffers lie elsewhere
        answer = layer(drawn[0], first, lengths=lengths)[0]
    assert torch.equal(answer, mine["output"])


@pytest.fixture(params=LEVELS)
def level(request, monkeypatch):
    """Each instruction level in turn, by name."""
    if request.param not in kernels.info().available:
        pytest.skip(f"this processor or build has no {request.param}")
    monkeypatch.setenv("SAIKI_KERNELS", request.param)
    assert kernels.info().level == request.param
    return request.param


@pytest.fixture
def filled_with_nan():
    """What torch.empty gives holds NaN, so that reading before writing shows."""
    torch.use_deterministic_algorithms(True)
    assert bool(torch.empty(3).isnan().all())
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def threads():
    """torch.set_num_threads, undone afterwards."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture
def make_cell():
    return Cell


@pytest.fixture(
    params=[Cell("RNN"), Cell("GRU"), Cell("GRU", {"reset_after": False}), Cell("LSTM")], ids=str
)
def cell(request):
    """The four recurrences."""
    return request.param


@pytest.fixture
def twin():
    return _twin


@pytest.fixture
def run():
    return _run


@pytest.fixture
def check():
    return _check


@pytest.fixture
def compare():
    return _compare


@pytest.fixture
def padding():
    return _padding
