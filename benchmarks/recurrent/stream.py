"""One step of a stream, batch 1, LSTM: the state goes back in each time."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from benchmarks.recurrent.layers import check_agreement, make_ours, make_torch, row_of, title_of
from benchmarks.recurrent.onnx_peer import make_session
from benchmarks.recurrent.plan import Plan
from benchmarks.recurrent.timing import Work, race, show


def measure(plan: Plan) -> list[dict[str, Any]]:
    with torch.no_grad():
        return [_measure(size, plan) for size in plan.stream_sizes]


def _measure(size: int, plan: Plan) -> dict[str, Any]:
    ours, x = make_ours("LSTM", size).eval(), torch.randn(1, size)
    stepping = {"saiki": iter(_ours(ours, x)), **_torch(ours, size, x)}
    with contextlib.suppress(ImportError):
        stepping |= {
            "onnxruntime": iter(_onnx(ours, x.numpy())),
            "onnxruntime, bound": iter(_onnx_bound(ours, x.numpy())),
        }
    for name, steps in stepping.items():
        third = [torch.as_tensor(np.array(next(steps))).reshape(-1) for _ in range(3)][2]
        expected = ours(x.expand(3, 1, size))[0][2].reshape(-1)
        check_agreement(f"LSTM stream {name}", [third], [expected])
    count = max(50, 51200 // size)
    works = {name: _many(steps, count) for name, steps in stepping.items()}
    seconds = {name: value / count for name, value in race(works, plan).items()}
    show(title_of("LSTM", (1, 1, size), "streamed"), seconds)
    return row_of("LSTM", (1, 1, size), seconds)


def _many(steps: Iterator[Any], count: int) -> Work:
    def work() -> None:
        for _ in range(count):
            next(steps)

    return work


def _ours(layer: torch.nn.Module, x: torch.Tensor) -> Iterator[torch.Tensor]:
    stream = layer.stream()
    while True:
        yield stream.step(x)


def _torch(ours: torch.nn.Module, size: int, x: torch.Tensor) -> dict[str, Iterator[torch.Tensor]]:
    layer, cell = make_torch(ours, "LSTM", size).eval(), torch.nn.LSTMCell(size, size)
    cell.load_state_dict({name.removesuffix("_l0"): v for name, v in ours.state_dict().items()})

    def run_layer() -> Iterator[torch.Tensor]:
        state, one = None, x.unsqueeze(0)
        while True:
            output, state = layer(one, state)
            yield output

    def run_cell() -> Iterator[torch.Tensor]:
        state = None
        while True:
            state = cell(x, state)
            yield state[0]

    return {"torch.nn.LSTM": run_layer(), "torch.nn.LSTMCell": run_cell()}


def _onnx(layer: torch.nn.Module, x: np.ndarray) -> Iterator[np.ndarray]:
    session = make_session(layer, takes_state=True)
    h = c = np.zeros((1, 1, x.shape[1]), np.float32)
    while True:
        h, c = session.run(["h_n", "c_n"], {"X": x[None], "h": h, "c": c})
        yield h


def _onnx_bound(layer: torch.nn.Module, x: np.ndarray) -> Iterator[np.ndarray]:
    """The same with memory bound beforehand; two bindings swap the states."""
    from onnxruntime import OrtValue

    session = make_session(layer, takes_state=True)
    zeros = np.zeros((1, 1, x.shape[1]), np.float32)
    arrays = [(zeros.copy(), zeros.copy()) for _ in range(2)]
    states = [[OrtValue.ortvalue_from_numpy(part) for part in pair] for pair in arrays]
    bindings = []
    for before, after in (states, states[::-1]):
        binding = session.io_binding()
        for name, value in zip(("X", "h", "c"), (x[None], *before), strict=True):
            bound = value if isinstance(value, OrtValue) else OrtValue.ortvalue_from_numpy(value)
            binding.bind_ortvalue_input(name, bound)
        for name, value in zip(("h_n", "c_n"), after, strict=True):
            binding.bind_ortvalue_output(name, value)
        bindings.append(binding)
    while True:
        for binding, after in zip(bindings, states[::-1], strict=True):
            session.run_with_iobinding(binding)
            yield after[0]
