"""Attention: a query's own weighted mean of a memory, in five forms.

    α_ts = e^{e_ts} / Σ_r e^{e_tr}       over the keys that query t may see, else 0
    c_t  = Σ_s α_ts v_s

    form          score e_ts                            values v_s
    additive      v · tanh(W q_t + U m_s)               m_s
    dot           q_t · m_s · scale                     m_s
    general       q_t · (W m_s) · scale                 m_s
    scaled dot    q_t · k_s / √D                        given with the keys
    multi-head    scaled dot of the projections below, for each of N heads by itself

    multi-head: Q = q W_qᵀ + b_q, K = m W_kᵀ + b_k, V = m W_vᵀ + b_v, each (.., D) cut into N heads
                of D / N; c_t = W_o concat(heads) + b_o

A query that may see no key has α = 0 and c = 0 (in multi-head the heads are 0, so c = b_o).

Backward, from c̄ = ∂E/∂c:

    ᾱ_ts = c̄_t · v_s                     ∂E/∂v_s = Σ_t α_ts c̄_t
    ē_ts = α_ts (ᾱ_ts - Σ_r α_tr ᾱ_tr)
    dot:       ∂E/∂q_t += scale Σ_s ē_ts m_s    ∂E/∂m_s += scale Σ_t ē_ts q_t   (scaled dot: 1/√D)
    general:   as dot with q W in the place of q; ∂E/∂W = scale Σ_ts ē_ts q_t m_sᵀ
    additive:  u_ts = tanh(..),  ū_ts = ē_ts v ∘ (1 - u_ts²),  ∂E/∂v = Σ_ts ē_ts u_ts
               ∂E/∂W = Σ_ts ū_ts q_tᵀ,  ∂E/∂U = Σ_ts ū_ts m_sᵀ
               to q_t: Σ_s ū_ts W,  to m_s: Σ_t ū_ts U

Which keys may be seen is said in one way everywhere: `lengths` (B,), the real steps of the memory,
what lies behind them is never read; and `mask`, bool (B, T, S), True = may be seen, of which each
axis may be 1. With `causal`, query t sees the keys 0..t alone. All of them hold together.

Symbols:
    q   (B, T, Q)    queries              m   (B, S, M)    memory
    k   (.., S, D)   keys                 v   (.., S, E)   values; in additive: (A,), a parameter
    α   (B, T, S)    weights; with heads (B, N, T, S)
    c   (B, T, M)    contexts; scaled dot (.., T, E), multi-head (B, T, O)
    W, U, v          additive: (A, Q), (A, M), (A,);  general: W (Q, M)
    W_q, W_k, W_v    (D, Q), (D, M), (D, M);  W_o (O, D);  b_q, b_k, b_v (D,), b_o (O,) or None

Source: Bahdanau, Cho, Bengio 2014, arXiv:1409.0473, appendix A.1.2 (additive; their s_{i-1}, h_j,
W_a, U_a, v_a are q, m, W, U, v); Luong, Pham, Manning 2015, arXiv:1508.04025, section 3.1 (dot,
general; their h_t, h̄_s are q, m); Vaswani et al. 2017, arXiv:1706.03762, section 3.2 (scaled dot,
multi-head; their h heads are N). Differs: multi-head has biases, which the last paper lacks; None
gives it. Dot and general of 2015 have scale = 1.

Example:
    >>> import numpy as np
    >>> from saiki.equations import dot_attention
    >>> memory = np.array([[[1.0, 0.0], [0.0, 1.0], [9.0, 9.0]]])
    >>> run = dot_attention(np.log([[[3.0, 1.0]]]), memory, lengths=[2])
    >>> run.weights.round(3).tolist(), run.context.round(3).tolist()
    ([[[0.75, 0.25, 0.0]]], [[[0.75, 0.25]]])
"""

from dataclasses import dataclass

import numpy as np

from saiki.equations._arrays import Array, Lengths, Mask, check_shape
from saiki.equations._visibility import masked_softmax, open_memory, visible_keys
from saiki.equations.activations import softmax_jvp
from saiki.equations.dense import dense_backward, dense_forward

