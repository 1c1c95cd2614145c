"""Encoder and decoder: against the equations and torch, padding, the cache, what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki import equations, nn
from saiki.errors import ArgumentError, ShapeError
from saiki.nn import interop

LENGTHS, MEMORY_LENGTHS = [4, 2, 1], [3, 5, 2]
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
FORMS = [(first, bias) for first in (False, True) for bias in (False, True)]


def randomise(module):
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.7, generator=generator)
    return module


def build(kind, layers=2, **options):
    return randomise(kind(6, 2, layers, 10, dtype=torch.float64, **options))


def data(memory_steps=5):
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(3, 4, 6, generator=generator, dtype=torch.float64)
    memory = torch.randn(3, memory_steps, 6, generator=generator, dtype=torch.float64)
    return x, memory


def numbers(tensor):
    return None if tensor is None else tensor.detach().numpy()


def block(layer):
    """The equations' parameters of one layer of ours."""

    def norm(one):
        return equations.LayerNormParameters(numbers(one.weight), numbers(one.bias))

    def attention(one):
        biases = (None,) * 3 if one.in_proj_bias is None else one.in_proj_bias.chunk(3)
        parts = (*one.in_proj_weight.chunk(3), one.out_proj.weight, *biases, one.out_proj.bias)
        return equations.MultiHeadParameters(*map(numbers, parts))

    first, second = layer.linear1, layer.linear2
    inner = first.weight, second.weight, first.bias, second.bias
    is_decoder = hasattr(layer, "multihead_attn")
    return equations.TransformerBlockParameters(
        attention(layer.self_attn),
        equations.FeedForwardParameters(*map(numbers, inner)),
        norm(layer.norm1),
        norm(layer.norm3 if is_decoder else layer.norm2),
        attention(layer.multihead_attn) if is_decoder else None,
        norm(layer.norm2) if is_decoder else None,
    )


def compare(ours, theirs):
    np.testing.assert_allclose(numbers(ours), theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("norm_first", "bias"), FORMS)
def test_an_encoder_equals_the_equations(norm_first, bias, causal, trace):
    encoder = build(nn.TransformerEncoder, norm_first=norm_first, final_norm=False, bias=bias)
    x, _ = data()
    x.requires_grad_()
    answer = encoder(x, LENGTHS, causal=causal, trace=trace)
    y = answer[0] if trace else answer
    grad, runs, value = torch.randn_like(y), [], numbers(x)
    for layer in encoder.layers:
        runs.append(
            equations.transformer_block(
                block(layer), 2, value, LENGTHS, causal=causal, norm_first=norm_first
            )
        )
        value = runs[-1].y
    compare(y, value)
    y.backward(grad)
    back = grad.numpy()
    for run in reversed(runs):
        back = equations.transformer_block_backward(run, back).x
    compare(x.grad, back)
    if trace:
        for ours, run in zip(answer[1].to_itself, runs, strict=True):
            real = np.arange(4) < np.array(LENGTHS)[:, None]
            shown = numbers(ours).swapaxes(1, 2)[real]
            np.testing.assert_allclose(
                shown, run.to_itself.weights.swapaxes(1, 2)[real], rtol=1e-10, atol=1e-13
            )


