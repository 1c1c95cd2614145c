"""Encoders: from a padded batch of sequences to one vector a sequence."""

import itertools
from typing import Any, Literal

import torch
from torch import nn

from saiki.nn import GRU, LSTM, RNN, Conv1dBlock, SqueezeExcite, TimePooling

__all__ = ["ConvolutionalEncoder", "RecurrentCell", "RecurrentEncoder"]

RecurrentCell = Literal["rnn", "lstm", "peephole-lstm", "gru"]
Pooling = Literal["last", "mean", "max", "mean-max", "attention"]

_LAYERS: dict[RecurrentCell, tuple[type[RNN | LSTM | GRU], dict[str, Any]]] = {
    "rnn": (RNN, {}),
    "lstm": (LSTM, {}),
    "peephole-lstm": (LSTM, {"peephole": True}),
    "gru": (GRU, {}),
}


class RecurrentEncoder(nn.Module):
    """Stacked recurrent layers, then pooling over the valid steps.

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
        layer, fixed = _LAYERS[cell]
        self.recurrent: RNN | LSTM | GRU = layer(
            features,
            hidden_size,
            layers,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,
            bidirectional=bidirectional,
            **fixed,
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
