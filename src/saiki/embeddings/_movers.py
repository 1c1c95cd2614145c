"""The word mover's distance, solved by POT."""

import importlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from saiki.embeddings._search import FloatArray, IndexArray
from saiki.embeddings._table import Table
from saiki.errors import ArgumentError, DependencyError


def movers_distance(table: Table, document_a: Sequence[str], document_b: Sequence[str]) -> float:
    """The cost of the cheapest transport between two bags of words; see WordVectors.distance."""
    rows_a, weights_a = _bag(table, document_a, "a")
    rows_b, weights_b = _bag(table, document_b, "b")
    try:
        transport: Any = importlib.import_module("ot")  # an extra, and heavy
    except ImportError as error:
        raise DependencyError(
            "WordVectors.distance: the package POT must be installed; it is not. Install it with "
            "`pip install 'saiki[pot]'`."
        ) from error
    one = table.units(rows_a).astype(np.float64)
    other = table.units(rows_b).astype(np.float64)
    costs = np.linalg.norm(one[:, None] - other[None], axis=2)
    return max(0.0, float(transport.emd2(weights_a, weights_b, costs)))


def _bag(table: Table, words: Sequence[str], which: str) -> tuple[IndexArray, FloatArray]:
    if isinstance(words, str):
        raise ArgumentError(
            "WordVectors.distance: a document must be a list of words; got one text. Split it as "
            "the corpus was split, for instance with .split()."
        )
    counts = Counter(table.index[word] for word in words if word in table.index)
    if not counts:
        raise ArgumentError(
            "WordVectors.distance: none of the {count} words of document {which} has a vector. "
            "Split and spell the text as the corpus of the vectors.",
            count=len(words),
            which=which,
        )
    rows = np.array(list(counts), np.int64)
    weights = np.array(list(counts.values()), np.float64)
    return rows, weights / weights.sum()
