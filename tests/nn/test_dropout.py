"""Drop-out forms: what a mask spans, its scale, where gradients go, and nothing at p = 0."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from saiki import nn
from saiki.errors import ArgumentError, ShapeError
from saiki.kernels import compiled_level
from saiki.nn.dropout import _mask


def draw(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(2)).abs() + 0.1


def share_is(dropped, p):
    """Within five standard deviations of the share that independent draws give."""
    spread = (p * (1 - p) / dropped.numel()) ** 0.5
    return abs(dropped.double().mean().item() - p) < 5 * spread


@settings(max_examples=30, deadline=None)
@given(p=st.floats(0.001, 0.999), count=st.integers(2000, 2300), seed=st.integers(0, 2**31))
def test_masks_are_zero_at_the_rate_asked_for_and_scaled_elsewhere(p, count, seed):
    torch.manual_seed(seed)
    mask = _mask((count,), p, torch.ones(1, dtype=torch.float64))
    assert mask.shape == (count,)
    assert share_is(mask == 0, p)
    assert mask[mask != 0].eq(1 / (1 - p)).all()


def test_a_mask_has_no_pattern():
    torch.manual_seed(0)
    kept = _mask((400, 501), 0.3, torch.ones(1)).ne(0).double() - 0.7
    for one, other in ((kept[1:], kept[:-1]), (kept[:, 1:], kept[:, :-1])):
        spread = 0.21 / one.numel() ** 0.5
        assert abs((one * other).mean().item()) < 5 * spread
    rates = kept.mean(1) / (0.21 / 501) ** 0.5
    assert 0.85 < rates.std().item() < 1.15


@pytest.mark.parametrize("p", [1 - 2**-40, 2**-40])
def test_masks_at_the_ends_of_the_range(p):
    mask = _mask((1000,), p, torch.ones(1))
    assert mask.eq(0).all() if p > 0.5 else mask.eq(1).all()


def test_drop_out_drops_single_numbers_and_hands_gradients_to_the_rest():
    torch.manual_seed(1)
    x = draw(30, 6, 50).requires_grad_()
    layer = nn.Dropout(0.3)
    y = layer(x)
    dropped = y == 0
    assert share_is(dropped, 0.3)
    torch.testing.assert_close(y[~dropped], x[~dropped] / 0.7)
    y.sum().backward()
    torch.testing.assert_close(x.grad, (~dropped) / 0.7)
    assert layer(x.bfloat16()).dtype == torch.bfloat16
    assert layer.eval()(x) is x
    assert nn.Dropout(0.0)(x) is x


def test_variational_drop_out_drops_the_same_features_at_every_step():
    torch.manual_seed(1)
    x = draw(30, 6, 50)
    y = nn.VariationalDropout(0.3)(x)
    dropped = y == 0
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert share_is(dropped[:, 0], 0.3)
    torch.testing.assert_close(y[~dropped], x[~dropped] / 0.7)
    assert not torch.equal(dropped[0], dropped[1])


def test_embedding_drop_out_drops_whole_word_types():
    torch.manual_seed(1)
    weight = draw(400, 5)
    tokens = torch.randperm(400).repeat(3).view(30, 40).int()
    y = nn.EmbeddingDropout(0.4)(weight, tokens)
    dropped = y == 0
    gone = torch.zeros(400, dtype=torch.bool)
    gone[tokens[dropped[..., 0]].long()] = True
    assert torch.equal(dropped, gone[tokens.long()].unsqueeze(-1).expand_as(dropped))
    assert share_is(gone, 0.4)
    torch.testing.assert_close(y[~dropped], weight[tokens.long()][~dropped] / 0.6)


def test_gradients_of_embedding_drop_out():
    weight = draw(6, 3).double().requires_grad_()
    tokens = torch.tensor([[5, 2, 5], [1, 2, 0]])
    layer = nn.EmbeddingDropout(0.5)

    def run(weight):
        torch.manual_seed(4)
        return layer(weight, tokens)

    assert torch.autograd.gradcheck(run, weight)
    counts = torch.tensor([1.0, 1, 2, 0, 0, 2])
    y = run(weight)
    y.sum().backward()
    kept = torch.zeros(6).index_put((tokens,), (y[..., 0] != 0).float())
    assert 0 < kept.sum() < 4
    torch.testing.assert_close(weight.grad[:, 1].float(), 2 * kept * counts)


def build(kind, inputs=5, hidden=7, *, p=0.4, **options):
    torch.manual_seed(7)
    layer = getattr(nn, kind)(inputs, hidden, 2, batch_first=True, bidirectional=True, **options)
    return nn.WeightDropout(layer, p)


def masked_copy(layer, p):
    """The same layer with masks on its recurrent weights, drawn in the order of its names."""
    other = copy.deepcopy(layer)
    with torch.no_grad():
        for name, weight in other.named_parameters():
            if name.startswith("weight_hh"):
                weight.mul_(_mask(weight.shape, p, weight))
    return other


@pytest.mark.parametrize("backend", ["compiled", "fused", "loop"])
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_weight_drop_out_is_the_layer_with_masked_recurrent_weights(kind, backend):
    if backend == "compiled" and compiled_level() is None:
        pytest.skip("this machine has no compiled kernels")
    # A backend asked for by name never falls back: that this runs shows that it ran.
    dropped = build(kind, backend=backend)
    x, lengths = draw(3, 6, 5), [6, 2, 4]
    torch.manual_seed(5)
    wanted = masked_copy(dropped.layer, 0.4)
    torch.manual_seed(5)
    output, state = dropped(x, lengths=lengths)
    expected, end = wanted(x, lengths=lengths)
    assert torch.equal(output, expected)
    for mine, theirs in zip(torch.as_tensor(state[0]), torch.as_tensor(end[0]), strict=True):
        assert torch.equal(mine, theirs)
    output.square().sum().backward()
    expected.square().sum().backward()
    for (name, mine), theirs in zip(
        dropped.layer.named_parameters(), wanted.parameters(), strict=True
    ):
        gradient = theirs.grad
        if name.startswith("weight_hh"):
            kept = theirs != 0
            assert share_is(~kept, 0.4)
            gradient = gradient * kept / 0.6
        torch.testing.assert_close(mine.grad, gradient)


def test_weight_drop_out_leaves_the_layer_as_it_was():
    dropped = build("LSTM")
    before = copy.deepcopy(dropped.state_dict())
    parameters = [id(parameter) for parameter in dropped.parameters()]
    first, _ = dropped(draw(2, 4, 5))
    second, _ = dropped(draw(2, 4, 5))
    assert not torch.equal(first, second)
    assert [id(parameter) for parameter in dropped.parameters()] == parameters
    assert {name.removeprefix("layer.") for name in before} == set(dropped.layer.state_dict())
    for name, tensor in dropped.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_weight_drop_out_passes_on_states_and_traces():
    dropped = build("GRU")
    x, state = draw(2, 4, 5), draw(4, 2, 7)
    torch.manual_seed(3)
    with torch.no_grad():
        output, _, seen = dropped(x, state, trace=True)
    torch.manual_seed(3)
    expected, _ = masked_copy(dropped.layer, 0.4)(x, state)
    assert len(seen) == 4
    torch.testing.assert_close(output, expected)


def test_an_optimiser_moves_the_raw_weights():
    dropped = build("LSTM")
    raw = dropped.layer.weight_hh_l1.detach().clone()
    optimiser = torch.optim.SGD(dropped.parameters(), lr=1.0)
    dropped(draw(2, 4, 5))[0].sum().backward()
    gradient = dropped.layer.weight_hh_l1.grad.clone()
    optimiser.step()
    assert (gradient != 0).any()
    assert torch.equal(dropped.layer.weight_hh_l1, raw - gradient)


@pytest.mark.parametrize("training", [True, False])
def test_off_is_the_identity_and_draws_nothing(training):
    p = 0.0 if training else 0.5
    x, weight, tokens = draw(2, 4, 5), draw(9, 3), torch.tensor([[1, 8, 1]])
    dropped = build("GRU", p=p).train(training)
    before = torch.get_rng_state()
    assert nn.VariationalDropout(p).train(training)(x) is x
    assert torch.equal(nn.EmbeddingDropout(p).train(training)(weight, tokens), weight[tokens])
    assert torch.equal(dropped(x)[0], dropped.layer(x)[0])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, "0.5", True])
def test_rates_out_of_range_are_refused(p):
    for make in (nn.Dropout, nn.VariationalDropout, nn.EmbeddingDropout):
        with pytest.raises(ArgumentError, match=rf"{make.__name__}: p must be .* in \[0, 1\)"):
            make(p)
    with pytest.raises(ArgumentError, match="WeightDropout: p must be a probability"):
        build("RNN", p=p)


def test_inputs_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"must be \(B, T, F\), batch first; got \(2, 3\)"):
        nn.VariationalDropout(0.5)(torch.ones(2, 3))
    look_up = nn.EmbeddingDropout(0.5)
    with pytest.raises(ShapeError, match=r"weight must be \(V, E\); got \(4,\)"):
        look_up(torch.ones(4), torch.tensor([1]))
    with pytest.raises(ArgumentError, match="must be int32 or int64; got float32"):
        look_up(torch.ones(4, 2), torch.ones(1))
    with pytest.raises(ArgumentError, match=r"in 0\.\.V-1=3; got -1 to 4"):
        look_up(torch.ones(4, 2), torch.tensor([[4, -1]]))
    with pytest.raises(ArgumentError, match=r"GRU of saiki\.nn; got Linear"):
        nn.WeightDropout(torch.nn.Linear(2, 2), 0.5)
