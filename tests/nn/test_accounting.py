"""The account against numel, torch's own counter of operations, and the tensors autograd keeps."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from saiki import nn
from saiki.errors import ArgumentError
from saiki.nn.accounting import count

LENGTHS = [12, 9, 3]
B, T = 3, 12

RECURRENT = [
    nn.RNN(5, 7),
    nn.RNN(5, 7, bias=False, layer_norm=True, learned_initial_state=True),
    nn.GRU(5, 7, num_layers=2, bidirectional=True),
    nn.GRU(5, 7, reset_after=False, layer_norm=True),
    nn.LSTM(5, 7, num_layers=2, bidirectional=True, peephole=True),
    nn.LSTM(5, 7, proj_size=3, learned_initial_state=True, bidirectional=True, num_layers=2),
    nn.LSTM(5, 7, layer_norm=True, bias=False),
    nn.LSTM(5, 7, layer_norm=True),
    nn.LSTM(5, 7, stage="carousel"),
    nn.LSTM(5, 7, stage="input-output-gates", peephole=True),
    torch.nn.RNN(5, 7, bias=False),
    torch.nn.GRU(5, 7, num_layers=3, bidirectional=True),
    torch.nn.LSTM(5, 7, proj_size=2),
]
OTHERS = [
    torch.nn.Linear(5, 7),
    torch.nn.Linear(5, 7, bias=False),
    torch.nn.Embedding(11, 5),
    torch.nn.Conv1d(6, 4, 3, groups=2),
    torch.nn.Conv1d(6, 4, 3, bias=False, padding="same"),
    torch.nn.BatchNorm1d(6),
    torch.nn.LayerNorm(6),
    torch.nn.LayerNorm((2, 3), bias=False),
    torch.nn.LayerNorm(6, elementwise_affine=False),
    nn.Conv1dBlock(5, 7, 3),
    nn.Conv1dBlock(5, 7, 3, batch_norm=True),
    nn.SqueezeExcite(8),
    nn.TimePooling("attention", 6),
    nn.TimePooling("mean", 6),
    nn.BinaryHead(5),
    nn.ClassHead(5, 3),
    nn.RegressionHead(5, 2),
    nn.FullSoftmax(5, 11),
    nn.FullSoftmax(5, 11, bias=False),
    nn.SampledSoftmax(5, 11, counts=None, samples=3),
    nn.AdaptiveSoftmax(16, 40, cutoffs=(10, 30)),
    nn.AdditiveAttention(5, 7, 3),
    nn.DotAttention(5),
    nn.GeneralAttention(5, 7),
    nn.MultiHeadAttention(6, 2),
    nn.MultiHeadAttention(6, 3, memory_size=4),
    nn.MultiHeadAttention(6, 2, bias=False),
    nn.TransformerEncoder(6, 2, 2, 10),
    nn.TransformerDecoder(6, 2, 2, 10, norm_first=True, bias=False),
]


@pytest.mark.parametrize("model", RECURRENT + OTHERS, ids=repr)
def test_formulas_give_the_parameters(model):
    account = count(model, LENGTHS)
    for row in account.rows:
        assert eval(row.formula.replace("·", "*"), dict(row.sizes)) == row.parameters
    assert sum(row.parameters for row in account.rows) == account.parameters
    assert account.parameters == sum(p.numel() for p in model.parameters())


def multiply_adds_by_torch(model, *given):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*given)
    return counter.get_total_flops() // 2  # torch counts a multiply-add as two operations


@pytest.mark.parametrize(
    "model",
    [
        nn.RNN(5, 7, nonlinearity="sigmoid", backend="loop"),
        nn.GRU(5, 7, num_layers=2, bidirectional=True, backend="loop"),
        nn.GRU(5, 7, reset_after=False, backend="loop"),
        nn.LSTM(5, 7, peephole=True, backend="loop"),
        nn.LSTM(5, 7, stage="input-output-gates", backend="loop"),
        nn.LSTM(5, 7, num_layers=2, proj_size=3, bidirectional=True, backend="loop"),
        nn.SqueezeExcite(5, reduction=2),
        nn.TimePooling("attention", 5),
        nn.Conv1dBlock(5, 7, 4, stride=2, padding=1, pool="max", batch_norm=True),
        nn.ClassHead(5, 3),
    ],
    ids=repr,
)
def test_multiply_adds_equal_those_that_torch_counts_on_a_full_batch(model):
    is_recurrent = isinstance(model, nn.RNN | nn.GRU | nn.LSTM)
    x = torch.randn((T, B, 5) if is_recurrent else (B, T, 5))
    assert count(model, [T] * B).multiply_adds == multiply_adds_by_torch(model, x)


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (nn.FullSoftmax(16, 40), 16 * 40),
        (nn.SampledSoftmax(16, 40, counts=None, samples=3), 16 * 40),
        (
            nn.AdaptiveSoftmax(16, 40, cutoffs=(10, 30)),
            16 * (10 + 2) + 4 * (16 + 20) + 1 * (16 + 10),
        ),
    ],
    ids=repr,
)
def test_the_heads_of_large_vocabularies_cost_what_their_probabilities_do(head, wanted):
    assert count(head, LENGTHS).multiply_adds == wanted * sum(LENGTHS)
    assert multiply_adds_by_torch(head.log_probabilities, torch.randn(7, 16)) == wanted * 7


def test_a_softmax_tied_to_the_embedding_counts_once():
    embedding = torch.nn.Embedding(11, 5)
    model = torch.nn.ModuleList([embedding, nn.FullSoftmax(5, 11, weight=embedding.weight)])
    account = count(model, LENGTHS)
    assert [row.parameters for row in account.rows] == [55, 66]
    assert account.parameters == 66


def test_multiply_adds_count_valid_steps_only():
    model = nn.GRU(5, 7)
    alone = sum(count(model, [length]).multiply_adds for length in LENGTHS)
    assert count(model, LENGTHS).multiply_adds == alone
    assert alone == sum(LENGTHS) * 3 * 7 * (5 + 7)


def test_a_gru_has_three_quarters_of_an_lstm():
    gru, lstm = count(nn.GRU(5, 7), LENGTHS), count(nn.LSTM(5, 7), LENGTHS)
    assert 4 * gru.parameters == 3 * lstm.parameters
    assert 4 * gru.multiply_adds == 3 * lstm.multiply_adds


def bytes_kept_by_autograd(model, x):
    parameters = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)  # held, so no address repeats
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(x)
    return sum(size for size, _ in kept.values())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "model",
    [
        torch.nn.Linear(16, 8),
        nn.RNN(16, 32, batch_first=True, backend="loop"),
        nn.GRU(16, 32, batch_first=True, backend="loop"),
        nn.GRU(16, 32, batch_first=True, bidirectional=True, backend="loop"),
        nn.LSTM(16, 32, batch_first=True, backend="loop"),
        nn.Conv1dBlock(16, 32, 3),
        nn.Conv1dBlock(16, 32, 3, stride=2, pool="max"),
        nn.Conv1dBlock(16, 32, 3, batch_norm=True),
        nn.SqueezeExcite(16),
        nn.TimePooling("attention", 16),
    ],
    ids=repr,
)
def test_bytes_are_those_that_autograd_keeps(model, dtype):
    x = torch.randn(4, 50, 16, dtype=dtype, requires_grad=True)
    wanted = bytes_kept_by_autograd(model.to(dtype), x)
    # Masks, first states and other small things are left out of the account.
    assert count(model, [50] * 4).activation_bytes == pytest.approx(wanted, rel=0.04)


def test_lengths_go_through_the_layers():
    model = torch.nn.ModuleDict(
        {
            "block": nn.Conv1dBlock(4, 6, 3, stride=2, pool="average"),
            "gru": nn.GRU(6, 5, batch_first=True),
            "pool": nn.TimePooling("last", 5),
            "head": nn.ClassHead(5, 3),
        }
    )
    block, gru, pool, head = count(model, LENGTHS).rows
    assert [row.name for row in (block, gru, pool, head)] == [
        "block",
        "gru.l0",
        "pool",
        "head.dense",
    ]
    assert block.multiply_adds == (5 + 4 + 1) * 3 * 4 * 6
    assert gru.multiply_adds == (2 + 2 + 1) * 3 * 5 * (6 + 5)
    assert pool.multiply_adds == 0
    assert head.multiply_adds == 3 * 5 * 3


def test_lengths_go_through_plain_convolution_and_pooling():
    model = torch.nn.Sequential(
        torch.nn.Conv1d(4, 6, 3, dilation=2, padding=1),
        torch.nn.MaxPool1d(2),
        torch.nn.Conv1d(6, 5, 1),
    )
    first, second = count(model, LENGTHS).rows
    assert first.multiply_adds == (10 + 7 + 1) * 3 * 4 * 6
    assert second.multiply_adds == (5 + 3 + 0) * 6 * 5


def test_the_table():
    account = count(torch.nn.Sequential(nn.GRU(40, 64), torch.nn.Linear(64, 10)), [100, 80])
    lines = str(account).splitlines()
    assert lines == account.table().splitlines()
    assert [line.split()[0] for line in lines] == ["layer", "0.l0", "1", "total"]
    assert "3·H·(I+H) + 6·H" in lines[1]
    assert "I=40 H=64" in lines[1]
    assert lines[-1].split() == ["total", "21,002", "3,709,440", "339,200"]
    assert str(account.rows[0]) == "GRU 0.l0: 3·H·(I+H) + 6·H (I=40, H=64)"


def test_tied_parameters_count_once():
    model = torch.nn.ModuleList([torch.nn.Embedding(11, 5), torch.nn.Linear(5, 11, bias=False)])
    model[1].weight = model[0].weight
    assert count(model, LENGTHS).parameters == 55


class Wrapped(torch.nn.Module):
    def __init__(self, *, holds_a_layer):
        super().__init__()
        self.start = torch.nn.Parameter(torch.zeros(4))
        if holds_a_layer:
            self.layer = torch.nn.Linear(2, 3)


def test_parameters_beside_the_layers_have_a_row():
    account = count(torch.nn.Sequential(Wrapped(holds_a_layer=True)), LENGTHS)
    assert [(row.name, row.parameters) for row in account.rows] == [("0", 4), ("0.layer", 9)]
    assert account.parameters == 13


def test_refused():
    with pytest.raises(ArgumentError, match=r"cost of Wrapped \(the model\) is not known"):
        count(Wrapped(holds_a_layer=False), LENGTHS)
    with pytest.raises(ArgumentError, match=r"cost of Conv2d \(1\) is not known"):
        count(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Conv2d(1, 1, 1)), LENGTHS)
    for lengths in ([], [3, 0]):
        with pytest.raises(ArgumentError, match="each at least 1"):
            count(torch.nn.Linear(1, 1), lengths)
