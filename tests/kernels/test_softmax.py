"""The rows of a softmax in C++ against float64: nats, gradients in place, their sums."""

import pytest
import torch

from saiki.kernels import softmax_gradient_, softmax_nats

COLUMNS = [1, 2, 7, 16, 63, 64, 65, 127, 1000, 1025]
NUMBERS = [torch.float32, torch.bfloat16]


def draw(rows, columns, dtype, *, spread=4.0):
    """Logits inside a wider tensor, so that rows lie apart; targets; a bias."""
    generator = torch.Generator().manual_seed(rows + 100 * columns)
    wide = (torch.randn(rows, columns + 3, generator=generator) * spread).to(dtype)
    targets = torch.randint(0, columns, (rows,), generator=generator)
    return wide, targets, torch.randn(columns, generator=generator)


def exact(logits, targets, bias):
    """Nats and gradient in float64, of the sums as float32 has them."""
    sums = (logits.float() + (0 if bias is None else bias)).double()
    gradient = sums.softmax(1)
    gradient[torch.arange(len(targets)), targets] -= 1
    return torch.nn.functional.cross_entropy(sums, targets, reduction="none"), gradient


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.usefixtures("level", "filled_with_nan")
def test_rows_are_those_of_float64(columns, dtype, has_bias):
    wide, targets, bias = draw(70, columns, dtype)
    logits, bias = wide[:, :columns], bias if has_bias else None
    nats, gradient = exact(logits, targets, bias)
    beyond = wide[:, columns:].clone()
    torch.testing.assert_close(softmax_nats(logits, targets, bias), nats, rtol=1e-6, atol=2e-7)
    mine, sums = softmax_gradient_(logits, targets, bias, sums=True)
    torch.testing.assert_close(mine, nats, rtol=1e-6, atol=2e-7)
    rounding = 2**-8 if dtype == torch.bfloat16 else 2e-6
    torch.testing.assert_close(logits.double(), gradient, rtol=rounding, atol=1e-7)
    torch.testing.assert_close(sums.double(), gradient.sum(0), rtol=1e-5, atol=1e-5)
    assert torch.equal(wide[:, columns:], beyond)


@pytest.mark.usefixtures("level")
def test_a_hundred_thousand_columns_lose_nothing():
    logits = torch.full((1, 100_000), 0.3)  # float sums one by one would stop short of the total
    logits[0, 5] = 1.7
    targets = torch.tensor([5])
    nats, gradient = exact(logits, targets, None)
    torch.testing.assert_close(softmax_nats(logits, targets), nats, rtol=1e-7, atol=0)
    softmax_gradient_(logits, targets)
    torch.testing.assert_close(logits.double(), gradient, rtol=1e-6, atol=0)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_the_torch_form_agrees(monkeypatch, dtype):
    wide, targets, bias = draw(40, 65, dtype)
    logits, again = wide[:, :65], wide[:, :65].clone()
    nats, sums = softmax_gradient_(logits, targets, bias, sums=True)
    monkeypatch.setenv("SAIKI_KERNELS", "torch")
    by_torch, torch_sums = softmax_gradient_(again, targets, bias, sums=True)
    torch.testing.assert_close(nats, by_torch, rtol=1e-6, atol=2e-6)
    torch.testing.assert_close(sums, torch_sums, rtol=1e-5, atol=1e-5)
    rounding = 2**-8 if dtype == torch.bfloat16 else 2e-6
    torch.testing.assert_close(logits, again, rtol=rounding, atol=1e-6)


@pytest.mark.parametrize("columns", [5, 130])
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.usefixtures("level")
def test_nan_and_infinity_travel_in_their_row_alone(columns, dtype):
    logits, targets = torch.zeros(4, columns, dtype=dtype), torch.tensor([0, 1, 2, 3])
    logits[0, columns - 1] = float("nan")
    logits[1, 2] = float("inf")
    logits[2, 4] = float("-inf")
    nats, _ = softmax_gradient_(logits, targets)
    assert nats.isnan().tolist() == [True, True, False, False]
    assert logits[0].isnan().all()
    assert logits[2:].isfinite().all()
    assert logits[2, 4] == 0
    assert nats[2].exp().item() == pytest.approx(columns - 1)


@pytest.mark.usefixtures("level")
def test_logits_far_from_zero_neither_overflow_nor_vanish():
    logits = torch.tensor([[3e38, 3e38, -3e38], [-5000.0, -5001.0, -5000.0]])
    nats = softmax_nats(logits, torch.tensor([0, 1]))
    assert nats[0].item() == pytest.approx(0.6931472, rel=1e-6)
    assert nats[1].item() == pytest.approx(1.8619948, rel=1e-6)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("rows", [0, 1, 33, 200])
@pytest.mark.usefixtures("level")
def test_results_do_not_depend_on_the_number_of_threads(threads, dtype, rows):
    results = []
    for count in (1, 2, 3):
        threads(count)
        wide, targets, bias = draw(rows, 67, dtype)
        nats, sums = softmax_gradient_(wide[:, :67], targets, bias, sums=True)
        results.append((wide, nats, sums))
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.usefixtures("level")
def test_bfloat16_is_rounded_to_nearest_even():
    logits = (torch.arange(2000).reshape(20, 100) / 700).bfloat16()
    targets = torch.full((20,), 7)
    wide = logits.float()
    softmax_gradient_(wide, targets)
    softmax_gradient_(logits, targets)
    assert torch.equal(logits, wide.bfloat16())


def test_other_dtypes_and_layouts_run_on_torch():
    wide, targets, bias = draw(6, 9, torch.float32)
    nats, gradient = exact(wide[:, :9], targets, bias)
    columns_first = wide[:, :9].t().contiguous().t()
    softmax_gradient_(columns_first, targets, bias)
    torch.testing.assert_close(columns_first.double(), gradient, rtol=1e-5, atol=1e-6)
    wide64 = wide[:, :9].double()
    torch.testing.assert_close(
        softmax_nats(wide64, targets, bias.double()), nats, rtol=1e-6, atol=1e-6
    )
