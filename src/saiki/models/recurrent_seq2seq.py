"""A recurrent encoder and a recurrent decoder, with the attentions of 2014 and 2015 or without."""

import math
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError
from saiki.kernels import PackedLayer
from saiki.models._pair_measures import check_share, log_probabilities_of, loss_of, nats_of
from saiki.models._precision import training_products
from saiki.models._readout import MaxoutReadout, PlainReadout, TanhReadout
from saiki.models._recurrent_options import AttentionForm, check_cell, check_options, query_of
from saiki.models._recurrent_source import CellState, RecurrentSource, Seq2SeqCell
from saiki.models._recurrent_target import DecoderShape, RecurrentTarget, TargetState
from saiki.models._shared_embeddings import TiedEmbeddings, shared_head
from saiki.models._source_rows import SourceRows
from saiki.models.pair_batch import PairBatch, PairLoss
from saiki.nn import (
    AdditiveAttention,
    AttentionMemory,
    DotAttention,
    EmbeddingDropout,
    GeneralAttention,
    VariationalDropout,
)
from saiki.nn.vocabulary import Precision

__all__ = ["AttentionForm", "RecurrentSeq2Seq", "RecurrentState"]


class RecurrentState(NamedTuple):
    """Where the decoding of R rows stands."""

    target: TargetState
    memory: AttentionMemory | None
    rows: SourceRows
    packed: list[PackedLayer] | None  # the decoder's layers as they were at the start


