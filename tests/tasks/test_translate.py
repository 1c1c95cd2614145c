"""Translators: figures, translations and maps that depend on nothing but texts and weights."""

import json
import math

import numpy as np
import pytest

import saiki
from saiki.errors import ArgumentError, DataError, RunFolderError
from saiki.tasks.pair_batches import PairBatches, pair_batch
from saiki.tasks.pair_measure import measure_pairs, pair_nats
from saiki.tasks.translate import translation_objective

TEXTS = ["one two three", "seven", "two two five six one four", "three one"]


@pytest.fixture(scope="module")
def model(translation_run):
    return saiki.load(translation_run.folder)


@pytest.fixture(scope="module")
def attending(numbers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("transformer")
    return saiki.load(numbers.train(folder, numbers.transformer()).folder)


@pytest.fixture(scope="module")
def blind(numbers, tmp_path_factory):
    made = numbers.table(model={"attention": "none", "cell": "lstm", "layers": 2})
    return saiki.load(numbers.train(tmp_path_factory.mktemp("blind"), made).folder)


@pytest.fixture(params=["model", "attending", "blind"])
def each(request):
    return request.getfixturevalue(request.param)


def test_the_result_has_the_figures_of_the_field(translation_run):
    result = translation_run.result
    assert result["parts"] == {"train": 115, "validation": 15, "test": 20}
    assert list(result["metrics"]) == ["validation", "test"]
    for figures in result["metrics"].values():
        assert figures["perplexity"] == pytest.approx(math.exp(figures["loss_nats"]))
        assert 1 < figures["perplexity"] < 12
        assert set(figures) == {"loss_nats", "perplexity", "bleu", "chrf", "exact_match"}
    assert result["vocabulary"] == {"source": 11, "target": 11}
    assert result["left_out"] == {"empty": 0, "too_long": 0}
    assert "tok:none" in result["bleu_signature"]
    assert "chrF2" in result["chrf_signature"] or "nc:6" in result["chrf_signature"]
    card = (translation_run.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"{result['metrics']['test']['bleu']:.2f}" in card


def test_a_probability_is_that_of_teacher_forcing(each):
    for row in each.predict(TEXTS):
        nats = each_nats(each, row["input"], row["output"])
        assert row["log_probability"] == pytest.approx(-nats, abs=1e-4)


def each_nats(model, source, target):
    """-ln p by hand: one pair, one token at a time from the model's own table."""
    from saiki.data import ParallelText
    from saiki.tasks.pair_preparation import encode_pairs

    texts = ParallelText(sources=(source,), targets=(target,), names=("1",))
    part = encode_pairs(model.source_tokenizer, model.target_tokenizer, texts)
    return pair_nats(model.network, part, model.device)[0]


def test_together_or_alone_the_translation_is_the_same(each):
    together = each.predict(TEXTS, n_best=3)
    for text, row in zip(TEXTS, together, strict=True):
        alone = each.predict(text, n_best=3)
        assert [alone["output"], *(a["output"] for a in alone["alternatives"])] == [
            row["output"], *(a["output"] for a in row["alternatives"])
        ]  # fmt: skip
        assert alone["score"] == pytest.approx(row["score"], abs=1e-5)


@pytest.mark.parametrize("batch_size", [1, 7])
def test_figures_are_the_same_for_every_batch_size(each, batch_size):
    one, other = each.evaluate(), each.evaluate(batch_size=batch_size)
    assert other == pytest.approx(one, rel=1e-6)


def test_the_best_are_in_order_and_differ(model):
    row = model.predict("two five six", n_best=3)
    found = [row, *row["alternatives"]]
    assert [one["score"] for one in found] == sorted((o["score"] for o in found), reverse=True)
    assert len({one["output"] for one in found}) == 3
    wide = model.predict("two five six", n_best=7)  # more than the run's width: made wide enough
    assert len(wide["alternatives"]) == 6
    greedy = model.predict("two five six", width=1)
    assert greedy["score"] == pytest.approx(greedy["log_probability"])
    flat = model.predict("two five six", length_alpha=0.0)
    assert flat["score"] == pytest.approx(flat["log_probability"])


def test_a_map_has_a_row_a_token_that_adds_up_to_one(model, attending):
    for one, names in (
        (model, {"attention"}),
        (attending, {f"layer {i} head {j}" for i in (1, 2) for j in (1, 2)}),
    ):
        found = one.align("one two three", "drei zwei")
        assert found.source_tokens == ("one", "two", "three")
        assert found.target_tokens == ("drei", "zwei", "</s>")
        assert set(found.maps) == names
        for weights in found.maps.values():
            assert weights.shape == (3, 3)
            np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)
        own = one.align("one two three")
        output = one.predict("one two three")["output"]
        assert own.target_tokens == (*output.split(), "</s>")


def test_without_attention_there_is_no_map(blind):
    with pytest.raises(ArgumentError, match="has no attention, so there is nothing to show"):
        blind.align("one two")


def test_unknown_words_are_named_in_a_warning(model):
    with pytest.warns(
        UserWarning, match=r"2 word\(s\) were never seen in training: 'ten', 'zebra'"
    ):
        row = model.predict("ten one zebra ten")
    assert row["unknown"] == ["ten", "zebra"]
    assert model.predict("one")["unknown"] == []


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_text_is_refused(model, text):
    with pytest.raises(DataError, match="a text must hold at least one token"):
        model.predict(text)


def test_a_text_that_is_too_long_is_refused_with_what_to_do(model):
    assert model.predict(" ".join(["one"] * 200))["unknown"] == []
    with pytest.raises(DataError, match=r"at most 200 tokens.*has 201. Split it into sentences"):
        model.predict(" ".join(["one"] * 201))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"width": 0}, "width=0 does not fit: .*greater than or equal to 1"),
        ({"length_alpha": 11.0}, "length_alpha=11.0 does not fit"),
        ({"width": 2, "n_best": 3}, "n_best must be from 1 to the width of the beam, 2; got 3"),
        ({"n_best": 0}, "n_best must be from 1 to the width of the beam, 3; got 0"),
    ],
)
def test_a_search_out_of_range_is_refused(model, how, message):
    with pytest.raises(ArgumentError, match=message):
        model.predict("one", **how)


