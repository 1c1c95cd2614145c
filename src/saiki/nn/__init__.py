"""Layers for sequences: drop-in recurrent layers, and what stands before and after them."""

from saiki.kernels import CellTrace
from saiki.nn import interop
from saiki.nn._stream import Stream
from saiki.nn.accounting import Count, count
from saiki.nn.activations import ACTIVATIONS, activation
from saiki.nn.attention import (
    AdditiveAttention,
    AttentionMemory,
    DotAttention,
    GeneralAttention,
    MultiHeadAttention,
)
from saiki.nn.convolution import Conv1dBlock
from saiki.nn.dropout import Dropout, EmbeddingDropout, VariationalDropout, WeightDropout
from saiki.nn.gru import GRU
from saiki.nn.heads import BinaryHead, ClassHead, MultiLabelHead, RegressionHead
from saiki.nn.lstm import LSTM
from saiki.nn.pooling import TimePooling
from saiki.nn.positions import SinusoidalPositions
from saiki.nn.rnn import RNN
from saiki.nn.squeeze_excite import SqueezeExcite
from saiki.nn.transformer import (
    DecoderCache,
    TransformerDecoder,
    TransformerEncoder,
    TransformerWeights,
)
from saiki.nn.vocabulary import AdaptiveSoftmax, FullSoftmax, SampledSoftmax

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "LSTM",
    "RNN",
    "AdaptiveSoftmax",
    "AdditiveAttention",
    "AttentionMemory",
    "BinaryHead",
    "CellTrace",
    "ClassHead",
    "Conv1dBlock",
    "Count",
    "DecoderCache",
    "DotAttention",
    "Dropout",
    "EmbeddingDropout",
    "FullSoftmax",
    "GeneralAttention",
    "MultiHeadAttention",
    "MultiLabelHead",
    "RegressionHead",
    "SampledSoftmax",
    "SinusoidalPositions",
    "SqueezeExcite",
    "Stream",
    "TimePooling",
    "TransformerDecoder",
    "TransformerEncoder",
    "TransformerWeights",
    "VariationalDropout",
    "WeightDropout",
    "activation",
    "count",
    "interop",
]
