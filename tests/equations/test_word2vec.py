from functools import partial

import numpy as np
import pytest

from saiki.equations import (
    cbow,
    hierarchical_output,
    huffman_tree,
    keep_probability,
    negative_sampling_output,
    noise_distribution,
    skip_gram,
    softmax_output,
)

TREE = huffman_tree([9, 3, 7, 1, 5, 2])
NEGATIVES = (5, 0, 5)


def _outputs(draw):
    """Each output loss as a function of its vectors, with vectors of its own shape."""
    return {
        "softmax": (softmax_output, draw(6, 4)),
        "negative": (lambda u, h, t: negative_sampling_output(u, h, t, NEGATIVES), draw(6, 4)),
        "hierarchical": (lambda u, h, t: hierarchical_output(u, h, t, TREE), draw(5, 4)),
    }


@pytest.fixture(params=["softmax", "negative", "hierarchical"])
def output(request, draw):
    return _outputs(draw)[request.param]


def test_gradients_of_the_output_losses(output, draw, slope):
    loss, u = output
    h = draw(4)
    found = loss(u, h, 3)
    slope(found.h, lambda x: loss(u, x, 3).loss, h)
    slope(found.outputs, lambda x: loss(x, h, 3).loss, u)


@pytest.mark.parametrize(
    ("model", "args"), [(cbow, ([1, 4, 1, 0], 3)), (skip_gram, (2, [1, 4, 1]))]
)
def test_gradients_of_the_models(output, draw, slope, model, args):
    loss, u = output
    v = draw(6, 4)
    found = model(v, *args, partial(loss, u))
    slope(found.inputs, lambda x: model(x, *args, partial(loss, u)).loss, v)
    slope(found.outputs, lambda x: model(v, *args, partial(loss, x)).loss, u)


def test_softmax_loss_by_hand():
    u = np.log(np.array([[2.0], [3.0], [5.0]]))  # probabilities 0.2, 0.3, 0.5 at h = 1
    found = softmax_output(u, np.ones(1), 2)
    np.testing.assert_allclose(found.loss, np.log(2), rtol=1e-12)
    np.testing.assert_allclose(found.outputs[:, 0], [0.2, 0.3, -0.5], rtol=1e-12)


def test_sampled_loss_by_hand():
    # σ(log 3) = 3/4 for the target, σ(-log 4) = 1/5 for word 0, twice σ(-log 1) = 1/2 for word 2.
    u = np.log(np.array([[4.0], [3.0], [1.0]]))
    found = negative_sampling_output(u, np.ones(1), 1, [0, 2, 2])
    np.testing.assert_allclose(found.loss, -np.log(3 / 4 * 1 / 5 * 1 / 4), rtol=1e-12)
    np.testing.assert_allclose(found.outputs[:, 0], [4 / 5, -1 / 4, 2 * 1 / 2], rtol=1e-12)
    expected = 4 / 5 * np.log(4) - 1 / 4 * np.log(3)
    np.testing.assert_allclose(found.h, [expected], rtol=1e-12)


def test_cbow_reads_the_mean_of_the_context(draw):
    v, u = draw(5, 3), draw(5, 3)
    h = (2 * v[1] + v[4]) / 3
    found = cbow(v, [1, 4, 1], 0, partial(softmax_output, u))
    by_hand = softmax_output(u, h, 0)
    np.testing.assert_allclose(found.loss, by_hand.loss, rtol=1e-12)
    np.testing.assert_allclose(found.inputs[1], 2 / 3 * by_hand.h, rtol=1e-12)
    assert not found.inputs[[0, 2, 3]].any()


def test_skip_gram_sums_over_the_context(draw):
    v, u = draw(5, 3), draw(5, 3)
    found = skip_gram(v, 2, [0, 3], partial(softmax_output, u))
    one, other = softmax_output(u, v[2], 0), softmax_output(u, v[2], 3)
    np.testing.assert_allclose(found.loss, one.loss + other.loss, rtol=1e-12)
    np.testing.assert_allclose(found.outputs, one.outputs + other.outputs, rtol=1e-12)
    np.testing.assert_allclose(found.inputs[2], one.h + other.h, rtol=1e-12)


def test_keep_probability_as_the_program_computes_it():
    # word2vec.c: (sqrt(cn / (sample * total)) + 1) * (sample * total) / cn
    counts, total, sample = np.array([60_000, 9_000, 1_000, 3]), 1_000_000, 1e-3
    expected = (np.sqrt(counts / (sample * total)) + 1) * (sample * total) / counts
    found = keep_probability(counts, sample, total)
    np.testing.assert_allclose(found, np.minimum(expected, 1), rtol=1e-12)
    np.testing.assert_allclose(found[0], np.sqrt(1 / 60) + 1 / 60, rtol=1e-12)
    assert found[2:].tolist() == [1, 1]
    np.testing.assert_allclose(keep_probability([3, 1], 0.1)[0], np.sqrt(2 / 15) + 2 / 15)


def test_noise_distribution():
    np.testing.assert_allclose(noise_distribution([81, 16, 1]), np.array([27, 8, 1]) / 36)
    np.testing.assert_allclose(noise_distribution([3, 1], power=0), [0.5, 0.5])


def test_refusals(draw):
    with pytest.raises(ValueError, match=r"cbow: context must be \(n >= 1,\); got \(0,\)"):
        cbow(draw(3, 2), [], 0, partial(softmax_output, draw(3, 2)))
    with pytest.raises(ValueError, match=r"skip_gram: context must be \(n >= 1,\); got \(0,\)"):
        skip_gram(draw(3, 2), 0, [], partial(softmax_output, draw(3, 2)))
    with pytest.raises(ValueError, match=r"softmax_output: outputs must have shape \(V, 2\)"):
        softmax_output(draw(3, 4), draw(2), 0)
    with pytest.raises(ValueError, match=r"negative_sampling_output: outputs must have shape"):
        negative_sampling_output(draw(3, 4), draw(2), 0, [1])
    with pytest.raises(ValueError, match="counts and threshold must be positive"):
        keep_probability([3, 0], 1e-3)
