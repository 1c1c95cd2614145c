"""A language model that cannot be trained as asked says so first, and leaves nothing behind."""

import json

import pytest

import saiki
from saiki.artifacts import to_toml
from saiki.errors import ArgumentError, DataError, RunFolderError
from saiki.tasks.configure import config_from_table
from saiki.tasks.text_preparation import read_texts

TEXT = "".join(f"{a} sees the {b} of x\n" for a in "abcdefghijkl" for b in ("cat", "dog", "emu"))
SMALL = {"embedding_size": 4, "hidden_size": 4, "layers": 1}


def write(folder, text=TEXT, **sections):
    (folder / "corpus.txt").write_text(text, encoding="utf-8")
    made = {
        "task": "language-model",
        "data": {"source": "corpus.txt", "tokenizer": "white-space", "steps": 5},
        "model": SMALL,
        "training": {"epochs": 1, "batch_size": 2},
    }
    for name, section in sections.items():
        made[name] = made.get(name, {}) | section
    file = folder / "own.toml"
    file.write_text(to_toml(made), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("sections", "error", "message"),
    [
        ({"samples": {"cloze": {"no blank": ["cat"]}}}, DataError, "'no blank': must have one"),
        (
            {"model": {"softmax": "sampled"}, "training": {"precision": "bf16"}},
            ArgumentError,
            r"training.precision bf16: is for the full softmax; model.softmax is sampled",
        ),
        (
            {"data": {"record": "file", "split": "spread"}},
            ArgumentError,
            r"data.split spread: is for lines; data.record is file",
        ),
        ({"training": {"batch_size": 900}}, DataError, "too few for 900 streams side by side"),
    ],
)
def test_nothing_is_begun(tmp_path, sections, error, message):
    out = tmp_path / "run"
    with pytest.raises(error, match=message):
        saiki.train(write(tmp_path, **sections), out=out)
    assert not out.exists()
    assert saiki.train(write(tmp_path), out=out).metrics  # the folder is free for the next try


def test_one_line_cannot_be_split(tmp_path):
    file = write(tmp_path, "only one line\n")
    with pytest.raises(DataError, match=r"nothing is left to train on .* it has 1 text\(s\)"):
        saiki.train(file, out=tmp_path / "run")


def test_resuming_with_other_tokens_is_refused(tmp_path):
    file = write(tmp_path)
    run = saiki.train(file, out=tmp_path / "run")
    run.folder.joinpath("result.json").unlink()  # as a run that was cut off
    kept = run.folder / "preprocess" / "tokenizer.json"
    stored = json.loads(kept.read_text(encoding="utf-8"))
    stored["lower_case"] = True
    kept.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(RunFolderError, match="must have the tokens that the run began with"):
        saiki.train(file, out=tmp_path / "run", resume=True)


def test_a_second_source_takes_the_place_of_one_part_alone(tmp_path):
    rows = [f"{word} {word},{part}" for part in ("train", "validation", "test") for word in "abcd"]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["text,part", *rows]), encoding="utf-8")
    (tmp_path / "test.txt").write_text("d c\nb a\n", encoding="utf-8")
    data = {"source": str(table), "part_column": "part", "test_source": str(tmp_path / "test.txt")}
    config = config_from_table({"task": "language-model", "data": data}, "test").data
    parts, _ = read_texts(config)
    words = ["a a", "b b", "c c", "d d"]
    assert parts == {"train": words, "validation": words, "test": ["d c", "b a"]}
