import numpy as np
import pytest
import torch

from saiki.equations import (
    AdditiveAttentionParameters,
    MultiHeadParameters,
    additive_attention,
    additive_attention_backward,
    dot_attention,
    dot_attention_backward,
    general_attention,
    general_attention_backward,
    multi_head_attention,
    multi_head_attention_backward,
    scaled_dot_attention,
    scaled_dot_attention_backward,
)

LENGTHS = [5, 2, 0]
ADDITIVE = ("W", "U", "v")
MULTI_HEAD = ("W_q", "W_k", "W_v", "W_o", "b_q", "b_k", "b_v", "b_o")


@pytest.fixture
def case(draw):
    """Queries (3, 4, 3), memory (3, 5, 6), and a mask that hides all keys from one query."""
    mask = draw(3, 4, 5) > -0.5
    mask[0, 1] = False
    return {"query": draw(3, 4, 3), "memory": draw(3, 5, 6), "mask": mask, "grad": draw(3, 4, 6)}


def _each(case, score, *, causal=False):
    """Query by query: a softmax over the keys that may be seen, and the mean of the memory."""
    for b, t in np.ndindex(3, 4):
        may = [s for s in range(LENGTHS[b]) if case["mask"][b, t, s] and (not causal or s <= t)]
        if may:
            scores = torch.stack([score(b, t, s) for s in may])
            yield b, t, may, torch.exp(scores) / torch.exp(scores).sum()


def _compare(run, case, weights_of, query, memory, agree, leaves=()):
    """Contexts, weights and gradients against autograd; what sees nothing is zero."""
    context, weights, loss = np.zeros((3, 4, 6)), np.zeros((3, 4, 5)), 0.0
    for b, t, may, alpha in weights_of:
        c = alpha @ memory[b, may]
        weights[b, t, may], context[b, t] = alpha.detach().numpy(), c.detach().numpy()
        loss = loss + c @ torch.tensor(case["grad"][b, t])
    agree(run.context, context)
    agree(run.weights, weights)
    loss.backward()
    return [leaf.grad for leaf in (query, memory, *leaves)]


def test_additive_equals_autograd(case, draw, leaf, agree):
    p = AdditiveAttentionParameters(draw(7, 3), draw(7, 6), draw(7))
    W, U, v = (leaf(getattr(p, name)) for name in ADDITIVE)
    q, m = leaf(case["query"]), leaf(case["memory"])
    run = additive_attention(p, case["query"], case["memory"], LENGTHS, case["mask"])
    back = additive_attention_backward(run, case["grad"])
    each = _each(case, lambda b, t, s: v @ torch.tanh(W @ q[b, t] + U @ m[b, s]))
    wanted = _compare(run, case, each, q, m, agree, (W, U, v))
    ours = [back.query, back.memory, *(getattr(back.parameters, name) for name in ADDITIVE)]
    for mine, theirs in zip(ours, wanted, strict=True):
        agree(mine, theirs)


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_dot_equals_autograd(case, draw, leaf, agree, scale):
    case["query"] = draw(3, 4, 6)
    q, m = leaf(case["query"]), leaf(case["memory"])
    run = dot_attention(case["query"], case["memory"], LENGTHS, case["mask"], scale=scale)
    back = dot_attention_backward(run, case["grad"])
    each = _each(case, lambda b, t, s: scale * q[b, t] @ m[b, s])
    wanted = _compare(run, case, each, q, m, agree)
    agree(back.query, wanted[0])
    agree(back.memory, wanted[1])


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_general_equals_autograd(case, draw, leaf, agree, scale):
    weight = draw(3, 6)
    q, m, W = leaf(case["query"]), leaf(case["memory"]), leaf(weight)
    seen = LENGTHS, case["mask"]
    run = general_attention(weight, case["query"], case["memory"], *seen, scale=scale)
    back = general_attention_backward(run, case["grad"])
    each = _each(case, lambda b, t, s: scale * q[b, t] @ W @ m[b, s])
    for mine, theirs in zip(
        (back.query, back.memory, back.W),
        _compare(run, case, each, q, m, agree, [W]),
        strict=True,
    ):
        agree(mine, theirs)


@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_equals_torch(causal, draw, agree, leaf):
    """torch gives NaN to a query that sees nothing, so here every query sees its first key."""
    lengths, mask = [5, 2, 1], draw(3, 4, 5) > 0
    mask[..., 0] = True
    layer = torch.nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.tensor(draw(*parameter.shape)))
    q, m = leaf(draw(3, 4, 8)), leaf(draw(3, 5, 6))
    hidden = ~torch.tensor(mask & (np.arange(5) < np.array(lengths)[:, None])[:, None])
    if causal:
        hidden |= ~torch.ones(4, 5, dtype=torch.bool).tril()
    theirs, weights = layer(
        q, m, m, attn_mask=hidden.repeat_interleave(2, 0), average_attn_weights=False
    )
    b = layer.in_proj_bias.chunk(3)
    tensors = (
        layer.q_proj_weight, layer.k_proj_weight, layer.v_proj_weight, layer.out_proj.weight,
        *b, layer.out_proj.bias,
    )  # fmt: skip
    p = MultiHeadParameters(*(one.detach().numpy() for one in tensors))
    run = multi_head_attention(
        p, 2, q.detach().numpy(), m.detach().numpy(), lengths, mask, causal=causal
    )
    agree(run.context, theirs)
    agree(run.weights, weights)
    grad = draw(3, 4, 8)
    theirs.backward(torch.tensor(grad))
    back = multi_head_attention_backward(run, grad)
    agree(back.query, q.grad)
    agree(back.memory, m.grad)
    wanted = [one.grad for one in tensors[:4]]
    wanted += [*layer.in_proj_bias.grad.chunk(3), layer.out_proj.bias.grad]
    for name, theirs_grad in zip(MULTI_HEAD, wanted, strict=True):
        agree(getattr(back.parameters, name), theirs_grad)


