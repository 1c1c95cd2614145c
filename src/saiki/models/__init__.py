"""Whole networks."""

from saiki.models.classifier import CELLS, CellName, SequenceClassifier
from saiki.models.encoders import ConvolutionalEncoder, RecurrentEncoder

__all__ = ["CELLS", "CellName", "ConvolutionalEncoder", "RecurrentEncoder", "SequenceClassifier"]