class RecurrentSeq2Seq(nn.Module):
    """Reads a source into a memory, and writes a target a token at a time while looking at it.

    The encoder (one layer or more, M = 2 H if bidirectional, else H) and the first states:

        m_s = concat(h^f_s, h^b_s),   s_0 = tanh(W_s concat(h^f_S, h^b_1)); of an LSTM c_0 = W_c ..

    query "previous", the search of 2014; with more layers the first one asks, the last one tells:

        c_t = attention of s_{t-1} to m,   s_t = cell(concat(y_{t-1}, c_t), s_{t-1})
        o_t,i = max(τ_2i, τ_2i+1),   τ = W_t concat(s_{t-1}, y_{t-1}, c_t)

    query "current", of 2015; with `input_feeding` o_{t-1} stands beside y_{t-1}, from o_0 = 0 on:

        s_t = cell(y_{t-1}, s_{t-1}),  c_t = attention of s_t to m,  o_t = tanh(W concat(c_t, s_t))

    No attention: o_t = s_t, or W s_t where E of a tied embedding is another size. Then
    p(y_t) = softmax(W_o o_t + b). Padding enters neither a recurrence nor an attention, so a pair's
    numbers do not depend on its batch. "current" without input feeding runs each layer over all
    steps in one call; the others go step by step.

    Args:
        source_vocabulary: V of the source, at least 4.
        target_vocabulary: V of the target, at least 4; ids as the tokenisers of `saiki.data.text`
            number them: 2 starts a target, 3 ends it.
        cell: which recurrent cell.
        embedding_size: E of both sides.
        hidden_size: H, units of each layer and direction.
        layers: of the encoder and of the decoder, at least 1.
        bidirectional: whether the encoder also reads from the end.
        attention: "none", "additive", "dot" (a bidirectional memory is first projected to H) or
            "general".
        attention_size: units of the additive score; None is H.
        scaled: of "dot" and "general": whether the scores are divided by sqrt(H). False is the
            form of 2015, whose softmax can settle on one place early where H is hundreds.
        query: which state asks; "auto" is "previous" for "additive", else "current".
        input_feeding: whether o_{t-1} enters the cell; with query "current".
        tied: "target": W_o is the target's embedding; "all": the source's too. Embeddings then
            enter times sqrt(E), which lets the table start small.
        embedding_spread: standard deviation of what fresh embeddings enter with, above 0. Wide
            ones learn sooner; narrow ones generalise better from a few hundred pairs.
        embedding_dropout: share of the word types gone in a batch, in [0, 1).
        dropout: on embeddings and between layers, one mask for all steps of a sequence, in [0, 1).
        output_dropout: on o_t, one mask a sequence, in [0, 1).
        precision: "bf16" takes the products of softmax, attention and readout, and all of a decoder
            that goes step by step, in bfloat16 while training; every state stays float32.
        reset_after: of "gru": False puts the reset gate before the product, as in 2014.

    Shapes:
        o: (B, T, O), O = E where tied, else H; V, S and T as in `PairBatch`.

    Raises:
        ArgumentError: options that exclude each other, or out of range.

    Source: Bahdanau, Cho, Bengio 2014, arXiv:1409.0473, appendix A; Luong, Pham, Manning 2015,
    arXiv:1508.04025, section 3; without attention: Sutskever, Vinyals, Le 2014, arXiv:1409.3215;
    `tied`: Press and Wolf 2017, EACL, section 4.

    Differs: from 2014: the first state comes from both directions' ends, and b. From 2015:
    `scaled`. From Sutskever et al.: the bridge between the two networks; the source is not turned
    round.

    Example:
        >>> import torch
        >>> from saiki.models import PairBatch, RecurrentSeq2Seq
        >>> model = RecurrentSeq2Seq(20, 30, embedding_size=8, hidden_size=8)
        >>> batch = PairBatch(
        ...     torch.tensor([[7, 4, 5], [6, 0, 0]]), torch.tensor([3, 1]),
        ...     torch.tensor([[9, 3], [8, 3]]), torch.tensor([2, 2]),
        ... )
        >>> loss = model.loss(batch, label_smoothing=0.1)
        >>> (loss.total / loss.count).backward()
        >>> model.attention_maps(batch)["attention"].shape
        torch.Size([2, 2, 3])
    """

    def __init__(
        self,
        source_vocabulary: int,
        target_vocabulary: int,
        *,
        cell: Seq2SeqCell = "gru",
        embedding_size: int = 256,
        hidden_size: int = 256,
        layers: int = 1,
        bidirectional: bool = True,
        attention: AttentionForm = "additive",
        attention_size: int | None = None,
        scaled: bool = True,
        query: Literal["auto", "previous", "current"] = "auto",
        input_feeding: bool = False,
        tied: TiedEmbeddings = "none",
        embedding_spread: float = 0.3,
        embedding_dropout: float = 0.0,
        dropout: float = 0.0,
        output_dropout: float = 0.0,
        precision: Precision = "float32",
        reset_after: bool = True,
    ) -> None:
        super().__init__()
        check_cell(cell, layers, reset_after)
        check_options(attention, attention_size, scaled, query, input_feeding)
        if not (math.isfinite(embedding_spread) and embedding_spread > 0):
            raise ArgumentError(
                "RecurrentSeq2Seq: embedding_spread must be a number above 0; got {got}.",
                got=embedding_spread,
            )
        # Small inputs leave all steps of a memory alike at first, and the attention then settles on
        # one place; a row of a softmax must be small all the same.
        self.scale = 1.0 if tied == "none" else math.sqrt(embedding_size)
        self.precision = precision
        self.source_embedding = nn.Embedding(source_vocabulary, embedding_size)
        self.target_embedding = nn.Embedding(target_vocabulary, embedding_size)
        for table in (self.source_embedding, self.target_embedding):
            nn.init.normal_(table.weight, std=embedding_spread / self.scale)
        self.embedding_dropout = EmbeddingDropout(embedding_dropout)
        self.dropout = VariationalDropout(dropout)
        shared: dict[str, Any] = {"layers": layers, "dropout": dropout, "reset_after": reset_after}
        self.encoder = RecurrentSource(
            cell, embedding_size, hidden_size, bidirectional=bidirectional, **shared
        )
        memory_size = self.encoder.memory_size
        self.memory_projection: nn.Module = nn.Identity()
        if attention == "dot" and memory_size != hidden_size:
            self.memory_projection = nn.Linear(memory_size, hidden_size, bias=False)
            memory_size = hidden_size
        output_size = hidden_size if tied == "none" else embedding_size
        shape = DecoderShape(
            cell=cell,
            symbol_size=embedding_size,
            hidden_size=hidden_size,
            memory_size=memory_size,
            output_size=output_size,
            query=query_of(attention, query),
            input_feeding=input_feeding,
            **shared,
        )
        looking = _attention(attention, hidden_size, memory_size, attention_size, scaled)
        self.decoder = RecurrentTarget(shape, looking, _readout(shape))
        self.output_dropout = VariationalDropout(output_dropout)
        self.head = shared_head(
            "RecurrentSeq2Seq",
            tied,
            self.source_embedding,
            self.target_embedding,
            output_size,
            precision,
        )

    def backend(self) -> str:
        """Which form of the recurrence runs over whole sequences in training."""
        form: str = self.encoder.layers[0].backend_in_use(training=True)  # type: ignore[operator]  # nn.Module hides it
        return form

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
            teacher_forcing: how likely the decoder reads the true token before, in [0, 1]; else it
                reads one drawn from its own probabilities (scheduled sampling), which are made
                beforehand, without drop-out and without gradients.
            generator: of these draws; None is torch's own.

        Raises:
            ArgumentError: a share is out of range.

        Source: label smoothing: Szegedy et al. 2016, CVPR, section 7; scheduled sampling: Bengio
        et al. 2015, arXiv:1506.03099, section 2.4.
        """
        check_share("RecurrentSeq2Seq", "label_smoothing", label_smoothing, below_one=True)
        check_share("RecurrentSeq2Seq", "teacher_forcing", teacher_forcing, below_one=False)
        inputs = batch.inputs
        if teacher_forcing < 1:
            inputs = self._own_inputs(batch, teacher_forcing, generator)
        with training_products(self.precision, batch.source.device):
            hidden, _ = self._run(batch, inputs)
        return loss_of(self.head, hidden, batch, label_smoothing)

    def log_probabilities(self, batch: PairBatch) -> Tensor:
        """(B, T, V): ln p of every token after the target's true tokens so far; 0 in padding."""
        return log_probabilities_of(self.head, self._run(batch, batch.inputs)[0], batch)

    @torch.no_grad()
    def nats(self, batch: PairBatch) -> Tensor:
        """(B,) float64: -ln p of each whole target, end token counted; call `eval()` before."""
        return nats_of(self.head, self._run(batch, batch.inputs)[0], batch)

    @torch.no_grad()
    def attention_maps(self, batch: PairBatch) -> dict[str, Tensor]:
        """{"attention": (B, T, S)}, the weights behind each token; {} without attention."""
        _, weights = self._run(batch, batch.inputs)
        if weights is None:
            return {}
        return {"attention": weights.masked_fill(~batch.is_real[..., None], 0.0)}

    def start(self, batch: PairBatch) -> RecurrentState:
        """The state of B rows before any token; the targets are not read."""
        memory, states = self._read(batch)
        first = self.decoder.start(states)
        rows, packed = SourceRows(len(batch.source)), self.decoder.packed(states[0][0])
        return RecurrentState(first, memory, rows, packed)

    def step(
        self, tokens: Tensor, state: RecurrentState
    ) -> tuple[Tensor, RecurrentState, Tensor | None]:
        """Reads the last tokens (R,) -> ln p of the next ones (R, V), state, attention (R, S)."""
        symbol = self._embed(self.target_embedding, tokens)
        seen, target, weights = self.decoder.step(symbol, state.target, state.memory, state.packed)
        return self.head.log_probabilities(seen), state._replace(target=target), weights

    def select(self, state: RecurrentState, rows: Tensor) -> RecurrentState:
        """The state of these rows (R',), in this order."""
        taken, memories = state.rows.select(rows)
        memory = state.memory
        if memory is not None and memories is not None:
            memory = memory.select(memories)
        return RecurrentState(state.target.select(rows), memory, taken, state.packed)

    def _embed(self, table: nn.Embedding, tokens: Tensor) -> Tensor:
        rows: Tensor = self.embedding_dropout(table.weight, tokens)
        return rows if self.scale == 1 else self.scale * rows

    def _read(self, batch: PairBatch) -> tuple[AttentionMemory | None, tuple[CellState, ...]]:
        """The memory, ready for the attention, and the decoder's first states."""
        x = self.dropout(self._embed(self.source_embedding, batch.source))
        memory, states = self.encoder(x, batch.source_lengths)
        if self.decoder.attention is None:
            return None, states
        prepare: Any = self.decoder.attention.prepare
        return prepare(self.memory_projection(memory), batch.source_lengths), states

    def _run(self, batch: PairBatch, inputs: Tensor) -> tuple[Tensor, Tensor | None]:
        """What the softmax reads (B, T, O) where the decoder reads `inputs`, and the weights."""
        memory, states = self._read(batch)
        symbols = self.dropout(self._embed(self.target_embedding, inputs))
        hidden, weights = self.decoder(symbols, batch.target_lengths, states, memory)
        return self.output_dropout(hidden.to(symbols.dtype)), weights

    @torch.no_grad()
    def _own_inputs(
        self, batch: PairBatch, share: float, generator: torch.Generator | None
    ) -> Tensor:
        """(B, T): as `batch.inputs`, but each token is true with probability `share` alone."""
        was_training = self.training
        self.eval()
        try:
            return self._drawn_inputs(batch, share, generator)
        finally:
            self.train(was_training)

    def _drawn_inputs(
        self, batch: PairBatch, share: float, generator: torch.Generator | None
    ) -> Tensor:
        true, state = batch.inputs, self.start(batch)
        inputs = [true[:, 0]]
        for t in range(1, true.shape[1]):
            rows, state, _ = self.step(inputs[-1], state)
            # Of a network that has diverged any token will do: its loss is what says so.
            odds = rows.exp().nan_to_num(nan=1.0)
            drawn = torch.multinomial(odds, 1, generator=generator).squeeze(1)
            coins = torch.rand(len(drawn), generator=generator, device=drawn.device)
            inputs.append(torch.where(coins < share, true[:, t], drawn))
        return torch.stack(inputs, dim=1)


def _attention(
    attention: AttentionForm,
    query_size: int,
    memory_size: int,
    attention_size: int | None,
    scaled: bool,
) -> nn.Module | None:
    if attention == "none":
        return None
    if attention == "additive":
        return AdditiveAttention(query_size, memory_size, attention_size or query_size)
    scale = 1 / math.sqrt(query_size) if scaled else 1.0
    if attention == "dot":
        return DotAttention(query_size, scale=scale)
    return GeneralAttention(query_size, memory_size, scale=scale)


def _readout(shape: DecoderShape) -> nn.Module:
    state, output = shape.hidden_size, shape.output_size
    if shape.query == "previous":
        return MaxoutReadout(state, shape.symbol_size, shape.memory_size, output)
    if shape.query == "current":
        return TanhReadout(state, shape.memory_size, output)
    return PlainReadout(state, output)
