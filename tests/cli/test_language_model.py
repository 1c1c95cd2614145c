"""A language model from the command line: train, resume, continue, score, fill, measure, report."""

import io
import json
import math
import re
import subprocess
import sys

import pytest
from rich.console import Console

from saiki.cli import _score_printer
from saiki.cli.main import main

BLANK = "the cat ate the ___ ."
DRAW = {"length": 12, "temperature": 0.9, "nucleus": 0.5, "seed": 4}  # of the run


def answers(capsys):
    """What was printed: the JSON lines, and standard error."""
    printed = capsys.readouterr()
    return [json.loads(line) for line in printed.out.splitlines()], printed.err


def run_quietly(capsys, *words):
    """A command that must succeed; its JSON lines."""
    assert main([str(word) for word in words]) == 0
    found, said = answers(capsys)
    assert said == ""
    return found


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def model(language_run):
    import saiki

    return saiki.load(language_run)


def test_training_ends_with_a_table_of_perplexities(corpus, tmp_path, capsys):
    words = ["train", str(corpus), "--out", str(tmp_path / "run"), "--training.epochs", "1"]
    assert main([*words, "--json"]) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out.splitlines()[-1])
    for figures in result["metrics"].values():
        assert f"{figures['perplexity']:.2f}" in printed.err
        assert f"{figures['bits_per_byte']:.3f}" in printed.err
    for word in ("perplexity per word", "nats per token", "unknown", "parameters"):
        assert word in printed.err
    assert main([*words, "--resume", "--json"]) == 0  # finished: given back as it is
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"] == result["metrics"]


def test_a_stopped_training_goes_on_and_ends_alike(language_run, corpus, tmp_path, capsys):
    from saiki.training import Training

    words = ["train", str(corpus), "--out", str(tmp_path / "run"), "--quiet"]
    with pytest.MonkeyPatch.context() as patch:
        # As if Ctrl-C had come in the middle of the first epoch.
        seen = iter([False] * 7)
        stop = property(lambda _: next(seen, None) is not False, lambda *_: None)
        patch.setattr(Training, "stop_requested", stop, raising=False)
        assert main(words) == 130
    assert "Go on with: saiki train" in capsys.readouterr().err
    assert not (tmp_path / "run" / "result.json").exists()
    assert main([*words, "--resume"]) == 0
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == len(
        (language_run / "metrics.jsonl").read_text().splitlines()
    )
    for name in ("model.safetensors", "samples.json"):
        assert (tmp_path / "run" / name).read_bytes() == (language_run / name).read_bytes()


def test_one_prompt_is_shown_and_goes_on_piece_by_piece(language_run, model, monkeypatch, capsys):
    flushed = []

    class Stream(io.StringIO):
        def flush(self):
            flushed.append(self.getvalue())

    monkeypatch.setattr(sys, "stdout", Stream())
    assert main(["predict", str(language_run), "the dog"]) == 0
    wanted = list(model.generate("the dog", **DRAW))
    assert sys.stdout.getvalue() == "the dog" + "".join(wanted) + "\n"
    so_far = ["the dog" + "".join(wanted[:n]) for n in range(len(wanted) + 1)]
    assert [text for text in flushed if text in so_far][: len(so_far)] == so_far
    assert capsys.readouterr().err == ""


def test_the_draw_can_be_chosen(language_run, model, capsys):
    how = {"length": 5, "temperature": 0.5, "top_k": 3, "nucleus": 0.9, "seed": 7}
    flags = [w for n, v in how.items() for w in ("--" + n.replace("_", "-"), str(v))]
    assert main(["predict", str(language_run), "the owl", *flags]) == 0
    assert capsys.readouterr().out == "the owl" + "".join(model.generate("the owl", **how)) + "\n"
    for name, value in how.items():
        flag = "--" + name.replace("_", "-")
        assert main(["predict", str(language_run), "the owl", flag, str(value)]) == 0
        one = {**DRAW, name: value}
        wanted = "".join(model.generate("the owl", **one))
        assert capsys.readouterr().out == f"the owl{wanted}\n", name


