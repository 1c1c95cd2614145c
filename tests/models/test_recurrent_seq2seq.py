"""The recurrent model against the equations; scheduled sampling; what it refuses."""

from functools import partial

import numpy as np
import pytest
import torch

from saiki import equations
from saiki.errors import ArgumentError
from saiki.kernels import info
from saiki.models import RecurrentSeq2Seq, greedy
from saiki.nn import AdditiveAttention, DotAttention, GeneralAttention, VariationalDropout

SIZES = {"embedding_size": 3, "hidden_size": 4}


def numbers(tensor):
    return tensor.detach().numpy()


def compare(found, wanted):
    np.testing.assert_allclose(numbers(found), wanted, rtol=1e-10, atol=1e-12)


def build(seed=2, **options):
    torch.manual_seed(seed)
    model = RecurrentSeq2Seq(20, 30, **SIZES | options).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.7)
    return model


def stacks(layer, suffix=""):
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w, u, b, c = (numbers(getattr(layer, f"{name}_l0{suffix}")) for name in names)
    return w, u, [b, c]


def gru_like_2014(layer, suffix=""):
    return equations.negate_update_gate(equations.split_gru_weights(*stacks(layer, suffix)))


def test_the_search_of_2014_equals_its_equations(make_pairs):
    """Outputs and gradients of encoder and decoder, with the maxout and the cell of the paper."""
    model, batch = build(reset_after=False, attention_size=5), make_pairs(3, source=5, target=4)
    bridge = model.encoder.bridge_h_l0
    with torch.no_grad():
        bridge[:, : SIZES["hidden_size"]] = 0  # the paper's reads the way back alone
        model.head.bias.zero_()
    layer = model.encoder.layers[0]
    both = equations.EncoderParameters(
        gru_like_2014(layer), gru_like_2014(layer, "_reverse"), numbers(bridge[:, 4:])
    )
    attention = model.decoder.attention
    decoder = equations.DecoderParameters(
        equations.AdditiveAttentionParameters(
            numbers(attention.query_projection.weight),
            numbers(attention.memory_projection.weight),
            numbers(attention.score.weight[0]),
        ),
        gru_like_2014(model.decoder.layers[0]),
        numbers(model.decoder.readout.projection.weight),
        numbers(model.head.weight),
    )
    x, y = numbers(model.source_embedding.weight), numbers(model.target_embedding.weight)
    read = equations.encoder_forward(both, x[batch.source], batch.source_lengths.numpy())
    lengths = batch.source_lengths.numpy()
    run = equations.decoder_forward(decoder, y[batch.inputs], read.state, read.memory, lengths)
    real = batch.is_real.numpy()
    rows = model.log_probabilities(batch)
    wanted = torch.tensor(run.logits).log_softmax(-1)
    compare(rows[real], wanted[real])
    compare(model.attention_maps(batch)["attention"][real], run.weights[real])

    grad = np.random.default_rng(0).normal(size=run.logits.shape) * real[..., None]
    p = wanted.exp().numpy()
    of_logits = grad - p * grad.sum(-1, keepdims=True)
    back = equations.decoder_backward(run, of_logits)
    to_x = equations.encoder_backward(read, back.memory, back.state).x
    rows.backward(torch.tensor(grad))
    for table, ids, gradient in (
        (model.source_embedding, batch.source, to_x),
        (model.target_embedding, batch.inputs, back.y),
    ):
        summed = np.zeros(table.weight.shape)
        np.add.at(summed, ids.numpy(), gradient)
        compare(table.weight.grad, summed)
    compare(model.decoder.readout.projection.weight.grad, back.parameters.W_t)
    compare(attention.memory_projection.weight.grad, back.parameters.attention.U)
    stacked = equations.stack_gru_weights(
        equations.negate_update_gate(back.parameters.cell)
    )  # the sign of a gradient turns with that of its weight
    compare(model.decoder.layers[0].weight_ih_l0.grad, stacked.weight_ih)
    compare(model.decoder.layers[0].weight_hh_l0.grad, stacked.weight_hh)


def equation_cell(layer, suffix=""):
    """A function (x (B, T, I), first state, lengths) -> h (B, T, H), last state."""
    w, u, biases = stacks(layer, suffix)
    name = type(layer).__name__
    if name == "GRU":
        run = partial(equations.gru_forward, equations.split_gru_weights(w, u, biases))
    elif name == "RNN":
        run = partial(equations.rnn_forward, equations.RNNParameters(w, u, sum(biases)))
    else:
        eyes = getattr(layer, f"weight_peephole_l0{suffix}", None)
        eyes = None if eyes is None else numbers(eyes)
        lstm = partial(equations.lstm_forward, equations.split_lstm_weights(w, u, biases, eyes))

        def two(x, state, lengths=None):
            trace = lstm(x, state, lengths)
            return trace.h, (trace.last_h, trace.last_c)

        return two

    def one(x, state, lengths=None):
        trace = run(x, None if state is None else state[0], lengths)
        return trace.h, (trace.last,)

    return one


