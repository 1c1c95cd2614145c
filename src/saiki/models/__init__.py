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
from saiki.models.language_model import LanguageModel, LanguageState, SoftmaxForm
from saiki.models.sampling import draw, next_token_distribution
from saiki.models.token_cache import TokenCache

__all__ = [
    "CELLS",
    "BagEncoder",
    "CellName",
    "ConvolutionalEncoder",
    "DecodedToken",
    "Hypothesis",
    "LanguageModel",
    "LanguageState",
    "RecurrentEncoder",
    "SequenceClassifier",
    "SoftmaxForm",
    "StepModel",
    "TokenCache",
    "TokenEmbedding",
    "beam_search",
    "draw",
    "greedy",
    "next_token_distribution",
    "sample",
    "stream",
]
