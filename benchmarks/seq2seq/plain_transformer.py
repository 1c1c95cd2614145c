"""The same Transformer in plain torch: nn.TransformerEncoder and nn.TransformerDecoder.

torch's decoder keeps no keys and values, so every step of decoding reads the whole prefix again.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from saiki.models import PairBatch
from saiki.tasks.translate_config import TranslationNetworkConfig

LAYERS = 3


class State(NamedTuple):
    prefix: Tensor  # (R, t)
    memory: Tensor  # (R, S, D)
    is_padding: Tensor  # (R, S)

    def select(self, rows: Tensor) -> "State":
        return State(*(part.index_select(0, rows) for part in self))


class PlainTransformer(nn.Module):
    def __init__(self, sources: int, targets: int, model: TranslationNetworkConfig) -> None:
        super().__init__()
        size = model.model_size
        shared = (size, model.num_heads, model.feedforward_size, model.dropout)
        options = {"batch_first": True, "norm_first": model.norm_first}
        layers = model.layers or LAYERS
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(*shared, **options),
            layers,
            nn.LayerNorm(size),
            enable_nested_tensor=False,
        )
        self.decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(*shared, **options), layers, nn.LayerNorm(size)
        )
        self.source_embedding = nn.Embedding(sources, size)
        self.target_embedding = nn.Embedding(targets, size)
        self.head = nn.Linear(size, targets)
        self.dropout, self.scale = nn.Dropout(model.dropout), math.sqrt(size)
        self.register_buffer("waves", _waves(1024, size), persistent=False)

    def forward(self, batch: PairBatch) -> Tensor:
        """What the softmax reads (B, T, D), under teacher forcing."""
        return self._decode(self.start(batch)._replace(prefix=batch.inputs))

    def start(self, batch: PairBatch) -> State:
        is_padding = torch.arange(batch.source.shape[1]) >= batch.source_lengths[:, None]
        memory = self.encoder(
            self._embed(self.source_embedding, batch.source), src_key_padding_mask=is_padding
        )
        return State(batch.source.new_empty(len(batch.source), 0), memory, is_padding)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Log p of the next tokens (R, V), and the state."""
        state = state._replace(prefix=torch.cat([state.prefix, tokens[:, None]], 1))
        return self.head(self._decode(state)[:, -1]).log_softmax(-1), state

    def _embed(self, table: nn.Embedding, tokens: Tensor) -> Tensor:
        return self.dropout(self.scale * table(tokens) + self.waves[: tokens.shape[1]])

    def _decode(self, state: State) -> Tensor:
        steps = state.prefix.shape[1]
        return self.decoder(
            self._embed(self.target_embedding, state.prefix),
            state.memory,
            tgt_mask=torch.ones(steps, steps, dtype=torch.bool).triu_(1),
            memory_key_padding_mask=state.is_padding,
            tgt_is_causal=True,
        )


def _waves(steps: int, size: int) -> Tensor:
    falling = 10000.0 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    places = torch.arange(steps)[:, None] * falling
    return torch.stack([places.sin(), places.cos()], -1).flatten(1).float()
