import heapq
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.equations import hierarchical_output, hierarchical_probabilities, huffman_tree


def _digits(tree):
    return ["".join(map(str, code)) for code in tree.codes]


def test_the_tree_of_a_known_distribution():
    # By hand: 5 + 9 = 14 (node 0), 12 + 13 = 25 (node 1), 14 + 16 = 30 (node 2), 25 + 30 = 55
    # (node 3), 45 + 55 = 100 (node 4, the root); the lesser of two gets digit 0.
    tree = huffman_tree([45, 13, 12, 16, 9, 5])
    assert _digits(tree) == ["0", "101", "100", "111", "1101", "1100"]
    assert [nodes.tolist() for nodes in tree.nodes] == [
        [4], [4, 3, 1], [4, 3, 1], [4, 3, 2], [4, 3, 2, 0], [4, 3, 2, 0],
    ]  # fmt: skip


def test_ties_take_the_inner_node_first_and_the_last_word_before_the_others():
    # 1 + 1 = 2 of words 3 and 2; the inner 2 ties with word 1 and goes first.
    assert _digits(huffman_tree([3, 2, 1, 1])) == ["0", "11", "101", "100"]


def _least_cost(counts):
    """Σ count · length, as the sum of all merged weights: another way to the same number."""
    order = count()
    heap = [(c, next(order)) for c in counts]
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        merged = heapq.heappop(heap)[0] + heapq.heappop(heap)[0]
        cost += merged
        heapq.heappush(heap, (merged, next(order)))
    return cost


@given(st.lists(st.integers(1, 50), min_size=2, max_size=40))
def test_the_codes_are_a_full_prefix_code_of_the_least_length(counts):
    tree = huffman_tree(counts)
    lengths = [len(code) for code in tree.codes]
    assert sum(2.0**-n for n in lengths) == 1
    assert len(set(_digits(tree))) == len(counts)
    assert sum(c * n for c, n in zip(counts, lengths, strict=True)) == _least_cost(counts)
    assert {n for nodes in tree.nodes for n in nodes.tolist()} == set(range(len(counts) - 1))
    assert all(nodes[0] == len(counts) - 2 for nodes in tree.nodes)


def test_the_probabilities_of_all_words_sum_to_one(draw):
    nodes, h, tree = 3 * draw(8, 5), draw(5), huffman_tree([40, 3, 22, 9, 9, 1, 5, 2, 7])
    p = hierarchical_probabilities(nodes, h, tree)
    assert p.shape == (9,)
    assert p.min() > 0
    np.testing.assert_allclose(p.sum(), 1, rtol=1e-12)


def test_the_loss_by_hand(draw):
    nodes, h, tree = draw(5, 3), draw(3), huffman_tree([45, 13, 12, 16, 9, 5])

    def right(node):  # the way of digit 0
        return 1 / (1 + np.exp(-nodes[node] @ h))

    expected = -np.log((1 - right(4)) * right(3) * (1 - right(1)))  # word 1: 101
    np.testing.assert_allclose(hierarchical_output(nodes, h, 1, tree).loss, expected, rtol=1e-12)


@pytest.mark.parametrize("target", [0, 4])
def test_gradients_are_those_of_finite_differences(draw, slope, target):
    nodes, h, tree = draw(5, 3), draw(3), huffman_tree([45, 13, 12, 16, 9, 5])
    found = hierarchical_output(nodes, h, target, tree)
    slope(found.h, lambda x: hierarchical_output(nodes, x, target, tree).loss, h)
    slope(found.outputs, lambda x: hierarchical_output(x, h, target, tree).loss, nodes)


def test_refusals(draw):
    with pytest.raises(ValueError, match=r"counts must be \(V >= 2,\), none negative; got \[3\]"):
        huffman_tree([3])
    with pytest.raises(ValueError, match="none negative"):
        huffman_tree([3, -1])
    with pytest.raises(ValueError, match=r"nodes must have shape \(1, E\); got \(2, 3\)"):
        hierarchical_output(draw(2, 3), draw(3), 0, huffman_tree([2, 1]))
    with pytest.raises(ValueError, match=r"h must have shape \(3\); got \(4,\)"):
        hierarchical_output(draw(1, 3), draw(4), 0, huffman_tree([2, 1]))
