"""Which counted words become the vocabulary, and under which ids."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.data.vocabulary import Vocabulary
from saiki.errors import DataError

Counts: TypeAlias = NDArray[np.int64]
Ids: TypeAlias = NDArray[np.int32]


def choose_words(
    words: Sequence[str],
    counts: Counts,
    read_words: int,
    known: Vocabulary | None,
    *,
    min_count: int,
    max_size: int | None,
) -> tuple[Vocabulary, Ids]:
    """The vocabulary, and the final id of each provisional one, -1 where it is dropped.

    The known words have the first provisional ids and keep them; the others follow by falling
    count, ties by first appearance, as long as they reach `min_count` and `max_size` has room.
    """
    fixed = len(known) if known else 0
    new = counts[fixed:]
    order = np.argsort(-new, kind="stable")
    order = order[: int((new >= min_count).sum())]
    if max_size is not None:
        order = order[: max(0, max_size - fixed)]
    if not len(order) and not fixed:
        raise _nothing_left(new, min_count)
    final = np.full(len(counts), -1, dtype=np.int32)
    final[:fixed] = np.arange(fixed)
    final[fixed + order] = np.arange(fixed, fixed + len(order))
    chosen = np.concatenate([counts[:fixed], new[order]])
    if known is not None:
        chosen[:fixed] += known.counts
        read_words += known.read_words
    names = [*words[:fixed], *(str(words[i]) for i in (fixed + order).tolist())]
    return Vocabulary(names, chosen, read_words), final


def _nothing_left(counts: Counts, min_count: int) -> DataError:
    if not len(counts):
        return DataError(
            "encode_corpus: every word was pruned while counting; the vocabulary would be empty. "
            "Raise prune_above, and check that the tokenizer gives words."
        )
    top = int(counts.max())
    return DataError(
        "encode_corpus: no word occurs min_count={min_count} times; the vocabulary would be "
        "empty. The most frequent occurs {top} times: min_count={top} keeps {at_top} of "
        "{words} words, min_count=1 all. Lower min_count, or give a longer corpus.",
        min_count=min_count,
        top=top,
        at_top=int((counts == top).sum()),
        words=len(counts),
    )