@pytest.mark.parametrize(("norm_first", "bias"), FORMS)
def test_a_decoder_equals_the_equations(norm_first, bias):
    decoder = build(nn.TransformerDecoder, norm_first=norm_first, final_norm=False, bias=bias)
    x, memory = data()
    leaves = x.requires_grad_(), memory.requires_grad_()
    mask = torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(1)) > 0.4
    y, weights = decoder(x, memory, LENGTHS, MEMORY_LENGTHS, memory_mask=mask, trace=True)
    plain = decoder(x, memory, LENGTHS, MEMORY_LENGTHS, memory_mask=mask)
    torch.testing.assert_close(plain, y, **CLOSE)
    runs, value, grad = [], numbers(x), torch.randn_like(y)
    for layer in decoder.layers:
        runs.append(
            equations.transformer_block(
                block(layer), 2, value, LENGTHS, causal=True, memory=numbers(memory),
                memory_lengths=MEMORY_LENGTHS, memory_mask=numbers(mask), norm_first=norm_first,
            )
        )  # fmt: skip
        value = runs[-1].y
    compare(plain, value)
    back, to_memory = grad.numpy(), 0
    for run in reversed(runs):
        gradients = equations.transformer_block_backward(run, back)
        back, to_memory = gradients.x, to_memory + gradients.memory
    for got, wanted in zip(
        torch.autograd.grad(plain, leaves, grad), (back, to_memory), strict=True
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)
    real = np.arange(4) < np.array(LENGTHS)[:, None]
    for ours, run in zip(weights.to_memory, runs, strict=True):
        shown = numbers(ours).swapaxes(1, 2)[real]
        np.testing.assert_allclose(
            shown, run.to_memory.weights.swapaxes(1, 2)[real], rtol=1e-10, atol=1e-13
        )


def padding(lengths, steps):
    return torch.arange(steps) >= torch.tensor(lengths)[:, None]


FUTURE = ~torch.ones(4, 4, dtype=torch.bool).tril()


def torch_stack(kind, layer, norm_first, bias, final_norm):
    one = layer(
        6, 2, 10, dropout=0.0, batch_first=True, norm_first=norm_first, bias=bias,
        layer_norm_eps=1e-3, dtype=torch.float64,
    )  # fmt: skip
    norm = torch.nn.LayerNorm(6, eps=1e-3, bias=bias, dtype=torch.float64) if final_norm else None
    more = {"enable_nested_tensor": False} if kind is torch.nn.TransformerEncoder else {}
    return randomise(kind(one, 2, norm, **more))


@pytest.mark.parametrize("final_norm", [False, True])
@pytest.mark.parametrize(("norm_first", "bias"), FORMS)
def test_an_encoder_equals_torch(norm_first, bias, final_norm):
    theirs = torch_stack(
        torch.nn.TransformerEncoder, torch.nn.TransformerEncoderLayer, norm_first, bias, final_norm
    )
    ours = interop.transformer_from_torch(theirs)
    x, _ = data()
    hidden = padding(LENGTHS, 4)
    wanted = theirs(x, mask=FUTURE, src_key_padding_mask=hidden).masked_fill(hidden[..., None], 0)
    got = ours(x, LENGTHS, causal=True)
    torch.testing.assert_close(got, wanted, **CLOSE)
    torch.testing.assert_close(
        torch.autograd.grad(got.sin().sum(), tuple(ours.parameters())),
        torch.autograd.grad(wanted.sin().sum(), tuple(theirs.parameters())),
        **CLOSE,
    )
    shown = ~FUTURE[None]
    torch.testing.assert_close(ours(x, LENGTHS, mask=shown), wanted, **CLOSE)


@pytest.mark.parametrize("final_norm", [False, True])
@pytest.mark.parametrize(("norm_first", "bias"), FORMS)
def test_a_decoder_equals_torch(norm_first, bias, final_norm):
    theirs = torch_stack(
        torch.nn.TransformerDecoder, torch.nn.TransformerDecoderLayer, norm_first, bias, final_norm
    )
    ours = interop.transformer_from_torch(theirs)
    x, memory = data()
    hidden = padding(LENGTHS, 4)
    wanted = theirs(
        x, memory, tgt_mask=FUTURE, tgt_key_padding_mask=hidden,
        memory_key_padding_mask=padding(MEMORY_LENGTHS, 5),
    ).masked_fill(hidden[..., None], 0)  # fmt: skip
    got = ours(x, memory, LENGTHS, MEMORY_LENGTHS)
    torch.testing.assert_close(got, wanted, **CLOSE)
    torch.testing.assert_close(
        torch.autograd.grad(got.sin().sum(), tuple(ours.parameters())),
        torch.autograd.grad(wanted.sin().sum(), tuple(theirs.parameters())),
        **CLOSE,
    )