def test_several_prompts_are_a_json_line_each(language_run, model, capsys):
    rows = run_quietly(capsys, "predict", language_run, "the cat", "the owl", "--seed", "3")
    prompts = ("the cat", "the owl")
    assert rows == [
        {"input": p, "text": "".join(model.generate(p, **DRAW | {"seed": 3}))} for p in prompts
    ]
    rows = run_quietly(capsys, "predict", language_run, "the cat", "--json", "--seed", "3")
    assert rows[0]["input"] == "the cat"
    assert rows[1] == {"inputs": 1, "failures": 0}


def test_prompts_come_from_standard_input_as_they_stand(language_run, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("the cat \r\n\n  the owl\n"))
    rows = run_quietly(capsys, "predict", language_run)
    assert [row["input"] for row in rows] == ["the cat ", "  the owl"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert main(["predict", str(language_run)]) == 2
    assert "must hold at least one line to go on with" in capsys.readouterr().err


def test_a_terminal_without_prompt_begins_from_nothing(language_run, model, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("never read"))
    assert main(["predict", str(language_run)]) == 0
    assert capsys.readouterr().out == "".join(model.generate("", **DRAW)) + "\n"


def test_input_that_is_no_text_is_refused(language_run, capsys, monkeypatch):
    for command in ("predict", "score"):
        bad = io.TextIOWrapper(io.BytesIO("the cat\n猫\n".encode("cp932")), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", bad)
        assert main([command, str(language_run)]) == 2
        assert "standard input: must be UTF-8 text; got byte 0x94" in capsys.readouterr().err


def test_an_interrupt_ends_the_line_and_says_so(language_run, capsys, monkeypatch):
    from saiki.tasks.trained_language_model import TrainedLanguageModel

    def cut(self, prompt, **_):
        yield " saw"
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainedLanguageModel, "generate", cut)
    assert main(["predict", str(language_run), "the cat"]) == 130
    printed = capsys.readouterr()
    assert printed.out == "the cat saw\n"
    assert printed.err == "saiki: interrupted\n"


@pytest.mark.parametrize("value", ["-1", str(2**70)])
@pytest.mark.parametrize("flag", ["--length", "--temperature", "--top-k", "--nucleus", "--seed"])
def test_a_draw_out_of_range_is_one_message(language_run, capsys, flag, value):
    if value != "-1" and flag not in ("--seed", "--nucleus"):
        return
    assert main(["predict", str(language_run), "the cat", flag, value]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert flag[2:].replace("-", "_") in printed.err
    assert len(printed.err.strip().splitlines()) == 1


def test_a_prompt_that_is_no_unicode_is_named_and_the_others_answered(language_run, capsys):
    assert main(["predict", str(language_run), "a\udce9b", "the cat"]) == 2
    rows, said = answers(capsys)
    assert [row["input"] for row in rows] == ["the cat"]
    assert len(said.strip().splitlines()) == 1


def test_a_prompt_of_another_language_is_warned_of(language_run, capsys):
    assert (
        main(["predict", str(language_run), "猫 は the", "the cat ate lion", "the lion ate"]) == 0
    )
    _, said = answers(capsys)
    warned = said.strip().splitlines()
    assert len(warned) == 2
    assert warned[0].startswith("saiki: warning: '猫 は the': 67% of the tokens are unknown")
    assert "'the lion ate': 33% of" in warned[1]


def test_the_flags_of_language_models_are_refused_for_others(tmp_path, capsys):
    folder = tmp_path / "run"
    words = ["train", "japanese-vowels", "--out", str(folder), "--quiet", "--training.epochs", "1"]
    assert main([*words, "--model.hidden-size", "2"]) == 0
    capsys.readouterr()
    assert main(["predict", str(folder), "x.npz", "--length", "3", "--top-k", "2"]) == 2
    assert "predict: --length, --top-k: for language models only" in capsys.readouterr().err
    assert main(["score", str(folder), "x"]) == 2
    said = capsys.readouterr().err
    assert "must be the run of a language model; it is one of the task classify" in said


def test_score_gives_every_text_and_token(language_run, model, capsys):
    rows = run_quietly(capsys, "score", language_run, "the cat ate", "the owl .", "--json")
    assert rows.pop() == {"texts": 2, "blanks": 0, "failures": 0}
    for row, score in zip(rows, model.score(["the cat ate", "the owl ."]), strict=True):
        assert row["text"] == score.text
        assert row["tokens"] == [*score.text.split(), "<end>"]
        assert row["surprises_nats"] == pytest.approx(score.surprises_nats, abs=1e-6)
        assert row["nats"] == pytest.approx(sum(row["surprises_nats"]), abs=1e-4)
        assert math.log(row["perplexity"]) == pytest.approx(row["nats"] / 4, abs=1e-4)
        assert row["unknown_rate"] == 0


def test_score_reads_files_texts_and_standard_input(language_run, tmp_path, capsys, monkeypatch):
    (tmp_path / "lines.txt").write_text("the cat ate\n\nthe dog saw\n", encoding="utf-8")
    rows = run_quietly(capsys, "score", language_run, tmp_path / "lines.txt", "the owl met")
    texts = ["the cat ate", "the dog saw", "the owl met"]
    assert [row["text"] for row in rows] == texts
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(texts * 30)))
    again = run_quietly(capsys, "score", language_run)
    assert again == rows * 30


