"""Language models: perplexity that depends on nothing but text and weights; generation, blanks."""

import itertools
import json
import math

import numpy as np
import pytest
import torch

import saiki
from saiki.errors import ConfigurationError, DataError, RunFolderError
from saiki.tasks.configure import config_from_table
from saiki.tasks.language_model import language_objective
from saiki.tasks.text_preparation import encode_part, prepare_text
from saiki.tasks.token_batches import StreamBatches, lines_of, padded, pieces_of, stream_of
from saiki.tasks.token_measure import measure_part, measure_tokens
from saiki.training import Training

WORDS = ["the", "cat", "dog", "sat", "ran", "on", "a", "mat", "hill", "red", "old", "and"]


def corpus(lines=120, seed=3):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(3, 12))) for _ in range(lines)]


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "corpus.txt"
    path.write_text("".join(line + "\n" for line in corpus()), encoding="utf-8")
    return path


def table(path, **sections):
    made = {
        "task": "language-model",
        "data": {
            "source": str(path),
            "tokenizer": "white-space",
            "test_fraction": 0.1,
            "steps": 8,
        },
        "model": {"hidden_size": 12, "embedding_size": 10, "layers": 2},
        "training": {"epochs": 2, "batch_size": 4, "checkpoint_seconds": 0.0},
        "samples": {"prompts": ["the cat"], "length": 5, "cloze": {"the ___ sat": ["cat", "dog"]}},
    }
    for name, section in sections.items():
        made[name] = made[name] | section
    return made


def write(folder, made):
    from saiki.artifacts import to_toml

    file = folder / "own.toml"
    file.write_text(to_toml(made), encoding="utf-8")
    return file


def train(tmp_path, made, **options):
    return saiki.train(write(tmp_path, made), out=tmp_path / "run", **options)


@pytest.fixture(scope="module")
def run(text, tmp_path_factory):
    return train(tmp_path_factory.mktemp("language"), table(text))


@pytest.fixture(scope="module")
def model(run):
    return saiki.load(run.folder)


@pytest.fixture(scope="module")
def lines_model(text, tmp_path_factory):
    made = table(text, data={"batching": "lines"}, model={"cell": "gru", "tied": False})
    return saiki.load(train(tmp_path_factory.mktemp("lines"), made).folder)


def every_model(request):
    return request.getfixturevalue(request.param)


either = pytest.fixture(params=["model", "lines_model"], name="either")(every_model)


def part_of(model, lines):
    return encode_part(model.tokenizer, lines, model.config.data)


def test_the_result_has_the_figures_of_the_field(run):
    figures = run.metrics["test"]
    assert figures["perplexity"] == pytest.approx(math.exp(figures["loss_nats"]))
    assert figures["unknown_rate"] == 0
    assert figures["perplexity_per_word"] == pytest.approx(figures["perplexity"])  # words: tokens
    assert run.result["tokens"]["test"] == sum(len(line.split()) + 1 for line in corpus()[108:])
    assert 1 < figures["perplexity"] < len(WORDS) + 5


def test_bits_per_byte_count_every_byte_of_the_text(model):
    lines = ["the cat", "a mat"]
    figures = measure_part(model.network, part_of(model, lines), model.config.data, model.device)
    nats = sum(sum(score.surprises_nats) for score in model_stream(model, lines))
    assert figures["bits_per_byte"] == pytest.approx(nats / math.log(2) / len("the cat\na mat\n"))


def model_stream(model, lines):
    """The surprise of the lines read one after the other, by hand, one token at a time."""
    ids = [model.tokenizer.end_id]
    for line in lines:
        ids += [*model.tokenizer.encode(line), model.tokenizer.end_id]
    state, nats = None, []
    with torch.no_grad():
        for now, after in itertools.pairwise(ids):
            hidden, state = model.network(torch.tensor([[now]]), state)
            nats.append(-model.network.head.log_probabilities(hidden[0])[0, int(after)].item())

    class Score:
        surprises_nats = nats

    return [Score]


@pytest.mark.parametrize("batch_size", [1, 7, 20])
def test_perplexity_is_the_same_for_every_batch_size(either, batch_size):
    one = either.evaluate(batch_size=64)
    other = either.evaluate(batch_size=batch_size)
    assert other["perplexity"] == pytest.approx(one["perplexity"], rel=1e-6)


