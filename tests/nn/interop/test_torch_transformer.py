"""Transformer layers from torch.nn; that they compute the same is tested beside the layers."""

import pytest
import torch

from saiki import nn
from saiki.errors import ArgumentError
from saiki.nn import interop


def encoder_layer(**options):
    return torch.nn.TransformerEncoderLayer(6, 2, 10, batch_first=True, **options)


@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        (torch.nn.TransformerEncoderLayer, nn.TransformerEncoder),
        (torch.nn.TransformerDecoderLayer, nn.TransformerDecoder),
    ],
)
def test_one_layer_becomes_a_stack_of_one(layer, kind):
    module = layer(6, 2, 10, dropout=0.3, norm_first=True, layer_norm_eps=0.1).eval()
    ours = interop.transformer_from_torch(module)
    assert isinstance(ours, kind)
    assert (ours.num_layers, ours.dropout, ours.norm_first) == (1, 0.3, True)
    assert ours.norm is None
    assert ours.layers[0].norm1.eps == 0.1
    assert not ours.training
    theirs = module.state_dict()
    for name, value in ours.state_dict().items():
        assert torch.equal(value, theirs[name.removeprefix("layers.0.")])


def test_state_dicts_load_both_ways():
    theirs = torch.nn.Transformer(6, 2, 2, 2, 10, batch_first=True)
    for module in (theirs.encoder, theirs.decoder):
        ours = interop.transformer_from_torch(module)
        assert ours.norm is not None
        with torch.no_grad():
            for parameter in ours.parameters():
                parameter.normal_()
        module.load_state_dict(ours.state_dict())
        again = interop.transformer_from_torch(module)
        for name, value in ours.state_dict().items():
            assert torch.equal(value, again.state_dict()[name])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("size", [None, 3])
def test_an_attention(bias, size):
    module = torch.nn.MultiheadAttention(6, 2, dropout=0.2, bias=bias, kdim=size, vdim=size)
    ours = interop.transformer_from_torch(module.double())
    assert (ours.num_heads, ours.memory_size, ours.dropout) == (2, size or 6, 0.2)
    assert (ours.in_proj_bias is not None) is bias
    assert ours.state_dict().keys() == module.state_dict().keys()
    assert ours.out_proj.weight.dtype == torch.float64


def test_nothing_is_drawn():
    module = encoder_layer()
    torch.manual_seed(5)
    interop.transformer_from_torch(module)
    after = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(3))


def mixed():
    stack = torch.nn.TransformerEncoder(encoder_layer(), 2, enable_nested_tensor=False)
    stack.layers[1] = encoder_layer(norm_first=True)
    return stack


def with_norm(norm):
    return torch.nn.TransformerEncoder(encoder_layer(), 1, norm, enable_nested_tensor=False)


def uneven():
    layer = encoder_layer()
    layer.norm2.eps = 0.1
    return layer


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (
            lambda: torch.nn.Linear(2, 2),
            r"module must be a torch.nn Multihead.* got Linear",
        ),
        (
            lambda: torch.nn.Transformer(6, 2, 1, 1, 10, batch_first=True),
            "encoder and decoder of a Transformer",
        ),
        (lambda: encoder_layer(activation="gelu"), "cannot have: activation other than relu"),
        (lambda: torch.nn.MultiheadAttention(6, 2, add_bias_kv=True), "add_bias_kv=True"),
        (lambda: torch.nn.MultiheadAttention(6, 2, add_zero_attn=True), "add_zero_attn=True"),
        (lambda: torch.nn.MultiheadAttention(6, 2, kdim=3, vdim=4), "kdim != vdim"),
        (uneven, "norm1.eps != norm2.eps"),
        (mixed, "layers of different options"),
        (lambda: with_norm(torch.nn.Identity()), "norm other than LayerNorm"),
        (
            lambda: with_norm(torch.nn.LayerNorm(6, eps=0.1)),
            "norm.eps or norm.bias other than those of the layers",
        ),
        (lambda: with_norm(torch.nn.LayerNorm(6, bias=False)), "norm.eps or norm.bias other"),
    ],
)
def test_refused(module, message):
    with pytest.raises(ArgumentError, match=message):
        interop.transformer_from_torch(module())
