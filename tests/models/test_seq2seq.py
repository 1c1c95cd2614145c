"""What must hold of every model from sequence to sequence, recurrent or not."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from saiki.errors import ArgumentError
from saiki.models import RecurrentSeq2Seq, TransformerSeq2Seq, beam_search, greedy, stream
from saiki.models._cell_steps import CellSteps

CELLS = ("rnn", "lstm", "peephole-lstm")
FORMS = {
    "none": {"attention": "none"},
    "none, tied": {"attention": "none", "tied": "target", "embedding_size": 5, "layers": 2},
    "search": {},
    "search, 2 layers": {"layers": 2, "attention_size": 3},
    "search by products": {"attention": "general", "query": "previous", "bidirectional": False},
    "dot": {"attention": "dot", "embedding_size": 5},
    "dot, forwards": {"attention": "dot", "bidirectional": False, "tied": "target"},
    "general, 2 layers": {"attention": "general", "layers": 2},
    "additive": {"attention": "additive", "query": "current"},
    "feeding": {"attention": "dot", "input_feeding": True},
    "feeding, 2 layers": {"attention": "general", "input_feeding": True, "layers": 2},
}
SMALL = {"embedding_size": 6, "hidden_size": 6}
TRANSFORMERS = {
    "norm first": {},
    "norm after": {"norm_first": False, "tied": "target"},
}
END, START, PADDING = 3, 2, 0


def recurrent(cell, form, **more):
    return RecurrentSeq2Seq(20, 30, cell=cell, **SMALL | FORMS[form] | more)


def transformer(form, **more):
    sizes = {"model_size": 8, "num_heads": 2, "layers": 2, "feedforward_size": 12}
    return TransformerSeq2Seq(20, 30, **sizes | TRANSFORMERS[form] | more)


def sharpened(model):
    """With larger weights, so that what is read by mistake shows, and texts end."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2.0) if parameter.dim() > 1 else None
        model.head.bias[END] = 1.0
    return model


TWO_LAYERS = ("search, 2 layers", "feeding, 2 layers")
MODELS = {
    **{f"gru: {form}": (recurrent, "gru", form) for form in FORMS},
    **{f"{cell}: {form}": (recurrent, cell, form) for cell in CELLS for form in TWO_LAYERS},
    **{f"Transformer: {form}": (transformer, form) for form in TRANSFORMERS},
}


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(7)
    make, *given = MODELS[request.param]
    return sharpened(make(*given)).eval()


def near(found, wanted, tolerance=2e-5):
    torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance, check_dtype=False)


def test_a_batch_of_32_gives_what_32_single_calls_give(model, make_pairs, one_pair):
    batch = make_pairs(32)
    nats, rows, maps = (
        model.nats(batch),
        model.log_probabilities(batch),
        model.attention_maps(batch),
    )
    for k in range(32):
        alone = one_pair(batch, k)
        steps, source = alone.target.shape[1], alone.source.shape[1]
        near(nats[k], model.nats(alone)[0])
        near(rows[k, :steps], model.log_probabilities(alone)[0])
        assert not rows[k, steps:].any()
        for name, weights in model.attention_maps(alone).items():
            near(maps[name][k, :steps, :source], weights[0])
            assert not maps[name][k, steps:].any()
            assert not maps[name][k, :, source:].any()


def test_gradients_of_a_batch_are_the_sum_of_those_of_single_calls(model, make_pairs, one_pair):
    model.double()
    batch = make_pairs(6)

    def gradients(batches):
        model.zero_grad()
        for one in batches:
            model.loss(one, label_smoothing=0.1).total.backward()
        return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}

    together, alone = gradients([batch]), gradients([one_pair(batch, k) for k in range(6)])
    assert together.keys() == alone.keys() == dict(model.named_parameters()).keys()
    for name, gradient in together.items():
        near(gradient, alone[name], 1e-9)


