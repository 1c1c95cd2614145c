"""The one pass over a corpus: tokens to provisional ids on disk, words counted on the way.

Provisional ids go by first appearance. Where there are more words than memory has room for, the
rarest are dropped while counting; ids are then dense again, and the map from the old ones to the
new ones (-1: dropped) is kept on disk, so that memory stays bounded however often that happens.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, compress, count, islice, repeat
from operator import itemgetter
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.data._corpus_blocks import Block
from saiki.data._corpus_files import Appended, write_array
from saiki.data._corpus_lines import is_unicode
from saiki.data._corpus_sources import not_tokens
from saiki.data.vocabulary import Vocabulary
from saiki.errors import DataError

Ids: TypeAlias = NDArray[np.int32]
Rows: TypeAlias = Sequence[Sequence[str]]

_FLUSH_TOKENS = 1 << 20


class Scan:
    """Counts and provisional ids.

    Args:
        folder: gets tokens.bin (provisional), read_offsets.bin and the maps.
        known: words that have their ids already.
        grows: False: words that are not known get -1 and are not counted.
        prune_above: words that are held at most, the known ones excepted.
    """

    def __init__(
        self, folder: Path, known: Vocabulary | None, *, grows: bool, prune_above: int
    ) -> None:
        self.folder = folder
        self.grows = grows
        self.fixed = len(known) if known else 0
        self.prune_above = prune_above
        self.undercount = 0  # how much too low a count may be
        self.documents = 0
        self.words_read = 0
        self.names: list[str] | None = None
        self.ends: list[int] = []  # of the stretches that each map holds for, in tokens
        self.counts = np.zeros(max(1024, 2 * self.fixed), dtype=np.int64)
        self._ids = known.ids if known else {}
        if grows:
            self._number(self._ids)
        self._waiting: list[Ids] = []
        self._waiting_tokens = 0
        self._tokens = Appended(folder / "tokens.bin")
        self._offsets = Appended(folder / "read_offsets.bin")
        self._offsets.write(np.zeros(1, dtype="<i8"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tokens.close()
        self._offsets.close()

    @property
    def words(self) -> list[str]:
        """In the order of the provisional ids."""
        return list(self._ids)

    def add(self, block: Block) -> int:
        """Takes the documents of a block; the number of tokens in it."""
        if any(issubclass(kind, str) for kind in set(map(type, block.rows))):
            self._refuse(block.rows)
        before = len(self._ids)
        try:
            lengths = np.fromiter(map(len, block.rows), dtype=np.int64, count=len(block.rows))
            total = int(lengths.sum())
            ids = np.fromiter(self._lookup(block.rows, total), dtype=np.int32, count=total)
        except TypeError:  # a document without a length, a token without a hash
            self._refuse(block.rows)
            raise
        self._check_words(block.rows, len(self._ids) - before)
        self._end_documents(lengths, goes_on=block.goes_on)
        if block.names is not None:
            self.names = self.names or []
            self.names.extend(block.names)
        self._waiting.append(ids)
        self._waiting_tokens += total
        if self._waiting_tokens >= _FLUSH_TOKENS:
            self._flush()
        if len(self._ids) - self.fixed > self.prune_above:
            self._prune()
        return total

    def finish(self) -> None:
        """Writes what waits."""
        self._flush()
        self.counts = self.counts[: len(self._ids)]
        self.ends.append(self.words_read)
        self._tokens.close()
        self._offsets.close()

    def _number(self, ids: dict[str, int]) -> None:
        """New words get the next number, without a line of Python a word."""
        self._ids = defaultdict(count(len(ids)).__next__, ids)

    def _lookup(self, rows: Rows, total: int) -> Iterable[int]:
        tokens = chain.from_iterable(rows)
        if not self.grows:
            return map(self._ids.get, tokens, repeat(-1))
        if total < 2:
            return map(self._ids.__getitem__, tokens)
        found: tuple[int, ...] = itemgetter(*tokens)(self._ids)  # a quarter faster than `map`
        return found

    def _check_words(self, rows: Rows, new: int) -> None:
        words = islice(reversed(self._ids), new) if self.grows else chain.from_iterable(rows)
        kinds = set(map(type, words))
        if not all(issubclass(kind, str) for kind in kinds):
            self._refuse(rows)
        if self.grows and not is_unicode("".join(islice(reversed(self._ids), new))):
            self._refuse(rows)

    def _refuse(self, rows: Rows) -> None:
        """Raises at the first document or token that is none."""
        for number, row in enumerate(rows, start=self.documents + 1):
            if isinstance(row, str) or not hasattr(row, "__len__"):
                raise not_tokens(number, row)
            for place, token in enumerate(row, start=1):
                if not isinstance(token, str) or not is_unicode(token):
                    raise DataError(
                        "encode_corpus: document {number}, token {place} must be Unicode text "
                        "(str); got {kind}: {token}. Give a list of str for each document (of a "
                        "gensim TaggedDocument its .words).",
                        number=number,
                        place=place,
                        kind=type(token).__name__,
                        token=ascii(token)[:60],
                    )

    def _end_documents(self, lengths: NDArray[np.int64], *, goes_on: bool) -> None:
        ends = self.words_read + np.cumsum(lengths)
        self.words_read += int(lengths.sum())
        ends = ends[:-1] if goes_on else ends
        self.documents += len(ends)
        self._offsets.write(ends.astype("<i8"))

    def _flush(self) -> None:
        if not self._waiting:
            return
        ids = np.concatenate(self._waiting)
        self._waiting, self._waiting_tokens = [], 0
        self._tokens.write(ids.astype("<i4", copy=False))
        if self.grows:
            if len(self._ids) > len(self.counts):
                self.counts = np.append(self.counts, np.zeros(2 * len(self._ids), np.int64))
            self.counts[: len(self._ids)] += np.bincount(ids, minlength=len(self._ids))

    def _prune(self) -> None:
        """Drops the rarest words until at most half of the room is taken."""
        self._flush()
        counts = self.counts[: len(self._ids)]
        rising = np.sort(counts[self.fixed :])
        most = int(rising[-(self.prune_above // 2) - 1])  # of the counts that are dropped
        is_kept = counts > most
        is_kept[: self.fixed] = True
        self.undercount += most
        mapping = np.where(is_kept, np.cumsum(is_kept) - 1, -1).astype(np.int32)
        write_array(self.folder / f"map-{len(self.ends)}.npy", mapping)
        self.ends.append(self.words_read)
        left = np.zeros_like(self.counts)
        kept = counts[is_kept]
        left[: len(kept)] = kept
        self.counts = left
        self._number({word: i for i, word in enumerate(compress(self._ids, is_kept.tolist()))})
