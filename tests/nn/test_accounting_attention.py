"""The account of attention against torch's counter of operations and what autograd keeps."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from saiki import nn
from saiki.nn.accounting import count

B, T = 3, 12
LAYERS = [
    nn.AdditiveAttention(16, 24, 8),
    nn.DotAttention(16),
    nn.GeneralAttention(16, 24),
    nn.GeneralAttention(16, 16),
    nn.MultiHeadAttention(16, 2, memory_size=24),
    nn.MultiHeadAttention(16, 4, bias=False),
]


def given(layer, steps=T, **how):
    memory_size = getattr(layer, "memory_size", 16)
    memory = torch.randn(B, steps, memory_size, **how)
    is_itself = isinstance(layer, nn.MultiHeadAttention) and memory_size == 16
    return torch.randn(B, steps, 16, **how), None if is_itself else memory


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_multiply_adds_equal_those_that_torch_counts_on_a_full_batch(layer):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(*given(layer), trace=True)
    # torch counts a multiply-add as two operations.
    assert count(layer, [T] * B).multiply_adds == counter.get_total_flops() // 2


@pytest.mark.parametrize("kind", [nn.TransformerEncoder, nn.TransformerDecoder])
def test_multiply_adds_of_a_stack(kind):
    stack, x = kind(16, 2, 3, 40, norm_first=True), torch.randn(B, T, 16)
    others = () if kind is nn.TransformerEncoder else (torch.randn(B, T, 16),)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        stack(x, *others, trace=True)
    assert count(stack, [T] * B).multiply_adds == counter.get_total_flops() // 2


def test_pairs_are_those_of_each_sequence_alone():
    layer, lengths = nn.DotAttention(5), [12, 9, 3]
    assert count(layer, lengths).multiply_adds == 2 * 5 * (12**2 + 9**2 + 3**2)


KEPT = [(layer, torch.float32) for layer in LAYERS]
# Without parameters there is no dtype to read off a layer.
KEPT += [(layer, torch.float64) for layer in LAYERS if list(layer.parameters())]


@pytest.mark.parametrize(("layer", "dtype"), KEPT)
def test_bytes_are_those_that_autograd_keeps(layer, dtype):
    layer.to(dtype)
    query, memory = given(layer, 40, dtype=dtype, requires_grad=True)
    parameters = {parameter.untyped_storage().data_ptr() for parameter in layer.parameters()}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)  # held, so no address repeats
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        layer(query, memory)
    wanted = sum(size for size, _ in kept.values())
    assert count(layer, [40] * B).activation_bytes == pytest.approx(wanted, rel=0.04)