def test_padding_is_never_counted(lines_model):
    part = part_of(lines_model, ["the cat", "a red dog ran on the old hill and sat on a mat", "a"])
    lines = lines_of(part, 1000)
    together = measure_tokens(lines_model.network, lines, lines_model.device)
    for line, nats in zip(lines, together.nats, strict=True):
        alone = measure_tokens(lines_model.network, [line], lines_model.device).nats[0]
        np.testing.assert_allclose(nats, alone, rtol=1e-5, atol=1e-6)
    objective = language_objective(None)
    lines_model.network.eval()
    with torch.no_grad():
        measured = objective(lines_model.network, padded(lines, lines_model.device))
    assert measured.count == part.size
    assert measured.sums["loss_nats"] == pytest.approx(sum(n.sum() for n in together.nats), 1e-5)


def test_pieces_cover_every_token_once_and_windows_change_nothing(model, monkeypatch):
    lines = corpus(700, seed=9)
    part = part_of(model, lines)
    pieces = pieces_of(part, 4)
    assert len(pieces) == 4
    assert np.concatenate([p.targets for p in pieces]).tolist() == part.stream.tolist()
    whole = measure_tokens(model.network, pieces, model.device).nats
    monkeypatch.setattr("saiki.tasks.token_measure._WINDOW", 23)
    cut = measure_tokens(model.network, pieces, model.device).nats
    for one, other in zip(whole, cut, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-6)


def test_training_windows_carry_the_state_on_and_cover_the_stream(model):
    part = part_of(model, corpus(200))
    training = Training(model.network, torch.optim.SGD(model.network.parameters(), lr=0.1))
    batches = StreamBatches(
        part, training, batch_size=3, steps=7, seed=5, device=torch.device("cpu")
    )
    seen = list(batches.batches(2))
    assert len(seen) == len(batches)
    assert "carried.0" not in seen[0]  # nothing was put into `training` here
    stream = stream_of(part)
    columns = len(stream) // 3
    targets = torch.cat([b["targets"] for b in seen], dim=1)
    inputs = torch.cat([b["values"] for b in seen], dim=1)
    for row in range(3):
        own = stream.targets[row * columns : (row + 1) * columns].tolist()
        text = targets[row].tolist()
        at = next(i for i in range(7) if own[i : i + len(text)] == text)
        assert inputs[row, 1:].tolist() == text[:-1]
        assert len(own) - len(text) == 6, at
    shifts = {tuple(next(iter(batches.batches(e)))["values"][0].tolist()) for e in range(8)}
    assert len(shifts) > 1  # windows begin elsewhere in each epoch


def test_the_objective_carries_its_state_from_batch_to_batch(model):
    part = part_of(model, corpus(60))
    network = model.network.eval()
    training = Training(network, torch.optim.SGD(network.parameters(), lr=0.1))
    source = StreamBatches(part, training, batch_size=2, steps=9, seed=0, device=model.device)
    objective = language_objective(training)
    sums, values, targets = 0.0, [], []
    for batch in source.batches(0):
        sums += objective(network, batch).sums["loss_nats"]
        values.append(batch["values"])
        targets.append(batch["targets"])
        assert not training.carried["0"].requires_grad
    whole = {"values": torch.cat(values, 1), "targets": torch.cat(targets, 1)}
    with torch.no_grad():
        assert objective(network, whole).sums["loss_nats"] == pytest.approx(sums, rel=1e-5)


def test_generation_is_the_same_on_every_run(either):
    first = "".join(either.generate("the cat", length=20, seed=4))
    assert "".join(either.generate("the cat", length=20, seed=4)) == first
    others = {"".join(either.generate("the cat", length=20, seed=s)) for s in range(5, 10)}
    assert others != {first}


def test_streaming_equals_running_the_whole_prefix(model):
    prompt = "the old dog"
    text = "".join(model.generate(prompt, length=12, temperature=0))
    tokenizer, network = model.tokenizer, model.network
    ids = [tokenizer.end_id, *tokenizer.encode(prompt)]
    never = [tokenizer.padding_id, tokenizer.unknown_id, tokenizer.start_id]
    for _ in range(12):
        with torch.no_grad():
            hidden, _ = network(torch.tensor([ids]))
        scores = network.head.log_probabilities(hidden[0, -1:])[0]
        scores[never] = -math.inf
        ids.append(int(scores.argmax()))
    made = ids[1 + len(prompt.split()) :]
    lines = [[]]
    for token in made:
        lines.append([]) if token == tokenizer.end_id else lines[-1].append(token)
    expected = "\n".join(tokenizer.decode(line) for line in lines)
    assert text.strip(" ") == expected.strip(" ")