def test_a_file_of_another_encoding_is_named_with_its_line(language_run, tmp_path, capsys):
    (tmp_path / "old.txt").write_bytes("the cat\n猫が好きです。犬も好きです。\n".encode("cp932"))
    assert main(["score", str(language_run), str(tmp_path / "old.txt")]) == 2
    said = capsys.readouterr().err
    assert "old.txt, line 2: not UTF-8 text" in said
    # What the message says works here too.
    flag = re.search(r"read it with (--data.encoding cp932) ", said)[1].split()
    assert main(["score", str(language_run), str(tmp_path / "old.txt"), *flag]) == 0
    rows, _ = answers(capsys)
    assert [row["text"] for row in rows] == ["the cat", "猫が好きです。犬も好きです。"]


def test_the_name_of_a_file_that_is_not_there_is_no_text(language_run, capsys):
    for name in ("nosuch.txt", "no/such.CSV.gz"):
        assert main(["score", str(language_run), "the cat", name]) == 2
        printed = capsys.readouterr()
        assert f"{name}: no such file" in printed.err
        assert printed.out == ""


def test_standard_input_is_read_as_a_file_is(language_run, tmp_path, capsys, monkeypatch):
    content = b"\xef\xbb\xbfthe cat\r\n\r\nthe\rdog ate the owl\n the owl"
    (tmp_path / "lines.txt").write_bytes(content)
    wanted = run_quietly(capsys, "score", language_run, tmp_path / "lines.txt")
    assert [row["text"] for row in wanted][1:] == ["the\rdog ate the owl", " the owl"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
    assert run_quietly(capsys, "score", language_run) == wanted


def test_output_that_cannot_show_a_character_is_no_fault_of_ours(language_run, capsys, monkeypatch):
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="cp932")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert main(["predict", str(language_run), "the cat ate 😀", "--length", "1"]) == 2
    said = capsys.readouterr().err
    assert said == (
        "saiki: standard output is cp932, which has no U+1F600. Set PYTHONIOENCODING=utf-8.\n"
    )