def decode(decoder, x, memory, pieces, *, trace=False, **start):
    cache, outputs, weights, done = decoder.start(memory, **start), [], [], 0
    for piece in pieces:
        assert cache.steps == done
        y, cache, *more = decoder.step(x[:, done : done + piece], cache, trace=trace)
        outputs.append(y)
        weights += more
        done += piece
    return torch.cat(outputs, dim=1), weights


@pytest.mark.parametrize("pieces", [[1, 1, 1, 1], [3, 1], [1, 2, 1], [4]])
@pytest.mark.parametrize("norm_first", [False, True])
def test_cached_decoding_equals_uncached(norm_first, pieces):
    decoder = build(nn.TransformerDecoder, norm_first=norm_first, final_norm=True)
    x, memory = data()
    whole, shown = decoder(x, memory, None, MEMORY_LENGTHS, trace=True)
    got, _ = decode(decoder, x, memory, pieces, memory_lengths=MEMORY_LENGTHS)
    torch.testing.assert_close(got, whole, **CLOSE)
    got, weights = decode(decoder, x, memory, pieces, memory_lengths=MEMORY_LENGTHS, trace=True)
    torch.testing.assert_close(got, whole, **CLOSE)
    for layer in range(2):
        looked = torch.cat([one.to_memory[layer] for one in weights], dim=2)
        torch.testing.assert_close(looked, shown.to_memory[layer], **CLOSE)
        last = weights[-1].to_itself[layer]
        torch.testing.assert_close(last, shown.to_itself[layer][:, :, -pieces[-1] :], **CLOSE)


def test_a_cache_may_be_gone_on_from_several_times():
    decoder = build(nn.TransformerDecoder)
    x, memory = data()
    _, cache = decoder.step(x[:, :2], decoder.start(memory))
    first, _ = decoder.step(x[:, 2:3], cache)
    decoder.step(x[:, 3:4], cache)
    again, _ = decoder.step(x[:, 2:3], cache)
    assert torch.equal(first, again)
    assert cache.steps == 2


@pytest.mark.parametrize("rows", [[1, 0, 2], [2, 2, 0, 1, 1]])
def test_selected_rows_of_a_cache(rows):
    decoder, rows = build(nn.TransformerDecoder), torch.tensor(rows)
    x, memory = data()
    mask = torch.rand(3, 1, 5, generator=torch.Generator().manual_seed(1)) > 0.3
    start = decoder.start(memory, MEMORY_LENGTHS, memory_mask=mask)
    _, cache = decoder.step(x[:, :2], start)
    wanted, _ = decoder.step(x[:, 2:], cache)
    got, _ = decoder.step(x[rows, 2:], cache.select(rows))
    torch.testing.assert_close(got, wanted[rows], **CLOSE)
    assert start.select(rows).steps == 0


def test_selected_rows_of_one_memory_do_not_copy_it():
    decoder = build(nn.TransformerDecoder)
    x, memory = data()
    memory, rows = memory[:1].expand(3, -1, -1), torch.tensor([2, 0, 0])
    _, cache = decoder.step(x[:, :2], decoder.start(memory))
    kept = cache.select(rows, is_same_memory=True)
    assert kept.memory is cache.memory
    torch.testing.assert_close(
        decoder.step(x[rows, 2:], kept)[0],
        decoder.step(x[rows, 2:], cache.select(rows))[0],
        **CLOSE,
    )
    with pytest.raises(ShapeError, match=r"rows must be 3 with is_same_memory=True.* got 2"):
        cache.select(rows[:2], is_same_memory=True)


