"""The compiled kernels read memory by address: layouts, aliases, and gradients nobody wants."""

import pytest
import torch


def first_of(drawn):
    """The first state as a layer takes it."""
    return drawn[1] if len(drawn) == 2 else tuple(drawn[1:])


def test_tensors_that_are_not_contiguous_are_read_as_they_are(cell, run):
    layer = cell.build(4, 5)
    plain = cell.draw(layer, 3, 6)
    x = torch.empty(4, 6, 3).permute(1, 2, 0).copy_(plain[0])
    wide = torch.empty(6, 3, 9)[..., 2:6].copy_(plain[0])
    states = [torch.empty(3, 5, 1).permute(2, 0, 1).copy_(part) for part in plain[1:]]
    assert not x.is_contiguous()
    expected = run(layer, plain)
    for other in ([x, *plain[1:]], [wide, *plain[1:]], [plain[0], *states]):
        answer = layer(other[0], first_of(other))
        assert torch.equal(answer[0], expected["output"])
    same = plain[0][:1, :1].expand(6, 3, 4)
    assert torch.equal(layer(same)[0], layer(same.contiguous())[0])


def test_weights_and_lengths_that_are_not_contiguous_are_read_as_they_are(cell, run):
    layer = cell.build(4, 5)
    drawn, lengths = cell.draw(layer, 3, 6), torch.tensor([6, 1, 2, 1, 4, 1])
    expected = run(layer, drawn, lengths[::2].tolist())
    assert torch.equal(run(layer, drawn, lengths[::2])["output"], expected["output"])
    fives = run(layer, drawn, torch.tensor(5).expand(3))
    assert torch.equal(fives["output"], run(layer, drawn, [5, 5, 5])["output"])
    for name, parameter in [*layer.named_parameters()]:
        strided = torch.empty(*parameter.shape, 2)[..., 0].copy_(parameter.detach())
        setattr(layer, name, torch.nn.Parameter(strided))
    strided = run(layer, drawn, lengths[::2].tolist())
    assert all(torch.equal(strided[name], expected[name]) for name in expected)


def test_lengths_changed_after_the_run_change_no_gradient(cell):
    layer, lengths = cell.build(4, 5), torch.tensor([2, 6, 4])
    x = cell.draw(layer, 3, 6)[0].requires_grad_()
    (expected,) = torch.autograd.grad(layer(x, lengths=lengths)[0].sum(), x)
    output = layer(x, lengths=lengths.numpy())[0]
    lengths.numpy()[:] = 6  # unseen by torch's count of versions
    assert torch.equal(torch.autograd.grad(output.sum(), x)[0], expected)


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1), (0, 2, 1)])
def test_a_strided_state_gives_drop_out_its_own_mask(cell, order):
    layer = cell.build(4, 5, bidirectional=True, recurrent_dropout=0.5)
    x, *state = cell.draw(layer, 3, 6)
    back = [order.index(k) for k in range(3)]
    strided = [part.permute(order).contiguous().permute(back) for part in state]
    shown = torch.ones(2, 3, 5)
    shown[:, 1] = 0
    layer._mask = lambda like: torch.empty_like(like).copy_(shown)
    plain, other = (layer(x, first_of([x, *part]))[0] for part in (state, strided))
    assert torch.equal(plain, other)


@pytest.mark.parametrize("frozen", ["weight_ih_l0", "weight_hh_l0_reverse", "bias", "weight"])
def test_only_the_weights_that_want_gradients_get_them(cell, run, frozen):
    layer = cell.build(4, 5, bidirectional=True)
    drawn = cell.draw(layer, 3, 6)
    expected = run(layer, drawn)
    for name, parameter in layer.named_parameters():
        parameter.requires_grad_(frozen not in name)
    output, end = layer(drawn[0], first_of(drawn))
    values = [output, *(end if isinstance(end, tuple) else (end,))]
    generator = torch.Generator().manual_seed(9)  # the weights of the sum as in `run`
    total = sum((part * torch.randn(part.shape, generator=generator)).sum() for part in values)
    total.backward()
    for name, parameter in layer.named_parameters():
        if frozen in name:
            assert parameter.grad is None
        else:
            assert torch.equal(parameter.grad, expected[f"gradient of {name}"])


def test_an_input_gets_its_gradient_from_a_frozen_layer(cell, run):
    layer = cell.build(4, 5, bidirectional=True)
    drawn = cell.draw(layer, 3, 6)
    expected = run(layer, drawn)["output"]
    (whole,) = torch.autograd.grad(layer(x := drawn[0].requires_grad_())[0].sum(), x)
    layer.requires_grad_(requires_grad=False)
    (alone,) = torch.autograd.grad(layer(x)[0].sum(), x)
    assert torch.equal(alone, whole)
    assert torch.equal(layer(x, first_of(drawn))[0], expected)


def test_an_output_changed_in_place_spoils_no_gradient(cell):
    layer = cell.build(4, 5)
    x = cell.draw(layer, 3, 6)[0].requires_grad_()
    (expected,) = torch.autograd.grad(layer(x)[0].sum(), x)
    output, _ = layer(x)
    output.mul_(0).add_(layer(x)[0].detach())
    output, end = layer(x)
    for part in (output, *(end if isinstance(end, tuple) else (end,))):
        part.add_(100)
    assert torch.equal(torch.autograd.grad(output.sum(), x, retain_graph=True)[0], expected)
    assert torch.equal(torch.autograd.grad(output.sum(), x)[0], expected)  # and a second time
