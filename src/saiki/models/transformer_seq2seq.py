"""The Transformer from sequence to sequence."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError
from saiki.models._pair_measures import check_share, log_probabilities_of, loss_of, nats_of
from saiki.models._precision import training_products
from saiki.models._shared_embeddings import TiedEmbeddings, shared_head
from saiki.models.pair_batch import PairBatch, PairLoss
from saiki.nn import (
    DecoderCache,
    Dropout,
    EmbeddingDropout,
    SinusoidalPositions,
    TransformerDecoder,
    TransformerEncoder,
    TransformerWeights,
)
from saiki.nn.vocabulary import Precision

__all__ = ["TransformerSeq2Seq", "TransformerState"]


class TransformerState(NamedTuple):
    """Where the decoding of R rows stands."""

    cache: DecoderCache
    owners: Tensor  # (R,): which source of the batch a row belongs to


class TransformerSeq2Seq(nn.Module):
    """Reads a source by self-attention, and writes a target a token at a time while looking at it.

        x_s = √D E_s + P_s,   memory = encoder(x)
        y_t = √D E'_{t-1} + P_t,   o = decoder(y, memory),   p(y_t) = softmax(W_o o_t + b)

    Padding enters no attention, so a pair's numbers do not depend on its batch. Decoding keeps the
    keys and values of the steps so far.

    Args:
        source_vocabulary: V of the source, at least 4.
        target_vocabulary: V of the target, at least 4; ids as the tokenisers of `saiki.data.text`
            number them: 2 starts a target, 3 ends it.
        model_size: D, a multiple of num_heads.
        num_heads: N, of every attention.
        layers: of the encoder and of the decoder.
        feedforward_size: F, units of the feed-forward networks.
        dropout: on embeddings with positions, and as in `saiki.nn.TransformerEncoder`.
        norm_first: whether a sublayer's norm stands before it.
        tied: "target": W_o is the target's embedding E'; "all": the source's E too.
        precision: "bf16" takes the products, those of the layers too, in bfloat16 while training.

    Shapes:
        o: (B, T, D); V, S and T as in `PairBatch`.

    Raises:
        ArgumentError: an argument is out of range.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3; norm first: Xiong et al. 2020,
    arXiv:2002.04745.

    Differs: b; the norm stands first unless `norm_first=False`.

    Example:
        >>> import torch
        >>> from saiki.models import PairBatch, TransformerSeq2Seq
        >>> model = TransformerSeq2Seq(
        ...     20, 30, model_size=8, num_heads=2, layers=1, feedforward_size=16
        ... )
        >>> batch = PairBatch(
        ...     torch.tensor([[7, 4, 5], [6, 0, 0]]), torch.tensor([3, 1]),
        ...     torch.tensor([[9, 3], [8, 3]]), torch.tensor([2, 2]),
        ... )
        >>> loss = model.loss(batch, label_smoothing=0.1)
        >>> (loss.total / loss.count).backward()
        >>> sorted(model.attention_maps(batch))
        ['layer 1 head 1', 'layer 1 head 2']
    """

    def __init__(
        self,
        source_vocabulary: int,
        target_vocabulary: int,
        *,
        model_size: int = 256,
        num_heads: int = 4,
        layers: int = 3,
        feedforward_size: int = 1024,
        dropout: float = 0.1,
        norm_first: bool = True,
        tied: TiedEmbeddings = "none",
        precision: Precision = "float32",
    ) -> None:
        super().__init__()
        sizes = model_size, num_heads, layers, feedforward_size
        self.encoder = TransformerEncoder(*sizes, dropout=dropout, norm_first=norm_first)
        self.decoder = TransformerDecoder(*sizes, dropout=dropout, norm_first=norm_first)
        self.scale, self.precision = math.sqrt(model_size), precision
        self.source_embedding = nn.Embedding(source_vocabulary, model_size)
        self.target_embedding = nn.Embedding(target_vocabulary, model_size)
        for table in (self.source_embedding, self.target_embedding):
            nn.init.normal_(table.weight, std=1 / self.scale)
        self.look_up = EmbeddingDropout(0.0)
        self.positions = SinusoidalPositions(model_size)
        self.dropout = Dropout(dropout)
        self.head = shared_head(
            "TransformerSeq2Seq",
            tied,
            self.source_embedding,
            self.target_embedding,
            model_size,
            precision,
        )

    def backend(self) -> str:
        """All of it is torch's."""
        return "torch"

    def loss(
        self,
        batch: PairBatch,
        *,
        label_smoothing: float = 0.0,
        teacher_forcing: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> PairLoss:
        """The loss of the target's tokens, for training.

        Args:
            batch: the pairs.
            label_smoothing: share of each token's probability that is wanted everywhere alike, in
                [0, 1).
            teacher_forcing: 1; there is no scheduled sampling here.
            generator: not used; as of `RecurrentSeq2Seq`.

        Raises:
            ArgumentError: an argument is out of range.

        Source: label smoothing: Szegedy et al. 2016, CVPR, section 7.
        """
        check_share("TransformerSeq2Seq", "label_smoothing", label_smoothing, below_one=True)
        if teacher_forcing != 1:
            raise ArgumentError(
                "TransformerSeq2Seq.loss: teacher_forcing must be 1; got {got!r}. All steps of a"
                " Transformer are trained at once; take a recurrent model for scheduled sampling.",
                got=teacher_forcing,
            )
        with training_products(self.precision, batch.source.device):
            hidden = self._run(batch)
        return loss_of(self.head, hidden, batch, label_smoothing)

    def log_probabilities(self, batch: PairBatch) -> Tensor:
        """(B, T, V): ln p of every token after the target's true tokens so far; 0 in padding."""
        return log_probabilities_of(self.head, self._run(batch), batch)

    @torch.no_grad()
    def nats(self, batch: PairBatch) -> Tensor:
        """(B,) float64: -ln p of each whole target, end token counted; call `eval()` before."""
        return nats_of(self.head, self._run(batch), batch)

    @torch.no_grad()
    def attention_maps(self, batch: PairBatch) -> dict[str, Tensor]:
        """{"layer 1 head 1": (B, T, S), ...}: how each token's step looked at the source."""
        memory, lengths = self._read(batch), (batch.target_lengths, batch.source_lengths)
        weights: TransformerWeights
        _, weights = self.decoder(self._embed_target(batch.inputs), memory, *lengths, trace=True)
        padding = ~batch.is_real[..., None]
        return {
            f"layer {layer} head {head}": one.masked_fill(padding, 0.0)
            for layer, heads in enumerate(weights.to_memory, 1)
            for head, one in enumerate(heads.unbind(1), 1)
        }

    def start(self, batch: PairBatch) -> TransformerState:
        """The state of B rows before any token; the targets are not read."""
        cache = self.decoder.start(self._read(batch), batch.source_lengths)
        return TransformerState(cache, torch.arange(len(batch.source), device=batch.source.device))

    def step(
        self, tokens: Tensor, state: TransformerState
    ) -> tuple[Tensor, TransformerState, Tensor]:
        """Reads the last tokens (R,) -> ln p of the next ones (R, V), state, attention (R, S).

        The attention is the mean over the heads of the last layer.
        """
        x = self._embed_target(tokens[:, None], start=state.cache.steps)
        hidden, cache, weights = self.decoder.step(x, state.cache, trace=True)
        rows = self.head.log_probabilities(hidden[:, 0])
        return rows, state._replace(cache=cache), weights.to_memory[-1].mean(dim=1)[:, 0]

    def select(self, state: TransformerState, rows: Tensor) -> TransformerState:
        """The state of these rows (R',), in this order."""
        owners = state.owners.index_select(0, rows)
        is_same = torch.equal(owners, state.owners)
        return TransformerState(state.cache.select(rows, is_same_memory=is_same), owners)

    def _read(self, batch: PairBatch) -> Tensor:
        """The memory (B, S, D), zero in padding."""
        x = self.positions(self.scale * self.look_up(self.source_embedding.weight, batch.source))
        memory: Tensor = self.encoder(self.dropout(x), batch.source_lengths)
        return memory

    def _embed_target(self, tokens: Tensor, *, start: int = 0) -> Tensor:
        symbols = self.scale * self.look_up(self.target_embedding.weight, tokens)
        embedded: Tensor = self.dropout(self.positions(symbols, start=start))
        return embedded

    def _run(self, batch: PairBatch) -> Tensor:
        """What the softmax reads (B, T, D), under teacher forcing."""
        symbols, memory = self._embed_target(batch.inputs), self._read(batch)
        hidden: Tensor = self.decoder(symbols, memory, batch.target_lengths, batch.source_lengths)
        return hidden
