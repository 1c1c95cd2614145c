"""Encoders: from a padded batch of sequences to one vector a sequence."""

import itertools
from typing import Any, Literal

import torch
from torch import nn

from saiki.errors import ArgumentError
from saiki.nn import GRU, LSTM, RNN, Conv1dBlock, SqueezeExcite, TimePooling

__all__ = [
    "BagEncoder",
    "ConvolutionalEncoder",
    "RecurrentCell",
    "RecurrentEncoder",
    "recurrent_layer",
]

RecurrentCell = Literal["rnn", "lstm", "peephole-lstm", "gru"]
Pooling = Literal["last", "mean", "max", "mean-max", "attention"]

_LAYERS: dict[RecurrentCell, tuple[type[RNN | LSTM | GRU], dict[str, Any]]] = {
    "rnn": (RNN, {}),
    "lstm": (LSTM, {}),
    "peephole-lstm": (LSTM, {"peephole": True}),
    "gru": (GRU, {}),
}


def recurrent_layer(
    cell: RecurrentCell, features: int, hidden_size: int, **options: Any
) -> RNN | LSTM | GRU:
    """The layer of `saiki.nn` that `cell` names."""
    layer, fixed = _LAYERS[cell]
    return layer(features, hidden_size, **fixed, **options)


class RecurrentEncoder(nn.Module):
    """Stacked recurrent layers, then pooling over the valid steps.

    With the pooling "attention", `attend` also gives the weight of each step.

    Args:
        features: values a step.
        cell: which recurrent cell.
        hidden_size: units in each direction.
        layers: how many are stacked.
        bidirectional: whether each layer also reads from the end.
        dropout: between stacked layers, in [0, 1).
        pooling: how the steps become one vector.
        options: further keyword arguments of the layer, such as `layer_norm=True`.

    Shapes:
        values (B, T, features), lengths (B,) -> (B, output_features).
    """

    def __init__(
        self,
        features: int,
        *,
        cell: RecurrentCell = "gru",
        hidden_size: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        pooling: Pooling = "mean",
        **options: Any,
    ) -> None:
        super().__init__()
        self.recurrent = recurrent_layer(
            cell,
            features,
            hidden_size,
            num_layers=layers,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,
            bidirectional=bidirectional,
            **options,
        )
        width = hidden_size * (2 if bidirectional else 1)
        self.pooling = TimePooling(pooling, width, bidirectional=bidirectional)
        self.output_features = self.pooling.output_features

    def backend(self) -> str:
        """Which form of the recurrence runs in training."""
        return self.recurrent.backend_in_use(training=True)

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """One vector a sequence; see the class."""
        output, _ = self.recurrent(values, lengths=lengths)
        pooled: torch.Tensor = self.pooling(output, lengths)
        return pooled

    def attend(
        self, values: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One vector a sequence, and the attention weights (B, T), zero in padding.

        Raises:
            ArgumentError: the pooling has no weights.
        """
        output, _ = self.recurrent(values, lengths=lengths)
        pooled, weights = self.pooling(output, lengths, trace=True)
        return pooled, weights


class BagEncoder(nn.Module):
    """The steps as they are, pooled: their order is not read.

    What the networks that do read it are compared with; with token vectors and the mean, the
    input of a deep averaging network.

    Args:
        features: values a step.
        pooling: how the steps become one vector; "last" is refused, as it would be one step alone.

    Shapes:
        values (B, T, features), lengths (B,) -> (B, output_features).

    Raises:
        ArgumentError: the pooling is "last".

    Source: Iyyer et al., Deep Unordered Composition Rivals Syntactic Methods for Text
    Classification (2015), section 2.1, without hidden layers.
    """

    def __init__(self, features: int, *, pooling: Pooling = "mean") -> None:
        super().__init__()
        if pooling == "last":
            raise ArgumentError(
                'BagEncoder: pooling "last" would read one step alone. Take "mean", "max", '
                '"mean-max" or "attention".'
            )
        self.pooling = TimePooling(pooling, features)
        self.output_features = self.pooling.output_features

    def backend(self) -> str:
        """Pooling is torch's."""
        return "torch"

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """One vector a sequence; see the class."""
        pooled: torch.Tensor = self.pooling(values, lengths)
        return pooled

    def attend(
        self, values: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One vector a sequence, and the attention weights (B, T), zero in padding.

        Raises:
            ArgumentError: the pooling has no weights.
        """
        pooled, weights = self.pooling(values, lengths, trace=True)
        return pooled, weights


class ConvolutionalEncoder(nn.Module):
    """Convolution over time (width 4, stride 2), ReLU, max pooling, then the mean over time.

    The network that the recurrent ones are compared with; with `squeeze_excite` a gate for each
    channel stands between the convolution and the pooling.

    Args:
        features: values a step.
        channels: filters of each block.
        layers: how many blocks follow each other.
        squeeze_excite: whether each block's channels are gated.

    Shapes:
        values (B, T, features), lengths (B,) -> (B, channels).
    """

    def __init__(
        self,
        features: int,
        *,
        channels: int = 32,
        layers: int = 1,
        squeeze_excite: bool = False,
    ) -> None:
        super().__init__()
        sizes = [features] + [channels] * layers
        self.blocks = nn.ModuleList(
            Conv1dBlock(before, after, 4, stride=2, activation="relu", pool="max")
            for before, after in itertools.pairwise(sizes)
        )
        self.gates = nn.ModuleList(
            SqueezeExcite(channels) for _ in range(layers if squeeze_excite else 0)
        )
        self.output_features = channels
        self.pooling = TimePooling("mean", channels)

    def backend(self) -> str:
        """Convolutions are torch's."""
        return "torch"

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """One vector a sequence; see the class."""
        for index, block in enumerate(self.blocks):
            values, lengths = block(values, lengths)
            if self.gates:
                values = self.gates[index](values, lengths)
        pooled: torch.Tensor = self.pooling(values, lengths)
        return pooled