def test_empty_standard_input_is_refused(language_run, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n \n"))
    assert main(["score", str(language_run)]) == 2
    said = capsys.readouterr().err
    assert "score: standard input must hold at least one line of text" in said


def test_a_text_that_cannot_be_scored_is_named_and_the_others_answered(language_run, capsys):
    assert main(["score", str(language_run), " ", "a\udce9b", "the cat", "--json"]) == 2
    rows, said = answers(capsys)
    assert rows[0]["text"] == "the cat"
    assert rows[1] == {"texts": 1, "blanks": 0, "failures": 2}
    assert "score: a text must hold at least one token; got ' '" in said
    assert len(said.strip().splitlines()) == 2


def test_strange_texts_are_warned_of_once(language_run, capsys):
    assert main(["score", str(language_run), "猫 は", "the lion ate the", "the cat", "犬 は"]) == 0
    said = answers(capsys)[1].strip()
    assert len(said.splitlines()) == 1
    assert "2 of 4 texts have more than 30% unknown tokens, most of all" in said
    assert "(100%)" in said
    assert main(["score", str(language_run), "猫 は"]) == 0
    assert "'猫 は': 100% of the tokens are unknown" in capsys.readouterr().err


def test_a_blank_is_filled_with_the_given_candidates(language_run, model, capsys):
    words = ["score", str(language_run), "--candidates", "mouse, stone,zebra", "--json"]
    for form in (["--blank", BLANK], [BLANK]):
        assert main([*words, *form]) == 0
        rows, said = answers(capsys)
        assert rows.pop() == {"texts": 0, "blanks": 1, "failures": 0}
        ranked = model.rank(BLANK, ["mouse", "stone", "zebra"])
        assert [row["candidate"] for row in rows] == [one.candidate for one in ranked]
        assert [row["rank"] for row in rows] == [1, 2, 3]
        assert {row["blank"] for row in rows} == {BLANK}
        assert sum(row["probability"] for row in rows) == pytest.approx(1, abs=1e-5)
        assert [row["nats"] for row in rows] == sorted(row["nats"] for row in rows)
        assert said.count("\n") == 1
        assert "candidate 'zebra': holds tokens that training never saw" in said


def test_without_candidates_the_models_own_are_ranked(language_run, capsys):
    rows = run_quietly(capsys, "score", language_run, "--blank", BLANK, "--count", "3")
    assert len(rows) == 3
    assert len(run_quietly(capsys, "score", language_run, BLANK)) == 10


def test_a_blank_in_another_language_is_warned_of(language_run, capsys):
    assert main(["score", str(language_run), "--blank", "猫 は ＿＿ 。", "--count", "2"]) == 0
    rows, said = answers(capsys)
    assert len(rows) == 2
    assert "'猫 は ＿＿ 。': 75% of the tokens are unknown" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["the cat", "--count", "3"], "are for a blank, and no text has one"),
        (["the cat", "--candidates", "a"], "are for a blank, and no text has one"),
        ([BLANK, "--candidates", "dog,,cat"], "got an empty one in 'dog,,cat'"),
        ([BLANK, "--candidates", ""], "got an empty one in ''"),
        ([BLANK, "--count", "0"], "--count: must be at least 1; got 0"),
        (["___ the ___"], "must have one blank"),
        (["--blank", "the cat"], "must have one blank"),
    ],
)
def test_wrong_words_to_score_are_one_message(language_run, capsys, words, message):
    assert main(["score", str(language_run), *words]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert printed.out == ""


@pytest.fixture
def screen(monkeypatch):
    """Makes standard output a terminal of 24 bit colours; pytest sets its own before a test."""

    def begin():
        shown = Terminal()

        def console(**options):
            how = {"force_terminal": True, "color_system": "truecolor", "width": 100}
            return Console(file=shown, **how, **options)

        monkeypatch.setattr(sys, "stdout", shown)
        monkeypatch.setattr(_score_printer, "Console", console)
        return shown

    return begin


def test_a_terminal_gets_coloured_tokens(language_run, model, screen):
    shown = screen()
    assert main(["score", str(language_run), "the cat ate", BLANK]) == 0
    score = model.score(["the cat ate"])[0]
    legend, line, figures, *table = shown.getvalue().splitlines()
    full = math.log(len(model.tokenizer))
    assert "surprise in nats" in legend
    assert f"≥ {full / 5:.1f}" in legend
    grounds = {0: "", 1: "255;243;196", 2: "255;216;102", 3: "216;144;32", 4: "255;106;74"}
    for token, nats in zip(["the", "cat", "ate", "⏎"], score.surprises_nats, strict=True):
        ground = grounds[min(4, int(5 * nats / full))]
        assert f"{'30;48;2;' * bool(ground)}{ground}m{token}" in line
    assert f"perplexity {score.perplexity:.4g}, {score.nats:.2f} nats, 0% unknown" in figures
    text = "\n".join(table)
    assert BLANK in text
    for word in ("rank", "candidate", "probability", "⏎"):
        assert word in text


def test_a_terminal_is_not_given_what_it_would_obey():
    from saiki.cli._surprise import scored_lines

    shown = scored_lines(["a", "\x1b[31m", "\n", "<end>", "<end>"], [0.1] * 5, "", 10).plain
    assert shown == "a␛[31m␊<end>⏎"
    assert scored_lines(["\x7f\x80\x9b31m\xa0"], [0.1], "", 10).plain == "␡\ufffd\ufffd31m\xa0"


def test_the_grounds_differ_on_a_terminal_of_16_colours():
    from rich.color import Color, ColorSystem

    from saiki.cli._surprise import scored_lines

    full = math.log(10)
    shown = scored_lines(list("abcde"), [full * (at + 0.5) / 5 for at in range(5)], "", 10)
    assert shown.plain == "abcde"
    grounds = [str(span.style).removeprefix("black on ") for span in shown.spans]
    few = {Color.parse(ground).downgrade(ColorSystem.STANDARD).number for ground in grounds}
    assert len(few) == 4  # the first has no ground


def test_evaluate_says_perplexity_and_tokens(language_run, tmp_path, capsys):
    result = json.loads((language_run / "result.json").read_text())
    assert main(["evaluate", str(language_run), "--json"]) == 0
    said, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["metrics"] == pytest.approx(result["metrics"]["test"], rel=1e-6)
    assert json.loads(last)["tokens"] == result["tokens"]["test"]
    test = result["metrics"]["test"]
    assert said == (
        f"{result['tokens']['test']} tokens: perplexity {test['perplexity']:.2f}, perplexity per "
        f"word {test['perplexity_per_word']:.2f}, nats per token {test['loss_nats']:.4f}, bits per "
        f"byte {test['bits_per_byte']:.3f}, unknown 0.0%"
    )
    (tmp_path / "other.txt").write_text("the lion\nthe tiger\n", encoding="utf-8")
    assert main(["evaluate", str(language_run), "--data", str(tmp_path / "other.txt")]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("6 tokens: perplexity ")
    assert "saiki: warning: 'other.txt': 50% of the tokens are unknown" in printed.err


def test_evaluate_refuses_what_it_cannot_do(language_run, corpus, tmp_path, capsys):
    out = tmp_path / "predictions.jsonl"
    assert main(["evaluate", str(language_run), "--predictions", str(out)]) == 2
    assert "--predictions is for classifiers; this is a language model" in capsys.readouterr().err
    words = ["train", str(corpus), "--out", str(tmp_path / "run"), "--quiet", "--training.epochs"]
    none = ["--data.validation-fraction", "0", "--data.test-fraction", "0"]
    assert main([*words, "1", *none, "--training.keep", "last"]) == 0
    assert main(["evaluate", str(tmp_path / "run")]) == 2
    assert "nothing was held back from the training of this run" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "run")]) == 0
    (tmp_path / "text.txt").write_text("the cat ate the stone .\n" * 50, encoding="utf-8")
    assert main(["evaluate", str(tmp_path / "run")]) == 2
    assert "has changed since training" in capsys.readouterr().err