def look(attention, query, memory, lengths):
    """Context (B, M) and weights (B, S) of a query (B, Q)."""
    query = query[:, None]
    if isinstance(attention, DotAttention):
        run = equations.dot_attention(query, memory, lengths, scale=attention.scale)
    elif isinstance(attention, GeneralAttention):
        W = numbers(attention.memory_projection.weight)
        run = equations.general_attention(W, query, memory, lengths, scale=attention.scale)
    else:
        parts = attention.query_projection, attention.memory_projection, attention.score
        W, U, v = (numbers(part.weight) for part in parts)
        own = equations.AdditiveAttentionParameters(W, U, v[0])
        run = equations.additive_attention(own, query, memory, lengths)
    return run.context[:, 0], run.weights[:, 0]


def equation_encoder(model, batch):
    """Memory (B, S, M), and the first state of each decoder layer."""
    lengths, states = batch.source_lengths.numpy(), []
    x = model.scale * numbers(model.source_embedding.weight)[batch.source]
    for place, layer in enumerate(model.encoder.layers):
        ways = []
        for suffix in ("", "_reverse")[: 1 + layer.bidirectional]:
            seen = equations.reverse_sequences(x, lengths) if suffix else x
            h, last = equation_cell(layer, suffix)(seen, None, lengths)
            ways.append((equations.reverse_sequences(h, lengths) if suffix else h, last))
        x = np.concatenate([h for h, _ in ways], axis=-1)
        ends = [
            np.concatenate(parts, axis=-1)
            for parts in zip(*(last for _, last in ways), strict=True)
        ]
        h, *c = (
            end @ numbers(getattr(model.encoder, f"bridge_{part}_l{place}")).T
            for part, end in zip("hc", ends, strict=False)
        )
        states.append((np.tanh(h), *c))
    if isinstance(model.memory_projection, torch.nn.Linear):
        x = x @ numbers(model.memory_projection.weight).T
    return x, states


def equation_decoder(model, batch):
    """Logits (B, T, V) and weights (B, T, S), step by step from the symbols of the equations."""
    memory, states = equation_encoder(model, batch)
    target, lengths = model.decoder, batch.source_lengths.numpy()
    cells, readout = [equation_cell(layer) for layer in target.layers], target.readout.projection
    fed = np.zeros((len(memory), target.output_size))
    logits, looked = [], []
    embedded = model.scale * numbers(model.target_embedding.weight)[batch.inputs]
    for y in embedded.swapaxes(0, 1):
        before, x = states[-1][0], y
        if target.query == "previous":
            context, weights = look(target.attention, states[0][0], memory, lengths)
            x = np.concatenate([y, context], axis=-1)
        elif target.input_feeding:
            x = np.concatenate([y, fed], axis=-1)
        for place, cell in enumerate(cells):
            h, states[place] = cell(x[:, None], states[place])
            x = h[:, 0]
        if target.query == "previous":
            tau = np.concatenate([before, y, context], axis=-1) @ numbers(readout.weight).T
            fed = np.maximum(tau[:, ::2], tau[:, 1::2])
        elif target.query == "current":
            context, weights = look(target.attention, x, memory, lengths)
            fed = np.tanh(np.concatenate([context, x], axis=-1) @ numbers(readout.weight).T)
        else:
            fed, weights = x, np.zeros((len(x), 0))
            if isinstance(readout, torch.nn.Linear):
                fed = x @ numbers(readout.weight).T
        logits.append(fed @ numbers(model.head.weight).T + numbers(model.head.bias))
        looked.append(weights)
    return np.stack(logits, axis=1), np.stack(looked, axis=1)


