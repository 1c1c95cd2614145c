"""Heads over a vocabulary: the equations, autograd of plain torch, and what they refuse."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from saiki import equations, nn
from saiki.errors import ArgumentError, BackendError, ShapeError
from saiki.nn import _summed_loss

SIZES = [1, 2, 7, 63, 65, 1000]
H = 17


def draw(rows, vocabulary, dtype=torch.float32):
    torch.manual_seed(rows + vocabulary)
    hidden = torch.randn(rows, H, dtype=dtype, requires_grad=True)
    return hidden, torch.randint(0, vocabulary, (rows,))


def make(vocabulary, dtype=torch.float32, **options):
    torch.manual_seed(4)
    head = nn.FullSoftmax(H, vocabulary, **options)
    if head.bias is not None:
        torch.nn.init.normal_(head.bias)
    return head.to(dtype)


def heads(vocabulary=50):
    torch.manual_seed(1)
    counts = np.arange(vocabulary)[::-1]
    return [
        nn.FullSoftmax(H, vocabulary),
        nn.SampledSoftmax(H, vocabulary, counts=counts, samples=9),
        nn.AdaptiveSoftmax(H, vocabulary, cutoffs=(10, 30)),
    ]


def gradients(loss, *inputs):
    return torch.autograd.grad(loss * 0.7, inputs)


def by_torch(head, hidden, targets):
    logits = functional.linear(hidden, head.weight, head.bias)
    return functional.cross_entropy(logits, targets, reduction="sum")


@pytest.mark.parametrize("vocabulary", SIZES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("bias", [False, True])
def test_the_loss_and_its_gradients_are_those_of_torch(vocabulary, dtype, bias):
    head, (hidden, targets) = make(vocabulary, dtype, bias=bias), draw(37, vocabulary, dtype)
    inputs = [hidden, *head.parameters()]
    exact = by_torch(
        make(vocabulary, torch.float64, bias=bias), twin := hidden.detach().double(), targets
    )
    tolerance = (
        {"rtol": 1e-6, "atol": 1e-6} if dtype == torch.float32 else {"rtol": 1e-12, "atol": 1e-12}
    )
    loss = head.loss(hidden, targets)
    torch.testing.assert_close(loss.double(), exact, **tolerance)
    assert loss.dtype == dtype
    reference, twin = make(vocabulary, torch.float64, bias=bias), twin.requires_grad_()
    want = gradients(by_torch(reference, twin, targets), twin, *reference.parameters())
    for mine, theirs in zip(gradients(loss, *inputs), want, strict=True):
        assert mine.dtype == dtype
        tolerance["atol"] = tolerance["rtol"] * max(1.0, float(theirs.abs().max()))
        torch.testing.assert_close(mine.double(), theirs, **tolerance)


def test_the_loss_and_its_gradients_are_the_equations():
    head, (hidden, targets) = make(23, torch.float64), draw(15, 23, torch.float64)
    parts = [x.detach().numpy() for x in (hidden, head.weight, head.bias)]
    nats = equations.next_token_nats(*parts, targets.numpy())
    np.testing.assert_allclose(head.nats(hidden, targets).numpy(), nats, rtol=1e-12)
    want = equations.next_token_gradients(*parts, targets.numpy())
    mine = torch.autograd.grad(head.loss(hidden, targets), (hidden, head.weight, head.bias))
    for one, other in zip(mine, want, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-10, atol=1e-12)


def test_gradcheck():
    head, (hidden, targets) = make(6, torch.float64), draw(4, 6, torch.float64)
    assert torch.autograd.gradcheck(
        lambda x, w, b: _summed_loss.SummedLoss.apply(x, targets, w, b, torch.float64),
        (hidden, head.weight, head.bias),
    )


@pytest.mark.parametrize("vocabulary", SIZES[1:])
def test_bf16_is_within_its_rounding(vocabulary):
    head, (hidden, targets) = make(vocabulary, precision="bf16"), draw(90, vocabulary)
    inputs = (hidden, head.weight, head.bias)
    loss = head.loss(hidden, targets)
    exact = by_torch(head, hidden, targets)
    assert loss.item() == pytest.approx(exact.item(), rel=2**-8)
    assert loss.item() != exact.item()
    for mine, want in zip(gradients(loss, *inputs), gradients(exact, *inputs), strict=True):
        assert mine.dtype == torch.float32
        assert float((mine - want).norm() / want.norm()) < 2**-6


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_chunks_change_nothing_but_rounding(monkeypatch, precision):
    head, (hidden, targets) = make(65, precision=precision), draw(100, 65)
    whole = [head.loss(hidden, targets)]
    whole += gradients(whole[0], hidden, *head.parameters())
    monkeypatch.setattr(_summed_loss, "CHUNK_NUMBERS", 1)
    monkeypatch.setattr(_summed_loss, "LEAST_ROWS", 7)
    parts = [head.loss(hidden, targets)]
    parts += gradients(parts[0], hidden, *head.parameters())
    tolerance = (
        {"rtol": 1e-5, "atol": 1e-5} if precision == "float32" else {"rtol": 0.02, "atol": 0.02}
    )
    for one, other in zip(parts, whole, strict=True):
        torch.testing.assert_close(one, other, **tolerance)


@pytest.mark.parametrize("rows", [0, 1, 5, 700, 2560])
@pytest.mark.parametrize("columns", [65, 10_000, 100_000])
def test_chunks_cover_every_row_once(rows, columns):
    pieces = list(_summed_loss.chunks(rows, columns))
    assert [k for piece in pieces for k in range(rows)[piece]] == list(range(rows))
    assert all(piece.stop > piece.start for piece in pieces)


def test_gradients_that_nobody_needs_are_not_made(monkeypatch):
    made = []
    add = _summed_loss._add_product
    monkeypatch.setattr(
        _summed_loss,
        "_add_product",
        lambda to, *rest, **how: (made.append(to.shape), add(to, *rest, **how)),
    )
    head, (hidden, targets) = make(9), draw(5, 9)
    with torch.no_grad():
        without = head.loss(hidden, targets)
    assert not made
    head.loss(hidden.detach(), targets).backward()
    assert made == [(9, H)]
    head.requires_grad_(requires_grad=False)
    made.clear()
    loss = head.loss(hidden, targets)
    loss.backward()
    assert made == [(5, H)]
    torch.testing.assert_close(loss, without)
    assert not head.loss(hidden.detach(), targets).requires_grad


def test_a_kept_graph_gives_its_gradients_again():
    head, (hidden, targets) = make(9), draw(5, 9)
    loss = head.loss(hidden, targets)
    one = torch.autograd.grad(loss * 2, (hidden, head.weight), retain_graph=True)
    other = torch.autograd.grad(loss * 2, (hidden, head.weight))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_tied_weight_collects_both_gradients():
    torch.manual_seed(2)
    embedding = torch.nn.Embedding(20, H)
    head = nn.FullSoftmax(H, 20, weight=embedding.weight)
    assert head.weight is embedding.weight
    ids, targets = torch.tensor([3, 5, 5]), torch.tensor([5, 5, 19])
    head.loss(embedding(ids).tanh(), targets).backward()
    mine, embedding.weight.grad = embedding.weight.grad, None
    by_torch(head, embedding(ids).tanh(), targets).backward()
    torch.testing.assert_close(mine, embedding.weight.grad, rtol=1e-5, atol=1e-6)


def test_nan_reaches_the_loss_and_the_gradients():
    head, (hidden, targets) = make(30), draw(4, 30)
    with torch.no_grad():
        hidden[1, 2] = float("nan")
    loss = head.loss(hidden, targets)
    (dx,) = torch.autograd.grad(loss, hidden)
    assert loss.isnan()
    assert dx.isnan().any(1).tolist() == [False, True, False, False]
    assert head.nats(hidden, targets).isnan().tolist() == [False, True, False, False]


@pytest.mark.parametrize("k", range(3))
def test_nats_are_those_of_the_probabilities(k):
    head, (hidden, targets) = heads()[k], draw(33, 50)
    log_p = head.log_probabilities(hidden)
    assert log_p.shape == (33, 50)
    torch.testing.assert_close(log_p.exp().sum(1), torch.ones(33))
    nats = head.nats(hidden, targets)
    assert nats.dtype == torch.float64
    assert not nats.requires_grad
    picked = -log_p.detach().double()[torch.arange(33), targets]
    torch.testing.assert_close(nats, picked, rtol=1e-5, atol=1e-5)
    if k != 1:
        assert head.loss(hidden, targets).item() == pytest.approx(nats.sum().item(), rel=1e-5)


@pytest.mark.parametrize("k", range(3))
def test_no_tokens_have_no_loss(k):
    head, (hidden, targets) = heads()[k], draw(0, 50)
    assert head.loss(hidden, targets).item() == 0
    assert head.nats(hidden, targets).shape == (0,)


@pytest.mark.parametrize("counts", [None, [5, 0, 9, 1, 30, 2, 8, 0, 1]])
def test_sampled_softmax_is_the_equation(counts):
    torch.manual_seed(5)
    head = nn.SampledSoftmax(H, 9, counts=counts, samples=6).double()
    torch.nn.init.normal_(head.bias)
    hidden, targets = draw(4, 9, torch.float64)
    logits = functional.linear(hidden, head.weight, head.bias).detach().numpy()
    torch.manual_seed(6)
    loss = head.loss(hidden, targets)
    torch.manual_seed(6)
    drawn = torch.multinomial(head.noise, 6, replacement=True).numpy()
    want = equations.sampled_softmax_nats(logits, targets.numpy(), drawn, head.noise.numpy())
    assert loss.item() == pytest.approx(want.sum(), rel=1e-12)
    assert torch.autograd.gradcheck(
        lambda x: (torch.manual_seed(6), head.loss(x, targets))[1], (hidden,)
    )


def test_the_noise_of_sampled_softmax():
    counted = nn.SampledSoftmax(H, 4, counts=[0, 1, 16, 81], samples=2).noise
    torch.testing.assert_close(counted, torch.tensor([1, 1, 8, 27.0]).double() / 37)
    falling = nn.SampledSoftmax(H, 3, counts=None, samples=2).noise
    expected = torch.tensor([math.log(2), math.log(3 / 2), math.log(4 / 3)]).double() / math.log(4)
    torch.testing.assert_close(falling, expected, rtol=1e-6, atol=0)


def test_sampled_softmax_nears_the_full_one():
    torch.manual_seed(3)
    head = nn.SampledSoftmax(H, 40, counts=range(40), samples=20_000)
    hidden, targets = draw(30, 40)
    sampled = [gradients(head.loss(hidden, targets), hidden)[0] for _ in range(4)]
    want = gradients(by_torch(head, hidden, targets), hidden)[0]
    assert head.loss(hidden, targets).item() == pytest.approx(
        head.nats(hidden, targets).sum().item(), rel=0.01
    )
    assert float((sum(sampled) / 4 - want).norm() / want.norm()) < 0.02


def test_adaptive_softmax_is_the_equation():
    torch.manual_seed(3)
    head, (hidden, _) = (
        nn.AdaptiveSoftmax(H, 50, cutoffs=(10, 30)).double(),
        draw(8, 50, torch.float64),
    )
    parts = [head.clusters.head(hidden), *(tail(hidden) for tail in head.clusters.tail)]
    want = equations.adaptive_log_probabilities(*(part.detach().numpy() for part in parts))
    np.testing.assert_allclose(head.log_probabilities(hidden).detach().numpy(), want, rtol=1e-10)


@pytest.mark.parametrize("k", range(3))
def test_refused_tokens(k):
    head, (hidden, targets) = heads()[k], draw(3, 50)
    name = type(head).__name__
    for bad in (-1, 50):
        targets[1] = bad
        for method in ("loss", "nats"):
            with pytest.raises(
                ArgumentError, match=rf"{name}.{method}: targets.*from 0 to 49; got"
            ):
                getattr(head, method)(hidden, targets)
    with pytest.raises(ArgumentError, match=r"must be int64 .* got torch.int32"):
        head.loss(hidden, torch.tensor([1, 2, 3], dtype=torch.int32))
    with pytest.raises(ShapeError, match=r"targets must be \(N=3,\).*got \(2,\)"):
        head.loss(hidden, targets[:2])
    with pytest.raises(
        ShapeError, match=rf"hidden must be \(N, hidden_size={H}\); got \(3, 1, {H}\)"
    ):
        head.loss(hidden[:, None], targets)
    with pytest.raises(ShapeError, match=r"log_probabilities: hidden must be"):
        head.log_probabilities(hidden[:, 1:])


@pytest.mark.parametrize("k", range(3))
def test_hidden_vectors_of_another_dtype(k):
    """Refused, unless it was autocast that made them so."""
    head, (hidden, targets) = heads()[k], draw(3, 50)
    name = type(head).__name__
    for method in (head.loss, head.nats, lambda hidden, _: head.log_probabilities(hidden)):
        with pytest.raises(ArgumentError, match=rf"{name}\..*: hidden must be float32 like the"):
            method(hidden.double(), targets)
        torch.manual_seed(2)
        exact = method(hidden, targets)
        torch.manual_seed(2)
        with torch.autocast("cpu", torch.bfloat16):
            found = method(hidden.bfloat16(), targets)
        torch.testing.assert_close(found.to(exact.dtype), exact, rtol=0.02, atol=0.02)
    with torch.autocast("cpu", torch.bfloat16):
        loss = head.loss(hidden.bfloat16(), targets)
    loss.backward()
    assert hidden.grad.norm() > 0


def test_refused_arguments():
    with pytest.raises(ArgumentError, match="FullSoftmax: vocabulary_size must be a whole number"):
        nn.FullSoftmax(3, 0)
    with pytest.raises(ArgumentError, match="precision must be one of bf16, float32; got 'bf32'"):
        nn.FullSoftmax(3, 4, precision="bf32")
    with pytest.raises(ArgumentError, match="bias must be True or False"):
        nn.FullSoftmax(3, 4, bias=None)
    with pytest.raises(ShapeError, match=r"weight must be a Parameter .* got Parameter \(3, 4\)"):
        nn.FullSoftmax(3, 4, weight=torch.nn.Parameter(torch.zeros(3, 4)))
    with pytest.raises(ShapeError, match=r"got Tensor \(4, 3\)"):
        nn.SampledSoftmax(3, 4, counts=None, samples=1, weight=torch.zeros(4, 3))
    with pytest.raises(ArgumentError, match="samples must be a whole number of at least 1"):
        nn.SampledSoftmax(3, 4, counts=None, samples=0)
    for counts in ([1, 2, 3], [1, 2, 3, -1]):
        with pytest.raises(ArgumentError, match="counts must be 4 numbers of at least 0"):
            nn.SampledSoftmax(3, 4, counts=counts, samples=2)
    for cutoffs in ((), (3, 2), (0, 2), (4,)):
        with pytest.raises(ArgumentError, match="cutoffs must rise and lie from 1 to 3"):
            nn.AdaptiveSoftmax(8, 4, cutoffs=cutoffs)
    with pytest.raises(ArgumentError, match=r"hidden_size must be at least .* 16, as .* got 15"):
        nn.AdaptiveSoftmax(15, 9, cutoffs=(2, 4))


def test_second_derivatives_are_refused():
    head, (hidden, targets) = make(9), draw(5, 9)
    with pytest.raises(BackendError, match=r"no derivative of its gradients.*create_graph"):
        torch.autograd.grad(head.loss(hidden, targets), hidden, create_graph=True)


def test_the_heads_say_what_they_are():
    assert [repr(head).split("\n")[0] for head in heads()] == [
        "FullSoftmax(17, 50, precision='float32')",
        "SampledSoftmax(17, 50, samples=9)",
        "AdaptiveSoftmax(",
    ]
