"""Cells that torch.nn does not have: against our plain cell, and against a loop over steps."""

from typing import Any

import torch

from benchmarks.recurrent.layers import (
    check_agreement,
    make_batch,
    make_ours,
    row_of,
    title_of,
    training_step,
)
from benchmarks.recurrent.plan import Plan, Shape
from benchmarks.recurrent.timing import Work, race, show

VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "LSTM": {
        "peephole": {"peephole": True},
        "layer norm": {"layer_norm": True},
        "recurrent drop-out": {"recurrent_dropout": 0.3},
        "all three": {"peephole": True, "layer_norm": True, "recurrent_dropout": 0.3},
    },
    "GRU": {"reset before": {"reset_after": False}},
}

GAIN = 0.2  # at 1 a random layer-normalised cell is chaotic: no two roundings agree after 100 steps


def measure(plan: Plan) -> list[dict[str, Any]]:
    return [
        row
        for shape in plan.goal_shapes
        for cell in VARIANTS
        for row in _measure(cell, shape, plan)
    ]


def _measure(cell: str, shape: Shape, plan: Plan) -> list[dict[str, Any]]:
    options = VARIANTS[cell]
    works = {"plain": _step(cell, shape)}
    works |= {name: _step(cell, shape, **chosen) for name, chosen in options.items()}
    seconds = race(works, plan)
    show(title_of(cell, shape), seconds)
    rows = []
    for name, chosen in options.items():
        found = {"saiki": seconds[name], "plain": seconds["plain"]}
        if shape in plan.loop_shapes:
            found["loop"] = _loop_seconds(cell, shape, name, chosen, plan) * seconds[name]
        rows.append(row_of(cell, shape, found, variant=name))
    return rows


def _loop_seconds(cell: str, shape: Shape, name: str, chosen: dict[str, Any], plan: Plan) -> float:
    """Times that the loop over steps takes as long, the two side by side."""
    works = {
        backend: _step(cell, shape, backend=backend, **chosen) for backend in ("compiled", "loop")
    }
    title = title_of(cell, shape, name)
    if "recurrent_dropout" not in chosen:  # every call draws another mask
        check_agreement(title, works["compiled"](), works["loop"]())
    found = race(works, plan)
    show(title, found)
    return found["loop"] / found["compiled"]


def _step(cell: str, shape: Shape, **options: Any) -> Work:
    layer = make_ours(cell, shape[2], **options)
    for name, parameter in layer.named_parameters():
        if name.startswith(("norm_ih", "norm_hh")):
            torch.nn.init.constant_(parameter, GAIN)
    x, dy = make_batch(shape)
    x.requires_grad_()
    return training_step(layer, lambda: layer(x)[0], dy, x)
