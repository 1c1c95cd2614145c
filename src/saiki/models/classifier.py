"""The sequence classifier: embedding where it reads text, encoder, drop-out, head."""

from typing import Any, Literal, get_args

import torch
from torch import nn

from saiki.errors import ArgumentError
from saiki.models.embedding import TokenEmbedding
from saiki.models.encoders import (
    BagEncoder,
    ConvolutionalEncoder,
    Pooling,
    RecurrentEncoder,
)
from saiki.nn import ClassHead, MultiLabelHead

__all__ = ["CELLS", "CellName", "SequenceClassifier"]

CellName = Literal["rnn", "lstm", "peephole-lstm", "gru", "cnn", "cnn-se", "bag"]
CELLS: tuple[CellName, ...] = get_args(CellName)


class SequenceClassifier(nn.Module):
    """One label a sequence: softmax over `W encoder(x) + b`; or several: a sigmoid for each.

    Args:
        features: values a step; those of the embedding, where there is one.
        classes: number of labels, at least 2.
        cell: what runs over time: a recurrent cell, or "cnn" / "cnn-se"; with "bag" nothing does,
            the steps themselves are pooled.
        hidden_size: units of a direction, or channels of a convolution; nothing to a bag.
        layers: how many are stacked.
        bidirectional: for recurrent cells: whether each layer also reads from the end.
        dropout: on the inputs of stacked layers and of the head, in [0, 1).
        input_dropout: on the features, in [0, 1).
        pooling: for recurrent cells and bags: how the steps become one vector.
        embedding: from token ids to features; None for a network whose values are features.
        has_several_labels: whether each label is decided by itself.
        options: further keyword arguments of the recurrent layer.

    Shapes:
        values (B, T, features), or (B, T) token ids with an embedding, lengths (B,) -> logits
        (B, classes).

    Raises:
        ArgumentError: a convolution or bag was asked for a direction or other recurrent option.
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
        embedding: TokenEmbedding | None = None,
        has_several_labels: bool = False,
        **options: Any,
    ) -> None:
        super().__init__()
        if embedding is not None:
            self.embedding = embedding
        self.reads_tokens = embedding is not None
        self.input_dropout = nn.Dropout(input_dropout)
        self.encoder: RecurrentEncoder | ConvolutionalEncoder | BagEncoder
        if cell == "bag":
            _refuse_recurrent_options(cell, bidirectional, options)
            self.encoder = BagEncoder(features, pooling=pooling)
        elif cell != "cnn" and cell != "cnn-se":  # noqa: PLR1714  mypy narrows only this form
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
        head = MultiLabelHead if has_several_labels else ClassHead
        self.head = head(self.encoder.output_features, classes)

    def backend(self) -> str:
        """Which form of the encoder runs: "fused" and "loop" for recurrent cells, or "torch"."""
        return self.encoder.backend()

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Logits (B, classes); see the class."""
        encoded = self.encoder(self._features(values), lengths)
        logits: torch.Tensor = self.head(self.dropout(encoded))
        return logits

    @property
    def attends(self) -> bool:
        """Whether `attend` has weights to show."""
        return self.encoder.pooling.kind == "attention"

    def attend(
        self, values: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, classes), and the attention weights of the steps (B, T), zero in padding.

        Raises:
            ArgumentError: the network does not pool by attention.
        """
        if isinstance(self.encoder, ConvolutionalEncoder):
            raise ArgumentError(
                "SequenceClassifier.attend: a convolution has no attention weights. Take a "
                'recurrent cell with pooling="attention".'
            )
        encoded, weights = self.encoder.attend(self._features(values), lengths)
        return self.head(self.dropout(encoded)), weights

    def _features(self, values: torch.Tensor) -> torch.Tensor:
        if self.reads_tokens:
            values = self.embedding(values)
        dropped: torch.Tensor = self.input_dropout(values)
        return dropped


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
