"""The recurrences behind the layers: one face, several forms.

`fused` calls torch's own operators, `loop` steps through time in torch operators and can do every
option, give its insides and be differentiated twice. `choose` says which one runs.
"""

from saiki.kernels._cells import gru_step, lstm_step, project, rnn_step
from saiki.kernels._choice import Backend, choose
from saiki.kernels._fused import Cell, fused_sequence, fused_stack, fused_step, mirror
from saiki.kernels._loop import gru_loop, lstm_loop, rnn_loop
from saiki.kernels._ragged import Ragged, read_ragged
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
    "GRU_GATES",
    "LSTM_GATES",
    "PEEPHOLE_GATES",
    "RNN_GATES",
    "Backend",
    "Cell",
    "CellTrace",
    "Ragged",
    "Sequence",
    "Stage",
    "Weights",
    "choose",
    "fused_sequence",
    "fused_stack",
    "fused_step",
    "gru_loop",
    "gru_step",
    "lstm_loop",
    "lstm_step",
    "mirror",
    "project",
    "read_ragged",
    "rnn_loop",
    "rnn_step",
]
