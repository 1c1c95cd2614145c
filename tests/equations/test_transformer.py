import numpy as np
import pytest
import torch

from saiki.equations import (
    FeedForwardParameters,
    LayerNormParameters,
    MultiHeadParameters,
    TransformerBlockParameters,
    layer_norm,
    layer_norm_backward,
    sinusoidal_positions,
    transformer_block,
    transformer_block_backward,
)

LENGTHS, MEMORY_LENGTHS = [4, 2, 1], [3, 5, 2]


def _values(layer, read):
    """Our parameters from torch's layer; `read` takes a tensor to its values or its gradient."""

    def norm(module):
        return LayerNormParameters(read(module.weight), read(module.bias))

    def attention(module):
        stacked = read(module.in_proj_weight), read(module.in_proj_bias)
        (q, k, v), b = (np.split(one, 3) for one in stacked)
        out = module.out_proj
        return MultiHeadParameters(q, k, v, read(out.weight), *b, read(out.bias))

    one, two = layer.linear1, layer.linear2
    decoder = hasattr(layer, "multihead_attn")
    return TransformerBlockParameters(
        attention(layer.self_attn),
        FeedForwardParameters(*map(read, (one.weight, two.weight, one.bias, two.bias))),
        norm(layer.norm1),
        norm(layer.norm3 if decoder else layer.norm2),
        attention(layer.multihead_attn) if decoder else None,
        norm(layer.norm2) if decoder else None,
    )


def _flat(parameters):
    if isinstance(parameters, np.ndarray):
        return [parameters]
    values = [] if parameters is None else vars(parameters).values()
    return [array for value in values for array in _flat(value)]


def _random(kind, draw, norm_first):
    layer = kind(
        6, 2, 10, dropout=0.0, batch_first=True, norm_first=norm_first, dtype=torch.float64
    )
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.tensor(draw(*parameter.shape)))
    return layer


def _padding(lengths, steps):
    return torch.arange(steps) >= torch.tensor(lengths)[:, None]


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_an_encoder_block_equals_torch(causal, norm_first, draw, leaf, agree):
    layer = _random(torch.nn.TransformerEncoderLayer, draw, norm_first)
    x, grad = leaf(draw(3, 4, 6)), draw(3, 4, 6)
    future = ~torch.ones(4, 4, dtype=torch.bool).tril() if causal else None
    y = layer(x, src_mask=future, src_key_padding_mask=_padding(LENGTHS, 4))
    (y * torch.tensor(grad))[~_padding(LENGTHS, 4)].sum().backward()
    p = _values(layer, lambda tensor: tensor.detach().numpy())
    run = transformer_block(p, 2, x.detach().numpy(), LENGTHS, causal=causal, norm_first=norm_first)
    back = transformer_block_backward(run, grad)
    agree(run.y, y.masked_fill(_padding(LENGTHS, 4)[..., None], 0))
    agree(back.x, x.grad)
    assert back.memory is None
    wanted = _values(layer, lambda tensor: tensor.grad.numpy())
    for ours, theirs in zip(_flat(back.parameters), _flat(wanted), strict=True):
        agree(ours, theirs)


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_decoder_block_equals_torch(norm_first, draw, leaf, agree):
    layer = _random(torch.nn.TransformerDecoderLayer, draw, norm_first)
    x, memory, grad = leaf(draw(3, 4, 6)), leaf(draw(3, 5, 6)), draw(3, 4, 6)
    y = layer(
        x,
        memory,
        tgt_mask=~torch.ones(4, 4, dtype=torch.bool).tril(),
        tgt_key_padding_mask=_padding(LENGTHS, 4),
        memory_key_padding_mask=_padding(MEMORY_LENGTHS, 5),
    )
    (y * torch.tensor(grad))[~_padding(LENGTHS, 4)].sum().backward()
    run = transformer_block(
        _values(layer, lambda tensor: tensor.detach().numpy()),
        2,
        x.detach().numpy(),
        LENGTHS,
        causal=True,
        memory=memory.detach().numpy(),
        memory_lengths=MEMORY_LENGTHS,
        norm_first=norm_first,
    )
    back = transformer_block_backward(run, grad)
    agree(run.y, y.masked_fill(_padding(LENGTHS, 4)[..., None], 0))
    agree(back.x, x.grad)
    agree(back.memory, memory.grad)
    wanted = _values(layer, lambda tensor: tensor.grad.numpy())
    for ours, theirs in zip(_flat(back.parameters), _flat(wanted), strict=True):
        agree(ours, theirs)


def test_layer_norm_equals_torch_with_and_without_beta(draw, leaf, agree):
    x, gamma, beta, grad = draw(2, 3, 5), draw(5), draw(5), draw(2, 3, 5)
    for shift in (beta, None):
        tx, weight = leaf(x), leaf(gamma)
        bias = None if shift is None else leaf(shift)
        y = torch.nn.functional.layer_norm(tx, (5,), weight, bias, 0.1)
        y.backward(torch.tensor(grad))
        run = layer_norm(LayerNormParameters(gamma, shift), x, epsilon=0.1)
        back = layer_norm_backward(run, grad)
        agree(run.y, y)
        agree(back.x, tx.grad)
        agree(back.parameters.gamma, weight.grad)
        if bias is None:
            assert back.parameters.beta is None
        else:
            agree(back.parameters.beta, bias.grad)


def test_positions_by_hand():
    table = sinusoidal_positions(3, 5)
    rate = 10000 ** (-2 / 5)
    assert table[2].tolist() == pytest.approx(
        [np.sin(2), np.cos(2), np.sin(2 * rate), np.cos(2 * rate), np.sin(2 * rate**2)]
    )


def test_positions_a_fixed_distance_apart_are_a_rotation():
    """Section 3.5: P_{t+k} is a linear function of P_t, the same one for every t."""
    table = sinusoidal_positions(40, 6)
    moved, *_ = np.linalg.lstsq(table[:-7], table[7:], rcond=None)
    np.testing.assert_allclose(table[:-7] @ moved, table[7:], atol=1e-12)


def test_padding_is_never_read(draw):
    layer = _random(torch.nn.TransformerDecoderLayer, draw, norm_first=True)
    p = _values(layer, lambda tensor: tensor.detach().numpy())
    x, memory, grad = draw(3, 4, 6), draw(3, 5, 6), draw(3, 4, 6)
    runs = []
    for _ in range(2):
        run = transformer_block(
            p, 2, x, LENGTHS, memory=memory, memory_lengths=MEMORY_LENGTHS, norm_first=True
        )
        runs.append((run.y, *_flat(transformer_block_backward(run, grad).parameters)))
        x[1, 2:] = memory[0, 3:] = grad[1, 2:] = np.nan
    for clean, dirty in zip(*runs, strict=True):
        np.testing.assert_array_equal(clean, dirty)


def test_errors(draw):
    layer = _random(torch.nn.TransformerEncoderLayer, draw, norm_first=False)
    p = _values(layer, lambda tensor: tensor.detach().numpy())
    with pytest.raises(ValueError, match="memory, to_memory and norm_memory go together"):
        transformer_block(p, 2, draw(3, 4, 6), memory=draw(3, 5, 6))
    with pytest.raises(ValueError, match=r"gamma must have shape \(5\); got \(4,\)"):
        layer_norm(LayerNormParameters(draw(4)), draw(2, 5))