def test_samples_are_kept_for_the_report(translation_run, model):
    samples = json.loads((translation_run.folder / "samples.json").read_text(encoding="utf-8"))
    first, second = samples["samples"][:2]
    assert (first["source"], first["reference"]) == ("one two three", None)
    assert first["output"] == model.predict("one two three")["output"]
    assert second["reference"] is not None
    weights = np.array(first["maps"]["attention"])
    assert weights.shape == (len(first["target_tokens"]), len(first["source_tokens"]))
    assert first["n_best"][0]["output"] == first["output"]
    assert len(first["n_best"]) == 3
    assert sum(row["count"] for row in samples["by_length"]) == 20
    assert samples["part"] == "test"


def test_groups_have_figures_of_their_own(numbers, tmp_path):
    sources, targets = numbers.pairs(60)
    rows = [
        f"{source}\t{target}\t{'short' if len(source.split()) < 3 else 'long'}"
        for source, target in zip(sources, targets, strict=True)
    ]
    text = "\n".join(["en\tde\tlength", *rows])
    (tmp_path / "pairs.tsv").write_text(text, encoding="utf-8")
    columns = {"source_column": "en", "target_column": "de", "group_column": "length"}
    made = numbers.table()
    made["data"] = {"source": "pairs.tsv", "test_fraction": 0.3, **columns}
    run = numbers.train(tmp_path, made)
    groups, whole = run.result["groups"]["test"], run.metrics["test"]
    assert set(groups) == {"short", "long"}
    counts = {name: figures["count"] for name, figures in groups.items()}
    assert sum(counts.values()) == run.result["parts"]["test"]
    mean = sum(counts[name] * groups[name]["exact_match"] for name in counts)
    assert whole["exact_match"] == pytest.approx(mean / sum(counts.values()))
    model = saiki.load(run.folder)
    part = model.part()
    short = part.take([i for i, group in enumerate(part.groups) if group == "short"])
    nats = sum(each_nats(model, *p) for p in zip(short.sources, short.targets, strict=True))
    assert groups["short"]["loss_nats"] == pytest.approx(nats / short.size, rel=1e-5)


def test_equal_sources_lie_in_one_part_only(numbers, tmp_path):
    from saiki.tasks.configure import resolve
    from saiki.tasks.pair_preparation import prepare_pairs, read_pairs

    config = resolve(numbers.write(tmp_path, numbers.table())).data
    read = read_pairs(config)
    parts = {name: set(part.sources) for name, part in read.parts.items()}
    assert not parts["train"] & parts["test"]
    assert not (parts["train"] | parts["test"]) & parts["validation"]
    assert sum(map(len, read.parts.values())) == 150
    assert prepare_pairs(config).sha256 == read.sha256


