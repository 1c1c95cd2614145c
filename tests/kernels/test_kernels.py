"""Kernels: the forms of a recurrence agree with each other, and the choice between them."""

import pytest
import torch

from saiki import kernels
from saiki.errors import ArgumentError, BackendError
from saiki.kernels._loop import gru_scan, rnn_scan

FORMS = {
    "rnn-tanh": (kernels.rnn_loop, rnn_scan, {"activation": torch.tanh}, 1),
    "rnn-relu": (kernels.rnn_loop, rnn_scan, {"activation": torch.relu}, 1),
    "gru": (kernels.gru_loop, gru_scan, {}, 3),
}


def problem(blocks, steps, batch, inputs=3, hidden=5):
    generator = torch.Generator().manual_seed(steps)

    def draw(*shape):
        values = torch.randn(shape, generator=generator, dtype=torch.float64) / 2
        return values.requires_grad_()

    rows = blocks * hidden
    weights = kernels.Weights(
        weight_ih=draw(rows, inputs),
        weight_hh=draw(rows, hidden),
        bias_ih=draw(rows),
        bias_hh=draw(rows),
    )
    return draw(steps, batch, inputs), draw(batch, hidden), weights


def ends(result, x, h, weights):
    """Values, and the gradients of a sum in which every number has its own weight."""
    generator = torch.Generator().manual_seed(1)
    total = sum(
        (part * torch.randn(part.shape, generator=generator, dtype=torch.float64)).sum()
        for part in (result.output, result.state[0])
    )
    over = (x, h, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh)
    return [result.output, result.state[0], *torch.autograd.grad(total, over)]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, "ragged", "ties"])
@pytest.mark.parametrize("steps", [1, 2, 7, 63])
@pytest.mark.parametrize("name", FORMS)
def test_our_own_backward_pass_equals_autograds(name, steps, lengths, reverse):
    own, scan, how, blocks = FORMS[name]
    x, h, weights = problem(blocks, steps, 4)
    ragged = None
    if lengths and steps > 1:
        some = {"ragged": [steps, 1, 2, steps // 2 + 1], "ties": [1, steps, 1, steps]}
        given = some[lengths]
        ragged = kernels.read_ragged(torch.tensor(given), steps, x.device)
        x = x.detach().masked_fill(~ragged.valid, 0).requires_grad_()
    mine, theirs = (
        ends(form(x, (h,), weights, ragged=ragged, reverse=reverse, **how), x, h, weights)
        for form in (own, scan)
    )
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


def test_what_a_ragged_batch_holds():
    ragged = kernels.read_ragged(torch.tensor([2, 3, 1]), 3, torch.device("cpu"))
    rows = [[True, True, True], [True, True, False], [False, True, False]]
    assert ragged.valid.squeeze(2).tolist() == rows
    assert ragged.live == (3, 2, 1)
    assert ragged.order.tolist() == [1, 0, 2]
    assert ragged.packed.tolist() == [1, 0, 2, 4, 3, 7]
    assert ragged.ends.tolist() == [3, 7, 2]
    x = torch.arange(9.0).view(3, 3, 1)
    assert kernels.mirror(x, ragged).squeeze(2).tolist() == [[3, 7, 2], [0, 4, 5], [6, 1, 8]]
    assert kernels.read_ragged(torch.tensor([3, 3]), 3, torch.device("cpu")) is None


def test_buffers_are_not_read_before_they_are_written():
    """An uninitialised buffer may hold NaN."""
    torch.use_deterministic_algorithms(True)  # fills what `empty` gives with NaN
    try:
        for own, _, how, blocks in FORMS.values():
            x, h, weights = problem(blocks, 7, 4)
            ragged = kernels.read_ragged(torch.tensor([7, 1, 3, 4]), 7, x.device)
            result = own(x, (h,), weights, ragged=ragged, **how)
            assert all(bool(v.isfinite().all()) for v in ends(result, x, h, weights))
    finally:
        torch.use_deterministic_algorithms(False)


NEVER = {"obstacle": "float64"}


@pytest.mark.parametrize(
    ("how", "form"),
    [
        ({"requested": "auto", "is_plain": True, "obstacle": None}, "compiled"),
        ({"requested": "auto", "is_plain": False, "obstacle": None, "trace": True}, "compiled"),
        ({"requested": "compiled", "is_plain": False, "obstacle": None}, "compiled"),
        ({"requested": "auto", "is_plain": True, **NEVER}, "fused"),
        ({"requested": "auto", "is_plain": True, "prefers_loop": True, **NEVER}, "loop"),
        ({"requested": "auto", "is_plain": True, "trace": True, **NEVER}, "loop"),
        ({"requested": "auto", "is_plain": False, **NEVER}, "loop"),
        ({"requested": "loop", "is_plain": True, "obstacle": None}, "loop"),
        ({"requested": "fused", "is_plain": True, "prefers_loop": True, "obstacle": None}, "fused"),
    ],
)
def test_the_choice_of_a_form(how, form):
    assert kernels.choose(layer="GRU", **how) == form


def test_a_form_asked_for_by_name_does_not_give_way():
    with pytest.raises(BackendError, match=r"GRU: backend='fused' must have a plain cell.*; got"):
        kernels.choose("fused", layer="GRU", is_plain=False, obstacle=None)
    with pytest.raises(BackendError, match=r"GRU\.forward: backend='fused' .* got trace=True"):
        kernels.choose("fused", layer="GRU", is_plain=True, obstacle=None, trace=True)
    with pytest.raises(ArgumentError, match=r"GRU: backend must be .*; got 'cuda'\. Use 'auto'"):
        kernels.choose("cuda", layer="GRU", is_plain=True, obstacle=None)
    with pytest.raises(BackendError, match=r"GRU: backend='compiled' must .*; got float64\. Use "):
        kernels.choose("compiled", layer="GRU", is_plain=True, **NEVER)
