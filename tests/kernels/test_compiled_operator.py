"""The compiled recurrence to torch: an operator that autograd, export and compile can take."""

import pytest
import torch

from saiki import nn
from saiki.errors import BackendError
from saiki.kernels._operator import recurrence


def given(keeps, lengths=None, mask=None):
    """Arguments of the operator for a peephole LSTM that reads both ways."""
    torch.manual_seed(2)
    layer = nn.LSTM(3, 5, bidirectional=True, peephole=True)
    names = [name for place in layer._compiled_names for name in place]

    def leaf(x):
        return x.detach().clone().requires_grad_(keeps)

    weights = [leaf(getattr(layer, name)) for name in names]
    x, h, c = (leaf(torch.randn(shape)) for shape in ((7, 2, 3), (2, 2, 5), (2, 2, 5)))
    kind = str(layer._compiled_kind)
    return x, lengths, h, c, mask, weights, kind, keeps, False


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("lengths", [None, torch.tensor([7, 2])])
def test_the_operator_keeps_torchs_contract(keeps, lengths):
    mask = torch.rand(2, 2, 5).round() * 2
    for arguments in (given(keeps, lengths), given(keeps, lengths, mask)):
        found = torch.library.opcheck(recurrence, arguments)
        assert set(found.values()) == {"SUCCESS"}


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_graph_holds_the_layer_whole(cell, backend):
    torch.compiler.reset()
    layer = cell.build(3, 5, 2, bidirectional=True)
    x = torch.randn(4, 2, 3)
    graph = torch.compile(layer, fullgraph=True, backend=backend)
    names, parameters = zip(*layer.named_parameters(), strict=True)

    def gradients(form):
        output = form(x)[0]
        found = torch.autograd.grad(output.square().sum(), parameters)
        return {"output": output.detach(), **dict(zip(names, found, strict=True))}

    mine, plain = gradients(graph), gradients(layer)
    for name, want in plain.items():
        torch.testing.assert_close(mine[name], want, rtol=0, atol=0)


@pytest.mark.parametrize("is_dynamic", [False, True])
def test_an_exported_program_holds_the_operator(cell, is_dynamic):
    layer = cell.build(3, 5, 2, bidirectional=True, batch_first=True).eval()
    shapes = {"x": {0: torch.export.Dim("batch", min=1, max=64)}} if is_dynamic else None
    with torch.no_grad():
        program = torch.export.export(layer, (torch.randn(2, 7, 3),), dynamic_shapes=shapes)
        x = torch.randn(6 if is_dynamic else 2, 7, 3)
        assert torch.equal(program.module()(x)[0], layer(x)[0])
    graphs = [part.graph for part in program.graph_module.modules()]
    used = [str(node.target) for graph in graphs for node in graph.nodes]
    assert sum("saiki.recurrence" in name for name in used) == 2


def test_automatic_mixed_precision_leaves_the_recurrence_in_float32(cell):
    layer, x = cell.build(3, 5), torch.randn(4, 2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, _ = layer(x)
        assert output.dtype == torch.float32
        assert torch.equal(output, layer(x)[0])
        halves, _ = layer(x.bfloat16())
    assert torch.equal(halves, layer(x.bfloat16().float())[0])


@pytest.mark.parametrize("lengths", [None, [6, 2, 4]])
@pytest.mark.parametrize("options", [{}, {"layer_norm": True}], ids=str)
def test_second_derivatives_are_those_of_the_torch_form(cell, make_cell, twin, lengths, options):
    layer = make_cell(cell.kind, {**cell.options, **options}).build(3, 7, bidirectional=True)
    drawn = cell.draw(layer, 3, 6)

    def second(form):
        dtype = form.weight_ih_l0.dtype
        x, *state = (part.to(dtype).requires_grad_() for part in drawn)
        over = (x, *state, *form.parameters())
        output, _ = form(x, state[0] if len(state) == 1 else tuple(state), lengths=lengths)
        first = torch.autograd.grad(output.square().sum(), over, create_graph=True)
        return torch.autograd.grad(sum(part.square().sum() for part in first), over)

    for mine, exact in zip(second(layer), second(twin(layer)), strict=True):
        near = 1e-4 * max(1e-3, float(exact.abs().max()))
        torch.testing.assert_close(mine.double(), exact, rtol=0, atol=near)


def test_torch_func_gets_another_form_or_an_error(make_cell):
    layer = make_cell("LSTM", {"peephole": True}).build(3, 5)
    x = torch.randn(4, 2, 3, requires_grad=True)
    with pytest.raises(BackendError, match=r"backend='compiled' .* got torch\.func"):
        torch.func.grad(lambda x: layer(x)[0].sum())(x)
    output = layer(x)[0]
    (expected,) = torch.autograd.grad(output.sum(), x)
    layer.backend = "auto"
    found = torch.func.grad(lambda x: layer(x)[0].sum())(x)
    torch.testing.assert_close(found, expected)
    many = torch.func.vmap(lambda x: layer(x)[0])(x.detach().unsqueeze(0))
    torch.testing.assert_close(many[0], output)
