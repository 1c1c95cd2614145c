"""Whole networks, and how they choose the next token."""

from saiki.models.classifier import CELLS, CellName, SequenceClassifier
from saiki.models.decoding import (
    DecodedToken,
    Hypothesis,
    StepModel,
    beam_search,
    greedy,
    sample,
    stream,
)
from saiki.models.embedding import TokenEmbedding
from saiki.models.encoders import BagEncoder, ConvolutionalEncoder, RecurrentEncoder
from saiki.models.forecaster import Anchor, Decoding, ForecastAttention, Forecaster
from saiki.models.language_model import LanguageModel, LanguageState, SoftmaxForm
from saiki.models.pair_batch import PairBatch, PairLoss
from saiki.models.recurrent_seq2seq import AttentionForm, RecurrentSeq2Seq, RecurrentState
from saiki.models.sampling import draw, next_token_distribution
from saiki.models.token_cache import TokenCache
from saiki.models.transformer_seq2seq import TransformerSeq2Seq, TransformerState

__all__ = [
    "CELLS",
    "Anchor",
    "AttentionForm",
    "BagEncoder",
    "CellName",
    "ConvolutionalEncoder",
    "DecodedToken",
    "Decoding",
    "ForecastAttention",
    "Forecaster",
    "Hypothesis",
    "LanguageModel",
    "LanguageState",
    "PairBatch",
    "PairLoss",
    "RecurrentEncoder",
    "RecurrentSeq2Seq",
    "RecurrentState",
    "SequenceClassifier",
    "SoftmaxForm",
    "StepModel",
    "TokenCache",
    "TokenEmbedding",
    "TransformerSeq2Seq",
    "TransformerState",
    "beam_search",
    "draw",
    "greedy",
    "next_token_distribution",
    "sample",
    "stream",
]