__all__ = [
    "AdditiveAttentionGradients",
    "AdditiveAttentionParameters",
    "AdditiveAttentionTrace",
    "DotAttentionGradients",
    "DotAttentionTrace",
    "GeneralAttentionGradients",
    "GeneralAttentionTrace",
    "MultiHeadGradients",
    "MultiHeadParameters",
    "MultiHeadTrace",
    "ScaledDotGradients",
    "ScaledDotTrace",
    "additive_attention",
    "additive_attention_backward",
    "dot_attention",
    "dot_attention_backward",
    "general_attention",
    "general_attention_backward",
    "multi_head_attention",
    "multi_head_attention_backward",
    "scaled_dot_attention",
    "scaled_dot_attention_backward",
]


@dataclass(frozen=True)
class ScaledDotTrace:
    """Context and weights, and what led to them."""

    context: Array
    weights: Array
    query: Array
    keys: Array
    values: Array
    scale: float


@dataclass(frozen=True)
class ScaledDotGradients:
    """∂E/∂ query, keys and values."""

    query: Array
    keys: Array
    values: Array


def scaled_dot_attention(
    query: Array,
    keys: Array,
    values: Array,
    visible: Mask | None = None,
    *,
    scale: float | None = None,
) -> ScaledDotTrace:
    """The scaled dot form over any leading axes, with as many heads as those hold.

    Args:
        query: (.., T, D).
        keys: (.., S, D).
        values: (.., S, E).
        visible: bool that broadcasts to (.., T, S), True = may be seen; None is all of them.
        scale: the factor of the scores, 1/√D if None.
    """
    lead, steps = query.shape[:-2], keys.shape[-2]
    check_shape("scaled_dot_attention: keys", keys, (*lead, steps, query.shape[-1]))
    check_shape("scaled_dot_attention: values", values, (*lead, steps, "E"))
    factor = 1 / float(np.sqrt(query.shape[-1])) if scale is None else scale
    scores = query @ np.swapaxes(keys, -1, -2) * factor
    shown = np.ones((1, 1), dtype=np.bool_) if visible is None else visible
    weights = masked_softmax(scores, np.broadcast_to(shown, scores.shape))
    return ScaledDotTrace(weights @ values, weights, query, keys, values, factor)


def scaled_dot_attention_backward(trace: ScaledDotTrace, grad_context: Array) -> ScaledDotGradients:
    """The gradients of `scaled_dot_attention`, from ∂E/∂context."""
    check_shape("scaled_dot_attention_backward: grad_context", grad_context, trace.context.shape)
    grad_weights = grad_context @ np.swapaxes(trace.values, -1, -2)
    grad_scores = softmax_jvp(trace.weights, grad_weights) * trace.scale
    return ScaledDotGradients(
        query=grad_scores @ trace.keys,
        keys=np.swapaxes(grad_scores, -1, -2) @ trace.query,
        values=np.swapaxes(trace.weights, -1, -2) @ grad_context,
    )


@dataclass(frozen=True)
class DotAttentionTrace:
    """Context (B, T, M) and weights (B, T, S), and the run under them."""

    context: Array
    weights: Array
    run: ScaledDotTrace


@dataclass(frozen=True)
class DotAttentionGradients:
    """∂E/∂ query and memory."""

    query: Array
    memory: Array


def dot_attention(
    query: Array,
    memory: Array,
    lengths: Lengths | None = None,
    mask: Mask | None = None,
    *,
    scale: float = 1.0,
) -> DotAttentionTrace:
    """The dot form: query (B, T, M), memory (B, S, M); scale is the factor of the scores."""
    check_shape("dot_attention: memory", memory, (query.shape[0], "S", query.shape[2]))
    shape = (*query.shape[:2], memory.shape[1])
    visible = visible_keys("dot_attention", shape, lengths, mask)
    memory = open_memory(memory, lengths)
    run = scaled_dot_attention(query, memory, memory, visible, scale=scale)
    return DotAttentionTrace(run.context, run.weights, run)