def test_summary_says_what_the_output_layer_costs(language_run, model, capsys):
    assert main(["summary", str(language_run), "--length", "7", "--json"]) == 0
    *said, last = capsys.readouterr().out.splitlines()
    facts = json.loads(last)
    vocabulary = len(model.tokenizer)
    assert facts["parameters"] == sum(p.numel() for p in model.network.parameters())
    assert facts["multiply_adds_per_token"] == 4 * 8 * (8 + 8) + 8 * vocabulary
    share = 8 * vocabulary / facts["multiply_adds_per_token"]
    assert facts["output_multiply_adds_share"] == pytest.approx(share, abs=1e-6)
    assert f"{vocabulary} tokens in the vocabulary, {facts['parameters']} parameters" in said[0]
    assert [row["kind"] for row in facts["layers"]] == ["Embedding", "LSTM", "FullSoftmax"]
    assert "More than half of the arithmetic" not in "\n".join(said)


def test_summary_names_a_softmax_that_takes_most(corpus, tmp_path, capsys):
    (tmp_path / "text.txt").write_text(" ".join(f"w{n}" for n in range(900)), encoding="utf-8")
    words = ["train", str(corpus), "--out", str(tmp_path / "run"), "--quiet", "--training.epochs"]
    more = ["--data.record", "file", "--training.batch-size", "2", "--data.steps", "99"]
    assert main([*words, "1", *more]) == 0
    assert main(["summary", str(tmp_path / "run")]) == 0
    assert "More than half of the arithmetic is the softmax" in capsys.readouterr().out


