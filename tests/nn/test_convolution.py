"""Conv1dBlock against the equations, and the promises about padding."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saiki import equations
from saiki.errors import ArgumentError, ShapeError
from saiki.nn.convolution import Conv1dBlock

LENGTHS = torch.tensor([11, 7, 2, 1])
PADDED_STEPS = 13
OPTIONS = [
    {"kernel_size": 3},
    {"kernel_size": 4, "stride": 2, "padding": 1},
    {"kernel_size": 3, "padding": 2, "pool": "max", "pool_size": 3},
    {"kernel_size": 2, "stride": 3, "pool": "average", "activation": "tanh"},
    {"kernel_size": 5, "padding": 1, "pool": "average", "pool_size": 4, "activation": "swish"},
    {"kernel_size": 1, "pool": "max", "activation": "identity", "pool_size": 2},
]


def block_of(seed=0, **options):
    torch.manual_seed(seed)
    block = Conv1dBlock(3, 5, **options).double()
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.normal_()
    return block


def batch(seed=1, fill=float("nan")):
    torch.manual_seed(seed)
    x = torch.randn(len(LENGTHS), PADDED_STEPS, 3, dtype=torch.float64)
    for row, length in enumerate(LENGTHS):
        x[row, length:] = fill
    return x


def expected(block, sequence):
    """One sequence (n, C_in) by the equations."""
    conv = block.convolution
    size, stride, padding = conv.kernel_size[0], conv.stride[0], conv.padding[0]
    short = max(0, size - 2 * padding - len(sequence))
    x = np.pad(sequence, ((0, short), (0, 0)))[None]
    weight, bias = conv.weight.detach().numpy(), conv.bias.detach().numpy()
    u = equations.convolve(x, weight, bias, stride, padding)
    a = equations.find_activation(block.activation).function(u)
    if block.pool is None:
        return a[0]
    pool = equations.max_pool if block.pool == "max" else equations.average_pool
    return pool(a, min(block.pool_size, a.shape[1]), block.pool_size)[0]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_sequence_of_a_padded_batch_equals_the_definition(options):
    block, x = block_of(**options), batch()
    y, lengths = block(x, LENGTHS)
    for row, length in enumerate(LENGTHS):
        wanted = expected(block, x[row, :length].numpy())
        assert lengths[row] == len(wanted)
        np.testing.assert_allclose(y[row, : lengths[row]].detach(), wanted, rtol=1e-10)
        assert (y[row, lengths[row] :] == 0).all()
    assert torch.equal(block.output_lengths(LENGTHS), lengths)


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_padding_never_reaches_outputs_or_gradients(options, norm):
    results = []
    for fill in (0.0, 7.0, float("nan")):
        block, x = block_of(batch_norm=norm, **options), batch(fill=fill).requires_grad_()
        y, _ = block(x, LENGTHS)
        y.square().sum().backward()
        results.append([y, x.grad, *(parameter.grad for parameter in block.parameters())])
    for first, second, third in zip(*results, strict=True):
        assert torch.equal(first, second)
        assert torch.equal(first, third)
        assert first.isfinite().all()
    for row, length in enumerate(LENGTHS):
        assert (results[0][1][row, length:] == 0).all()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients(options):
    block = block_of(**options)
    x = batch(fill=0.5).requires_grad_()
    torch.autograd.gradcheck(lambda x: block(x, LENGTHS)[0], (x,))


@given(
    n=st.integers(1, 12),
    k=st.integers(1, 5),
    s=st.integers(1, 4),
    p=st.integers(0, 3),
    m=st.integers(1, 4),
)
def test_size_rule(n, k, s, p, m):
    block = Conv1dBlock(1, 1, k, stride=s, padding=p, pool="max", pool_size=m)
    y, lengths = block(torch.ones(1, n, 1))
    after = (max(n + 2 * p, k) - k) // s + 1
    wanted = max(1, (after - m) // m + 1)
    assert lengths.tolist() == [wanted]
    assert y.shape == (1, wanted, 1)


def test_size_rule_of_the_worked_example():
    block = Conv1dBlock(1, 1, 3, stride=2, padding=1)
    assert block(torch.ones(1, 5, 1))[0].shape == (1, 3, 1)


def test_convolution_of_a_full_batch_equals_torch():
    block = block_of(kernel_size=3, stride=2, padding=1, activation="relu")
    x = batch(fill=0.3)
    y, _ = block(x)
    wanted = torch.relu(block.convolution(x.transpose(1, 2))).transpose(1, 2)
    torch.testing.assert_close(y, wanted, rtol=1e-12, atol=1e-12)


def test_batch_norm_statistics_are_those_of_the_valid_steps():
    block = block_of(kernel_size=1, batch_norm=True, activation="identity")
    x = batch()
    y, lengths = block(x, LENGTHS)
    steps = torch.cat([x[row, :length] for row, length in enumerate(LENGTHS)])
    u = (steps @ block.convolution.weight[:, :, 0].T).detach()
    torch.testing.assert_close(block.norm.running_mean, 0.1 * u.mean(0))
    torch.testing.assert_close(block.norm.running_var, 0.9 + 0.1 * u.var(0))
    wanted = (u - u.mean(0)) / (u.var(0, unbiased=False) + block.norm.eps).sqrt()
    wanted = wanted * block.norm.weight + block.norm.bias
    got = torch.cat([y[row, :length] for row, length in enumerate(lengths)])
    torch.testing.assert_close(got, wanted)


def test_batch_norm_in_evaluation_gives_each_sequence_its_own_result():
    block = block_of(kernel_size=3, padding=1, batch_norm=True)
    block(batch(seed=4), LENGTHS)
    block.eval()
    x = batch()
    y, lengths = block(x, LENGTHS)
    for row, length in enumerate(LENGTHS):
        alone, _ = block(x[row : row + 1, :length])
        torch.testing.assert_close(y[row : row + 1, : lengths[row]], alone)


def test_batch_norm_refuses_a_single_step():
    block = Conv1dBlock(1, 1, 1, batch_norm=True)
    with pytest.raises(ArgumentError, match=r"at least 2 valid steps in the batch; got 1"):
        block(torch.ones(1, 1, 1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"in_channels": 0}, "in_channels must be at least 1; got 0"),
        ({"out_channels": 0}, "out_channels must be at least 1"),
        ({"kernel_size": 0}, "kernel_size must be at least 1"),
        ({"stride": 0}, "stride must be at least 1"),
        ({"padding": -1}, "padding must be at least 0; got -1"),
        ({"pool_size": 0}, "pool_size must be at least 1"),
        ({"pool": "median"}, "pool must be .* got 'median'"),
        ({"activation": "reluu"}, "relu"),
    ],
)
def test_refused_options(options, message):
    with pytest.raises(ArgumentError, match=message):
        Conv1dBlock(**{"in_channels": 1, "out_channels": 1, "kernel_size": 1, **options})


@pytest.mark.parametrize(
    ("x", "lengths", "error", "message"),
    [
        (torch.ones(2, 4, 5), None, ShapeError, r"in_channels=3\); got \(2, 4, 5\)"),
        (torch.ones(4, 3), None, ShapeError, r"x must be \(B, T, in_channels=3\); got \(4, 3\)"),
        (torch.ones(2, 4, 3), torch.tensor([4]), ShapeError, r"lengths must be \(B,\) = \(2,\)"),
        (torch.ones(2, 4, 3), torch.tensor([4.0, 1]), ArgumentError, "must be whole numbers"),
        (torch.ones(2, 4, 3), torch.tensor([5, 1]), ArgumentError, r"in 1\.\.T=4; got 5"),
        (torch.ones(2, 4, 3), torch.tensor([4, 0]), ArgumentError, r"in 1\.\.T=4; got 0"),
    ],
)
def test_refused_inputs(x, lengths, error, message):
    with pytest.raises(error, match=message):
        Conv1dBlock(3, 2, 1)(x, lengths)
