"""What a trainer of vectors changes and draws from: the tables, their tree, their checks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saiki.errors import ArgumentError
from saiki.kernels._vectors_layout import check_array, check_table
from saiki.kernels._vectors_level import native
from saiki.kernels._vectors_rule import Rule


@dataclass(frozen=True, slots=True)
class Huffman:
    """A binary tree over the vocabulary; nodes and codes of word w stand at offsets[w:w + 2].

    Args:
        offsets: int64 (V + 1,).
        nodes: int32, inner nodes from the root down, rows of the output table (V - 1 of them).
        codes: uint8, 0 where the way goes left, which has the probability σ(s), and 1 right.
    """

    offsets: NDArray[np.int64]
    nodes: NDArray[np.int32]
    codes: NDArray[np.uint8]


def huffman(counts: NDArray[np.int64]) -> Huffman:
    """Huffman's tree for these counts: the expected length of a code is the least possible.

    Args:
        counts: int64 (V,), 0 or more.

    Example:
        >>> import numpy as np
        >>> from saiki.kernels.vectors import huffman
        >>> np.diff(huffman(np.array([8, 4, 2, 1])).offsets).tolist()
        [1, 2, 3, 3]
    """
    given = check_array("counts", counts, np.dtype(np.int64), 1)
    if not len(given) or given.min() < 0:
        raise ArgumentError(
            "counts must hold at least one count, each 0 or more; got {count} of them. Count the"
            " words of the corpus first.",
            count=len(given),
        )
    offsets, nodes, codes = native().huffman(given.ctypes.data, len(given))
    return Huffman(
        np.frombuffer(offsets, np.int64),
        np.frombuffer(nodes, np.int32),
        np.frombuffer(codes, np.uint8),
    )


@dataclass(slots=True)
class Tables:
    """What is trained, changed in place, and the tables of the draws.

    Args:
        words: float32 (V, E) input vectors; None with "dbow" alone.
        documents: float32 (D, E), or None where documents have no vectors.
        outputs: float32 (V, E'), with hierarchical softmax (V - 1, E'); see Rule.output_columns.
        keep: float32 (V,), the probability that a token survives subsampling.
        noise: float64 (V,), how often words are drawn as negatives, count^0.75, not normalised;
            None with hierarchical softmax.
        codes: the tree, with hierarchical softmax.
    """

    words: NDArray[np.float32] | None
    documents: NDArray[np.float32] | None
    outputs: NDArray[np.float32]
    keep: NDArray[np.float32]
    noise: NDArray[np.float64] | None = None
    codes: Huffman | None = None


def check_tables(rule: Rule, tables: Tables, documents: int) -> None:
    """Raises where a table is missing or does not fit the rule and the others."""
    count = len(check_array("Tables.keep", tables.keep, np.dtype(np.float32), 1))
    _check_numbers("keep", tables.keep)
    size = None
    if rule.reads_words:
        size = check_table("words", tables.words, count, None).shape[1]
    if rule.has_documents:
        size = check_table("documents", tables.documents, documents, size).shape[1]
    rows = max(count - 1, 0) if rule.output == "hierarchical" else count
    check_table("outputs", tables.outputs, rows, rule.output_columns(size or 0))
    if rule.output == "hierarchical":
        _check_tree(tables.codes, count)
    else:
        noise = check_array("Tables.noise", tables.noise, np.dtype(np.float64), 1)
        _check_numbers("noise", noise, count)


def _check_numbers(name: str, numbers: NDArray[np.floating], count: int | None = None) -> None:
    is_right = count in {None, len(numbers)} and bool(numbers.sum() > 0)
    if not is_right or not bool(np.isfinite(numbers).all()) or bool((numbers < 0).any()):
        raise ArgumentError(
            "Tables.{name} must hold a finite number, 0 or more, for each word of the vocabulary,"
            " and not only zeros; got {count} numbers. Compute it from the counts of the words.",
            name=name,
            count=len(numbers),
        )


def _check_tree(codes: Huffman | None, count: int) -> None:
    if not isinstance(codes, Huffman):
        raise ArgumentError(
            "Hierarchical softmax needs the tree of the vocabulary in Tables.codes; got {got}."
            " Give huffman(counts).",
            got=repr(codes),
        )
    offsets = check_array("Huffman.offsets", codes.offsets, np.dtype(np.int64), 1)
    nodes = check_array("Huffman.nodes", codes.nodes, np.dtype(np.int32), 1)
    bits = check_array("Huffman.codes", codes.codes, np.dtype(np.uint8), 1)
    fits = len(offsets) == count + 1 and offsets[0] == 0 and offsets[-1] == len(nodes) == len(bits)
    fits = fits and bool((np.diff(offsets) >= 0).all())
    if not fits or (len(nodes) and not 0 <= nodes.min() <= nodes.max() < count - 1):
        raise ArgumentError(
            "Tables.codes is not a tree over the {count} words of the vocabulary. Give"
            " huffman(counts) with one count for each word.",
            count=count,
        )