def dot_attention_backward(trace: DotAttentionTrace, grad_context: Array) -> DotAttentionGradients:
    """The gradients of `dot_attention`, from ∂E/∂context."""
    back = scaled_dot_attention_backward(trace.run, grad_context)
    return DotAttentionGradients(back.query, back.keys + back.values)


@dataclass(frozen=True)
class GeneralAttentionTrace:
    """Context (B, T, M) and weights (B, T, S), and what led to them."""

    context: Array
    weights: Array
    W: Array
    query: Array
    run: DotAttentionTrace


@dataclass(frozen=True)
class GeneralAttentionGradients:
    """∂E/∂ query, memory and W."""

    query: Array
    memory: Array
    W: Array


def general_attention(
    W: Array,
    query: Array,
    memory: Array,
    lengths: Lengths | None = None,
    mask: Mask | None = None,
    *,
    scale: float = 1.0,
) -> GeneralAttentionTrace:
    """The general form: W (Q, M), query (B, T, Q), memory (B, S, M); scale as of the dot form."""
    check_shape("general_attention: W", W, (query.shape[-1], memory.shape[-1]))
    run = dot_attention(query @ W, memory, lengths, mask, scale=scale)
    return GeneralAttentionTrace(run.context, run.weights, W, query, run)


def general_attention_backward(
    trace: GeneralAttentionTrace, grad_context: Array
) -> GeneralAttentionGradients:
    """The gradients of `general_attention`, from ∂E/∂context."""
    back = dot_attention_backward(trace.run, grad_context)
    projected = dense_backward(trace.W.T, trace.query, back.query)
    return GeneralAttentionGradients(projected.x, back.memory, projected.W.T)


@dataclass(frozen=True)
class AdditiveAttentionParameters:
    """W (A, Q), U (A, M), v (A,)."""

    W: Array
    U: Array
    v: Array


@dataclass(frozen=True)
class AdditiveAttentionTrace:
    """Context (B, T, M) and weights (B, T, S), and what led to them; u is (B, T, S, A)."""

    context: Array
    weights: Array
    parameters: AdditiveAttentionParameters
    query: Array
    memory: Array
    u: Array


@dataclass(frozen=True)
class AdditiveAttentionGradients:
    """∂E/∂ query, memory and the parameters, in their own shape."""

    query: Array
    memory: Array
    parameters: AdditiveAttentionParameters


def additive_attention(
    parameters: AdditiveAttentionParameters,
    query: Array,
    memory: Array,
    lengths: Lengths | None = None,
    mask: Mask | None = None,
) -> AdditiveAttentionTrace:
    """The additive form: query (B, T, Q), memory (B, S, M)."""
    W, U, v = parameters.W, parameters.U, parameters.v
    check_shape("additive_attention: memory", memory, (query.shape[0], "S", U.shape[-1]))
    check_shape("additive_attention: v", v, (W.shape[0],))
    shape = (*query.shape[:2], memory.shape[1])
    visible = visible_keys("additive_attention", shape, lengths, mask)
    memory = open_memory(memory, lengths)
    u = np.tanh(dense_forward(W, None, query)[:, :, None] + dense_forward(U, None, memory)[:, None])
    weights = masked_softmax(u @ v, visible)
    return AdditiveAttentionTrace(weights @ memory, weights, parameters, query, memory, u)


def additive_attention_backward(
    trace: AdditiveAttentionTrace, grad_context: Array
) -> AdditiveAttentionGradients:
    """The gradients of `additive_attention`, from ∂E/∂context."""
    check_shape("additive_attention_backward: grad_context", grad_context, trace.context.shape)
    p = trace.parameters
    grad_scores = softmax_jvp(trace.weights, grad_context @ np.swapaxes(trace.memory, 1, 2))
    grad_u = grad_scores[..., None] * p.v * (1 - trace.u**2)
    from_query = dense_backward(p.W, trace.query, grad_u.sum(axis=2))
    from_memory = dense_backward(p.U, trace.memory, grad_u.sum(axis=1))
    grad_v = (grad_scores[..., None] * trace.u).sum(axis=(0, 1, 2))
    return AdditiveAttentionGradients(
        query=from_query.x,
        memory=from_memory.x + np.swapaxes(trace.weights, 1, 2) @ grad_context,
        parameters=AdditiveAttentionParameters(from_query.W, from_memory.W, grad_v),
    )


