"""The Transformer: layer normalisation, positions, and the block of encoder and decoder.

    LN(x) = γ ∘ (x - μ) / s + β          μ = mean of x,  s = √(mean of (x - μ)² + ε)
    FF(x) = W_2 max(W_1 x + b_1, 0) + b_2
    P_{t,2i} = sin(t / 10000^{2i/D})     P_{t,2i+1} = cos(t / 10000^{2i/D})

A block is two or three sublayers f on top of each other: multi-head attention of x to itself; in a
decoder multi-head attention of x to the memory; FF. Each is wrapped in one of two ways:

    norm after (post):   y = LN(x + f(x))
    norm first (pre):    y = x + f(LN(x))

Backward, with ȳ = ∂E/∂y, ĝ = γ ∘ ȳ and x̂ = (x - μ) / s:

    LN:    ∂E/∂x = (ĝ - mean(ĝ) - x̂ ∘ mean(ĝ ∘ x̂)) / s,  ∂E/∂γ = Σ ȳ ∘ x̂,  ∂E/∂β = Σ ȳ
    post:  r̄ = ȳ back through LN;  x̄ = r̄ + (r̄ back through f)
    pre:   x̄ = ȳ + (ȳ back through f and LN)

Which keys may be seen is said as in attention: `lengths` (B,) of x, `memory_lengths` (B,) of the
memory, bool masks with True = may be seen, and `causal`, with which position t sees 0..t alone.
Padding is never read, and y is zero there.

Symbols:
    x, y   (B, T, D)      input and output of a block
    m      (B, S, M)      memory, the output of an encoder
    P      (T, D)         positions
    γ, β   (D,)           β may be None
    W_1    (F, D)    b_1  (F,) or None
    W_2    (D, F)    b_2  (D,) or None

Source: Vaswani et al. 2017, arXiv:1706.03762, sections 3.1 (post), 3.2, 3.3, 3.5; Ba, Kiros,
Hinton 2016, arXiv:1607.06450, equation 4 (LN); Xiong et al. 2020, arXiv:2002.04745, table 1 (pre).
Differs: ε, which the papers do not write; the projections of attention have biases, None is the
paper's.

Example:
    >>> import numpy as np
    >>> from saiki.equations import LayerNormParameters, layer_norm, sinusoidal_positions
    >>> norm = LayerNormParameters(gamma=np.ones(2), beta=np.array([0.0, 5.0]))
    >>> layer_norm(norm, np.array([[1.0, 3.0]]), epsilon=0.0).y.tolist()
    [[-1.0, 6.0]]
    >>> sinusoidal_positions(2, 4).round(2).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.84, 0.54, 0.01, 1.0]]
"""

from dataclasses import dataclass

import numpy as np

from saiki.equations._arrays import Array, Lengths, Mask, check_shape
from saiki.equations._sequences import blank_padding, valid_steps
from saiki.equations.activations import relu, relu_derivative
from saiki.equations.attention import (
    MultiHeadParameters,
    MultiHeadTrace,
    multi_head_attention,
    multi_head_attention_backward,
)
from saiki.equations.dense import dense_backward, dense_forward

__all__ = [
    "FeedForwardGradients",
    "FeedForwardParameters",
    "FeedForwardTrace",
    "LayerNormGradients",
    "LayerNormParameters",
    "LayerNormTrace",
    "TransformerBlockGradients",
    "TransformerBlockParameters",
    "TransformerBlockTrace",
    "feed_forward",
    "feed_forward_backward",
    "layer_norm",
    "layer_norm_backward",
    "sinusoidal_positions",
    "transformer_block",
    "transformer_block_backward",
]


