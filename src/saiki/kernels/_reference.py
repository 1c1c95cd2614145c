"""The compiled recurrence once more in torch operators, for derivatives of its derivatives."""

from collections.abc import Sequence as Items
from typing import Any

import torch
from torch import Tensor

from saiki.kernels._activations import ACTIVATIONS
from saiki.kernels._call import Kind
from saiki.kernels._loop import gru_scan, lstm_loop, rnn_scan
from saiki.kernels._ragged import read_ragged
from saiki.kernels._types import Sequence, State, Weights


def run_reference(kind: Kind, x: Tensor, state: State, weights: Weights, **how: Any) -> Sequence:
    """One direction, step by step."""
    if kind.cell == "lstm":
        shown = ACTIVATIONS[kind.activation]
        return lstm_loop(x, state, weights, stage=kind.stage, output_activation=shown, **how)
    if kind.cell == "rnn":
        return rnn_scan(x, state, weights, activation=ACTIVATIONS[kind.activation], **how)
    return gru_scan(x, state, weights, reset_after=kind.cell == "gru", **how)


def differentiate(
    text: str,
    x: Tensor,
    lengths: Tensor | None,
    first_h: Tensor,
    first_c: Tensor,
    mask: Tensor | None,
    weights: Items[Tensor],
    dy: Tensor,
    ends: Items[Tensor],
) -> list[Tensor | None]:
    """Gradients of x, first_h, first_c and each weight, with a graph of their own."""
    kind, count = Kind.read(text), len(weights) // len(first_h)
    ragged = None if lengths is None else read_ragged(lengths, x.shape[0], x.device)
    outputs, states = [], []
    for k, h in enumerate(first_h):
        own = dict(zip(kind.fields, weights[k * count : (k + 1) * count], strict=True))
        result = run_reference(
            kind,
            x if ragged is None else x.masked_fill(~ragged.valid, 0),
            (h, first_c[k]) if kind.is_lstm else (h,),
            Weights(**own),
            ragged=ragged,
            reverse=bool(k),
            hidden_mask=None if mask is None else mask[k],
        )
        outputs.append(result.output)
        states.append(result.state)
    shown = [torch.cat(outputs, 2), *(torch.stack(part) for part in zip(*states, strict=True))]
    given = [x, first_h, first_c, *weights]
    wanted = [part for part in given if part.requires_grad]
    arriving = [dy, *ends][: len(shown)]
    found = iter(torch.autograd.grad(shown, wanted, arriving, create_graph=True, allow_unused=True))
    return [next(found) if part.requires_grad else None for part in given]
