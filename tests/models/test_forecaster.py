"""The forecaster: teacher forcing is free running on the truth, quantiles rise, anchors shift."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saiki.errors import ArgumentError
from saiki.models import Forecaster
from saiki.models.forecaster import pinball, spread_quantiles

W, H, INPUTS, TARGETS, KNOWN = 7, 5, 4, 2, 3
CELLS = ["rnn", "lstm", "peephole-lstm", "gru"]


def make(seed=0, **options):
    torch.manual_seed(seed)
    sizes = {"window": W, "horizon": H, "known": KNOWN, "hidden_size": 6}
    return Forecaster(INPUTS, TARGETS, **sizes | options).double().eval()


def batch(count=3, seed=1):
    draw = torch.Generator().manual_seed(seed)
    shapes = ((count, W, INPUTS), (count, H, KNOWN), (count, H, TARGETS))
    return [torch.randn(shape, generator=draw, dtype=torch.float64) for shape in shapes]


OPTIONS = [
    {"decoding": decoding, "attention": attention, "bidirectional": both, "layers": layers}
    for decoding in ("direct", "autoregressive")
    for attention, both, layers in [
        ("none", False, 1),
        ("none", True, 2),
        ("additive", True, 1),
        ("dot", False, 2),
        ("general", True, 1),
    ]
]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("options", OPTIONS)
def test_every_cell_and_option_gives_a_forecast_and_gradients(cell, options):
    model = make(cell=cell, **options).train()
    values, known, truth = batch()
    forecast = model(values, known, truth if options["decoding"] != "direct" else None)
    assert forecast.shape == (3, H, TARGETS, 1)
    (forecast[..., 0] - truth).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("anchor", ["none", "last", "mean"])
def test_a_batch_gives_what_single_windows_give(options, anchor):
    model, (values, known, _) = make(**options, anchor=anchor), batch(5)
    together = model(values, known)
    alone = torch.cat([model(values[i : i + 1], known[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(together, alone, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("attention", ["none", "additive"])
def test_free_running_is_teacher_forcing_on_its_own_answers(cell, attention):
    model = make(cell=cell, decoding="autoregressive", attention=attention, anchor="last")
    values, known, _ = batch()
    free = model(values, known)
    forced = model(values, known, free[..., 0])
    torch.testing.assert_close(forced, free, rtol=1e-10, atol=1e-12)


def test_a_step_reads_the_truth_before_it_and_nothing_later():
    model = make(decoding="autoregressive")
    values, known, truth = batch()
    plain = model(values, known, truth)
    changed = truth.clone()
    changed[:, 2] += 1
    after = model(values, known, changed)
    torch.testing.assert_close(after[:, :3], plain[:, :3])
    assert not torch.allclose(after[:, 3], plain[:, 3])


def test_the_share_of_teacher_forcing_is_that_of_the_true_steps():
    model = make(decoding="autoregressive")
    values, known, truth = batch()
    torch.testing.assert_close(model(values, known, truth, 0.0), model(values, known))
    torch.manual_seed(3)
    half = model(values, known, truth, 0.5)
    assert not torch.allclose(half, model(values, known))
    assert not torch.allclose(half, model(values, known, truth))
    torch.manual_seed(3)
    torch.testing.assert_close(model(values, known, truth, 0.5), half)


@pytest.mark.parametrize("decoding", ["direct", "autoregressive"])
@pytest.mark.parametrize("anchor", ["last", "mean"])
def test_with_an_anchor_a_shift_of_the_targets_shifts_the_forecast(decoding, anchor):
    model, (values, known, _) = make(decoding=decoding, anchor=anchor), batch()
    shifted = values.clone()
    shift = torch.tensor([10.0, -3.0], dtype=torch.float64)
    shifted[..., :TARGETS] += shift
    torch.testing.assert_close(
        model(shifted, known), model(values, known) + shift[:, None], rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_decoder_begins_from_both_ends_of_each_layer(cell):
    model = make(cell=cell, bidirectional=True, layers=2)
    _, state = model.encoder(batch()[0])
    parts = state if cell == "lstm" else (state,)
    made = model._bridge(state)
    made = made if cell == "lstm" else (made,)
    for place, (part, found) in enumerate(zip(parts, made, strict=True)):
        for layer in range(2):
            both = torch.cat([part[2 * layer], part[2 * layer + 1]], -1)
            expected = model.bridges[place](both)
            torch.testing.assert_close(found[layer], expected if place else expected.tanh())


def test_the_linear_path_is_a_linear_map_of_the_own_window():
    model = make(linear_path=True, anchor="last")
    values, known, _ = batch()
    with_path = model(values, known)
    path, model.linear_path = model.linear_path, None
    own = values[..., :TARGETS] - values[:, -1:, :TARGETS]
    straight = torch.einsum("hw,bwc->bhc", path.weight, own) + path.bias[:, None]
    torch.testing.assert_close(with_path[..., 0], model(values, known)[..., 0] + straight)


def test_an_aligned_network_reads_no_target_and_begins_from_zero():
    model = Forecaster(1, 1, window=4, horizon=4, decoding="autoregressive", is_aligned=True)
    values = torch.randn(2, 4, 1)
    truth = torch.randn(2, 4, 1)
    first = model(values, None, truth)[:, 0]
    torch.testing.assert_close(first, model(values)[:, 0])


@given(st.lists(st.floats(-50, 50), min_size=5, max_size=5), st.integers(0, 4))
def test_quantiles_never_cross(raw, median):
    raw = torch.tensor(raw, dtype=torch.float64)
    spread = spread_quantiles(raw, median)
    assert (spread.diff() >= 0).all()
    assert spread[median] == raw[median]


def test_quantiles_of_the_network_rise():
    model, (values, known, _) = make(quantiles=(0.1, 0.5, 0.9)), batch()
    assert (model(values, known).diff(dim=-1) > 0).all()


def test_the_pinball_loss_is_least_at_the_quantile():
    truth = torch.tensor(np.random.default_rng(0).exponential(size=4001))
    places = torch.linspace(0, 5, 501, dtype=torch.float64)
    for level in (0.1, 0.5, 0.9):
        losses = pinball(places[:, None, None].expand(-1, 4001, 1), truth, [level]).mean(-1)
        best = places[losses.argmin()].item()
        assert best == pytest.approx(np.quantile(truth.numpy(), level), abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantiles": (0.9, 0.5)}, "quantiles must rise"),
        ({"quantiles": (0.1, 0.9)}, "0.5 among them"),
        ({"quantiles": (0.0, 0.5)}, r"within \(0, 1\)"),
        ({"quantiles": (0.5,), "decoding": "autoregressive"}, "quantiles needs decoding direct"),
        ({"linear_path": True, "decoding": "autoregressive"}, "linear_path needs decoding direct"),
        (
            {"is_aligned": True, "horizon": W, "anchor": "last"},
            "anchor needs the targets' own past",
        ),
        ({"is_aligned": True, "horizon": W, "linear_path": True}, "linear_path needs the targets'"),
        ({"is_aligned": True}, f"horizon must be {W}, as window; got {H}"),
        ({"attention": "dot", "bidirectional": True}, "dot attention needs an encoder of one"),
    ],
)
def test_options_that_do_not_go_together(options, message):
    with pytest.raises(ArgumentError, match=message):
        make(**options)
