"""Which tokens are trained on and which are held out to measure the loss."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.errors import DataError

__all__ = ["Ranges", "plan_ranges"]

Span: TypeAlias = tuple[int, int]

DEFAULT_FRACTION = 0.01
MOST_TOKENS = 20_000  # by default; enough for a loss to about 0.01 nats
LEAST_TOKENS = 100  # fewer say nothing about the loss
_BLOCKS = 16  # of neighbouring documents: few gaps in the stream, so that slices stay long
_MOST_OVER = 1.25  # documents are taken whole, so that their sum cannot be exact
_LEAST_SPAN = 25  # tokens
_SPANS = 128  # of tokens, where documents themselves cannot be left out
_MOST_OF_DOCUMENT = 0.1  # a held-out part of a document's own words is small


@dataclass(frozen=True)
class Ranges:
    """Token ranges [begin, end), rising and apart; together the whole corpus."""

    trained: tuple[Span, ...]
    held_out: tuple[Span, ...]

    @property
    def trained_tokens(self) -> int:
        return _tokens(self.trained)

    @property
    def held_out_tokens(self) -> int:
        return _tokens(self.held_out)

    def slices(self, size: int) -> list[Span]:
        """The trained ranges cut into pieces of at most `size` tokens."""
        return list(_cut(self.trained, size))


def _tokens(spans: Iterable[Span]) -> int:
    return sum(end - begin for begin, end in spans)


def _cut(spans: tuple[Span, ...], size: int) -> Iterator[Span]:
    for begin, end in spans:
        for at in range(begin, end, size):
            yield at, min(at + size, end)


def plan_ranges(
    offsets: NDArray[np.int64], *, fraction: float | None, seed: int, keeps_documents: bool
) -> Ranges:
    """Draws what is held out.

    Args:
        offsets: (D + 1,) where documents begin.
        fraction: of the tokens; None means 1 %, at most 20,000 tokens, and nothing where that would
            be too few to measure.
        seed: of the draw.
        keeps_documents: whether every document must keep a trained part, because it has a vector
            of its own.

    Raises:
        DataError: a fraction was asked for, and the corpus is too small for it.
    """
    total = int(offsets[-1])
    wanted = int(total * (DEFAULT_FRACTION if fraction is None else fraction))
    if fraction is None:
        wanted = min(wanted, MOST_TOKENS)
    held: list[Span] = []
    if wanted >= LEAST_TOKENS:
        rng = np.random.default_rng((seed, 0x48454C44))
        if not keeps_documents and len(offsets) - 1 >= 2 * _BLOCKS:
            held = _merge(_draw_blocks(offsets, wanted, rng))
        if _tokens(held) < wanted // 4:  # few documents, or much of the text in a few long ones
            held = _merge(_draw_within(offsets, wanted, rng))
    found = wanted if wanted < LEAST_TOKENS else _tokens(held)
    if fraction and found < LEAST_TOKENS:
        raise DataError(
            "held_out={fraction}: at least {least} words must be held out to measure a loss; of"
            " this corpus of {total} words it would be {wanted}. Use held_out=0, or give more"
            " text.",
            fraction=fraction,
            least=LEAST_TOKENS,
            total=total,
            wanted=found,
        )
    if found < LEAST_TOKENS:
        held = []
    return Ranges(tuple(_between(held, total)), tuple(held))


def _draw_blocks(
    offsets: NDArray[np.int64], wanted: int, rng: np.random.Generator
) -> Iterator[Span]:
    """Runs of whole documents, at most one in each sixteenth of the corpus."""
    total, got = int(offsets[-1]), 0
    each, most = wanted / _BLOCKS, max(_MOST_OVER * wanted, 2 * LEAST_TOKENS)
    places = (np.arange(_BLOCKS) + rng.random(_BLOCKS)) * total / _BLOCKS
    for at in rng.spawn(1)[0].permutation(places):
        first = int(np.searchsorted(offsets, at, side="right")) - 1
        last = int(np.searchsorted(offsets, offsets[first] + each, side="left"))
        last = min(last, len(offsets) - 1)
        size = int(offsets[last] - offsets[first])
        # One long document must not swallow the block's share many times over.
        if size <= 4 * each + 64 and got + size <= most:
            got += size
            yield int(offsets[first]), int(offsets[last])


def _draw_within(
    offsets: NDArray[np.int64], wanted: int, rng: np.random.Generator
) -> Iterator[Span]:
    """Short spans inside documents that are drawn by their length; at most a tenth of each."""
    usual = min(_LEAST_SPAN, _MOST_OF_DOCUMENT * float(offsets[-1]) / (len(offsets) - 1))
    spans = min(_SPANS, max(int(wanted / usual), 1))
    each = max(wanted // spans, _LEAST_SPAN)
    drawn = np.searchsorted(offsets, rng.integers(0, offsets[-1], spans), side="right") - 1
    documents, times = np.unique(drawn, return_counts=True)
    for document, count in zip(documents.tolist(), times.tolist(), strict=True):
        stratum = int(offsets[document + 1] - offsets[document]) // count
        length = min(int(stratum * _MOST_OF_DOCUMENT), each)
        for part in range(count if length else 0):
            at = int(offsets[document]) + part * stratum + int(rng.integers(0, stratum - length))
            yield at, at + length


def _merge(spans: Iterator[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif end > begin:
            merged.append((begin, end))
    return merged


def _between(held: list[Span], total: int) -> Iterator[Span]:
    at = 0
    for begin, end in [*held, (total, total)]:
        if begin > at:
            yield at, begin
        at = end