@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), min_size=1, max_size=4),
    more=st.integers(0, 2),
    norm_first=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_padded_batch_equals_one_by_one(lengths, more, norm_first, seed):
    encoder = build(nn.TransformerEncoder, norm_first=norm_first)
    decoder = build(nn.TransformerDecoder, norm_first=norm_first)
    generator = torch.Generator().manual_seed(seed)
    own, source = [list(one) for one in zip(*lengths, strict=True)]
    x = torch.randn(len(own), max(own) + more, 6, generator=generator, dtype=torch.float64)
    s = torch.randn(len(own), max(source) + more, 6, generator=generator, dtype=torch.float64)
    memory = encoder(s, source)
    y = decoder(x, memory, own, source)
    for row, (t, n) in enumerate(lengths):
        alone = encoder(s[row : row + 1, :n])
        torch.testing.assert_close(memory[row : row + 1, :n], alone, **CLOSE)
        assert not memory[row, n:].any()
        single = decoder(x[row : row + 1, :t], alone)
        torch.testing.assert_close(y[row : row + 1, :t], single, **CLOSE)
        assert not y[row, t:].any()


def test_nan_in_the_padding_reaches_nothing():
    encoder, decoder = build(nn.TransformerEncoder), build(nn.TransformerDecoder)
    x, memory = data()
    clean = encoder(x, LENGTHS), decoder(x, memory, LENGTHS, MEMORY_LENGTHS)
    x[padding(LENGTHS, 4)] = memory[padding(MEMORY_LENGTHS, 5)] = float("nan")
    leaves = x.requires_grad_(), memory.requires_grad_()
    dirty = encoder(x, LENGTHS), decoder(x, memory, LENGTHS, MEMORY_LENGTHS)
    torch.testing.assert_close(dirty, clean, rtol=0, atol=0)
    (dirty[0].sin().sum() + dirty[1].sin().sum()).backward()
    for leaf in (*leaves, *encoder.parameters(), *decoder.parameters()):
        assert leaf.grad.isfinite().all()


def test_an_empty_memory_gives_no_nan():
    decoder = build(nn.TransformerDecoder)
    x, memory = data()
    memory.requires_grad_()
    y = decoder(x, memory, LENGTHS, [0, 5, 2])
    y.sin().sum().backward()
    assert y.isfinite().all()
    assert not memory.grad[0].any()
    assert all(parameter.grad.isfinite().all() for parameter in decoder.parameters())


@pytest.mark.parametrize("norm_first", [False, True])
def test_gradcheck(norm_first):
    encoder = build(nn.TransformerEncoder, layers=1, norm_first=norm_first)
    decoder = build(nn.TransformerDecoder, layers=1, norm_first=norm_first)
    x, memory = data()

    def run(x, memory):
        return decoder(x, encoder(memory, MEMORY_LENGTHS), LENGTHS, MEMORY_LENGTHS)

    torch.autograd.gradcheck(run, (x.requires_grad_(), memory.requires_grad_()))


def test_layers_start_from_weights_of_their_own():
    encoder = nn.TransformerEncoder(6, 2, 2, 10)
    first, second = encoder.layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)
    assert not torch.equal(first.self_attn.in_proj_weight, second.self_attn.in_proj_weight)


def test_the_last_norm_is_there_where_norm_comes_first():
    assert nn.TransformerEncoder(6, 2, 1, 10).norm is None
    assert nn.TransformerEncoder(6, 2, 1, 10, final_norm=True).norm is not None
    assert nn.TransformerDecoder(6, 2, 1, 10, norm_first=True).norm is not None
    assert nn.TransformerDecoder(6, 2, 1, 10, norm_first=True, final_norm=False).norm is None


