"""RNN, GRU and LSTM against torch.nn: values, gradients, states, packed and single sequences."""

import copy

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence

from saiki import nn

BACKENDS = ["fused", "loop", "auto"]
SHAPES = [(1, False), (2, True)]
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def pair(plain, dtype, layers, both, **more):
    """A torch.nn layer and ours, each made from the same seed."""
    torch.manual_seed(3)
    theirs = getattr(torch.nn, plain.kind)(
        3, 4, layers, bidirectional=both, dtype=dtype, **plain.options
    )
    torch.manual_seed(3)
    mine = getattr(nn, plain.kind)(
        3, 4, layers, bidirectional=both, dtype=dtype, **plain.options, **more
    )
    return theirs, mine


def random_state(plain, layers, both, batch, dtype):
    generator = torch.Generator().manual_seed(13)
    sizes = [plain.options.get("proj_size", 4)] + [4] * (plain.kind == "LSTM")
    shape = (layers * (1 + both), *([batch] if batch else []))
    parts = [
        torch.randn((*shape, n), generator=generator, dtype=torch.float64).to(dtype) for n in sizes
    ]
    return tuple(parts) if len(parts) > 1 else parts[0]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize(("layers", "both"), SHAPES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_equals_torch_with_every_gradient(
    plain, backend, layers, both, dtype, tolerance, gradients, close, flat, data
):
    theirs, mine = pair(plain, dtype, layers, both, backend=backend)
    assert list(theirs.state_dict()) == list(mine.state_dict())
    close(list(mine.parameters()), list(theirs.parameters()), 0)
    x = data(dtype=dtype).transpose(0, 1)
    for steps in (1, 2, 7):
        state = random_state(plain, layers, both, 3, dtype) if steps != 2 else None
        one, two = mine(x[:steps], state), theirs(x[:steps], state)
        close(flat(one), flat(two), tolerance)
        over = [(x, *layer.parameters()) for layer in (mine, theirs)]
        close(gradients(one, over[0]), gradients(two, over[1]), 10 * tolerance)


@pytest.mark.parametrize("backend", BACKENDS)
def test_sixty_three_steps_of_a_wider_layer_equal_torch(backend, close, flat, gradients, data):
    for kind in ("RNN", "GRU", "LSTM"):
        torch.manual_seed(0)
        theirs = getattr(torch.nn, kind)(5, 17, batch_first=True)
        mine = getattr(nn, kind)(5, 17, batch_first=True, backend=backend)
        mine.load_state_dict(theirs.state_dict())
        x = data(5, 63, 5, torch.float32)
        one, two = mine(x), theirs(x)
        close(flat(one), flat(two), 2e-6)
        close(
            gradients(one, (x, *mine.parameters())), gradients(two, (x, *theirs.parameters())), 2e-4
        )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("lengths", [[7, 5, 1], [1, 7, 3], [4, 4, 4], [2, 1, 3]])
def test_packed_sequences_equal_torch(plain, backend, lengths, gradients, close, flat, data):
    theirs, mine = pair(plain, torch.float64, 2, True, backend=backend)
    x, state = data(), random_state(plain, 2, True, 3, torch.float64)
    answers = []
    for layer in (theirs, mine):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, end = layer(packed, state)
        assert torch.equal(output.batch_sizes, packed.batch_sizes)
        assert torch.equal(output.unsorted_indices, packed.unsorted_indices)
        answers.append((pad_packed_sequence(output)[0], end))
    close(flat(answers[1]), flat(answers[0]), 1e-12)
    over = [(x, *layer.parameters()) for layer in (theirs, mine)]
    close(gradients(answers[1], over[1]), gradients(answers[0], over[0]), 1e-11)


def test_packed_sequences_that_are_sorted_need_no_indices(plain, close, data):
    theirs, mine = pair(plain, torch.float64, 1, False)
    packed = pack_sequence([data(1, n)[0] for n in (5, 3, 3)])
    one, two = mine(packed)[0], theirs(packed)[0]
    assert one.sorted_indices is None
    close([one.data], [two.data], 1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_sequence_without_a_batch_equals_torch(plain, backend, close, flat, data):
    theirs, mine = pair(plain, torch.float64, 2, True, backend=backend)
    x, state = data(1)[0], random_state(plain, 2, True, 0, torch.float64)
    close(flat(mine(x, state)), flat(theirs(x, state)), 1e-12)
    close(flat(mine(x)), flat(theirs(x)), 1e-12)


def test_weights_go_to_torch_and_back(plain):
    theirs, mine = pair(plain, torch.float32, 2, True)
    with torch.no_grad():
        for parameter in mine.parameters():
            parameter.normal_()
    theirs.load_state_dict(mine.state_dict())
    assert all(map(torch.equal, theirs.parameters(), mine.parameters()))
    again = copy.deepcopy(mine)
    again.load_state_dict(theirs.state_dict())
    assert all(map(torch.equal, again.parameters(), mine.parameters()))


def test_arguments_stand_where_torch_has_them(data):
    x = data(dtype=torch.float32)
    for mine, theirs in [
        (
            nn.RNN(3, 4, 2, "relu", False, True, 0.1, True, "cpu", torch.float32),
            torch.nn.RNN(3, 4, 2, "relu", False, True, 0.1, True),
        ),
        (
            nn.GRU(3, 4, 2, False, True, 0.1, True, "cpu", torch.float32),
            torch.nn.GRU(3, 4, 2, False, True, 0.1, True),
        ),
        (
            nn.LSTM(3, 4, 2, False, True, 0.1, True, 2, "cpu", torch.float32),
            torch.nn.LSTM(3, 4, 2, False, True, 0.1, True, 2, "cpu", torch.float32),
        ),
    ]:
        mine.load_state_dict(theirs.state_dict())
        mine.eval(), theirs.eval()
        torch.testing.assert_close(mine(x)[0], theirs(x)[0], rtol=2e-6, atol=2e-6)
        assert repr(theirs).partition(")")[0] in repr(mine) or mine.extra_repr()


def test_drop_out_between_layers_is_torchs_where_torch_runs(data):
    for kind in ("RNN", "GRU", "LSTM"):
        torch.manual_seed(0)
        theirs = getattr(torch.nn, kind)(3, 4, 3, dropout=0.5)
        mine = getattr(nn, kind)(3, 4, 3, dropout=0.5, backend="fused")
        mine.load_state_dict(theirs.state_dict())
        x = data(dtype=torch.float32)
        torch.manual_seed(1)
        wanted = theirs(x)[0]
        torch.manual_seed(1)
        assert torch.equal(mine(x)[0], wanted)