def test_lines_end_where_the_model_ends_them(lines_model):
    texts = ["".join(lines_model.generate(length=400, seed=s)) for s in range(3)]
    assert all("\n" not in text and len(text.split()) < 400 for text in texts)


def test_a_score_adds_up(either):
    score = either.score(["the cat sat", "a dog"])[0]
    assert score.tokens == ("the", "cat", "sat", "<end>")
    assert score.nats == pytest.approx(sum(score.surprises_nats))
    assert score.perplexity == pytest.approx(math.exp(score.nats / 4))
    assert either.score(["the zebra sat"])[0].unknown_rate == pytest.approx(1 / 3)
    alone = either.score(["a dog"])[0].surprises_nats
    np.testing.assert_allclose(either.score(["the", "a dog"])[1].surprises_nats, alone, rtol=1e-5)


def test_an_empty_text_has_no_score(model):
    with pytest.raises(DataError, match="must hold at least one token"):
        model.score(["  "])


def test_candidates_are_ranked_by_the_whole_text(model):
    ranked = model.rank("the ＿＿ sat on a mat", ["cat", "hill", "dog"])
    assert {one.candidate for one in ranked} == {"cat", "hill", "dog"}
    nats = [one.score.nats for one in ranked]
    assert nats == sorted(nats)
    assert sum(one.probability for one in ranked) == pytest.approx(1)
    first = model.score([f"the {ranked[0].candidate} sat on a mat"])[0]
    assert ranked[0].score.nats == pytest.approx(first.nats, rel=1e-6)
    ratio = ranked[0].probability / ranked[1].probability
    assert math.log(ratio) == pytest.approx(nats[1] - nats[0], rel=1e-4)


def test_without_candidates_the_model_names_its_own(model):
    ranked = model.rank("the ___", count=4)
    assert len(ranked) == 4
    assert all(one.candidate in WORDS for one in ranked)


@pytest.mark.parametrize("sentence", ["no blank", "two ___ blanks ___"])
def test_one_blank_is_needed(model, sentence):
    with pytest.raises(DataError, match="must have one blank"):
        model.rank(sentence, ["a"])


def test_samples_are_kept_for_the_report(run):
    samples = json.loads((run.folder / "samples.json").read_text(encoding="utf-8"))
    assert samples["prompts"][0]["prompt"] == "the cat"
    assert {c["candidate"] for c in samples["cloze"][0]["candidates"]} == {"cat", "dog"}
    assert len(samples["surprise"][0]["tokens"]) == len(samples["surprise"][0]["surprises_nats"])


def test_the_cache_is_measured_beside_the_model(text, tmp_path):
    made = table(text) | {"cache": {"size": 50, "flatness": 0.5, "weight": 0.2}}
    figures = train(tmp_path, made).metrics["test"]
    assert figures["perplexity_with_cache"] != figures["perplexity"]


@pytest.mark.parametrize(
    ("model", "training"),
    [
        ({"cell": "peephole-lstm", "layer_norm": True, "recurrent_dropout": 0.1}, {}),
        ({"cell": "rnn", "embedding_dropout": 0.1, "weight_dropout": 0.2}, {"optimiser": "adam"}),
        ({"softmax": "sampled", "samples": 5}, {}),
        ({"softmax": "adaptive", "tied": False, "cutoffs": [6, 9], "hidden_size": 16}, {}),
        (
            {"output_dropout": 0.2, "dropout": 0.2, "input_dropout": 0.2},
            {"activation_penalty": 2.0, "change_penalty": 1.0, "precision": "bf16"},
        ),
        (
            {"dropout_form": "plain"},
            {
                "optimiser": "plain-sgd",
                "learning_rate": 0.5,
                "schedule": "constant",
                "averaging": {"trigger": "epoch", "from_epoch": 1},
            },
        ),
        ({"learned_initial_state": True, "output_activation": "identity"}, {}),
        ({"stage": "input-output-gates"}, {}),
        ({"cell": "gru", "reset_after": False}, {}),
        ({"cell": "rnn", "nonlinearity": "relu"}, {}),
    ],
)
@pytest.mark.parametrize("batching", ["stream", "lines"])
def test_every_option_trains(text, tmp_path, model, training, batching):
    made = table(text, model=model, training=training, data={"batching": batching})
    run = train(tmp_path, made)
    assert 1 < run.metrics["test"]["perplexity"] < 40
    assert saiki.load(run.folder).evaluate()["perplexity"] == pytest.approx(
        run.metrics["test"]["perplexity"], rel=1e-6
    )


