"""Word vectors from neighbours: CBOW and skip-gram, over full softmax or negative sampling.

    CBOW        h = 1/n Σ_{k in context} v_k        L = ℓ(h, centre)
    skip-gram   h = v_centre                        L = Σ_{k in context} ℓ(h, k)

with one of three output losses ℓ, u the output vectors:

    full softmax         ℓ = log Σ_w e^{u_wᵀ h} - u_tᵀ h
                         ∂ℓ/∂(u_wᵀ h) = e_w = softmax(U h)_w - 1[w = t]
    negative sampling    ℓ = -log σ(u_tᵀ h) - Σ_{w in negatives} log σ(-u_wᵀ h)
                         e_w = σ(u_wᵀ h) - 1[w = t]
    hierarchical softmax see `hierarchical_softmax`

    ∂ℓ/∂u_w = e_w h (summed where a negative came twice)        ∂ℓ/∂h = Σ_w e_w u_w
    ∂L/∂v_k = 1/n ∂ℓ/∂h for each occurrence of k (CBOW), Σ ∂ℓ/∂h (skip-gram, the centre alone)

Negatives are drawn from noise(w) = count_w^{3/4} / Σ count^{3/4}. Before that, each token of a word
of frequency f = count / total is kept with probability

    keep(f) = min(1, √(t/f) + t/f)                t: the threshold, such as 1e-3

Symbols:
    v      (V, E)   input vectors, the ones that are kept in the end
    u      (V, E)   output vectors
    h      (E,)     hidden vector

Source: Mikolov, Chen, Corrado, Dean 2013, arXiv:1301.3781, section 3 (CBOW, skip-gram); Mikolov
et al. 2013, arXiv:1310.4546, equations 1 to 4 (skip-gram, negative sampling) and section 2.3
(subsampling). Differs: the paper keeps a token with probability √(t/f); keep(f) is what its
program word2vec.c does, which keeps more. The program's CBOW gives each context vector ∂ℓ/∂h whole,
without 1/n, which is no gradient of L (İrsoy, Benton, Stratos 2021, arXiv:2012.15332). Its
skip-gram swaps centre and context, which over a corpus yields the same pairs. It leaves a negative
out that is the target; ℓ holds for any negatives.

Example:
    >>> import numpy as np
    >>> from saiki.equations import cbow, softmax_output
    >>> words = np.zeros((4, 2))
    >>> step = cbow(words, [0, 2], 1, lambda h, target: softmax_output(words, h, target))
    >>> round(step.loss, 4)
    1.3863
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.equations._arrays import Array, check_shape
from saiki.equations.activations import log_softmax, sigmoid
from saiki.equations.hierarchical_softmax import OutputLoss

__all__ = [
    "WordGradients",
    "cbow",
    "keep_probability",
    "negative_sampling_output",
    "noise_distribution",
    "skip_gram",
    "softmax_output",
]

Ids: TypeAlias = Sequence[int] | NDArray[np.integer[Any]]
Output: TypeAlias = Callable[[Array, int], OutputLoss]


class WordGradients(NamedTuple):
    """L in nats, with ∂L/∂ the input vectors (V, E) and ∂L/∂ the output vectors."""

    loss: float
    inputs: Array
    outputs: Array


def keep_probability(
    counts: Sequence[int] | NDArray[Any], threshold: float, total: int | None = None
) -> Array:
    """keep(f) of each word (V,); `total` tokens in the corpus, the sum of the counts by default."""
    given = np.asarray(counts, dtype=np.float64)
    if given.min() <= 0 or threshold <= 0:
        raise ValueError("keep_probability: counts and threshold must be positive.")
    ratio = threshold / (given / (given.sum() if total is None else total))
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def noise_distribution(counts: Sequence[int] | NDArray[Any], power: float = 0.75) -> Array:
    """noise(w) of each word (V,); the sum is 1."""
    weights = np.asarray(counts, dtype=np.float64) ** power
    return np.asarray(weights / weights.sum())


def softmax_output(outputs: Array, h: Array, target: int) -> OutputLoss:
    """The full softmax over all V words, from output vectors (V, E) and h (E,)."""
    check_shape("softmax_output: outputs", outputs, ("V", len(h)))
    log_p = log_softmax(outputs @ h)
    error = np.exp(log_p)
    error[target] -= 1
    return OutputLoss(-float(log_p[target]), error @ outputs, error[:, None] * h)


def negative_sampling_output(outputs: Array, h: Array, target: int, negatives: Ids) -> OutputLoss:
    """One target against the words that were drawn as noise."""
    check_shape("negative_sampling_output: outputs", outputs, ("V", len(h)))
    rows = np.array([target, *negatives], dtype=np.intp)
    label = np.arange(len(rows)) == 0
    a = outputs[rows] @ h
    error = sigmoid(a) - label
    gradient = np.zeros_like(outputs)
    np.add.at(gradient, rows, error[:, None] * h)
    loss = np.logaddexp(0, np.where(label, -a, a)).sum()
    return OutputLoss(float(loss), error @ outputs[rows], gradient)


def cbow(inputs: Array, context: Ids, target: int, output: Output) -> WordGradients:
    """The mean of the context's vectors predicts the word between them."""
    rows = np.asarray(context, dtype=np.intp)
    if rows.ndim != 1 or not len(rows):
        raise ValueError(f"cbow: context must be (n >= 1,); got {rows.shape}.")
    found = output(inputs[rows].mean(axis=0), target)
    gradient = np.zeros_like(inputs)
    np.add.at(gradient, rows, found.h / len(rows))
    return WordGradients(found.loss, gradient, found.outputs)


def skip_gram(inputs: Array, centre: int, context: Ids, output: Output) -> WordGradients:
    """The vector of a word predicts each of its neighbours."""
    rows = np.asarray(context, dtype=np.intp)
    if rows.ndim != 1 or not len(rows):
        raise ValueError(f"skip_gram: context must be (n >= 1,); got {rows.shape}.")
    found = [output(inputs[centre], target) for target in rows.tolist()]
    gradient = np.zeros_like(inputs)
    gradient[centre] = sum(one.h for one in found)
    outputs = np.sum([one.outputs for one in found], axis=0)
    return WordGradients(sum(one.loss for one in found), gradient, outputs)