def test_the_report_draws_what_the_model_says(language_run, tmp_path, capsys):
    out = tmp_path / "report.html"
    assert main(["report", str(language_run), "--out", str(out), "--lang", "ja"]) == 0
    html = out.read_text(encoding="utf-8")
    samples = json.loads((language_run / "samples.json").read_text(encoding="utf-8"))
    assert "空欄補充" in html
    assert html.count("行の終わり：") == 3 + len(samples["surprise"])
    assert (language_run / "report.html").stat().st_size > 1e6


def test_a_grid_is_compared_by_perplexity(corpus, tmp_path, capsys):
    words = ["compare", str(corpus), "--vary", "model.cell=rnn,gru", "--quiet", "--json"]
    assert main([*words, "--out", str(tmp_path / "grid"), "--training.epochs", "1"]) == 0
    printed = capsys.readouterr().out
    table = json.loads(printed.splitlines()[-1])
    assert "test perplexity" in printed
    for row in table["rows"]:
        assert f"{row['metrics']['test.perplexity']['mean']:.2f}" in printed


def test_help_speaks_japanese():
    done = subprocess.run(
        [sys.executable, "-m", "saiki", "score", "--help", "--lang", "ja"],
        capture_output=True, text=True, check=True, env={"SAIKI_LANG": "ja", "PATH": ""},
    )  # fmt: skip
    assert "空欄" in done.stdout


def test_evaluate_reads_another_encoding_that_is_named(language_run, tmp_path, capsys):
    from saiki.cli.main import main

    for name in ("utf-8", "cp932"):
        text = "the cat sat\n" * 3 + "猫が座った\n" * 3
        (tmp_path / f"{name}.txt").write_text(text, encoding=name)
    folder = str(language_run)
    assert main(["evaluate", folder, "--data", str(tmp_path / "utf-8.txt")]) == 0
    expected = capsys.readouterr().out
    assert main(["evaluate", folder, "--data", str(tmp_path / "cp932.txt")]) == 2
    assert "--data.encoding cp932" in capsys.readouterr().err
    words = ["evaluate", folder, "--data", str(tmp_path / "cp932.txt")]
    assert main([*words, "--data.encoding", "cp932"]) == 0
    assert capsys.readouterr().out == expected
    assert main(["evaluate", folder, "--data.encoding", "cp932"]) == 2
    assert "is for the text of --data" in capsys.readouterr().err
