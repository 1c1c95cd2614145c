"""Whole networks, and how they choose the next token."""

from saiki.models.classifier import CELLS, CellName, SequenceClassifier
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
    "LanguageModel",
    "LanguageState",
    "RecurrentEncoder",
    "SequenceClassifier",
    "SoftmaxForm",
    "TokenCache",
    "TokenEmbedding",
    "draw",
    "next_token_distribution",
]
