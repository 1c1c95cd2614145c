"""The sequence classifier: encoder, drop-out, class head."""

from typing import Any, Literal, get_args

import torch
from torch import nn

from saiki.errors import ArgumentError
from saiki.models.encoders import (
    ConvolutionalEncoder,
    Pooling,
    RecurrentEncoder,
)
from saiki.nn import ClassHead

__all__ = ["CELLS", "CellName", "SequenceClassifier"]

CellName = Literal["rnn", "lstm", "peephole-lstm", "gru", "cnn", "cnn-se"]
CELLS: tuple[CellName, ...] = get_args(CellName)


class SequenceClassifier(nn.Module):
    """One label a sequence: softmax over `W encoder(x) + b`.

    Args:
        features: values a step.
        classes: number of labels, at least 2.
        cell: what runs over time: a recurrent cell, or "cnn" / "cnn-se".
        hidden_size: units of a direction, or channels of a convolution.
        layers: how many are stacked.
        bidirectional: for recurrent cells: whether each layer also reads from the end.
        dropout: on the inputs of stacked layers and of the head, in [0, 1).
        input_dropout: on the features, in [0, 1).
        pooling: for recurrent cells: how the steps become one vector.
        options: further keyword arguments of the recurrent layer.

    Shapes:
        values (B, T, features), lengths (B,) -> logits (B, classes).

    Raises:
        ArgumentError: a convolution was asked for a direction or other recurrent option.
    """

    def __init__(
        self,
        features: int,
        classes: int,
        *,
        cell: CellName = "gru",
        hidden_size: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        pooling: Pooling = "mean",
        **options: Any,
    ) -> None:
        super().__init__()
        self.input_dropout = nn.Dropout(input_dropout)
        self.encoder: RecurrentEncoder | ConvolutionalEncoder
        if cell != "cnn" and cell != "cnn-se":  # noqa: PLR1714  mypy narrows only this form
            self.encoder = RecurrentEncoder(
                features,
                cell=cell,
                hidden_size=hidden_size,
                layers=layers,
                bidirectional=bidirectional,
                dropout=dropout,
                pooling=pooling,
                **options,
            )
        else:
            _refuse_recurrent_options(cell, bidirectional, options)
            self.encoder = ConvolutionalEncoder(
                features, channels=hidden_size, layers=layers, squeeze_excite=cell == "cnn-se"
            )
        self.dropout = nn.Dropout(dropout)
        self.head = ClassHead(self.encoder.output_features, classes)

    def backend(self) -> str:
        """Which form of the encoder runs: "fused" and "loop" for recurrent cells, or "torch"."""
        return self.encoder.backend()

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Logits (B, classes); see the class."""
        encoded = self.encoder(self.input_dropout(values), lengths)
        logits: torch.Tensor = self.head(self.dropout(encoded))
        return logits


def _refuse_recurrent_options(cell: str, bidirectional: bool, options: dict[str, Any]) -> None:
    if bidirectional:
        raise ArgumentError(
            "SequenceClassifier: cell {cell!r} has no direction; got bidirectional=True. Leave it "
            "out, or take a recurrent cell.",
            cell=cell,
        )
    if options:
        raise ArgumentError(
            "SequenceClassifier: cell {cell!r} has no option {names}. Leave it out, or take a "
            "recurrent cell.",
            cell=cell,
            names=", ".join(sorted(options)),
        )