def test_multi_head_without_bias_and_without_a_key(draw):
    p = MultiHeadParameters(draw(4, 3), draw(4, 3), draw(4, 3), draw(5, 4))
    run = multi_head_attention(p, 2, draw(1, 2, 3), draw(1, 3, 3), [0])
    assert not run.context.any()
    back = multi_head_attention_backward(run, draw(1, 2, 5))
    assert not back.query.any()
    assert back.parameters.b_q is back.parameters.b_k is back.parameters.b_o is None


def test_scaled_dot_equals_autograd_over_any_leading_axes(draw, leaf, agree):
    arrays = draw(2, 3, 4, 6), draw(2, 3, 5, 6), draw(2, 3, 5, 2)
    q, k, v = (leaf(one) for one in arrays)
    run = scaled_dot_attention(*arrays, scale=0.3)
    wanted = torch.softmax(0.3 * torch.einsum("bntd,bnsd->bnts", q, k), -1) @ v
    agree(run.context, wanted)
    grad = draw(*run.context.shape)
    wanted.backward(torch.tensor(grad))
    back = scaled_dot_attention_backward(run, grad)
    for ours, theirs in ((back.query, q), (back.keys, k), (back.values, v)):
        agree(ours, theirs.grad)
    assert scaled_dot_attention(*arrays).scale == pytest.approx(6**-0.5)


def test_worked_example():
    """Scores log 3 and 0, so weights 3/4 and 1/4."""
    memory = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    query = np.array([[[np.log(3.0), 0.0]]])
    assert dot_attention(query, memory).context[0, 0].tolist() == pytest.approx([0.75, 0.25])
    swapped = general_attention(np.array([[0.0, 1.0], [1.0, 0.0]]), query, memory)
    assert swapped.weights[0, 0].tolist() == pytest.approx([0.25, 0.75])
    p = AdditiveAttentionParameters(
        np.zeros((1, 2)), np.array([[np.arctanh(0.5), 0.0]]), np.array([2 * np.log(3.0)])
    )
    assert additive_attention(p, query, memory).weights[0, 0].tolist() == pytest.approx(
        [0.75, 0.25]
    )


def test_padding_is_never_read(case, draw):
    p = AdditiveAttentionParameters(draw(7, 3), draw(7, 6), draw(7))
    clean = additive_attention(p, case["query"], case["memory"], LENGTHS)
    dirty = case["memory"].copy()
    dirty[1, 2:] = dirty[2] = np.nan
    run = additive_attention(p, case["query"], dirty, LENGTHS)
    np.testing.assert_array_equal(run.context, clean.context)
    back = additive_attention_backward(run, case["grad"])
    assert np.isfinite(back.parameters.U).all()
    assert not back.memory[1, 2:].any()
    assert not run.context[2].any()


def test_huge_scores_do_not_overflow():
    memory = np.array([[[1e4], [-1e4], [1.0]]])
    run = dot_attention(np.full((1, 1, 1), 1e4), memory, mask=np.array([[[False, True, True]]]))
    assert run.weights.tolist() == [[[0.0, 0.0, 1.0]]]


def test_errors(draw):
    with pytest.raises(ValueError, match=r"mask must be bool of shape \(1, 2, 3\).* of \(1, 3\)"):
        dot_attention(draw(1, 2, 4), draw(1, 3, 4), mask=np.ones((1, 3), dtype=bool))
    with pytest.raises(ValueError, match=r"mask must be bool .* got float64"):
        dot_attention(draw(1, 2, 4), draw(1, 3, 4), mask=np.ones((1, 2, 3)))
    with pytest.raises(ValueError, match=r"memory must have shape \(1, S, 4\); got \(1, 3, 5\)"):
        dot_attention(draw(1, 2, 4), draw(1, 3, 5))
    p = MultiHeadParameters(draw(4, 3), draw(4, 3), draw(4, 3), draw(5, 4))
    with pytest.raises(ValueError, match="heads must divide the 4 rows of W_q; got 3"):
        multi_head_attention(p, 3, draw(1, 2, 3), draw(1, 2, 3))
    with pytest.raises(ValueError, match=r"lengths must lie between 0 and T=3; got \[4\]"):
        dot_attention(draw(1, 2, 4), draw(1, 3, 4), [4])