def test_decoding_a_batch_gives_what_single_calls_give(model, make_pairs, one_pair):
    batch = make_pairs(32)
    how = {"start": START, "end": END, "max_steps": 8, "forbidden": [PADDING, START]}
    beam = how | {"width": 3, "length_alpha": 0.6, "n_best": 2}
    likeliest = greedy(model, batch, source_lengths=batch.source_lengths, **how)
    best = beam_search(model, batch, source_lengths=batch.source_lengths, **beam)
    for k in range(32):
        alone = one_pair(batch, k)
        (one,) = greedy(model, alone, source_lengths=alone.source_lengths, **how)
        same_hypothesis(likeliest[k], one)
        (several,) = beam_search(model, alone, source_lengths=alone.source_lengths, **beam)
        for found, wanted in zip(best[k], several, strict=True):
            same_hypothesis(found, wanted)


def same_hypothesis(found, wanted):
    assert found.tokens == wanted.tokens
    assert found.log_probability == pytest.approx(wanted.log_probability, abs=1e-4)
    assert found.score == pytest.approx(wanted.score, abs=1e-4)
    assert (found.attention is None) == (wanted.attention is None)
    if found.attention is not None:
        near(found.attention, wanted.attention)


def test_scores_are_those_of_teacher_forcing(model, make_pairs):
    """Cached decoding equals uncached: log p and attention of what beam search found."""
    batch = make_pairs(9)
    best = beam_search(
        model,
        batch,
        source_lengths=batch.source_lengths,
        start=START,
        end=END,
        max_steps=8,
        width=4,
        length_alpha=1.0,
        n_best=2,
    )
    for place in (0, 1):
        found = [one[place] for one in best]
        longest = max(len(one.tokens) for one in found)
        target = torch.tensor([[*one.tokens, *[0] * (longest - len(one.tokens))] for one in found])
        forced = replace(
            batch, target=target, target_lengths=torch.tensor([len(one.tokens) for one in found])
        )
        near(-model.nats(forced), torch.tensor([one.log_probability for one in found]))
        if isinstance(model, TransformerSeq2Seq):
            maps = model.attention_maps(forced)
            looked = (maps["layer 2 head 1"] + maps["layer 2 head 2"]) / 2
        else:
            looked = model.attention_maps(forced).get("attention")
        for k, one in enumerate(found):
            if looked is not None:
                wanted = looked[k, : len(one.tokens), : one.attention.shape[1]]
                near(one.attention, wanted)


def test_a_stream_is_greedy(model, make_pairs, one_pair):
    alone = one_pair(make_pairs(3), 1)
    how = {"start": START, "end": END, "max_steps": 6}
    (whole,) = greedy(model, alone, source_lengths=alone.source_lengths, **how)
    tokens = stream(model, alone, source_length=int(alone.source_lengths), **how)
    assert tuple(one.token for one in tokens) == whole.tokens


@pytest.mark.parametrize("rows", [[3, 1, 1, 0], [2, 2, 0, 3, 1], [1]])
def test_rows_of_the_state_can_be_chosen_in_any_order(model, rows, make_pairs):
    batch, rows = make_pairs(4), torch.tensor(rows)
    state = model.start(batch)
    for t in range(3):
        _, state, _ = model.step(batch.inputs[:, t], state)
    whole, _, looked = model.step(batch.inputs[:, 3], state)
    some, _, chosen = model.step(batch.inputs[rows, 3], model.select(state, rows))
    near(some, whole[rows])
    if looked is not None:
        near(chosen, looked[rows])


