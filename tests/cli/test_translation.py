"""A translator from the command line: train, predict, evaluate, summary, report."""

import io
import json
import sys

import pytest

from saiki.cli.main import main

TOML = """
task = "translate"
seed = 4

[data]
source = "SOURCE"
target = "TARGET"
test_fraction = 0.2

[model]
embedding_size = 12
hidden_size = 24
attention = "general"
dropout = 0.0

[training]
epochs = 25
batch_tokens = 60
learning_rate = 0.02

[decoding]
width = 3

[scores]
language = "de"
tokens = "own"
"""
ENGLISH = ["one", "two", "three", "four", "five"]
GERMAN = ["eins", "zwei", "drei", "vier", "fünf"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pairs of two numbers and the recipe that reads them."""
    folder = tmp_path_factory.mktemp("translation")
    pairs = [(a, b, c) for a in range(5) for b in range(5) for c in range(5)]
    for name, words in (("a.en", ENGLISH), ("a.de", GERMAN)):
        lines = [" ".join(words[i] for i in pair) for pair in pairs]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = TOML.replace("SOURCE", str(folder / "a.en")).replace("TARGET", str(folder / "a.de"))
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    """One finished run; tests must not change it."""
    assert main(["train", str(folder / "mine.toml"), "--out", str(folder / "run"), "--quiet"]) == 0
    return folder / "run"


@pytest.fixture(scope="module")
def model(run):
    import saiki

    return saiki.load(run)


def typed(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def rows_of(capsys):
    printed = capsys.readouterr()
    return [json.loads(line) for line in printed.out.splitlines()], printed.err


def test_training_ends_with_a_table_of_scores(run, folder, capsys):
    words = ["train", str(folder / "mine.toml"), "--out", str(run), "--resume", "--json"]
    assert main(words) == 0  # finished: given back as it is
    printed = capsys.readouterr()
    result = json.loads(printed.out.splitlines()[-1])
    assert set(result["metrics"]) == {"validation", "test"}
    for figures in result["metrics"].values():
        assert f"{figures['bleu']:.2f}" in printed.err
        assert f"{figures['exact_match']:.4f}" in printed.err
    for word in ("BLEU", "chrF", "exact match", "nats per token", "pairs", "parameters"):
        assert word in printed.err
    assert (run / "report.html").exists()


def test_a_line_on_standard_input_is_a_line_of_plain_text(run, capsys, monkeypatch):
    typed(monkeypatch, "one two five\n\n  three four one  \n")
    assert main(["predict", str(run)]) == 0
    printed = capsys.readouterr()
    assert printed.out == "eins zwei fünf\n\ndrei vier eins\n"  # line n belongs to line n
    assert printed.err == ""


def test_arguments_and_json(run, model, capsys):
    assert main(["predict", str(run), "one two five", "two two two", "--json"]) == 0
    rows, said = rows_of(capsys)
    assert rows == [
        *model.predict(["one two five", "two two two"]), {"inputs": 2, "failures": 0}
    ]  # fmt: skip
    assert rows[0]["output"] == "eins zwei fünf"
    assert said == ""


def test_several_translations_are_a_json_line(run, model, capsys):
    assert main(["predict", str(run), "one two five", "--n-best", "4"]) == 0
    rows, _ = rows_of(capsys)
    assert rows == [model.predict("one two five", n_best=4)]
    assert len(rows[0]["alternatives"]) == 3


def test_the_search_can_be_chosen(run, model, capsys):
    how = {"width": 2, "length_alpha": 0.3, "coverage_beta": 0.2}
    flags = [w for n, v in how.items() for w in ("--" + n.replace("_", "-"), str(v))]
    assert main(["predict", str(run), "one two five", "--json", *flags]) == 0
    assert rows_of(capsys)[0][0] == model.predict("one two five", **how)
    assert main(["predict", str(run), "one", "--width", "0"]) == 2
    assert "width=0 does not fit" in capsys.readouterr().err


def test_unknown_words_are_warned_of(run, capsys):
    assert main(["predict", str(run), "one zebra two"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 1
    assert "saiki: warning: 'one zebra two': 1 word(s) were never seen" in printed.err
    assert "'zebra'" in printed.err


def test_what_is_too_long_is_named_and_the_rest_translated(run, capsys):
    assert main(["predict", str(run), " ".join(["one"] * 300), "one two five"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "\neins zwei fünf\n"
    assert "at most 200 tokens" in printed.err
    assert "Split it into sentences" in printed.err


def test_text_of_another_encoding_is_refused_in_any_locale(run, capsys, monkeypatch):
    for errors in ("strict", "surrogateescape"):
        content = io.BytesIO("日本\n".encode("cp932"))
        stream = io.TextIOWrapper(content, encoding="utf-8", errors=errors)
        monkeypatch.setattr(sys, "stdin", stream)
        assert main(["predict", str(run)]) == 2
        assert "standard input: must be UTF-8 text; got byte 0x93" in capsys.readouterr().err


def test_json_lines_name_their_inputs_so_blank_lines_are_none(run, capsys, monkeypatch):
    typed(monkeypatch, "one two five\n\nthree\n")
    assert main(["predict", str(run), "--json"]) == 0
    rows, _ = rows_of(capsys)
    assert [row.get("input") for row in rows] == ["one two five", "three", None]
    assert rows[-1] == {"inputs": 2, "failures": 0}


def test_no_input_is_a_mistake(run, capsys, monkeypatch):
    typed(monkeypatch, "\n")
    assert main(["predict", str(run)]) == 2
    assert "at least one input must be given" in capsys.readouterr().err


def test_many_lines_are_translated_side_by_side_in_their_order(run, model, capsys, monkeypatch):
    texts = [f"{a} {b}" for a in ENGLISH for b in ENGLISH] * 6
    typed(monkeypatch, "\n".join(texts))
    assert main(["predict", str(run)]) == 0
    wanted = [row["output"] for row in model.predict(texts[:25])] * 6
    assert capsys.readouterr().out.splitlines() == wanted


def test_flags_of_another_task_are_refused(run, capsys, language_run):
    assert main(["predict", str(run), "one", "--temperature", "0.5"]) == 2
    assert "predict: --temperature: for language models only" in capsys.readouterr().err
    assert main(["predict", str(language_run), "the cat", "--n-best", "2"]) == 2
    assert "predict: --n-best: for translators only" in capsys.readouterr().err
    assert main(["evaluate", str(language_run), "--target", "x"]) == 2
    assert "evaluate: --target is the file" in capsys.readouterr().err


def test_evaluate_on_the_test_part_and_on_other_pairs(run, folder, tmp_path, capsys):
    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    assert main(["evaluate", str(run), "--json"]) == 0
    printed = capsys.readouterr().out.splitlines()
    found = json.loads(printed[-1])
    assert found["metrics"] == pytest.approx(result["metrics"]["test"], rel=1e-6)
    assert f"BLEU {found['metrics']['bleu']:.2f}" in printed[0]
    (tmp_path / "b.en").write_text("one two five\ntwo two two\n", encoding="utf-8")
    (tmp_path / "b.de").write_text("eins zwei fünf\nzwei\n", encoding="utf-8")
    words = ["--data", str(tmp_path / "b.en"), "--target", str(tmp_path / "b.de")]
    made = tmp_path / "made.jsonl"
    assert main(["evaluate", str(run), *words, "--predictions", str(made), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["pairs"], found["metrics"]["exact_match"]) == (2, 0.5)
    rows = [json.loads(line) for line in made.read_text(encoding="utf-8").splitlines()]
    assert [row["reference"] for row in rows] == ["eins zwei fünf", "zwei"]
    assert rows[0]["output"] == "eins zwei fünf"


def test_the_summary_counts_both_sides(run, model, capsys):
    assert main(["summary", str(run), "--json"]) == 0
    printed = capsys.readouterr().out
    found = json.loads(printed.splitlines()[-1])
    assert found["parameters"] == sum(p.numel() for p in model.network.parameters())
    assert found["source_vocabulary"] == found["target_vocabulary"] == 9
    assert "9 tokens of the source and 9 of the target" in printed


def test_a_comparison_shows_bleu_and_exact_match(folder, tmp_path, capsys):
    vary = ["--vary", "model.attention=none,dot", "--training.epochs", "2"]
    words = ["compare", str(folder / "mine.toml"), *vary, "--out", str(tmp_path / "grid")]
    assert main([*words, "--quiet", "--json"]) == 0
    printed = capsys.readouterr().out
    assert "test BLEU" in printed
    rows = json.loads(printed.splitlines()[-1])["rows"]
    assert [row["settings"]["model.attention"] for row in rows] == ["none", "dot"]
    for row in rows:
        assert f"{row['metrics']['test.bleu']['mean']:.2f}" in printed
        assert f"{row['metrics']['test.exact_match']['mean']:.4f}" in printed
