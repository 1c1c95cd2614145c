"""What a translator gives to held-back pairs: nats, perplexity, BLEU, chrF, exact match."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.tasks.pair_batches import pair_batch, side_by_side
from saiki.tasks.pair_preparation import PairPart
from saiki.tasks.token_measure import perplexity_of
from saiki.tasks.translate_config import ScoresConfig
from saiki.tasks.translation_reader import Seq2Seq, Translation, TranslationReader
from saiki.tasks.translation_scores import LengthBin, corpus_scores, length_bins, score_signatures

__all__ = ["MeasuredPairs", "likelihood", "measure_pairs", "pair_nats"]

_ROWS = 64  # pairs side by side; changes nothing but the time
_LINKS = 2**18  # of two tokens in all pairs side by side: an attention holds one number each


@dataclass(frozen=True)
class MeasuredPairs:
    """The figures of a part, and what they were counted on.

    Args:
        figures: of the whole part.
        groups: the same of each group, with how many pairs it has; empty without groups.
        by_length: BLEU of sources of like length.
        translations: of each pair, in order.
        signatures: sacreBLEU's, of "bleu" and "chrf".
    """

    figures: dict[str, float]
    groups: dict[str, dict[str, float]]
    by_length: list[LengthBin]
    translations: tuple[Translation, ...]
    signatures: dict[str, str]


@torch.no_grad()
def pair_nats(
    network: Seq2Seq, part: PairPart, device: torch.device, *, batch_size: int = _ROWS
) -> NDArray[np.float64]:
    """-ln p of each target given its source, the end token counted (N,).

    `batch_size` and the order of the pairs change nothing but the time.
    """
    was_training = network.training
    network.eval()
    nats = np.zeros(len(part))
    lengths = [
        (len(target), len(source))
        for target, source in zip(part.target_tokens, part.source_tokens, strict=True)
    ]
    order = sorted(range(len(part)), key=lambda i: lengths[i])
    sizes = [max(lengths[i]) ** 2 for i in order]
    for together in side_by_side(sizes, batch_size, _LINKS):
        rows = order[together]
        sources, targets = (
            [tokens[i] for i in rows] for tokens in (part.source_tokens, part.target_tokens)
        )
        found = network.nats(pair_batch(sources, targets, device))
        nats[rows] = found.double().cpu().numpy()
    network.train(was_training)
    return nats


def likelihood(nats: Sequence[float] | NDArray[np.float64], tokens: int) -> dict[str, float]:
    """Nats and perplexity of a token."""
    mean = math.fsum(nats) / tokens
    return {"loss_nats": mean, "perplexity": perplexity_of(mean)}


def measure_pairs(
    reader: TranslationReader, part: PairPart, scores: ScoresConfig, *, batch_size: int = _ROWS
) -> MeasuredPairs:
    """Translates a part and compares it with its references."""
    was_training = reader.network.training
    reader.network.eval()
    nats = pair_nats(reader.network, part, reader.device, batch_size=batch_size)
    best = [found[0] for found in reader.translate_tokens(part.source_tokens)]
    reader.network.train(was_training)
    outputs = [one.text for one in best]
    how: dict[str, Any] = {"language": scores.language, "tokens": scores.tokens}

    def figures(places: Sequence[int]) -> dict[str, float]:
        tokens = sum(len(part.target_tokens[i]) for i in places)
        written = [outputs[i] for i in places]
        wanted = [part.targets[i] for i in places]
        return likelihood([nats[i] for i in places], tokens) | corpus_scores(written, wanted, **how)

    everything = range(len(part))
    groups = {
        name: {"count": len(places), **figures(places)} for name, places in _places(part).items()
    }
    lengths = [len(tokens) for tokens in part.source_tokens]
    by_length = length_bins(lengths, outputs, part.targets, **how)
    return MeasuredPairs(
        figures(everything), groups, by_length, tuple(best), score_signatures(part.targets, **how)
    )


def _places(part: PairPart) -> dict[str, list[int]]:
    """Where the pairs of each group stand."""
    found: dict[str, list[int]] = {}
    for place, group in enumerate(part.groups or ()):
        found.setdefault(group, []).append(place)
    return dict(sorted(found.items()))
