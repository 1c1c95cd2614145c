"""A translator that cannot be trained as asked says so first, and leaves nothing behind."""

import json

import pytest

import saiki
from saiki.errors import ArgumentError, ConfigurationError, DataError, RunFolderError
from saiki.tasks.configure import resolve

TRANSFORMER = {"architecture": "transformer"}


@pytest.mark.parametrize(
    ("sections", "error", "message"),
    [
        (
            {"model": {"attention": "none"}, "decoding": {"coverage_beta": 0.2}},
            ArgumentError,
            "decoding.coverage_beta: needs attention; model.attention is none",
        ),
        (
            {"model": {"num_heads": 2}},
            ArgumentError,
            (
                "model.num_heads: is an option of the transformer architecture; "
                "model.architecture is recurrent"
            ),
        ),
        (
            {"model": TRANSFORMER | {"embedding_size": 256, "hidden_size": 99}},
            ArgumentError,
            (
                "model.hidden_size: is an option of the recurrent architecture; "
                "model.architecture is transformer"
            ),
        ),
        (
            {
                "model": TRANSFORMER | {"embedding_size": 256, "hidden_size": 256},
                "training": {"teacher_forcing": 0.5},
            },
            ArgumentError,
            "training.teacher_forcing: is for the recurrent architecture",
        ),
        (
            {"model": {"tied": "all"}},
            ArgumentError,
            "model.tied all: needs one vocabulary for both sides",
        ),
        (
            {"data": {"shared_vocabulary": True, "source_tokenizer": "characters"}},
            ConfigurationError,
            (
                "data.shared_vocabulary: needs one kind of tokens on both sides; "
                "got characters and words"
            ),
        ),
        (
            {"data": {"test_target": "numbers.de"}},
            ConfigurationError,
            "data.test_target: is the other side of data.test_source, which is missing",
        ),
        ({"data": {"max_tokens": 1}, "samples": {"inputs": ["one two"]}}, DataError, "at most 1 "),
        ({"samples": {"inputs": [" "]}}, DataError, "a text must hold at least one token"),
        ({"scores": {"language": "th"}}, ArgumentError, "th"),
    ],
)
def test_nothing_is_begun(tmp_path, numbers, sections, error, message):
    out = tmp_path / "run"
    made = numbers.table(**sections)
    if "language" in sections.get("scores", {}):
        made["scores"] = sections["scores"]
    if "max_tokens" in sections.get("data", {}):
        made["data"]["max_tokens"] = 1
    with pytest.raises(error, match=message):
        saiki.train(numbers.write(tmp_path, made), out=out)
    assert not out.exists()


def test_pairs_that_are_too_long_are_left_out_and_counted(tmp_path, numbers):
    made = numbers.table(data={"max_tokens": 4})
    _, targets = numbers.pairs(150)
    run = numbers.train(tmp_path, made)
    kept = run.result["parts"]
    long = sum(len(target.split()) > 4 for target in targets)
    assert 0 < run.result["left_out"]["too_long"] <= long
    assert kept["train"] + run.result["left_out"]["too_long"] == 115
    assert kept["test"] + kept["validation"] == 35  # measured as they are, long ones too
    made["data"] |= {"source": "long.a", "target": "long.b"}
    lines = [f"a b c d w{i}" for i in range(18)]
    for name in ("long.a", "long.b"):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"have a side of more than 4 tokens, so none is left"):
        saiki.train(numbers.write(tmp_path, made), out=tmp_path / "other")


def test_a_held_back_text_without_end_is_left_out_and_counted(tmp_path, numbers, capsys):
    from rich.console import Console

    from saiki.cli.tables import result_table

    sources, targets = (["one two", "six", "five"], ["zwei eins", "sechs " * 200_000, "fünf"])
    for name, lines in (("t.en", sources), ("t.de", targets)):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    made = numbers.table(
        data={"test_source": "t.en", "test_target": "t.de"}, training={"epochs": 1}
    )
    run = numbers.train(tmp_path, made)
    assert run.result["left_out"] == {"empty": 0, "too_long": 1}
    assert run.result["parts"]["test"] == 2
    assert len(saiki.load(run.folder).part()) == 2
    Console(width=100).print(result_table(run.result))
    assert "left out: 0 pairs with an empty side, 1 too long ones" in capsys.readouterr().out
    with pytest.raises(DataError, match=r"t\.en: 1 of its 3 pairs have a side of more than 1000 "):
        saiki.load(run.folder).evaluate(str(tmp_path / "t.en"), str(tmp_path / "t.de"))
    for name in ("t.en", "t.de"):
        (tmp_path / name).write_text("w " * 1001, encoding="utf-8")
    with pytest.raises(DataError, match="all 1 pairs of the test part have a side of more than"):
        saiki.train(numbers.write(tmp_path, made), out=tmp_path / "other")


def test_what_was_learned_from_is_no_test_part(tmp_path, numbers):
    made = numbers.table(data={"test_source": "copy.en", "test_target": "copy.de"})
    for name, lines in zip(("copy.en", "copy.de"), numbers.pairs(), strict=True):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"data\.test_source: .*copy\.en holds the same pairs as"):
        numbers.train(tmp_path, made)
    assert not (tmp_path / "run").exists()