@pytest.mark.parametrize("norm_first", [False, True])
def test_dropout_falls_where_torch_lets_it_fall(norm_first, monkeypatch):
    # Masks drawn as torch draws them, so that both are dropped the same numbers.
    drawn = torch.nn.functional.dropout
    monkeypatch.setattr(nn.Dropout, "forward", lambda layer, x: drawn(x, layer.p, layer.training))
    options = {"dropout": 0.4, "batch_first": True, "norm_first": norm_first}
    source = torch.nn.TransformerEncoderLayer(6, 2, 10, **options, dtype=torch.float64)
    target = torch.nn.TransformerDecoderLayer(6, 2, 10, **options, dtype=torch.float64)
    encoder, decoder = map(interop.transformer_from_torch, (source, target))
    x, memory = (one[:1] for one in data())  # of more rows torch draws in another order
    torch.manual_seed(1)
    wanted = target(x, source(memory), tgt_mask=FUTURE)
    torch.manual_seed(1)
    torch.testing.assert_close(decoder(x, encoder(memory)), wanted, **CLOSE)


def test_dropout_is_off_in_eval_mode():
    encoder = build(nn.TransformerEncoder, dropout=0.4)
    x, _ = data()
    assert not torch.equal(encoder(x), encoder(x))
    encoder.eval()
    assert torch.equal(encoder(x), encoder(x))


def test_shown():
    encoder = nn.TransformerEncoder(6, 2, 1, 10, dropout=0.1, norm_first=True, bias=False)
    assert "(\n  6, 2, 1, 10, dropout=0.1, norm_first=True, bias=False" in repr(encoder)


X = torch.ones(2, 3, 6)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (
            lambda: nn.TransformerEncoder(6, 4, 1, 10),
            ArgumentError,
            "TransformerEncoder: model_size must be a multiple of num_heads=4; got 6",
        ),
        (lambda: nn.TransformerDecoder(6, 2, 0, 10), ArgumentError, "num_layers must be a whole"),
        (lambda: nn.TransformerDecoder(6, 2, 1, 0), ArgumentError, "feedforward_size must be a"),
        (lambda: nn.TransformerEncoder(6, 2, 1, 10, dropout=1), ArgumentError, r"in \[0, 1\)"),
        (
            lambda: nn.TransformerEncoder(6, 2, 1, 10, norm_first="post"),
            ArgumentError,
            "norm_first must be True or False; got 'post'",
        ),
        (
            lambda: nn.TransformerEncoder(6, 2, 1, 10)(torch.ones(3, 6)),
            ShapeError,
            r"TransformerEncoder.forward: x must be \(B, steps, 6\), batch first; got \(3, 6\)",
        ),
        (
            lambda: nn.TransformerEncoder(6, 2, 1, 10)(X, [3, 0]),
            ShapeError,
            r"each length must be in 1\.\.T=3; got 0 for sequence 1",
        ),
        (
            lambda: nn.TransformerEncoder(6, 2, 1, 10)(X, mask=torch.ones(3, 3).bool()),
            ShapeError,
            r"mask must be \(B, T, S\) = \(2, 3, 3\)",
        ),
        (
            lambda: nn.TransformerDecoder(6, 2, 1, 10)(X, torch.ones(3, 3, 6)),
            ShapeError,
            "TransformerDecoder.forward: query and memory must have the same batch size; got 2 and",
        ),
        (
            lambda: nn.TransformerDecoder(6, 2, 1, 10)(X, X.double()),
            ArgumentError,
            "memory must be float32 like the weights; got float64",
        ),
        (
            lambda: nn.TransformerDecoder(6, 2, 1, 10).start(
                X, memory_mask=torch.ones(2, 3, 3) > 0
            ),
            ShapeError,
            r"mask must be \(B, T, S\) = \(2, 1, 3\), .* got \(2, 3, 3\)",
        ),
        (
            lambda: nn.TransformerDecoder(6, 2, 1, 10).step(
                X[:1], nn.TransformerDecoder(6, 2, 1, 10).start(X)
            ),
            ShapeError,
            "same batch size; got 1 and 2",
        ),
    ],
)
def test_refused(act, error, message):
    with pytest.raises(error, match=message):
        act()
