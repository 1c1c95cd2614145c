"""The sequence classifier: every cell, padding without effect, refusals."""

import pytest
import torch

from saiki.errors import ArgumentError
from saiki.kernels import info
from saiki.models import CELLS, SequenceClassifier, TokenEmbedding
from saiki.nn import ClassHead, MultiLabelHead

LENGTHS = torch.tensor([30, 17, 9])


def build(cell, **options):
    torch.manual_seed(0)
    return SequenceClassifier(5, 4, cell=cell, hidden_size=8, **options).eval()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_a_padded_batch_equals_single_sequences(cell, layers):
    model = build(cell, layers=layers)
    values = torch.randn(3, 30, 5)
    for row, length in zip(values, LENGTHS, strict=True):
        row[length:] = float("nan")
    batch = model(values, LENGTHS)
    for index, length in enumerate(LENGTHS):
        single = model(values[index : index + 1, :length], LENGTHS[index : index + 1])
        torch.testing.assert_close(batch[index : index + 1], single, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "peephole-lstm", "gru"])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "mean-max", "attention"])
def test_bidirectional_cells_take_every_pooling(cell, pooling):
    model = build(cell, bidirectional=True, pooling=pooling)
    loss = model(torch.randn(3, 30, 5), LENGTHS).square().sum()
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell != "bag"])  # it has 24 weights
def test_ten_examples_are_learned_by_heart(cell):
    torch.manual_seed(1)
    model = SequenceClassifier(5, 4, cell=cell, hidden_size=16).train()
    values, targets = torch.randn(10, 20, 5), torch.arange(10) % 4
    lengths = torch.randint(8, 21, (10,))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(250):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(values, lengths), targets)
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1


def test_a_convolution_refuses_what_only_recurrent_cells_have():
    with pytest.raises(ArgumentError, match="cell 'cnn' has no direction"):
        build("cnn", bidirectional=True)
    with pytest.raises(ArgumentError, match="cell 'cnn-se' has no option layer_norm"):
        build("cnn-se", layer_norm=True)


def test_the_backend_is_named(monkeypatch):
    assert build("cnn").backend() == "torch"
    if info().level != "torch":
        assert build("peephole-lstm").backend() == build("gru").backend() == "compiled"
    monkeypatch.setenv("SAIKI_KERNELS", "torch")
    assert build("peephole-lstm").backend() == "loop"
    assert build("lstm").backend() == "fused"
    assert build("gru").backend() == "loop"


def build_for_text(cell="gru", **options):
    torch.manual_seed(0)
    embedding = TokenEmbedding(20, 5, dropout=options.pop("embedding_dropout", 0.0))
    return SequenceClassifier(5, 4, cell=cell, hidden_size=8, embedding=embedding, **options)


@pytest.mark.parametrize("cell", CELLS)
def test_token_ids_are_read_and_their_padding_has_no_effect(cell):
    model = build_for_text(cell).eval()
    tokens = torch.randint(1, 20, (3, 30))
    for row, length in zip(tokens, LENGTHS, strict=True):
        row[length:] = 0
    batch = model(tokens, LENGTHS)
    for index, length in enumerate(LENGTHS):
        single = model(tokens[index : index + 1, :length], LENGTHS[index : index + 1])
        torch.testing.assert_close(batch[index : index + 1], single, rtol=1e-5, atol=1e-6)


def test_attention_weights_come_with_the_same_logits():
    model = build_for_text(pooling="attention", bidirectional=True).eval()
    tokens = torch.randint(1, 20, (3, 30))
    logits, weights = model.attend(tokens, LENGTHS)
    torch.testing.assert_close(logits, model(tokens, LENGTHS))
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    assert weights[1, 17:].tolist() == [0.0] * 13
    assert model.attends
    assert not build_for_text().attends
    with pytest.raises(ArgumentError, match="kind is 'mean'"):
        build_for_text().attend(tokens, LENGTHS)
    with pytest.raises(ArgumentError, match="a convolution has no attention weights"):
        build_for_text("cnn").attend(tokens, LENGTHS)


def test_several_labels_have_their_own_head():
    assert isinstance(build_for_text(has_several_labels=True).head, MultiLabelHead)
    assert isinstance(build_for_text().head, ClassHead)


def test_a_bag_reads_its_steps_in_no_order():
    model = build_for_text("bag", pooling="attention").eval()
    tokens = torch.randint(1, 20, (1, 9))
    length = torch.tensor([9])
    torch.testing.assert_close(model(tokens, length), model(tokens.flip(1), length))
    assert model.backend() == "torch"
    with pytest.raises(ArgumentError, match="cell 'bag' has no direction"):
        build("bag", bidirectional=True)
    with pytest.raises(ArgumentError, match='pooling "last" would read one step alone'):
        build("bag", pooling="last")