def test_other_pairs_are_measured_as_the_test_part_is(numbers, model, tmp_path):
    sources, targets = numbers.pairs(20, seed=9)
    (tmp_path / "a.txt").write_text("\n".join(sources), encoding="utf-8")
    (tmp_path / "b.txt").write_text("\n".join(targets), encoding="utf-8")
    part = model.part(str(tmp_path / "a.txt"), str(tmp_path / "b.txt"))
    assert part.sources == tuple(sources)
    figures = model.evaluate(str(tmp_path / "a.txt"), str(tmp_path / "b.txt"))
    nats = sum(each_nats(model, *pair) for pair in zip(sources, targets, strict=True))
    assert figures["loss_nats"] == pytest.approx(nats / part.size, rel=1e-6)
    outputs = [row["output"] for row in model.predict(sources)]
    same = sum(a == b for a, b in zip(outputs, targets, strict=True))
    assert figures["exact_match"] == pytest.approx(same / 20)
    measured = measure_pairs(model.reader, part, model.config.scores)
    assert [one.text for one in measured.translations] == outputs


def test_a_changed_text_is_noticed(numbers, tmp_path):
    run = numbers.train(tmp_path, numbers.table(training={"epochs": 1}))
    with (tmp_path / "numbers.en").open("a", encoding="utf-8") as file:
        file.write("one\n")
    with (tmp_path / "numbers.de").open("a", encoding="utf-8") as file:
        file.write("eins\n")
    with pytest.raises(RunFolderError, match="has changed since training"):
        saiki.load(run.folder).evaluate()


@pytest.mark.parametrize(
    ("model", "training", "data"),
    [
        ({"cell": "lstm", "attention": "dot", "input_feeding": True}, {"teacher_forcing": 0.5}, {}),
        (
            {"cell": "peephole-lstm", "attention": "general", "layers": 2, "bidirectional": False},
            {"label_smoothing": 0.1, "precision": "bf16"},
            {},
        ),
        (
            {"cell": "rnn", "tied": "all", "embedding_dropout": 0.1, "output_dropout": 0.2},
            {"averaging": {"trigger": "epoch", "from_epoch": 1}, "keep": "last"},
            {"shared_vocabulary": True, "source_tokenizer": "characters"}
            | {"target_tokenizer": "characters", "lower_case": True, "unicode_form": "nfkc"},
        ),
        ({"attention_size": 5, "query": "current", "tied": "target"}, {"optimiser": "adam"}, {}),
        ({"reset_after": False}, {"schedule": "plateau", "patience": 1}, {"min_count": 2}),
    ],
)
def test_every_option_trains(numbers, tmp_path, model, training, data):
    run = numbers.train(tmp_path, numbers.table(model=model, training=training, data=data))
    assert saiki.load(run.folder).evaluate()["perplexity"] == pytest.approx(
        run.metrics["test"]["perplexity"], rel=1e-6
    )


def test_a_translator_learns_to_turn_round(numbers, tmp_path):
    made = numbers.table(
        model={"embedding_size": 16, "hidden_size": 32, "attention": "general", "dropout": 0.0},
        training={"epochs": 40, "batch_tokens": 100, "learning_rate": 0.01},
    )
    model = saiki.load(numbers.train(tmp_path, made).folder)
    sources, targets = numbers.pairs(100, seed=31, longest=4)
    outputs = [row["output"] for row in model.predict(sources)]
    assert sum(a == b for a, b in zip(outputs, targets, strict=True)) > 90


def test_smoothing_is_in_the_loss_and_not_in_the_figure(model):
    part = model.part()
    (batch,) = PairBatches(part, batch_tokens=10_000, seed=0, device=model.device).batches(0)
    plain, smooth = (translation_objective(s)(model.network, batch) for s in (0.0, 0.2))
    assert plain.sums == smooth.sums
    assert plain.count == smooth.count == part.size
    assert plain.loss.item() == pytest.approx(plain.sums["loss_nats"] / plain.count, rel=1e-5)
    table = model.network.log_probabilities(
        pair_batch(part.source_tokens, part.target_tokens, "cpu")
    )
    spread = sum(
        -table[row, : len(tokens)].mean(-1).sum().item()
        for row, tokens in enumerate(part.target_tokens)
    )
    wanted = 0.8 * plain.sums["loss_nats"] + 0.2 * spread
    assert smooth.loss.item() == pytest.approx(wanted / part.size, rel=1e-4)