@dataclass(frozen=True)
class MultiHeadParameters:
    """Four projections, and their biases where there are any."""

    W_q: Array
    W_k: Array
    W_v: Array
    W_o: Array
    b_q: Array | None = None
    b_k: Array | None = None
    b_v: Array | None = None
    b_o: Array | None = None


@dataclass(frozen=True)
class MultiHeadTrace:
    """Context (B, T, O) and weights (B, N, T, S), and what led to them."""

    context: Array
    weights: Array
    parameters: MultiHeadParameters
    query: Array
    memory: Array
    joined: Array
    run: ScaledDotTrace


@dataclass(frozen=True)
class MultiHeadGradients:
    """∂E/∂ query, memory and the parameters; of self-attention x has the sum of the first two."""

    query: Array
    memory: Array
    parameters: MultiHeadParameters


def multi_head_attention(
    parameters: MultiHeadParameters,
    heads: int,
    query: Array,
    memory: Array,
    lengths: Lengths | None = None,
    mask: Mask | None = None,
    *,
    causal: bool = False,
) -> MultiHeadTrace:
    """The multi-head form: query (B, T, Q), memory (B, S, M)."""
    p, width = parameters, parameters.W_q.shape[0]
    if heads < 1 or width % heads:
        raise ValueError(
            f"multi_head_attention: heads must divide the {width} rows of W_q; got {heads}."
        )
    check_shape("multi_head_attention: memory", memory, (query.shape[0], "S", p.W_k.shape[1]))
    shape = (*query.shape[:2], memory.shape[1])
    visible = visible_keys("multi_head_attention", shape, lengths, mask, causal=causal)
    memory = open_memory(memory, lengths)
    run = scaled_dot_attention(
        _split_heads(dense_forward(p.W_q, p.b_q, query), heads),
        _split_heads(dense_forward(p.W_k, p.b_k, memory), heads),
        _split_heads(dense_forward(p.W_v, p.b_v, memory), heads),
        visible[:, None],
    )
    joined = _join_heads(run.context)
    context = dense_forward(p.W_o, p.b_o, joined)
    return MultiHeadTrace(context, run.weights, p, query, memory, joined, run)


def multi_head_attention_backward(trace: MultiHeadTrace, grad_context: Array) -> MultiHeadGradients:
    """The gradients of `multi_head_attention`, from ∂E/∂context."""
    p, heads = trace.parameters, trace.weights.shape[1]
    out = dense_backward(p.W_o, trace.joined, grad_context)
    inner = scaled_dot_attention_backward(trace.run, _split_heads(out.x, heads))
    q = dense_backward(p.W_q, trace.query, _join_heads(inner.query))
    k = dense_backward(p.W_k, trace.memory, _join_heads(inner.keys))
    v = dense_backward(p.W_v, trace.memory, _join_heads(inner.values))

    def where_given(b: Array | None, gradient: Array) -> Array | None:
        return None if b is None else gradient

    biases = {
        "b_q": where_given(p.b_q, q.b), "b_k": where_given(p.b_k, k.b),
        "b_v": where_given(p.b_v, v.b), "b_o": where_given(p.b_o, out.b),
    }  # fmt: skip
    parameters = MultiHeadParameters(q.W, k.W, v.W, out.W, **biases)
    return MultiHeadGradients(q.x, k.x + v.x, parameters)


def _split_heads(x: Array, heads: int) -> Array:
    batch, steps, width = x.shape
    return x.reshape(batch, steps, heads, width // heads).transpose(0, 2, 1, 3)  # (B, N, T, D / N)


def _join_heads(x: Array) -> Array:
    batch, heads, steps, width = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, steps, heads * width)
