"""Which rows of a decoder's state belong to which source, so that a source's memory stays one."""

from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["SourceRows"]


class SourceRows(NamedTuple):
    """How many memories a state has, and how many of its rows, standing together, share each.

    Hypotheses of one source do: their memory is read once a step, and copied only when the sources
    change. Where the rows are not even, each has a memory of its own.
    """

    memories: int
    each: int = 1

    def select(self, rows: Tensor) -> tuple["SourceRows", Tensor | None]:
        """Those of these rows, and the memories to take for them; None where all stay."""
        places = [row // self.each for row in rows.tolist()]
        groups = [(place, sum(1 for _ in group)) for place, group in groupby(places)]
        chosen, counts = [place for place, _ in groups], {count for _, count in groups}
        if len(counts) > 1:
            chosen, counts = places, {1}
        taken = SourceRows(len(chosen), *counts)
        is_same = chosen == list(range(self.memories))
        return taken, None if is_same else torch.tensor(chosen, device=rows.device)