def test_it_learns_what_follows_what(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("a b c d e f g h\n" * 300, encoding="utf-8")
    made = table(
        path,
        model={"hidden_size": 24, "layers": 1, "tied": False},
        training={"epochs": 6, "batch_size": 8, "learning_rate": 0.02},
    )
    assert train(tmp_path, made).metrics["test"]["perplexity"] < 1.1


def test_characters_of_a_whole_file(tmp_path):
    path = tmp_path / "play.txt"
    path.write_text("to be or not\nto be\n\n" * 60, encoding="utf-8")
    made = table(path, data={"tokenizer": "characters", "record": "file", "test_fraction": 0.0})
    run = train(tmp_path, made)
    assert run.result["tokens"] == {"train": 1080, "validation": 120}  # 90 % of 1,200
    text = "".join(saiki.load(run.folder).generate("to", length=30, seed=1))
    assert len(text) == 30
    assert set(text) <= set("to be rn\n")


def test_adaptive_softmax_needs_vectors_of_its_own(text, tmp_path):
    from saiki.errors import ArgumentError

    made = table(text, model={"softmax": "adaptive"})
    with pytest.raises(ArgumentError, match="tied must be False"):
        train(tmp_path, made)


@pytest.mark.parametrize(
    ("cell", "option", "owner"),
    [("gru", {"stage": "carousel"}, "lstm"), ("lstm", {"reset_after": False}, "gru")],
)
def test_an_option_of_another_cell_is_refused(text, tmp_path, cell, option, owner):
    from saiki.errors import ArgumentError

    made = table(text, model={"cell": cell} | option)
    with pytest.raises(ArgumentError, match=f"is an option of the cell {owner}; model.cell is"):
        train(tmp_path, made)


def test_a_long_line_that_is_cut_for_the_report_has_no_end(tmp_path):
    path = tmp_path / "long.txt"
    lines = [" ".join(["the cat sat"] * 80), "the dog ran on a hill"] * 30
    path.write_text("\n".join(lines), encoding="utf-8")
    run = train(tmp_path, table(path))
    shown = json.loads((run.folder / "samples.json").read_text(encoding="utf-8"))["surprise"]
    ends = {row["tokens"][-1] == "<end>" for row in shown if len(row["text"]) < 300}
    cut = {row["tokens"][-1] == "<end>" for row in shown if len(row["text"]) == 300}
    assert (ends, cut) == ({True}, {False})


def test_text_that_is_too_short(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("word\n", encoding="utf-8")
    made = table(path, data={"validation_fraction": 0.0, "test_fraction": 0.0})
    with pytest.raises(DataError):
        train(tmp_path, made)
    path.write_text("some more words here\nand more\n", encoding="utf-8")
    made = table(
        path,
        data={"validation_fraction": 0.0, "test_fraction": 0.0},
        training={"keep": "last", "batch_size": 20},
    )
    with pytest.raises(DataError, match="too few for 20 streams side by side"):
        train(tmp_path, made)


def test_best_needs_a_validation_part(text, tmp_path):
    made = table(text, data={"validation_fraction": 0.0})
    with pytest.raises(ConfigurationError, match=r"training.keep best: needs a validation part"):
        train(tmp_path, made)


def test_what_is_held_back(text):
    def parts(**data):
        config = config_from_table(table(text, data=data), "test")
        return {name: part.texts for name, part in prepare_text(config.data).parts.items()}

    lines = tuple(corpus())
    at_end = parts()
    assert at_end["test"] == lines[108:]
    assert at_end["validation"] == lines[97:108]
    spread = parts(split="spread")
    for name in ("validation", "test"):
        places = [lines.index(line) for line in spread[name]]
        assert min(places) < 30
        assert max(places) > 85
    assert sorted(sum(spread.values(), ())) == sorted(lines)


def test_a_changed_text_is_noticed(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(corpus(60)), encoding="utf-8")
    run = train(tmp_path, table(path))
    path.write_text("\n".join(corpus(61)), encoding="utf-8")
    with pytest.raises(RunFolderError, match="has changed since training"):
        saiki.load(run.folder).evaluate()
