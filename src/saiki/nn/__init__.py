"""Layers for sequences: drop-in recurrent layers, and what stands before and after them."""

from saiki.kernels import CellTrace
from saiki.nn import interop
from saiki.nn._stream import Stream
from saiki.nn.accounting import Count, count
from saiki.nn.activations import ACTIVATIONS, activation
from saiki.nn.convolution import Conv1dBlock
from saiki.nn.gru import GRU
from saiki.nn.heads import BinaryHead, ClassHead, RegressionHead
from saiki.nn.lstm import LSTM
from saiki.nn.pooling import TimePooling
from saiki.nn.rnn import RNN
from saiki.nn.squeeze_excite import SqueezeExcite

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "LSTM",
    "RNN",
    "BinaryHead",
    "CellTrace",
    "ClassHead",
    "Conv1dBlock",
    "Count",
    "RegressionHead",
    "SqueezeExcite",
    "Stream",
    "TimePooling",
    "activation",
    "count",
    "interop",
]