FORMS = [
    {"attention": "none"},
    {"attention": "none", "tied": "target", "layers": 2},
    {"layers": 2, "attention_size": 3},
    {"attention": "general", "query": "previous", "bidirectional": False},
    {"attention": "general", "query": "previous", "scaled": False},
    {"attention": "dot", "query": "previous", "layers": 3},
    {"attention": "dot", "scaled": False},
    {"attention": "dot", "layers": 2, "bidirectional": False, "tied": "target"},
    {"attention": "general"},
    {"attention": "additive", "query": "current", "attention_size": 7},
    {"attention": "dot", "input_feeding": True, "bidirectional": False},
    {"attention": "general", "input_feeding": True, "layers": 2, "tied": "target"},
    {"attention": "additive", "query": "current", "input_feeding": True, "layers": 3},
]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "peephole-lstm", "gru"])
@pytest.mark.parametrize("form", FORMS, ids=repr)
def test_every_form_equals_its_equations(cell, form, make_pairs):
    model, batch = build(cell=cell, **form), make_pairs(4, source=6, target=5)
    logits, weights = equation_decoder(model, batch)
    wanted, real = torch.tensor(logits).log_softmax(-1), batch.is_real
    compare(model.log_probabilities(batch)[real], wanted[real])
    taken = wanted.gather(2, batch.target[..., None])[..., 0].masked_fill(~real, 0)
    compare(model.nats(batch), -taken.sum(1))
    maps = model.attention_maps(batch)
    if form.get("attention") == "none":
        assert maps == {}
    else:
        compare(maps["attention"][real], weights[real])


SCALED = ({}, {"scaled": False})


@pytest.mark.parametrize("tied", ["none", "target"])
def test_inputs_start_at_the_scale_that_tells_steps_apart(tied):
    torch.manual_seed(0)
    sizes = {"embedding_size": 64, "hidden_size": 8, "tied": tied}
    for more, wanted in ({}, 0.3), ({"embedding_spread": 1.0}, 1.0):
        model = RecurrentSeq2Seq(3000, 3000, **sizes, **more)
        for table in (model.source_embedding, model.target_embedding):
            assert (model.scale * table.weight).std().item() == pytest.approx(wanted, rel=0.02)
        assert model.head.weight.std().item() < 0.3


def test_scores_are_divided_by_the_root_of_the_units():
    wanted = 1 / np.sqrt(SIZES["hidden_size"])
    for attention in ("dot", "general"):
        scales = [build(attention=attention, **more).decoder.attention.scale for more in SCALED]
        assert scales == [pytest.approx(wanted), 1.0]


def test_defaults_that_depend_on_the_attention():
    found = {
        attention: (model.decoder.query, type(model.decoder.attention))
        for attention in ("none", "additive", "dot", "general")
        for model in [build(attention=attention)]
    }
    assert found == {
        "none": ("none", type(None)),
        "additive": ("previous", AdditiveAttention),
        "dot": ("current", DotAttention),
        "general": ("current", GeneralAttention),
    }
    assert build().decoder.attention.query_projection.out_features == SIZES["hidden_size"]


def test_which_form_runs():
    wanted = "compiled" if info().level != "torch" else "loop"
    assert RecurrentSeq2Seq(20, 30, **SIZES).backend() == wanted
    assert build().backend() != "compiled"


def test_drop_out_between_layers_keeps_its_mask_through_the_loop(make_pairs, monkeypatch):
    """With input feeding the layers go step by step; a mask must be drawn once all the same."""
    torch.manual_seed(0)
    model = RecurrentSeq2Seq(
        20, 30, attention="dot", input_feeding=True, layers=2, dropout=0.5, **SIZES
    )
    calls = []
    forward = VariationalDropout.forward
    monkeypatch.setattr(
        VariationalDropout, "forward", lambda self, x: calls.append(x.shape) or forward(self, x)
    )
    model.loss(make_pairs(3, target=7))
    # Two embeddings, one between the encoder's layers, one between the decoder's, the output.
    assert len(calls) == 5
    assert (3, 1, SIZES["hidden_size"]) in calls


def test_scheduled_sampling_reads_the_tokens_of_the_model(make_pairs):
    """With probabilities near 0 and 1 nothing is left to chance: drawn tokens are the likeliest."""
    model, batch = build(embedding_size=6, hidden_size=6), make_pairs(5, target=6)
    with torch.no_grad():
        model.head.weight.mul_(1e5)
    wanted, state = [batch.inputs[:, 0]], model.start(batch)
    for _ in range(5):
        rows, state, _ = model.step(wanted[-1], state)
        wanted.append(rows.argmax(1))
    wanted = torch.stack(wanted, dim=1)
    assert (wanted != batch.inputs)[:, 1:].any()
    torch.testing.assert_close(model._own_inputs(batch, 0.0, None), wanted)
    hidden, _ = model._run(batch, wanted)
    rows = model.head.log_probabilities(hidden.flatten(0, 1)).view(5, 6, -1)
    taken = rows.gather(2, batch.target[..., None])[..., 0].masked_fill(~batch.is_real, 0)
    loss = model.loss(batch, teacher_forcing=0.0)
    torch.testing.assert_close(loss.total, -taken.sum())
    assert loss.total.item() != pytest.approx(model.loss(batch).total.item(), rel=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.8])