def test_pairs_that_the_training_part_has_too_are_counted_and_said(tmp_path, numbers, capsys):
    from rich.console import Console

    from saiki.cli.tables import result_table

    sources, targets = numbers.pairs()
    for name, lines in (("t.en", [*sources[:9], "new"]), ("t.de", [*targets[:9], "neu"])):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    made = numbers.table(
        data={"test_source": "t.en", "test_target": "t.de", "validation_fraction": 0.0},
        training={"epochs": 1, "keep": "last"},
    )
    run = numbers.train(tmp_path, made)
    assert run.result["seen_in_training"] == {"test": 9}
    Console(width=100).print(result_table(run.result))
    printed = capsys.readouterr().out
    assert "pairs that are in the training part too" in printed
    card = (run.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "pairs that stand in the training part too: 9 of test" in card


def test_of_a_second_source_with_parts_only_that_part_is_taken(tmp_path, numbers):
    from saiki.tasks.pair_preparation import read_pairs

    rows = ["source\ttarget\tpart", "one\teins\ttrain", "two\tzwei\ttest", "\tdrei\ttest"]
    (tmp_path / "second.tsv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "first.tsv").write_text(
        "source\ttarget\tpart\n" + "".join(f"w{i}\tv{i}\ttrain\n" for i in range(20)), "utf-8"
    )
    made = numbers.table(data={"test_source": "second.tsv", "part_column": "part"})
    made["data"] |= {"source": "first.tsv"}
    del made["data"]["target"]
    read = read_pairs(resolve(numbers.write(tmp_path, made)).data)
    assert read.parts["test"].sources == ("two",)
    assert read.skipped == 1
    made["data"]["validation_source"] = "second.tsv"
    with pytest.raises(DataError, match=r"none of its pairs is of the validation part"):
        read_pairs(resolve(numbers.write(tmp_path, made)).data)


def test_a_run_with_groups_is_measured_on_pairs_with_and_without(tmp_path, numbers):
    sources, targets = numbers.pairs(40)
    rows = ["source\ttarget\tkind", *map("\t".join, zip(sources, targets, "ab" * 20, strict=True))]
    (tmp_path / "own.tsv").write_text("\n".join(rows), encoding="utf-8")
    made = numbers.table(data={"group_column": "kind"}, training={"epochs": 1})
    made["data"] |= {"source": "own.tsv"}
    del made["data"]["target"]
    model = saiki.load(numbers.train(tmp_path, made).folder)
    plain = tmp_path / "plain.tsv"
    plain.write_text("one\teins\n", encoding="utf-8")
    assert model.part(str(tmp_path / "own.tsv")).groups == tuple("ab" * 20)
    assert model.part(str(plain)).groups is None
    assert model.part(str(tmp_path / "numbers.en"), str(tmp_path / "numbers.de")).groups is None
    with pytest.raises(ArgumentError, match="name the other side with --data"):
        model.part(target=str(tmp_path / "numbers.de"))
    dates = model.part("dates")  # has parts of its own: the training part is not measured
    assert len(dates) == 5000
    assert dates.groups is not None


def test_one_source_cannot_be_split(tmp_path, numbers):
    (tmp_path / "one.tsv").write_text("one\teins\none\tein\n", encoding="utf-8")
    made = numbers.table()
    made["data"] = {"source": "one.tsv"}
    with pytest.raises(DataError, match=r"nothing is left to train on .* it has 2 text\(s\)"):
        numbers.train(tmp_path, made)


def test_empty_sides_are_left_out_and_counted_or_refused(tmp_path, numbers):
    sources, targets = numbers.pairs(40)
    (tmp_path / "numbers.en").write_text("\n".join(["", *sources]), encoding="utf-8")
    (tmp_path / "numbers.de").write_text("\n".join(["eins", *targets]), encoding="utf-8")
    run = numbers.train(tmp_path, numbers.table(training={"epochs": 1}))
    assert run.result["left_out"]["empty"] == 1
    with pytest.raises(DataError, match=r"numbers\.en"):
        saiki.train(
            numbers.write(tmp_path, numbers.table(data={"strict": True})), out=tmp_path / "strict"
        )
    assert not (tmp_path / "strict").exists()


def test_best_needs_a_validation_part(tmp_path, numbers):
    made = numbers.table(data={"validation_fraction": 0.0})
    with pytest.raises(ConfigurationError, match=r"training.keep best: needs a validation part"):
        numbers.train(tmp_path, made)


def test_resuming_with_other_tokens_is_refused(tmp_path, numbers):
    run = numbers.train(tmp_path, numbers.table(training={"epochs": 1}))
    (run.folder / "result.json").unlink()  # as a run that was cut off
    kept = run.folder / "preprocess" / "target_tokenizer.json"
    stored = json.loads(kept.read_text(encoding="utf-8"))
    stored["lower_case"] = True
    kept.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(RunFolderError, match="must have the tokens that the run began with"):
        saiki.train(tmp_path / "own.toml", out=run.folder, resume=True)


def test_a_second_source_takes_the_place_of_one_part_alone(tmp_path, numbers):
    from saiki.tasks.pair_preparation import read_pairs

    for name, lines in (("t.en", "one\ntwo\n"), ("t.de", "eins\nzwei\n")):
        (tmp_path / name).write_text(lines, encoding="utf-8")
    made = numbers.table(data={"test_source": "t.en", "test_target": "t.de"})
    config = resolve(numbers.write(tmp_path, made)).data
    assert config.test_target == str(tmp_path / "t.de")  # looked for beside the file
    parts = read_pairs(config).parts
    assert parts["test"].sources == ("one", "two")
    assert len(parts["train"]) + len(parts["validation"]) == 150


def test_a_run_of_another_task_is_no_translator(tmp_path, small_run):
    from saiki.artifacts import RunFolder
    from saiki.tasks.trained_translator import restore_translator

    with pytest.raises(
        RunFolderError, match="must be the run of a translator; got one of the task"
    ):
        restore_translator(RunFolder(small_run.folder))
