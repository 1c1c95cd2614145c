"""Large buffers of the kernels: memory that goes from call to call."""

import gc
import os

import pytest
import torch

from saiki import nn
from saiki.kernels._call import LARGE, new_buffer

COUNT = LARGE // 4  # floats

pytestmark = pytest.mark.usefixtures("compiled")


@pytest.fixture
def compiled():
    from saiki.kernels import compiled_level

    if compiled_level() is None:
        pytest.skip("no compiled kernels")


def test_a_block_comes_back_when_its_last_tensor_dies():
    first = new_buffer(COUNT + 8)
    view, place = first[5:], first.data_ptr()
    del first
    assert new_buffer(COUNT + 8).data_ptr() != place, "a view still holds the block"
    del view
    gc.collect()
    again = [new_buffer(COUNT + 8) for _ in range(3)]
    assert place in [buffer.data_ptr() for buffer in again]


def test_living_buffers_do_not_overlap():
    buffers = [new_buffer(COUNT + 100 * k) for k in range(6)]
    for k, buffer in enumerate(buffers):
        buffer.fill_(k)
    del buffers[2]
    buffers.append(new_buffer(COUNT).fill_(7))
    assert [float(buffer.min()) for buffer in buffers] == [0, 1, 3, 4, 5, 7]
    assert [float(buffer.max()) for buffer in buffers] == [0, 1, 3, 4, 5, 7]


def test_no_more_is_held_than_the_limit():
    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("needs /proc")
    with open("/proc/self/maps") as file:
        if "libasan" in file.read():
            pytest.skip("AddressSanitizer keeps what was freed")
    before = resident()
    buffers = [new_buffer(16 << 20).fill_(1) for _ in range(8)]  # 64 MiB each
    assert resident() - before > 300 << 20
    del buffers
    gc.collect()
    assert resident() - before < 300 << 20


def test_a_graph_kept_for_a_second_backward_pass_keeps_its_memory():
    layer, x = nn.GRU(64, 64), torch.randn(100, 48, 64)
    loss = layer(x)[0].square().sum()
    first = torch.autograd.grad(loss, layer.weight_hh_l0, retain_graph=True)[0]
    layer(torch.randn(100, 48, 64))[0].sum().backward()
    assert torch.equal(torch.autograd.grad(loss, layer.weight_hh_l0)[0], first)
