"""Products of a loop with one weight: values and all gradients as autograd's own."""

import pytest
import torch

from saiki.models._loop_products import LoopProduct

STEPS, B, K = 5, 3, 4
FIXED = {"one for all": (K, K), "one a row": (B, K, K)}


def plain(x, fixed):
    return x @ fixed if fixed.dim() == 2 else (x[:, None] @ fixed)[:, 0]


def run(product, h, inputs, last=STEPS):
    """h_t = tanh(h_{t-1} W + x_t); the sum of what comes up to step `last`."""
    total = 0.0
    for x in inputs[:last]:
        h = (product(h) + x).tanh()
        total = total + (h * h.detach().cos()).sum()
    return total


@pytest.fixture(params=FIXED)
def leaves(request):
    torch.manual_seed(1)
    shapes = {"fixed": FIXED[request.param], "h": (B, K), "inputs": (STEPS, B, K)}
    return {
        name: torch.randn(shape, dtype=torch.float64, requires_grad=True)
        for name, shape in shapes.items()
    }


def both(leaves):
    """The loss by a product of the loop, and by autograd alone."""
    fixed, h, inputs = leaves.values()
    return run(LoopProduct(fixed), h, inputs), run(lambda x: plain(x, fixed), h, inputs)


def gradients(loss, leaves, **how):
    return torch.autograd.grad(loss, list(leaves.values()), **how)


def test_values_and_gradients_are_those_of_autograd(leaves):
    ours, theirs = both(leaves)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(gradients(ours, leaves), gradients(theirs, leaves))


def test_a_graph_that_is_kept_gives_the_same_gradients_again(leaves):
    ours, theirs = both(leaves)
    wanted = gradients(theirs, leaves)
    for _ in range(2):
        torch.testing.assert_close(gradients(ours, leaves, retain_graph=True), wanted)
    (of_h,) = torch.autograd.grad(ours, [leaves["h"]], retain_graph=True)
    torch.testing.assert_close(of_h, wanted[1])
    torch.testing.assert_close(gradients(ours, leaves), wanted)


def test_second_derivatives(leaves):
    sums = []
    for loss in both(leaves):
        first = gradients(loss, leaves, create_graph=True)
        sums.append(sum((one * one.detach().sin()).sum() for one in first))
    torch.testing.assert_close(gradients(sums[0], leaves), gradients(sums[1], leaves))


def test_steps_that_nothing_reads_have_no_part(leaves):
    """The last states of a decoder go nowhere: their steps do not go back."""
    fixed, h, inputs = leaves.values()
    product = LoopProduct(fixed)
    state = h
    for x in inputs:
        before, state = state, (product(state) + x).tanh()
    wanted = run(lambda x: plain(x, fixed), h, inputs, STEPS - 1)
    ours = run(LoopProduct(fixed), h, inputs, STEPS - 1)
    torch.testing.assert_close(gradients(ours, leaves), gradients(wanted, leaves))
    (found,) = torch.autograd.grad(before.sum(), [fixed])
    again = h
    for x in inputs[: STEPS - 1]:
        again = (plain(again, fixed) + x).tanh()
    (expected,) = torch.autograd.grad(again.sum(), [fixed])
    torch.testing.assert_close(found, expected)


def test_the_weight_has_its_gradient_in_one_product(leaves):
    fixed, h, inputs = leaves.values()
    arrived = []
    fixed.register_hook(arrived.append)
    product = LoopProduct(fixed)
    made = []
    of_fixed = product.of_fixed
    product.of_fixed = lambda: made.append(len(product.going_back)) or of_fixed()
    run(product, h, inputs).backward()
    assert made == [STEPS]
    assert len(arrived) == 1
    assert not product.going_back


def test_without_gradients_nothing_is_remembered(leaves):
    fixed, h, inputs = leaves.values()
    product = LoopProduct(fixed)
    with torch.no_grad():
        found = run(product, h, inputs)
    torch.testing.assert_close(found, run(lambda x: plain(x, fixed), h, inputs).detach())
    assert not product.going_back


def test_under_autocast_the_products_alone_are_narrow(leaves):
    with torch.no_grad():
        leaves = {name: leaf.float().requires_grad_() for name, leaf in leaves.items()}
    fixed, h, inputs = leaves.values()
    wanted = run(lambda x: plain(x, fixed), h, inputs)
    with torch.autocast("cpu", torch.bfloat16):
        product = LoopProduct(fixed)
        assert product(h).dtype == torch.float32
        ours = run(LoopProduct(fixed), h, inputs)
    assert product.fixed.dtype == torch.bfloat16
    assert ours.item() != wanted.item()
    found, expected = gradients(ours, leaves), gradients(wanted, leaves)
    for mine, theirs in zip((ours, *found), (wanted, *expected), strict=True):
        assert mine.dtype == torch.float32
        assert (mine - theirs).norm() < 0.03 * theirs.norm()