@settings(max_examples=15, deadline=None, database=None)
@given(
    st.sampled_from(sorted(MODELS)),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(4, 19),
    st.permutations(range(5)),
)
def test_neither_more_padding_nor_order_changes_a_number(name, more, later, token, order):
    from saiki.models import PairBatch

    torch.manual_seed(3)
    make, *form = MODELS[name]
    model = sharpened(make(*form)).eval()
    source, target = torch.randint(4, 20, (5, 6)), torch.randint(4, 30, (5, 4))
    lengths = torch.tensor([6, 1, 3, 6, 2]), torch.tensor([1, 4, 4, 2, 3])
    plain = model.nats(PairBatch(source, lengths[0], target, lengths[1]))
    wide = functional.pad(source, (0, more), value=token)
    long = functional.pad(target, (0, later), value=token)
    rows = torch.tensor(order)
    again = model.nats(PairBatch(wide[rows], lengths[0][rows], long[rows], lengths[1][rows]))
    near(again, plain[rows])


@pytest.mark.parametrize(
    "make", [lambda: recurrent("gru", "search"), lambda: transformer("norm first")]
)
def test_label_smoothing_is_that_of_torch(make, make_pairs):
    model, batch = make().double().eval(), make_pairs(5)
    with torch.no_grad():
        model.head.bias.normal_()

    def gradients(loss):
        return torch.autograd.grad(loss, list(model.parameters()))

    rows = model.log_probabilities(batch)[batch.is_real]
    wanted = functional.cross_entropy(
        rows, batch.target[batch.is_real], reduction="sum", label_smoothing=0.3
    )
    found = model.loss(batch, label_smoothing=0.3)
    near(found.total, wanted, 1e-12)
    for one, other in zip(gradients(found.total), gradients(wanted), strict=True):
        near(one, other, 1e-10)
    assert found.count == batch.tokens == len(rows)
    near(found.nats, model.nats(batch).sum(), 1e-12)
    assert not found.nats.requires_grad
    plain = model.loss(batch)
    near(plain.total, plain.nats, 0)


@pytest.mark.parametrize("make", [recurrent, lambda cell, form, **m: transformer(form, **m)])
def test_tied_embeddings(make, make_pairs):
    form = "search" if make is recurrent else "norm first"
    model = make("gru", form, tied="target")
    assert model.head.weight is model.target_embedding.weight
    assert model.source_embedding.weight is not model.target_embedding.weight
    kind = type(model)
    sizes = {"hidden_size": 6, "embedding_size": 4} if make is recurrent else {
        "model_size": 8, "num_heads": 2, "layers": 1, "feedforward_size": 8,
    }  # fmt: skip
    shared = kind(20, 20, tied="all", **sizes)
    assert shared.source_embedding.weight is shared.head.weight
    shared.loss(make_pairs(3, vocabularies=(20, 20))).total.backward()
    assert shared.head.weight.grad.abs().sum(1)[4:].bool().all()
    with pytest.raises(ArgumentError, match="one vocabulary for both sides; got 20 and 30"):
        kind(20, 30, tied="all", **sizes)
    with pytest.raises(ArgumentError, match='tied must be "none", "target" or "all"; got \'both\''):
        kind(20, 20, tied="both", **sizes)
    with pytest.raises(
        ArgumentError, match=r"both vocabularies must be at least 4, .* got 20 and 3"
    ):
        kind(20, 3, **sizes)


@pytest.mark.parametrize("name", MODELS)
def test_bfloat16_is_near_and_in_training_alone(name, make_pairs):
    make, *given = MODELS[name]
    torch.manual_seed(1)
    model, batch = make(*given, precision="bf16").eval(), make_pairs(5)
    wide = make(*given).eval()
    wide.load_state_dict(model.state_dict())
    exact = wide.nats(batch).sum().item()
    losses = [one.loss(batch, label_smoothing=0.1).total for one in (model, wide)]
    assert losses[0].item() != losses[1].item()
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-2)
    for loss in losses:
        loss.backward()
    mine, theirs = (
        torch.cat([parameter.grad.flatten() for parameter in one.parameters()])
        for one in (model, wide)
    )
    assert mine.dtype == torch.float32
    assert 0 < (mine - theirs).norm() < 0.1 * theirs.norm()
    assert model.nats(batch).sum().item() == exact
    with torch.no_grad():
        assert model.loss(batch).total.item() == pytest.approx(exact, rel=1e-6)


