"""A training step on sequences of unequal lengths, uniform in [T/5, T], in no order.

Ours takes the padded batch and its lengths. torch is timed packed, which is right and slow, and
padded, which computes what is thrown away and is wrong at the ends of all but the longest.
"""

from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence

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
    cases = [(shape, False) for shape in plan.ragged_shapes]
    cases += [(shape, True) for shape in plan.bidirectional_shapes]
    return [_measure(cell, shape, both, plan) for shape, both in cases for cell in CELLS]


def make_lengths(steps: int, batch: int) -> torch.Tensor:
    order = torch.randperm(batch, generator=torch.Generator().manual_seed(2))
    return torch.linspace(steps / 5, steps, batch).round().long()[order]


def _measure(cell: str, shape: Shape, both: bool, plan: Plan) -> dict[str, Any]:
    ours = make_ours(cell, shape[2], bidirectional=both)
    theirs = make_torch(ours, cell, shape[2], bidirectional=both)
    x, dy = make_batch(shape, directions=1 + both)
    x.requires_grad_()
    lengths = make_lengths(*shape[:2])
    order = pack_padded_sequence(dy, lengths, enforce_sorted=False)

    def packed() -> torch.Tensor:
        return theirs(pack_padded_sequence(x, lengths, enforce_sorted=False))[0].data

    works = {
        "saiki": training_step(ours, lambda: ours(x, lengths=lengths)[0], dy, x),
        "torch packed": training_step(theirs, packed, order.data, x),
        "torch padded": training_step(theirs, lambda: theirs(x)[0], dy, x),
    }
    title = title_of(cell, shape, "both ways" if both else "")
    check_agreement(title, works["saiki"](), works["torch packed"]())
    seconds = race(works, plan)
    show(title, seconds)
    return row_of(cell, shape, seconds, bidirectional=both)