def sinusoidal_positions(steps: int, size: int) -> Array:
    """P (steps, size); of an odd size the last cosine is left out."""
    rates = 10000.0 ** (-2 * np.arange((size + 1) // 2) / size)
    angles = np.arange(steps)[:, None] * rates
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return waves.reshape(steps, -1)[:, :size]


@dataclass(frozen=True)
class LayerNormParameters:
    """γ and β (D,)."""

    gamma: Array
    beta: Array | None = None


@dataclass(frozen=True)
class LayerNormTrace:
    """y, and x̂ and s as the backward pass needs them."""

    y: Array
    parameters: LayerNormParameters
    normalised: Array
    spread: Array


@dataclass(frozen=True)
class LayerNormGradients:
    """∂E/∂x and ∂E/∂ the parameters."""

    x: Array
    parameters: LayerNormParameters


def layer_norm(
    parameters: LayerNormParameters, x: Array, *, epsilon: float = 1e-5
) -> LayerNormTrace:
    """LN over the last axis of x (..., D)."""
    check_shape("layer_norm: gamma", parameters.gamma, (x.shape[-1],))
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon)
    normalised = centred / spread
    shift = 0 if parameters.beta is None else parameters.beta
    return LayerNormTrace(parameters.gamma * normalised + shift, parameters, normalised, spread)


def layer_norm_backward(trace: LayerNormTrace, grad_y: Array) -> LayerNormGradients:
    """The gradients of `layer_norm`, from ∂E/∂y."""
    check_shape("layer_norm_backward: grad_y", grad_y, trace.y.shape)
    p, seen = trace.parameters, trace.normalised
    inner = p.gamma * grad_y
    means = inner.mean(axis=-1, keepdims=True), (inner * seen).mean(axis=-1, keepdims=True)
    lead = tuple(range(grad_y.ndim - 1))
    beta = None if p.beta is None else grad_y.sum(axis=lead)
    return LayerNormGradients(
        x=(inner - means[0] - seen * means[1]) / trace.spread,
        parameters=LayerNormParameters((grad_y * seen).sum(axis=lead), beta),
    )


@dataclass(frozen=True)
class FeedForwardParameters:
    """The two layers of FF."""

    W_1: Array
    W_2: Array
    b_1: Array | None = None
    b_2: Array | None = None


@dataclass(frozen=True)
class FeedForwardTrace:
    """y, and what led to it; a = W_1 x + b_1."""

    y: Array
    parameters: FeedForwardParameters
    x: Array
    a: Array


@dataclass(frozen=True)
class FeedForwardGradients:
    """∂E/∂x and ∂E/∂ the parameters."""

    x: Array
    parameters: FeedForwardParameters


def feed_forward(parameters: FeedForwardParameters, x: Array) -> FeedForwardTrace:
    """FF at every position of x (..., D)."""
    a = dense_forward(parameters.W_1, parameters.b_1, x)
    y = dense_forward(parameters.W_2, parameters.b_2, relu(a))
    return FeedForwardTrace(y, parameters, x, a)


def feed_forward_backward(trace: FeedForwardTrace, grad_y: Array) -> FeedForwardGradients:
    """The gradients of `feed_forward`, from ∂E/∂y."""
    p = trace.parameters
    second = dense_backward(p.W_2, relu(trace.a), grad_y)
    first = dense_backward(p.W_1, trace.x, second.x * relu_derivative(trace.a))
    b_1 = None if p.b_1 is None else first.b
    b_2 = None if p.b_2 is None else second.b
    return FeedForwardGradients(first.x, FeedForwardParameters(first.W, second.W, b_1, b_2))


@dataclass(frozen=True)
class TransformerBlockParameters:
    """The sublayers and the norm of each; a block without `to_memory` is one of an encoder."""

    to_itself: MultiHeadParameters
    feed_forward: FeedForwardParameters
    norm_itself: LayerNormParameters
    norm_feed_forward: LayerNormParameters
    to_memory: MultiHeadParameters | None = None
    norm_memory: LayerNormParameters | None = None


@dataclass(frozen=True)
class TransformerBlockTrace:
    """y (B, T, D), and the run of every sublayer; `to_itself.weights` are (B, N, T, T)."""

    y: Array
    norm_first: bool
    valid: Mask
    to_itself: MultiHeadTrace
    to_memory: MultiHeadTrace | None
    feed_forward: FeedForwardTrace
    norms: tuple[LayerNormTrace, ...]


@dataclass(frozen=True)
class TransformerBlockGradients:
    """∂E/∂x, ∂E/∂memory and ∂E/∂ the parameters, in their own shape."""

    x: Array
    memory: Array | None
    parameters: TransformerBlockParameters


def transformer_block(
    parameters: TransformerBlockParameters,
    heads: int,
    x: Array,
    lengths: Lengths | None = None,
    *,
    causal: bool = False,
    memory: Array | None = None,
    memory_lengths: Lengths | None = None,
    mask: Mask | None = None,
    memory_mask: Mask | None = None,
    norm_first: bool = False,
    epsilon: float = 1e-5,
) -> TransformerBlockTrace:
    """One block over x (B, T, D), of an encoder, or with a memory (B, S, M) of a decoder."""
    p, norms = parameters, []
    if (p.to_memory is None) != (memory is None) or (p.norm_memory is None) != (memory is None):
        raise ValueError(
            "transformer_block: memory, to_memory and norm_memory go together: all of them in a"
            " decoder, none of them in an encoder."
        )
    valid = valid_steps(lengths, *x.shape[:2])
    x = blank_padding(x, valid)

    def before(norm: LayerNormParameters, x: Array) -> Array:
        if norm_first:
            norms.append(layer_norm(norm, x, epsilon=epsilon))
        return norms[-1].y if norm_first else x

    def after(norm: LayerNormParameters, x: Array, change: Array) -> Array:
        if not norm_first:
            norms.append(layer_norm(norm, x + change, epsilon=epsilon))
        return np.asarray(x + change) if norm_first else norms[-1].y

    seen = before(p.norm_itself, x)
    itself = multi_head_attention(p.to_itself, heads, seen, seen, lengths, mask, causal=causal)
    x, outside = after(p.norm_itself, x, itself.context), None
    if p.to_memory is not None and p.norm_memory is not None and memory is not None:
        seen = before(p.norm_memory, x)
        outside = multi_head_attention(
            p.to_memory, heads, seen, memory, memory_lengths, memory_mask
        )
        x = after(p.norm_memory, x, outside.context)
    last = feed_forward(p.feed_forward, before(p.norm_feed_forward, x))
    y = blank_padding(after(p.norm_feed_forward, x, last.y), valid)
    return TransformerBlockTrace(y, norm_first, valid, itself, outside, last, tuple(norms))


def transformer_block_backward(
    trace: TransformerBlockTrace, grad_y: Array
) -> TransformerBlockGradients:
    """The gradients of `transformer_block`, from ∂E/∂y."""
    check_shape("transformer_block_backward: grad_y", grad_y, trace.y.shape)
    grad = blank_padding(grad_y, trace.valid)
    norms, found = list(trace.norms), []  # found: ∂E/∂(γ, β), last sublayer first

    def into(grad: Array) -> Array:
        """∂E/∂ what the sublayer gave."""
        if trace.norm_first:
            return grad
        back = layer_norm_backward(norms.pop(), grad)
        found.append(back.parameters)
        return back.x

    def out_of(direct: Array, through: Array) -> Array:
        """∂E/∂ what the wrapped sublayer got."""
        if trace.norm_first:
            back = layer_norm_backward(norms.pop(), through)
            found.append(back.parameters)
            through = back.x
        return np.asarray(direct + through)

    direct = into(grad)
    last = feed_forward_backward(trace.feed_forward, direct)
    grad = out_of(direct, last.x)
    outside = None
    if trace.to_memory is not None:
        direct = into(grad)
        outside = multi_head_attention_backward(trace.to_memory, direct)
        grad = out_of(direct, outside.query)
    direct = into(grad)
    itself = multi_head_attention_backward(trace.to_itself, direct)
    grad = out_of(direct, itself.query + itself.memory)
    parameters = TransformerBlockParameters(
        itself.parameters,
        last.parameters,
        norm_itself=found[-1],
        norm_feed_forward=found[0],
        to_memory=None if outside is None else outside.parameters,
        norm_memory=None if outside is None else found[1],
    )
    memory = None if outside is None else outside.memory
    return TransformerBlockGradients(blank_padding(grad, trace.valid), memory, parameters)
