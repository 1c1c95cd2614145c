"""Language models: losses of the next token, what measures them, and what is added to them.

    softmax                a_n = W h_n + b,  ℓ_n = -ln p_n[k_n],  p_n = softmax(a_n)
                           ∂Σℓ/∂h_n = δ_n W,  ∂Σℓ/∂W = Σ_n δ_n h_nᵀ,  ∂Σℓ/∂b = Σ_n δ_n
                           δ_n = p_n - onehot(k_n)
    perplexity             exp(Σ_n ℓ_n / N)
    bits per byte          Σ_n ℓ_n / (ln 2 · bytes of the text)
    sampled softmax        -a[k] + ln(e^{a[k]} + Σ_s e^{a[j_s]} / (S q[j_s])),   j_s ≠ k
    adaptive softmax       p(w) = p_head(w), or p_head(cluster of w) p_cluster(w)
    cache                  p(w) = (1 - λ) p_model(w) + λ p_cache(w)
                           p_cache(w) ∝ Σ_i e^{θ h·h_i} 1[x_i = w]
    activation penalty     AR = α mean(m ∘ h)²,   TAR = β mean(h_{t+1} - h_t)²

Since 1 / (S q[j]) makes up for how often j is drawn, the expected value of the second sum of the
sampled softmax is Σ_{j ≠ k} e^{a[j]}.

Symbols:
    h      (N, H)    hidden vectors; k (N,) the token that follows each; W (V, H); b (V,)
    q      (V,)      the distribution that S tokens are drawn from
    h_i    (M, H)    hidden vectors kept in the cache; x_i (M,) the tokens that followed them
    m ∘ h  (B, T, H) the last layer's output after drop-out; h before it

Source: perplexity: Jelinek et al. 1977, JASA 62(S1); sampled softmax: Bengio and Senécal 2008, IEEE
Transactions on Neural Networks 19(4), section III, samples shared as Jean et al. 2015, ACL, section
3; adaptive softmax: Grave, Joulin et al. 2017, ICML, section 4; cache: Grave, Joulin and Usunier
2017, ICLR (arXiv:1612.04426), equations 2 and 3; AR and TAR: Merity, McCann and Socher 2017,
arXiv:1708.01009, section 3, which squares the L2 norm's mean over all places as here.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saiki.equations._arrays import Array, check_shape
from saiki.equations.activations import log_softmax, softmax

__all__ = [
    "VocabularyGradients",
    "activation_penalty",
    "adaptive_log_probabilities",
    "bits_per_byte",
    "cache_distribution",
    "cache_mixture",
    "next_token_gradients",
    "next_token_nats",
    "perplexity",
    "sampled_softmax_nats",
    "temporal_activation_penalty",
]

Tokens = NDArray[np.integer[Any]]


class VocabularyGradients(NamedTuple):
    """The gradients of Σ ℓ: by h (N, H), by W (V, H) and by b (V,)."""

    hidden: Array
    weight: Array
    bias: Array


def _logits(hidden: Array, weight: Array, bias: Array) -> Array:
    check_shape("weight", weight, ("V", hidden.shape[-1]))
    check_shape("bias", bias, (len(weight),))
    return np.asarray(hidden @ weight.T + bias)


def _read_tokens(what: str, tokens: Tokens, count: int, size: int) -> Tokens:
    check_shape(what, np.asarray(tokens), (count,))
    if len(tokens) and (tokens.min() < 0 or tokens.max() >= size):
        raise ValueError(f"{what} must lie in 0 .. {size - 1}; got {tokens}.")
    return tokens


def next_token_nats(hidden: Array, weight: Array, bias: Array, targets: Tokens) -> Array:
    """ℓ (N,): the surprise of each target."""
    logits = _logits(hidden, weight, bias)
    targets = _read_tokens("targets", targets, len(hidden), len(weight))
    return np.asarray(-log_softmax(logits)[np.arange(len(targets)), targets])


def next_token_gradients(
    hidden: Array, weight: Array, bias: Array, targets: Tokens
) -> VocabularyGradients:
    """The gradients of Σ ℓ."""
    slopes = softmax(_logits(hidden, weight, bias))
    targets = _read_tokens("targets", targets, len(hidden), len(weight))
    slopes[np.arange(len(targets)), targets] -= 1
    return VocabularyGradients(slopes @ weight, slopes.T @ hidden, slopes.sum(axis=0))


def perplexity(nats: Array) -> float:
    """The exponential of the mean surprise; V where every token is as probable as the others."""
    return float(np.exp(np.mean(nats)))


def bits_per_byte(nats: Array, text: str) -> float:
    """What the model needs to code a text, for each byte of its UTF-8; nats of all its tokens."""
    return float(np.sum(nats) / (np.log(2) * len(text.encode())))


def sampled_softmax_nats(logits: Array, targets: Tokens, samples: Tokens, noise: Array) -> Array:
    """The loss (N,) against samples (S,) shared by all rows of logits (N, V); noise is q (V,)."""
    check_shape("noise", noise, (logits.shape[1],))
    targets = _read_tokens("targets", targets, len(logits), len(noise))
    nats = np.empty(len(logits))
    for n, (a, k) in enumerate(zip(logits, targets, strict=True)):
        total = np.exp(a[k])
        for j in samples:
            if j != k:
                total += np.exp(a[j]) / (len(samples) * noise[j])
        nats[n] = np.log(total) - a[k]
    return nats


def adaptive_log_probabilities(head: Array, *clusters: Array) -> Array:
    """Log-probabilities (N, V) of a head and K clusters.

    The head gives logits (N, C + K), each cluster (N, C_i). The head's first C are of
    tokens, its last K of the clusters; the tokens of the clusters follow those of the head.
    """
    log_head, count = log_softmax(head), head.shape[1] - len(clusters)
    parts = [log_head[:, :count]]
    for i, logits in enumerate(clusters):
        check_shape("clusters", logits, (len(head), "C_i"))
        parts.append(log_head[:, count + i, None] + log_softmax(logits))
    return np.concatenate(parts, axis=1)


def cache_distribution(
    hidden: Array, cached_hidden: Array, cached_tokens: Tokens, size: int, sharpness: float
) -> Array:
    """p_cache (V,) for one h (H,), of M >= 1 entries; `sharpness` is θ, V is `size`."""
    check_shape("cached_hidden", cached_hidden, ("M", len(hidden)))
    tokens = _read_tokens("cached_tokens", cached_tokens, len(cached_hidden), size)
    shares = softmax(sharpness * (cached_hidden @ hidden))
    probabilities = np.zeros(size, dtype=shares.dtype)
    np.add.at(probabilities, tokens, shares)
    return probabilities


def cache_mixture(model: Array, cache: Array, share: float) -> Array:
    """(1 - λ) p_model + λ p_cache (V,); `share` is λ."""
    check_shape("cache", cache, model.shape)
    return np.asarray((1 - share) * model + share * cache)


def activation_penalty(dropped: Array, strength: float) -> float:
    """AR of the outputs (B, T, H) after drop-out; `strength` is α."""
    return float(strength * np.mean(dropped**2))


def temporal_activation_penalty(outputs: Array, strength: float) -> float:
    """TAR of the outputs (B, T, H) before drop-out; `strength` is β. Of a single step it is 0."""
    steps = np.diff(outputs, axis=1)
    return float(strength * np.mean(steps**2)) if steps.size else 0.0
