"""Attention without and with heads: against the equations, torch, and what padding must not do."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki import equations, nn
from saiki.errors import ArgumentError, ShapeError

LENGTHS = [5, 2, 0]
KINDS = (
    "additive",
    "dot",
    "dot-scaled",
    "general",
    "general-scaled",
    "multi-head",
    "multi-head-no-bias",
    "multi-head-memory",
)


def build(kind, dtype=torch.float64):
    """A layer with queries of 4 features and random parameters, and the memory's size."""
    torch.manual_seed(3)
    layer = {
        "additive": lambda: nn.AdditiveAttention(4, 6, 5, dtype=dtype),
        "dot": lambda: nn.DotAttention(4),
        "dot-scaled": lambda: nn.DotAttention(4, scale=0.3),
        "general": lambda: nn.GeneralAttention(4, 6, dtype=dtype),
        "general-scaled": lambda: nn.GeneralAttention(4, 6, scale=0.3, dtype=dtype),
        "multi-head": lambda: nn.MultiHeadAttention(4, 2, dtype=dtype),
        "multi-head-no-bias": lambda: nn.MultiHeadAttention(4, 2, bias=False, dtype=dtype),
        "multi-head-memory": lambda: nn.MultiHeadAttention(4, 2, memory_size=6, dtype=dtype),
    }[kind]()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    return layer


def inputs(layer, dtype=torch.float64):
    generator = torch.Generator().manual_seed(4)

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)

    mask = draw(3, 4, 5) > -0.4
    mask[0, 1] = False  # this query sees nothing
    return draw(3, 4, 4), draw(3, 5, layer.memory_size), mask


def numbers(tensor):
    return None if tensor is None else tensor.detach().numpy()


def multi_head_parameters(layer):
    three = (
        layer.in_proj_weight.chunk(3)
        if layer.in_proj_weight is not None
        else (layer.q_proj_weight, layer.k_proj_weight, layer.v_proj_weight)
    )
    biases = (None,) * 3 if layer.in_proj_bias is None else layer.in_proj_bias.chunk(3)
    weights = (*three, layer.out_proj.weight, *biases, layer.out_proj.bias)
    return equations.MultiHeadParameters(*map(numbers, weights))


