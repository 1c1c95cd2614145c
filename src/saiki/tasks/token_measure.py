"""What a language model gives to every token: nats, perplexity, bits per byte."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.data.text import TextTokenizer
from saiki.models import LanguageModel, LanguageState, TokenCache
from saiki.tasks.language_config import CacheConfig, TextConfig
from saiki.tasks.text_preparation import TextPart
from saiki.tasks.token_batches import Predicted, lines_of, padded, pieces_of, real_steps

__all__ = ["Surprise", "measure_part", "measure_tokens", "perplexity_of"]

_WINDOW = 200  # tokens of a row that are measured at once; changes no figure
_ROWS = 64
Nats = NDArray[np.float64]


@dataclass(frozen=True)
class Surprise:
    """Nats of every token of some sequences, in their order; with a cache, of the mixture too."""

    nats: list[Nats]
    with_cache: list[Nats] | None = None


@torch.no_grad()
def measure_tokens(
    network: LanguageModel,
    sequences: Sequence[Predicted],
    device: torch.device,
    *,
    batch_size: int = _ROWS,
    cache: CacheConfig | None = None,
) -> Surprise:
    """The nats of every token, each sequence from an empty state; padding is never computed.

    `batch_size` and the order of the sequences change nothing but the time.
    """
    was_training = network.training
    network.eval()
    nats = [np.zeros(len(s)) for s in sequences]
    mixed = [np.zeros(len(s)) for s in sequences] if cache is not None and cache.size else None
    order = sorted(range(len(sequences)), key=lambda i: -len(sequences[i]))
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        caches = {i: _cache(cache) for i in rows}
        for begin, live, hidden, targets in _windows(network, sequences, rows, device):
            found = network.head.nats(hidden, targets).double()
            seen = [min(len(sequences[i]) - begin, _WINDOW) for i in live]
            parts = (torch.split(part, seen) for part in (hidden, targets, found))
            pieces = zip(*parts, strict=True)
            for i, (own_hidden, own_targets, own) in zip(live, pieces, strict=True):
                place = slice(begin, begin + len(own))
                nats[i][place] = own.cpu().numpy()
                memory = caches[i]
                if mixed is not None and memory is not None:
                    mixed[i][place] = memory.nats(own_hidden, own_targets, own).cpu().numpy()
    network.train(was_training)
    return Surprise(nats, mixed)


def _cache(config: CacheConfig | None) -> TokenCache | None:
    if config is None or not config.size:
        return None
    return TokenCache(config.size, config.flatness, config.weight)


def _windows(
    network: LanguageModel,
    sequences: Sequence[Predicted],
    rows: Sequence[int],
    device: torch.device,
) -> Iterator[tuple[int, list[int], torch.Tensor, torch.Tensor]]:
    """Hidden vectors (N, O) and targets (N,) of the rows, longest first, window by window."""
    state: LanguageState | None = None
    for begin in range(0, len(sequences[rows[0]]), _WINDOW):
        live = [i for i in rows if len(sequences[i]) > begin]
        if state is not None:
            state = tuple(part[:, : len(live)].contiguous() for part in state)
        window = [_window(sequences[i], begin) for i in live]
        hidden, state = _run(network, window, state, device)
        targets = torch.cat([torch.from_numpy(w.targets) for w in window]).long().to(device)
        yield begin, live, hidden, targets


def _window(sequence: Predicted, begin: int) -> Predicted:
    end = begin + _WINDOW
    return Predicted(sequence.inputs[begin:end], sequence.targets[begin:end])


def _run(
    network: LanguageModel,
    window: Sequence[Predicted],
    state: LanguageState | None,
    device: torch.device,
) -> tuple[torch.Tensor, LanguageState]:
    """Hidden vectors of the real tokens (N, O), and the state."""
    batch = padded(window, device)
    is_even = len({len(w) for w in window}) == 1
    lengths = None if is_even else batch["lengths"]
    hidden, state = network(batch["values"], state, lengths)
    is_real = real_steps(lengths, hidden.shape[1], device)
    return hidden.flatten(0, 1) if is_real is None else hidden[is_real], state


def measure_part(
    network: LanguageModel,
    part: TextPart,
    config: TextConfig,
    device: torch.device,
    *,
    batch_size: int = _ROWS,
    cache: CacheConfig | None = None,
) -> dict[str, float]:
    """The figures of a part: nats and perplexity of a token and of a word, bits of a byte."""
    if config.batching == "lines":
        sequences = lines_of(part, config.max_tokens)
    else:
        sequences = pieces_of(part, config.evaluation_streams)
    surprise = measure_tokens(network, sequences, device, batch_size=batch_size, cache=cache)
    total, count = math.fsum(float(n.sum()) for n in surprise.nats), part.size
    figures = {
        "loss_nats": total / count,
        "perplexity": perplexity_of(total / count),
        "bits_per_byte": total / math.log(2) / part.utf8_bytes,
    }
    if part.words is not None:
        figures["perplexity_per_word"] = perplexity_of(total / part.words)
    if surprise.with_cache is not None:
        mixed = math.fsum(float(n.sum()) for n in surprise.with_cache)
        figures["perplexity_with_cache"] = perplexity_of(mixed / count)
    unknown = sum(int((t == TextTokenizer.unknown_id).sum()) for t in part.tokens)
    # As TextTokenizer.unknown_rate: the end of a line is never unknown, and does not count.
    figures["unknown_rate"] = unknown / max(1, sum(map(len, part.tokens)))
    return figures


def perplexity_of(nats: float) -> float:
    """The perplexity; of a network that diverged the largest that a number can hold."""
    return math.exp(min(nats, 700.0))
