"""A training step against torch.nn: with the gradient of x, and without it as in a first layer."""

from typing import Any

from benchmarks.recurrent.layers import (
    check_agreement,
    make_batch,
    make_ours,
    make_torch,
    row_of,
    title_of,
    training_step,
)
from benchmarks.recurrent.plan import CELLS, Plan, Shape
from benchmarks.recurrent.timing import race, show


def measure(plan: Plan) -> list[dict[str, Any]]:
    return [_measure(cell, shape, plan, needs_dx=True) for shape in plan.shapes for cell in CELLS]


def measure_first_layer(plan: Plan) -> list[dict[str, Any]]:
    return [
        _measure(cell, shape, plan, needs_dx=False) for shape in plan.goal_shapes for cell in CELLS
    ]


def _measure(cell: str, shape: Shape, plan: Plan, *, needs_dx: bool) -> dict[str, Any]:
    ours = make_ours(cell, shape[2])
    layers = {"saiki": ours, "torch.nn": make_torch(ours, cell, shape[2])}
    x, dy = make_batch(shape)
    x.requires_grad_(needs_dx)
    works = {
        name: training_step(layer, lambda layer=layer: layer(x)[0], dy, x)
        for name, layer in layers.items()
    }
    check_agreement(title_of(cell, shape), works["saiki"](), works["torch.nn"]())
    seconds = race(works, plan)
    show(title_of(cell, shape, "" if needs_dx else "without dx"), seconds)
    return row_of(cell, shape, seconds)