@torch.no_grad()
def test_a_callers_autocast_reaches_every_method(model, make_pairs):
    batch, exact = make_pairs(5), model.nats(make_pairs(5))
    how = {"source_lengths": batch.source_lengths, "start": START, "end": END, "max_steps": 6}
    with torch.autocast("cpu", torch.bfloat16):
        near(model.nats(batch), exact, 0.05)
        sums = model.log_probabilities(batch).exp().sum(-1)
        near(sums, torch.ones_like(sums).masked_fill(~batch.is_real, 30))
        model.attention_maps(batch)
        for one in greedy(model, batch, **how):
            assert one.log_probability < 0
        beam_search(model, batch, **how, width=2, length_alpha=1.0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_states_stay_wide_in_bfloat16(cell, form, make_pairs, monkeypatch):
    seen = []
    advance = CellSteps.step

    def watched(self, sums, state):
        after = advance(self, sums, state)
        seen.extend([*state, *after])
        return after

    monkeypatch.setattr(CellSteps, "step", watched)
    model, batch = recurrent(cell, form, precision="bf16"), make_pairs(5)
    for layer in [*model.encoder.layers, *model.decoder.layers]:
        layer.register_forward_hook(lambda _, __, y: seen.extend([y[0], *y[1]]))
    model.loss(batch).total.backward()
    assert {one.dtype for one in seen} == {torch.float32}
    assert all(parameter.grad.dtype == torch.float32 for parameter in model.parameters())


@pytest.mark.parametrize("name", [*(f"gru: {form}" for form in FORMS), "Transformer: norm first"])
def test_drop_out_works_in_training_alone(name, make_pairs):
    make, *given = MODELS[name]
    rates = {"dropout": 0.4}
    if make is recurrent:
        rates |= {"embedding_dropout": 0.2, "output_dropout": 0.3}
    torch.manual_seed(5)
    model, batch = make(*given, **rates), make_pairs(4)

    def loss(seed):
        torch.manual_seed(seed)
        return model.loss(batch).total.item()

    assert loss(1) == loss(1)
    assert loss(1) != loss(2)
    model.eval()
    assert loss(1) == loss(2)


LEARNERS = {
    "search": lambda: RecurrentSeq2Seq(12, 12, embedding_size=16, hidden_size=24),
    "dot": lambda: RecurrentSeq2Seq(
        12, 12, embedding_size=16, hidden_size=24, cell="lstm", attention="dot", input_feeding=True
    ),
    "none": lambda: RecurrentSeq2Seq(
        12, 12, embedding_size=16, hidden_size=48, attention="none", tied="all"
    ),
    "Transformer": lambda: TransformerSeq2Seq(
        12, 12, model_size=32, num_heads=4, layers=1, feedforward_size=48, dropout=0.0
    ),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_it_learns_ten_sequences_backwards(name):
    from saiki.models import PairBatch

    torch.manual_seed(11)
    model = LEARNERS[name]()
    lengths = torch.tensor([6, 5, 4, 3, 2, 6, 5, 4, 3, 6])
    source = torch.randint(4, 12, (10, 6))
    target = torch.zeros(10, 7, dtype=torch.long)
    for row, n in enumerate(lengths.tolist()):
        target[row, :n] = source[row, :n].flip(0)
        target[row, n] = END
    batch = PairBatch(source, lengths, target, lengths + 1)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(80):
        optimiser.zero_grad()
        loss = model.loss(batch)
        (loss.total / loss.count).backward()
        optimiser.step()
    model.eval()
    found = greedy(
        model, batch, source_lengths=lengths, start=START, end=END, max_steps=(lengths + 3).tolist()
    )
    assert [list(one.tokens) for one in found] == [
        row[:n].tolist() for row, n in zip(target, batch.target_lengths, strict=True)
    ]
    assert math.exp(model.nats(batch).sum() / batch.tokens) < 1.05