def defined(layer, query, memory, mask, grad):
    """Context, weights, and the gradients of query and memory, by the equations."""
    query, memory, mask, grad = map(numbers, (query, memory, mask, grad))
    if isinstance(layer, nn.AdditiveAttention):
        parts = layer.query_projection.weight, layer.memory_projection.weight, layer.score.weight[0]
        p = equations.AdditiveAttentionParameters(*map(numbers, parts))
        run = equations.additive_attention(p, query, memory, LENGTHS, mask)
        back = equations.additive_attention_backward(run, grad)
    elif isinstance(layer, nn.DotAttention):
        run = equations.dot_attention(query, memory, LENGTHS, mask, scale=layer.scale)
        back = equations.dot_attention_backward(run, grad)
    elif isinstance(layer, nn.GeneralAttention):
        weight = numbers(layer.memory_projection.weight)
        run = equations.general_attention(weight, query, memory, LENGTHS, mask, scale=layer.scale)
        back = equations.general_attention_backward(run, grad)
    else:
        p = multi_head_parameters(layer)
        run = equations.multi_head_attention(p, 2, query, memory, LENGTHS, mask)
        back = equations.multi_head_attention_backward(run, grad)
    return run, back


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_equations(kind, trace):
    """With lengths, one of them 0, and a mask that hides every key from one query."""
    layer = build(kind)
    query, memory, mask = inputs(layer)
    query.requires_grad_()
    memory.requires_grad_()
    answer = layer(query, memory, LENGTHS, mask=mask, trace=trace)
    context = answer[0] if trace else answer
    grad = torch.randn_like(context)
    run, back = defined(layer, query, memory, mask, grad)
    context.backward(grad)
    np.testing.assert_allclose(numbers(context), run.context, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(query.grad, back.query, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(memory.grad, back.memory, rtol=1e-10, atol=1e-13)
    if trace:
        np.testing.assert_allclose(numbers(answer[1]), run.weights, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("kind", ["additive", "general", "general-scaled"])
def test_gradients_of_parameters_equal_the_equations(kind):
    layer = build(kind)
    query, memory, mask = inputs(layer)
    context = layer(query, memory, LENGTHS, mask=mask)
    grad = torch.randn_like(context)
    context.backward(grad)
    _, back = defined(layer, query, memory, mask, grad)
    wanted = {"memory_projection.weight": back.W} if kind != "additive" else {
        "query_projection.weight": back.parameters.W,
        "memory_projection.weight": back.parameters.U,
        "score.weight": back.parameters.v[None],
    }  # fmt: skip
    for name, parameter in layer.named_parameters():
        np.testing.assert_allclose(parameter.grad, wanted[name], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("memory_size", [4, 6])
def test_gradients_of_the_heads_parameters_equal_the_equations(memory_size):
    layer = build("multi-head" if memory_size == 4 else "multi-head-memory")
    query, memory, mask = inputs(layer)
    context = layer(query, memory, LENGTHS, mask=mask)
    grad = torch.randn_like(context)
    context.backward(grad)
    p = defined(layer, query, memory, mask, grad)[1].parameters
    wanted = {"in_proj_weight": np.concatenate([p.W_q, p.W_k, p.W_v])} if memory_size == 4 else {
        "q_proj_weight": p.W_q, "k_proj_weight": p.W_k, "v_proj_weight": p.W_v
    }  # fmt: skip
    wanted |= {"in_proj_bias": np.concatenate([p.b_q, p.b_k, p.b_v])}
    wanted |= {"out_proj.weight": p.W_o, "out_proj.bias": p.b_o}
    for name, parameter in layer.named_parameters():
        np.testing.assert_allclose(parameter.grad, wanted[name], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_query_without_a_key_gives_zeros_and_no_nan(kind, trace, dtype):
    layer = build(kind, dtype)
    query, memory, _ = inputs(layer, dtype)
    query.requires_grad_()
    memory.requires_grad_()
    answer = layer(query, memory, [5, 5, 0], trace=trace)
    context = answer[0] if trace else answer
    nothing = 0.0 if getattr(layer, "out_proj", None) is None else layer.out_proj.bias
    nothing = 0.0 if nothing is None else nothing
    assert (context[2] == nothing).all()
    context.square().sum().backward()
    for gradient in (query.grad, memory.grad, *(p.grad for p in layer.parameters())):
        assert gradient.isfinite().all()
    assert not query.grad[2].any()
    assert not memory.grad[2].any()
    if trace:
        assert not answer[1][2].any()


@pytest.mark.parametrize("kind", ["dot", "multi-head"])
@pytest.mark.parametrize("has_mask", [False, True])
def test_torch_never_meets_a_row_without_a_key(kind, has_mask, monkeypatch):
    """What it gives for one differs between its backends."""
    functional, layer = torch.nn.functional, build(kind)
    original, seen = functional.scaled_dot_product_attention, []

    def watched(query, keys, values, mask, **options):
        seen.append(mask)
        return original(query, keys, values, mask, **options)

    monkeypatch.setattr(functional, "scaled_dot_product_attention", watched)
    query, memory, mask = inputs(layer)
    layer(query, memory, [5, 5, 5] if has_mask else LENGTHS, mask=mask if has_mask else None)
    assert seen[0].any(dim=-1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nan_in_the_padding_reaches_nothing(kind):
    layer = build(kind)
    query, memory, mask = inputs(layer)
    clean = layer(query, memory, LENGTHS, mask=mask)
    memory[1, 2:] = memory[2] = float("nan")
    memory.requires_grad_()
    dirty = layer(query, memory, LENGTHS, mask=mask)
    assert torch.equal(clean, dirty)
    dirty.sum().backward()
    assert memory.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in layer.parameters())


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    more=st.integers(0, 3),
    queries=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_a_padded_batch_equals_one_by_one(kind, lengths, more, queries, seed):
    layer = build(kind)
    generator = torch.Generator().manual_seed(seed)
    steps, batch = max(lengths) + more, len(lengths)
    memory = torch.randn(batch, steps, layer.memory_size, generator=generator, dtype=torch.float64)
    query = torch.randn(batch, queries, 4, generator=generator, dtype=torch.float64)
    together = layer(query, memory, lengths)
    for row, length in enumerate(lengths):
        alone = layer(query[row : row + 1], memory[row : row + 1, :length])
        torch.testing.assert_close(together[row : row + 1], alone, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_prepared_memory_gives_the_same_step_by_step(kind):
    layer = build(kind)
    query, memory, mask = inputs(layer)
    whole, weights = layer(query, memory, LENGTHS, mask=mask[:, :1], trace=True)
    ready = layer.prepare(memory, LENGTHS, mask=mask[:, :1])
    for t in range(4):
        context, step = layer(query[:, t : t + 1], ready, trace=True)
        torch.testing.assert_close(context, whole[:, t : t + 1], rtol=1e-12, atol=1e-13)
        torch.testing.assert_close(step, weights[..., t : t + 1, :], rtol=1e-12, atol=1e-13)
        plain = layer(query[:, t : t + 1], ready)
        torch.testing.assert_close(plain, context, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shared", [False, True])
def test_selected_rows_of_a_prepared_memory(kind, shared):
    layer = build(kind)
    query, memory, mask = inputs(layer)
    mask = mask[:1] if shared else mask
    rows = torch.tensor([2, 0, 0, 1])
    wanted = layer(query, memory, LENGTHS, mask=mask)[rows]
    ready = layer.prepare(memory, LENGTHS, mask=mask).select(rows)
    torch.testing.assert_close(layer(query[rows], ready), wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_gradcheck(kind, trace):
    layer = build(kind)
    query, memory, mask = inputs(layer)
    names = [name for name, _ in layer.named_parameters()]

    def run(query, memory, *parameters):
        state = dict(zip(names, parameters, strict=True))
        options = {"mask": mask, "trace": trace}
        return torch.func.functional_call(layer, state, (query, memory, LENGTHS), options)

    leaves = (query.requires_grad_(), memory.requires_grad_(), *layer.parameters())
    torch.autograd.gradcheck(run, leaves)


def hidden(lengths, mask):
    """Lengths and a mask of what may be seen as torch's mask of what is hidden, for two heads."""
    real = torch.arange(mask.shape[-1]) < torch.tensor(lengths)[:, None, None]
    return ~(mask & real).repeat_interleave(2, 0)


@pytest.mark.parametrize("memory_size", [4, 6])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("trace", [False, True])
def test_multi_head_equals_torch(memory_size, bias, trace):
    theirs = torch.nn.MultiheadAttention(
        4, 2, bias=bias, kdim=memory_size, vdim=memory_size, batch_first=True, dtype=torch.float64
    )
    ours = nn.MultiHeadAttention(4, 2, memory_size=memory_size, bias=bias, dtype=torch.float64)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.normal_()
    ours.load_state_dict(theirs.state_dict())
    query, memory, mask = inputs(ours)
    mask[..., 0] = True  # torch gives NaN where nothing is seen
    leaves = query.requires_grad_(), memory.requires_grad_()
    wanted, weights = theirs(
        query, memory, memory, attn_mask=hidden([5, 2, 1], mask), average_attn_weights=False
    )
    answer = ours(query, memory, [5, 2, 1], mask=mask, trace=trace)
    context = answer[0] if trace else answer
    close = {"rtol": 1e-10, "atol": 1e-12}
    torch.testing.assert_close(context, wanted, **close)
    if trace:
        torch.testing.assert_close(answer[1], weights, **close)
    grad = torch.randn_like(wanted)
    for got, expected in zip(
        torch.autograd.grad(context, (*leaves, *ours.parameters()), grad),
        torch.autograd.grad(wanted, (*leaves, *theirs.parameters()), grad),
        strict=True,
    ):
        torch.testing.assert_close(got, expected, **close)


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("lengths", [None, [4, 2, 1]])
def test_causal_self_attention_equals_the_equations(lengths, trace):
    layer = build("multi-head")
    x, _, mask = inputs(layer)
    for given_mask in (None, mask[..., :4]):
        answer = layer(x, None, lengths, mask=given_mask, causal=True, trace=trace)
        run = equations.multi_head_attention(
            multi_head_parameters(layer), 2, *map(numbers, (x, x)), lengths,
            numbers(given_mask), causal=True,
        )  # fmt: skip
        real = np.arange(4) < np.array(lengths or [4, 4, 4])[:, None]
        context = numbers(answer[0] if trace else answer)
        np.testing.assert_allclose(context[real], run.context[real], rtol=1e-10, atol=1e-12)
        if trace:
            shown = numbers(answer[1]).swapaxes(1, 2)[real]
            wanted = run.weights.swapaxes(1, 2)[real]
            np.testing.assert_allclose(shown, wanted, rtol=1e-10, atol=1e-12)


def test_causal_attention_to_a_memory_of_another_length():
    layer = build("multi-head")
    query, memory, _ = inputs(layer)
    run = equations.multi_head_attention(
        multi_head_parameters(layer), 2, numbers(query), numbers(memory), LENGTHS, causal=True
    )
    got = layer(query, memory, LENGTHS, causal=True)
    np.testing.assert_allclose(numbers(got), run.context, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("pieces", [[1, 1, 1, 1], [2, 1, 1], [1, 3], [4]])
def test_extending_equals_one_causal_call(pieces):
    layer = build("multi-head")
    x, _, _ = inputs(layer)
    whole, weights = layer(x, causal=True, trace=True)
    past, start = None, 0
    for piece in pieces:
        end = start + piece
        new = x[:, start:end]
        output, _, shown = layer.extend(new, past, trace=True)
        plain, past, _ = layer.extend(new, past)
        torch.testing.assert_close(output, whole[:, start:end], rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(plain, whole[:, start:end], rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(shown, weights[:, :, start:end, :end], rtol=1e-10, atol=1e-12)
        start = end


def test_dropout_falls_on_the_weights_of_training_alone():
    layer = nn.MultiHeadAttention(4, 2, dropout=0.5, dtype=torch.float64)
    x, _, _ = inputs(layer)
    first, weights = layer(x, trace=True)
    assert not torch.equal(first, layer(x, trace=True)[0])
    assert not torch.equal(layer(x), layer(x))
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


def test_shown():
    layer = nn.MultiHeadAttention(4, 2, memory_size=6, bias=False, dropout=0.1)
    assert "4, 2, memory_size=6, bias=False, dropout=0.1" in repr(layer)
    assert repr(nn.DotAttention(3)) == "DotAttention(3)"
    assert repr(nn.DotAttention(3, scale=0.5)) == "DotAttention(3, scale=0.5)"
    assert "scale=0.5" in repr(nn.GeneralAttention(3, 4, scale=0.5))


REAL = torch.ones(2, 3, 4)
MASK = torch.ones(2, 3, 3, dtype=torch.bool)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: nn.AdditiveAttention(4, 6, 0), ArgumentError, "attention_size must be a whole"),
        (lambda: nn.DotAttention(0), ArgumentError, "DotAttention: size must be a whole number"),
        (lambda: nn.GeneralAttention(4, 0), ArgumentError, "memory_size must be a whole number"),
        (
            lambda: nn.DotAttention(4, scale=0),
            ArgumentError,
            "scale must be a number above 0; got 0",
        ),
        (
            lambda: nn.GeneralAttention(4, 4, scale=float("nan")),
            ArgumentError,
            "GeneralAttention: scale must be a number above 0; got nan",
        ),
        (
            lambda: nn.MultiHeadAttention(6, 4),
            ArgumentError,
            "model_size must be a multiple of num_heads=4; got 6. Use 8",
        ),
        (lambda: nn.MultiHeadAttention(6, 0), ArgumentError, "num_heads must be a whole number"),
        (lambda: nn.MultiHeadAttention(4, 2, dropout=1.0), ArgumentError, r"in \[0, 1\); got 1"),
        (lambda: nn.MultiHeadAttention(4, 2, bias=1), ArgumentError, "bias must be True or False"),
        (
            lambda: nn.DotAttention(4)(torch.ones(2, 4), REAL),
            ShapeError,
            r"DotAttention.forward: query must be \(B, steps, 4\), batch first; got \(2, 4\)",
        ),
        (
            lambda: nn.MultiHeadAttention(4, 2)(REAL, torch.ones(2, 3, 5)),
            ShapeError,
            r"memory must be \(B, steps, 4\), batch first; got \(2, 3, 5\)",
        ),
        (
            lambda: nn.MultiHeadAttention(4, 2)(REAL.double()),
            ArgumentError,
            "query must be float32 like the weights; got float64",
        ),
        (
            lambda: nn.DotAttention(4)(REAL, torch.ones(5, 3, 4)),
            ShapeError,
            "query and memory must have the same batch size; got 2 and 5",
        ),
        (
            lambda: nn.DotAttention(4)(REAL, REAL, mask=MASK.float()),
            ArgumentError,
            "mask must be bool, True where a key may be seen; got float32",
        ),
        (
            lambda: nn.DotAttention(4)(REAL, REAL, mask=MASK[:, 0]),
            ShapeError,
            r"mask must be \(B, T, S\) = \(2, 3, 3\), .* got \(2, 3\)",
        ),
        (
            lambda: nn.MultiHeadAttention(4, 2)(REAL, mask=MASK[:, :2]),
            ShapeError,
            r"mask must be \(B, T, S\) = \(2, 3, 3\), .* got \(2, 2, 3\)",
        ),
        (
            lambda: nn.DotAttention(4).prepare(REAL, mask=MASK[:, :, :2]),
            ShapeError,
            r"= \(2, 'T', 3\), .* got \(2, 3, 2\)",
        ),
        (
            lambda: nn.DotAttention(4)(REAL, REAL, [3, 4]),
            ShapeError,
            r"length of the memory must be in 0\.\.S=3; got 4 for sequence 1",
        ),
        (lambda: nn.DotAttention(4)(REAL, REAL, [3.0, 2.0]), ArgumentError, "whole numbers; got"),
        (lambda: nn.DotAttention(4)(REAL, REAL, [3]), ShapeError, r"lengths must be \(B,\)"),
        (
            lambda: nn.DotAttention(4)(REAL, nn.DotAttention(4).prepare(REAL), [1, 1]),
            ArgumentError,
            "lengths and mask belong to prepare",
        ),
        (
            lambda: nn.DotAttention(4)(REAL[:, :2], nn.DotAttention(4).prepare(REAL, mask=MASK)),
            ShapeError,
            "prepared with a mask for 3 queries; got 2",
        ),
        (
            lambda: nn.MultiHeadAttention(4, 2, memory_size=6)(REAL),
            ArgumentError,
            "a layer with memory_size=6 and model_size=4 needs a memory; got none",
        ),
    ],
)
def test_refused(act, error, message):
    with pytest.raises(error, match=message):
        act()
