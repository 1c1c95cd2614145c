"""Huffman trees of hierarchical softmax: stored as arrays, and grown without losing a node."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saiki.kernels.vectors import Huffman, huffman

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["grown_tree", "tree_from_arrays", "tree_to_arrays"]

_FIELDS = ("offsets", "nodes", "codes")


def tree_to_arrays(tree: Huffman | None, prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays of a tree by name; none without a tree."""
    if tree is None:
        return {}
    return {f"{prefix}tree.{name}": getattr(tree, name) for name in _FIELDS}


def tree_from_arrays(prefix: str, arrays: "Mapping[str, NDArray[Any]]") -> Huffman | None:
    """The tree that `tree_to_arrays` gave."""
    if f"{prefix}tree.nodes" not in arrays:
        return None
    return Huffman(**{name: arrays[f"{prefix}tree.{name}"] for name in _FIELDS})


def grown_tree(tree: Huffman, counts: NDArray[np.int64]) -> Huffman:
    """A tree with the words behind the known ones added; the same tree where there are none.

    The new words get a Huffman tree of their own by their counts. A new root, the last inner node,
    holds the old tree at its bit 0 and the new one at its bit 1: old inner nodes keep their numbers
    and vectors, which a tree built anew over all words would scatter.
    """
    known = len(tree.offsets) - 1
    added = len(counts) - known
    if not added:
        return tree
    root = len(counts) - 2
    fresh = huffman(np.ascontiguousarray(counts[known:]))
    return Huffman(
        offsets=np.concatenate(
            [
                tree.offsets + np.arange(known + 1),
                tree.offsets[-1] + known + fresh.offsets[1:] + np.arange(1, added + 1),
            ]
        ),
        nodes=np.concatenate(
            [
                _before_each(tree.nodes, tree.offsets, root),
                _before_each(fresh.nodes + np.int32(known - 1), fresh.offsets, root),
            ]
        ),
        codes=np.concatenate(
            [_before_each(tree.codes, tree.offsets, 0), _before_each(fresh.codes, fresh.offsets, 1)]
        ),
    )


def _before_each(values: NDArray[Any], offsets: NDArray[np.int64], value: int) -> NDArray[Any]:
    """`values` with `value` put before each word's own."""
    return np.insert(values, offsets[:-1], value)
