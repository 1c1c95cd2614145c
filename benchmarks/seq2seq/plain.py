"""The same recurrent network in plain torch: packed nn.LSTM or nn.GRU, masked attention.

Parameters are named as in `saiki.models.RecurrentSeq2Seq`. What can be made for all steps at once
is: the keys of the attention, and all behind the recurrence. With the query "previous" the decoder
has to go step by step, so it does, with torch's cell.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from saiki.models import PairBatch
from saiki.tasks.translate_config import TranslationNetworkConfig

CELLS: dict[str, Any] = {"lstm": nn.LSTM, "gru": nn.GRU}
Parts = tuple[Tensor, ...]  # (h,) or (h, c), each (R, H)


class Memory(NamedTuple):
    keys: Tensor  # (R, S, A)
    values: Tensor  # (R, S, M)
    is_padding: Tensor  # (R, S)

    def select(self, rows: Tensor) -> "Memory":
        return Memory(*(part.index_select(0, rows) for part in self))


class State(NamedTuple):
    parts: Parts
    memory: Memory

    def select(self, rows: Tensor) -> "State":
        parts = tuple(part.index_select(0, rows) for part in self.parts)
        return State(parts, self.memory.select(rows))


class StepsDropout(nn.Module):
    """One mask for all steps of a sequence; x is (B, T, F)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        mask = x.new_empty(len(x), 1, x.shape[-1]).bernoulli_(1 - self.p)
        return x * mask.div_(1 - self.p)


class Source(nn.Module):
    def __init__(self, model: TranslationNetworkConfig) -> None:
        super().__init__()
        size, units = model.embedding_size, model.hidden_size
        layer = CELLS[model.cell](size, units, batch_first=True, bidirectional=True)
        self.layers = nn.ModuleList([layer])
        self.bridge_h_l0 = nn.Parameter(torch.empty(units, 2 * units))
        if model.cell == "lstm":
            self.bridge_c_l0 = nn.Parameter(torch.empty(units, 2 * units))

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Parts]:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, ends = self.layers[0](packed)
        memory, _ = pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])
        h, *c = (torch.cat(tuple(end), -1) for end in (ends if isinstance(ends, tuple) else [ends]))
        first = functional.linear(h, self.bridge_h_l0).tanh()
        return memory, (first, *(functional.linear(end, self.bridge_c_l0) for end in c))


class General(nn.Module):
    """q · (W m) / √H."""

    def __init__(self, units: int, memory: int) -> None:
        super().__init__()
        self.memory_projection = nn.Linear(memory, units, bias=False)
        self.scale = units**-0.5

    def forward(self, query: Tensor, memory: Memory) -> Tensor:
        return query @ memory.keys.transpose(1, 2) * self.scale


class Additive(nn.Module):
    """v · tanh(W q + U m)."""

    def __init__(self, units: int, memory: int) -> None:
        super().__init__()
        self.query_projection = nn.Linear(units, units, bias=False)
        self.memory_projection = nn.Linear(memory, units, bias=False)
        self.score = nn.Linear(units, 1, bias=False)

    def forward(self, query: Tensor, memory: Memory) -> Tensor:
        hidden = self.query_projection(query)[:, :, None] + memory.keys[:, None]
        return self.score(hidden.tanh()).squeeze(-1)


class Readout(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.projection = nn.Linear(inputs, outputs, bias=False)


class Target(nn.Module):
    def __init__(self, model: TranslationNetworkConfig) -> None:
        super().__init__()
        size, units = model.embedding_size, model.hidden_size
        memory = 2 * units
        is_additive = model.attention == "additive"
        self.searches = model.query == "previous" or (model.query == "auto" and is_additive)
        entering = size + memory if self.searches else size
        self.layers = nn.ModuleList([CELLS[model.cell](entering, units, batch_first=True)])
        self.attention = (Additive if is_additive else General)(units, memory)
        sizes = (units + size + memory, 2 * units) if self.searches else (memory + units, units)
        self.readout = Readout(*sizes)

    def look(self, query: Tensor, memory: Memory) -> Tensor:
        """The contexts (R, T, M) of queries (R, T, H)."""
        scores = self.attention(query, memory)
        scores = scores.masked_fill(memory.is_padding[:, None], float("-inf"))
        return scores.softmax(-1) @ memory.values

    def forward(self, symbols: Tensor, parts: Parts, memory: Memory) -> Tensor:
        """What the softmax reads (B, T, H)."""
        if not self.searches:
            begin = tuple(part[None] for part in parts)
            top, _ = self.layers[0](symbols, begin if len(begin) > 1 else begin[0])
            return self.read_out(top, symbols, self.look(top, memory))
        before, contexts = [], []
        for symbol in symbols.unbind(1):
            before.append(parts[0])
            contexts.append(self.look(parts[0][:, None], memory)[:, 0])
            parts = self.advance(torch.cat([symbol, contexts[-1]], -1), parts)
        return self.read_out(torch.stack(before, 1), symbols, torch.stack(contexts, 1))

    def read_out(self, state: Tensor, symbol: Tensor, context: Tensor) -> Tensor:
        if not self.searches:
            return self.readout.projection(torch.cat([context, state], -1)).tanh()
        tau = self.readout.projection(torch.cat([state, symbol, context], -1))
        return tau.unflatten(-1, (-1, 2)).amax(-1)

    def advance(self, x: Tensor, parts: Parts) -> Parts:
        """The state after one step, by the operator behind nn.LSTMCell and nn.GRUCell."""
        layer: Any = self.layers[0]
        weights = layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0
        if len(parts) > 1:
            return torch.lstm_cell(x, parts, *weights)
        return (torch.gru_cell(x, parts[0], *weights),)


class PlainRecurrent(nn.Module):
    def __init__(self, sources: int, targets: int, model: TranslationNetworkConfig) -> None:
        super().__init__()
        self.source_embedding = nn.Embedding(sources, model.embedding_size)
        self.target_embedding = nn.Embedding(targets, model.embedding_size)
        self.dropout = StepsDropout(model.dropout)
        self.output_dropout = StepsDropout(model.output_dropout)
        self.encoder, self.decoder = Source(model), Target(model)
        self.head = nn.Linear(model.hidden_size, targets)

    def forward(self, batch: PairBatch) -> Tensor:
        """What the softmax reads (B, T, H), under teacher forcing."""
        state = self.start(batch)
        symbols = self.dropout(self.target_embedding(batch.inputs))
        return self.output_dropout(self.decoder(symbols, *state))

    def start(self, batch: PairBatch) -> State:
        x = self.dropout(self.source_embedding(batch.source))
        memory, parts = self.encoder(x, batch.source_lengths)
        keys = self.decoder.attention.memory_projection(memory)
        is_padding = torch.arange(x.shape[1]) >= batch.source_lengths[:, None]
        return State(parts, Memory(keys, memory, is_padding))

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Log p of the next tokens (R, V), and the state."""
        symbol, (parts, memory), decoder = self.target_embedding(tokens), state, self.decoder
        if decoder.searches:
            context = decoder.look(parts[0][:, None], memory)[:, 0]
            after = decoder.advance(torch.cat([symbol, context], -1), parts)
            seen = decoder.read_out(parts[0], symbol, context)
        else:
            after = decoder.advance(symbol, parts)
            seen = decoder.read_out(after[0], symbol, decoder.look(after[0][:, None], memory)[:, 0])
        return self.head(seen).log_softmax(-1), State(after, memory)