def test_as_many_true_tokens_are_read_as_asked_for(share, make_pairs):
    batch = make_pairs(300, target=12)
    model = build()
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.fill_(-40.0)
        model.head.bias[1] = 0.0  # the unknown token, which no target of the test holds
    generator = torch.Generator().manual_seed(1)
    inputs = model._own_inputs(batch, share, generator)
    torch.testing.assert_close(inputs[:, 0], batch.inputs[:, 0])
    is_true = inputs[:, 1:] == batch.inputs[:, 1:]
    assert ((inputs[:, 1:] == 1) ^ is_true).all()
    assert is_true.double().mean().item() == pytest.approx(share, abs=0.03)


def test_scheduled_sampling_draws_from_the_generator_and_has_gradients(make_pairs):
    torch.manual_seed(3)
    model, batch = RecurrentSeq2Seq(20, 30, **SIZES), make_pairs(6)

    def loss(seed):
        generator = torch.Generator().manual_seed(seed)
        return model.loss(batch, teacher_forcing=0.3, generator=generator).total

    assert loss(1).item() == loss(1).item()
    assert loss(1).item() != loss(2).item()
    before = torch.get_rng_state()
    loss(1).backward()
    assert torch.equal(torch.get_rng_state(), before)
    assert model.training
    assert all(p.grad is not None for p in model.parameters())


def test_a_network_that_has_diverged_has_a_loss_that_says_so(make_pairs):
    model, batch = build(), make_pairs(3)
    with torch.no_grad():
        model.target_embedding.weight.fill_(float("nan"))
    assert not model.loss(batch, teacher_forcing=0.5).total.isfinite()


def test_inputs_that_no_embedding_has(make_pairs):
    model, batch = build(), make_pairs(3)
    batch.source[1, 0] = 20
    with pytest.raises(ArgumentError, match=r"tokens must be in 0\.\.V-1=19; got"):
        model.nats(batch)


def test_greedy_takes_a_state_apart_from_training(make_pairs):
    model, batch = build(), make_pairs(3)
    with pytest.raises(ArgumentError, match="the model is in training mode"):
        greedy(
            model.train(), batch, source_lengths=batch.source_lengths, start=2, end=3, max_steps=4
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attention": "soft"}, "attention must be one of none, .*, general; got 'soft'"),
        ({"query": "next"}, "query must be one of auto, previous, current; got 'next'"),
        (
            {"attention": "dot", "attention_size": 8},
            "attention_size belongs to .*; got 8 with 'dot'",
        ),
        ({"embedding_spread": 0}, "embedding_spread must be a number above 0; got 0"),
        ({"scaled": False}, "scaled belongs to .*; got False with 'additive'"),
        (
            {"attention": "none", "query": "current"},
            "query must be \"auto\" without .*got 'current'",
        ),
        ({"input_feeding": True}, "input_feeding must .*got attention 'additive' and query 'auto'"),
        ({"attention": "none", "input_feeding": True}, "input_feeding must .*got attention 'none'"),
        (
            {"attention": "dot", "query": "previous", "input_feeding": True},
            "input_feeding must .*got attention 'dot' and query 'previous'",
        ),
        ({"cell": "sru"}, "cell must be one of rnn, lstm, peephole-lstm, gru; got 'sru'"),
        ({"cell": "lstm", "reset_after": False}, "reset_after belongs to .* 'lstm' has no reset"),
        ({"layers": 0}, "layers must be a whole number of at least 1; got 0"),
        ({"hidden_size": 0}, "hidden_size must be a whole number of at least 1; got 0"),
        ({"dropout": 1.0}, r"p must be a probability in \[0, 1\); got 1.0"),
        ({"precision": "int8"}, "precision must be one of .*; got 'int8'"),
    ],
)
def test_refused_options(options, message):
    with pytest.raises(ArgumentError, match=message):
        build(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label_smoothing": 1.0}, r"label_smoothing must be in \[0, 1\); got 1.0"),
        ({"label_smoothing": -0.1}, r"label_smoothing must be in \[0, 1\); got -0.1"),
        ({"teacher_forcing": 1.1}, r"teacher_forcing must be in \[0, 1\]; got 1.1"),
    ],
)
def test_refused_shares(options, message, make_pairs):
    with pytest.raises(ArgumentError, match=message):
        build().loss(make_pairs(2), **options)
