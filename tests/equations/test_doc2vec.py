from functools import partial

import numpy as np
import pytest

from saiki.equations import (
    hierarchical_output,
    huffman_tree,
    negative_sampling_output,
    pv_dbow,
    pv_dm_concat,
    pv_dm_mean,
    softmax_output,
)

TREE = huffman_tree([9, 3, 7, 1, 5, 2])
OUTPUTS = {
    "softmax": (softmax_output, 6),
    "negative": (lambda u, h, t: negative_sampling_output(u, h, t, [4, 1]), 6),
    "hierarchical": (lambda u, h, t: hierarchical_output(u, h, t, TREE), 5),
}


@pytest.fixture(params=sorted(OUTPUTS))
def output(request):
    return OUTPUTS[request.param]


def test_gradients_of_dbow(output, draw, slope):
    loss, rows = output
    d, u = draw(3, 4), draw(rows, 4)
    found = pv_dbow(d, 1, [5, 0, 5], partial(loss, u))
    slope(found.documents, lambda x: pv_dbow(x, 1, [5, 0, 5], partial(loss, u)).loss, d)
    slope(found.outputs, lambda x: pv_dbow(d, 1, [5, 0, 5], partial(loss, x)).loss, u)
    assert found.words is None


@pytest.mark.parametrize(
    ("model", "context", "width"),
    [(pv_dm_mean, [2, 0, 2], 4), (pv_dm_mean, [], 4), (pv_dm_concat, [2, -1, 2, 0], 20)],
)
def test_gradients_of_dm(output, draw, slope, model, context, width):
    loss, rows = output
    v, d, u = draw(6, 4), draw(3, 4), draw(rows, width)
    found = model(v, d, 2, context, 1, partial(loss, u))
    slope(found.words, lambda x: model(x, d, 2, context, 1, partial(loss, u)).loss, v)
    slope(found.documents, lambda x: model(v, x, 2, context, 1, partial(loss, u)).loss, d)
    slope(found.outputs, lambda x: model(v, d, 2, context, 1, partial(loss, x)).loss, u)


def test_dbow_sums_over_the_words(draw):
    d, u = draw(2, 3), draw(4, 3)
    found = pv_dbow(d, 1, [0, 2], partial(softmax_output, u))
    one, other = softmax_output(u, d[1], 0), softmax_output(u, d[1], 2)
    np.testing.assert_allclose(found.loss, one.loss + other.loss, rtol=1e-12)
    np.testing.assert_allclose(found.documents, [[0, 0, 0], one.h + other.h], rtol=1e-12)


def test_dm_mean_counts_the_document_as_one_of_the_context(draw):
    v, d, u = draw(4, 3), draw(2, 3), draw(4, 3)
    found = pv_dm_mean(v, d, 1, [0, 2], 3, partial(softmax_output, u))
    by_hand = softmax_output(u, (d[1] + v[0] + v[2]) / 3, 3)
    np.testing.assert_allclose(found.loss, by_hand.loss, rtol=1e-12)
    np.testing.assert_allclose(found.words[2], by_hand.h / 3, rtol=1e-12)


def test_dm_concat_keeps_the_order_and_leaves_empty_places_zero(draw):
    v, d, u = draw(4, 3), draw(2, 3), draw(4, 15)
    found = pv_dm_concat(v, d, 0, [-1, 2, 1, -1], 3, partial(softmax_output, u))
    h = np.concatenate([d[0], np.zeros(3), v[2], v[1], np.zeros(3)])
    by_hand = softmax_output(u, h, 3)
    np.testing.assert_allclose(found.loss, by_hand.loss, rtol=1e-12)
    np.testing.assert_allclose(found.documents[0], by_hand.h[:3], rtol=1e-12)
    np.testing.assert_allclose(found.words[1], by_hand.h[9:12], rtol=1e-12)
    assert not found.words[3].any()  # not the last row, which -1 would mean in NumPy


def test_refusals(draw):
    output = partial(softmax_output, draw(4, 3))
    with pytest.raises(ValueError, match=r"pv_dbow: targets must be \(n >= 1,\); got \(0,\)"):
        pv_dbow(draw(2, 3), 0, [], output)
    with pytest.raises(ValueError, match=r"pv_dm_mean: documents must have shape \(D, 3\)"):
        pv_dm_mean(draw(4, 3), draw(2, 5), 0, [1], 2, output)
    with pytest.raises(ValueError, match=r"pv_dm_concat: documents must have shape \(D, 3\)"):
        pv_dm_concat(draw(4, 3), draw(2, 5), 0, [1], 2, output)
