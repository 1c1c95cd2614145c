"""The forward pass without gradients, against torch.nn and onnxruntime."""

from typing import Any

import torch

from benchmarks.recurrent.layers import (
    check_agreement,
    make_batch,
    make_ours,
    make_torch,
    row_of,
    title_of,
)
from benchmarks.recurrent.onnx_peer import make_session
from benchmarks.recurrent.plan import CELLS, Plan, Shape
from benchmarks.recurrent.timing import Work, race, show


def measure(plan: Plan) -> list[dict[str, Any]]:
    with torch.no_grad():
        return [_measure(cell, shape, plan) for shape in plan.shapes for cell in CELLS]


def _measure(cell: str, shape: Shape, plan: Plan) -> dict[str, Any]:
    ours = make_ours(cell, shape[2]).eval()
    theirs = make_torch(ours, cell, shape[2]).eval()
    x, _ = make_batch(shape)
    given, title = {"X": x.numpy()}, title_of(cell, shape)
    works: dict[str, Work] = {"saiki": lambda: ours(x), "torch.nn": lambda: theirs(x)}
    check_agreement(title, [ours(x)[0]], [theirs(x)[0]])
    try:
        session = make_session(ours)
    except ImportError:
        session = None
    if session is not None:
        works["onnxruntime"] = lambda: session.run(None, given)
        output = torch.from_numpy(session.run(["Y"], given)[0]).squeeze(1)
        check_agreement(title, [ours(x)[0]], [output])
    seconds = race(works, plan)
    show(title, seconds)
    return row_of(cell, shape, seconds)
