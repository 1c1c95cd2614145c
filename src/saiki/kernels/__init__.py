"""The recurrences behind the layers: one face, several forms.

`compiled` runs the C++ kernels of `native/`, `fused` calls torch's own operators, `loop` steps
through time in torch operators and can do every option, any dtype and any derivative: it is the
reference of the other two. `choose` says which one runs, `info` which compiled kernels this
machine has, and why.

Nothing is imported before its first use: the word-vector kernels do without torch.
"""

from typing import TYPE_CHECKING

from saiki.laziness import lazy_names

if TYPE_CHECKING:
    from saiki.kernels._activations import ACTIVATIONS, ActivationName
    from saiki.kernels._call import CellName, Kind
    from saiki.kernels._cells import gru_step, lstm_step, project, rnn_step
    from saiki.kernels._choice import Backend, Form, choose
    from saiki.kernels._compiled import compiled_layer, is_watched, read_trace
    from saiki.kernels._fused import Cell, fused_sequence, fused_stack, fused_step, mirror
    from saiki.kernels._levels import KernelInfo, compiled_level, info
    from saiki.kernels._loop import gru_loop, lstm_loop, rnn_loop
    from saiki.kernels._packed import PackedLayer, PackedLayers
    from saiki.kernels._products import quick_linear
    from saiki.kernels._ragged import Ragged, read_ragged
    from saiki.kernels._softmax import logits_buffer, softmax_gradient_, softmax_nats
    from saiki.kernels._steps import CompiledSteps
    from saiki.kernels._types import (
        GRU_GATES,
        LSTM_GATES,
        PEEPHOLE_GATES,
        RNN_GATES,
        CellTrace,
        Sequence,
        Stage,
        Weights,
    )

__all__ = [
    "ACTIVATIONS",
    "GRU_GATES",
    "LSTM_GATES",
    "PEEPHOLE_GATES",
    "RNN_GATES",
    "ActivationName",
    "Backend",
    "Cell",
    "CellName",
    "CellTrace",
    "CompiledSteps",
    "Form",
    "KernelInfo",
    "Kind",
    "PackedLayer",
    "PackedLayers",
    "Ragged",
    "Sequence",
    "Stage",
    "Weights",
    "choose",
    "compiled_layer",
    "compiled_level",
    "fused_sequence",
    "fused_stack",
    "fused_step",
    "gru_loop",
    "gru_step",
    "info",
    "is_watched",
    "logits_buffer",
    "lstm_loop",
    "lstm_step",
    "mirror",
    "project",
    "quick_linear",
    "read_ragged",
    "read_trace",
    "rnn_loop",
    "rnn_step",
    "softmax_gradient_",
    "softmax_nats",
]

_HOMES = {
    "_activations": (
        "ACTIVATIONS",
        "ActivationName",
    ),
    "_call": (
        "CellName",
        "Kind",
    ),
    "_cells": (
        "gru_step",
        "lstm_step",
        "project",
        "rnn_step",
    ),
    "_choice": (
        "Backend",
        "Form",
        "choose",
    ),
    "_compiled": (
        "compiled_layer",
        "is_watched",
        "read_trace",
    ),
    "_fused": (
        "Cell",
        "fused_sequence",
        "fused_stack",
        "fused_step",
        "mirror",
    ),
    "_levels": (
        "KernelInfo",
        "compiled_level",
        "info",
    ),
    "_loop": (
        "gru_loop",
        "lstm_loop",
        "rnn_loop",
    ),
    "_packed": (
        "PackedLayer",
        "PackedLayers",
    ),
    "_products": ("quick_linear",),
    "_ragged": (
        "Ragged",
        "read_ragged",
    ),
    "_softmax": (
        "logits_buffer",
        "softmax_gradient_",
        "softmax_nats",
    ),
    "_steps": ("CompiledSteps",),
    "_types": (
        "GRU_GATES",
        "LSTM_GATES",
        "PEEPHOLE_GATES",
        "RNN_GATES",
        "CellTrace",
        "Sequence",
        "Stage",
        "Weights",
    ),
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
