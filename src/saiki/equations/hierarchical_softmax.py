"""Hierarchical softmax: a word's probability as a walk down a Huffman tree of words.

    p(w | h) = Π_j σ((1 - 2 c_j) n_jᵀ h)            j over the nodes from the root to the leaf w
    L = -log p(w | h) = Σ_j log(1 + e^{-(1 - 2 c_j) n_jᵀ h})
    ∂L/∂(n_jᵀ h) = e_j = σ(n_jᵀ h) - (1 - c_j)
    ∂L/∂n_j = e_j h                ∂L/∂h = Σ_j e_j n_j

At each node the two ways have probabilities σ(a) and 1 - σ(a), so the leaves sum to 1 whatever the
vectors are. A word costs as many products as its code has digits; Huffman's tree makes the mean
over the corpus the least that is possible, within one digit of the entropy.

Symbols:
    h      (E,)        what predicts: see `word2vec` and `doc2vec`
    n      (V - 1, E)  a vector for each inner node; the root is the last
    c_j    0 or 1      the digits of the word's code, 0 with probability σ(a)

Source: Morin and Bengio 2005, AISTATS (hierarchical softmax); Huffman 1952, Proceedings of the IRE
40(9) (the tree); Mikolov et al. 2013, arXiv:1310.4546, section 2.1, equation 3. Nodes, digits and
ties (the inner node before the leaf, the word of the higher id before the lower) as word2vec.c.

Example:
    >>> from saiki.equations import huffman_tree
    >>> tree = huffman_tree([5, 2, 1, 1])
    >>> [code.tolist() for code in tree.codes]
    [[1], [0, 1], [0, 0, 1], [0, 0, 0]]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saiki.equations._arrays import Array, check_shape
from saiki.equations.activations import sigmoid

__all__ = [
    "HuffmanTree",
    "OutputLoss",
    "hierarchical_output",
    "hierarchical_probabilities",
    "huffman_tree",
]


class OutputLoss(NamedTuple):
    """A loss in nats, with ∂L/∂h (E,) and ∂L/∂ the output vectors, of their own shape."""

    loss: float
    h: Array
    outputs: Array


@dataclass(frozen=True)
class HuffmanTree:
    """For each word the inner nodes from the root down, and the digit taken at each."""

    nodes: tuple[NDArray[np.intp], ...]
    codes: tuple[NDArray[np.intp], ...]


def huffman_tree(counts: Sequence[int] | NDArray[Any]) -> HuffmanTree:
    """The tree of V >= 2 words; a sum over words of count times code length is least."""
    weights = np.asarray(counts)
    size = len(weights)
    if weights.ndim != 1 or size < 2 or weights.min() < 0:
        raise ValueError(f"huffman_tree: counts must be (V >= 2,), none negative; got {weights}.")
    leaves = np.argsort(-weights, kind="stable")[::-1].tolist()
    weight = weights.tolist() + [0] * (size - 1)
    parent, digit = [0] * (2 * size - 1), [0] * (2 * size - 1)
    first_leaf, first_inner = 0, size
    for new in range(size, 2 * size - 1):
        for which in (0, 1):
            has_leaf, has_inner = first_leaf < size, first_inner < new
            if has_leaf and (not has_inner or weight[leaves[first_leaf]] < weight[first_inner]):
                child, first_leaf = leaves[first_leaf], first_leaf + 1
            else:
                child, first_inner = first_inner, first_inner + 1
            weight[new] += weight[child]
            parent[child], digit[child] = new, which
    walks = [_walk(word, parent, digit, size) for word in range(size)]
    return HuffmanTree(tuple(nodes for nodes, _ in walks), tuple(codes for _, codes in walks))


def _walk(
    word: int, parent: list[int], digit: list[int], size: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    root = 2 * size - 2
    nodes, codes, here = [], [], word
    while here != root:
        codes.append(digit[here])
        here = parent[here]
        nodes.append(here - size)
    return np.array(nodes[::-1], dtype=np.intp), np.array(codes[::-1], dtype=np.intp)


def hierarchical_output(nodes: Array, h: Array, target: int, tree: HuffmanTree) -> OutputLoss:
    """L of one word, from node vectors (V - 1, E) and h (E,)."""
    check_shape("hierarchical_output: nodes", nodes, (len(tree.codes) - 1, "E"))
    check_shape("hierarchical_output: h", h, (nodes.shape[1],))
    path, code = tree.nodes[target], tree.codes[target]
    a = nodes[path] @ h
    error = sigmoid(a) - (1 - code)
    gradient = np.zeros_like(nodes)
    gradient[path] = error[:, None] * h  # no node is passed twice
    return OutputLoss(
        float(np.logaddexp(0, -(1 - 2 * code) * a).sum()), error @ nodes[path], gradient
    )


def hierarchical_probabilities(nodes: Array, h: Array, tree: HuffmanTree) -> Array:
    """p(w | h) of all words (V,)."""
    losses = [hierarchical_output(nodes, h, w, tree).loss for w in range(len(tree.codes))]
    return np.asarray(np.exp(-np.array(losses)))
