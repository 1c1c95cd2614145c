"""The command line: light, clear, and with the promised exit status."""

import json
import subprocess
import sys
import tomllib

import numpy as np
import pytest
import soundfile

from saiki.cli.main import COMMANDS, main
from saiki.kernels import info

LIGHT = """
import sys
from saiki.cli.main import main
try:
    status = main(sys.argv[1:])
except SystemExit as stopped:
    status = stopped.code
sys.exit(10 if "torch" in sys.modules else status)
"""


@pytest.mark.parametrize(
    "words",
    [["--help"], [], ["--version"], ["recipes"], ["data", "list"], ["train", "--help"],
     ["compare", "--help"], ["predict", "--help"], ["score", "--help"],
     ["recipes", "--show", "japanese-vowels"]],
    ids=" ".join,
)  # fmt: skip
def test_light_commands_do_not_import_torch(words):
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_import_saiki_is_light():
    code = "import sys, saiki; sys.exit(any(m in sys.modules for m in ('torch', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"saiki {command}" in capsys.readouterr().out


def test_help_is_there_in_japanese(capsys):
    assert main(["--help", "--lang", "ja"]) == 0
    assert "使い方" in capsys.readouterr().out


def test_a_data_set_is_named_in_japanese(capsys):
    assert main(["data", "fetch", "bundled-text-ja", "--lang", "ja"]) == 0
    assert "夏目漱石『坊っちゃん』" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "there is no command 'trian'. Did you mean 'train'"),
        (["train", "japanese-vowel"], "Did you mean 'japanese-vowels'"),
        (["train", "japanese-vowels", "--model.hiden-size", "3"], "Did you mean 'model.hidden_s"),
        (["train", "japanese-vowels", "--model.cell"], "--model.cell: must be followed by a"),
        (["train", "japanese-vowels", "--resume"], "give its folder with --out DIR"),
        (["train", "absent.toml"], "absent.toml: there is no such file"),
        (["compare", "japanese-vowels"], "at least one --vary KEY=VALUE,VALUE must be given"),
        (["compare", "japanese-vowels", "--vary", "model.cell"], "must be KEY=VALUE"),
        (["evaluate", "/nonexistent"], "must be a run folder"),
        (["report"], "at least one run folder must be given"),
        (["train", "japanese-vowels", "--seeds", "0"], "--seeds: must be at least 1"),
        (["train", "japanese-vowels", "--training.device", "mps"], "must be auto, cpu, cuda"),
        (["train", "japanese-vowels", "--data.augment.tempo", "1.2,0.8"], "(low, high)"),
        (["data", "fetch"], "the name of a data set must follow"),
        (["data", "fetch", "spoken-digit"], "spoken-digits"),
        (["--lang", "fr", "recipes"], "--lang: must be en or ja; got 'fr'"),
    ],
)
def test_a_user_mistake_is_one_message_and_status_2(words, message, capsys):
    assert main(words) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert len(printed.err.strip().splitlines()) == 1


def test_a_wrong_setting_leaves_no_folder(tmp_path):
    words = ["train", "japanese-vowels", "--out", str(tmp_path / "run"), "--quiet"]
    assert main([*words, "--data.augment.tempo", "1.2,0.8"]) == 2
    assert main([*words, "--training.device", "meta"]) == 2
    assert not (tmp_path / "run").exists()


def test_the_last_line_is_strict_json(capsys):
    from saiki.cli.main import Invocation

    Invocation([], as_json=True).finish({"loss": float("nan"), "rows": [float("inf"), 1.5]})
    assert capsys.readouterr().out == '{"loss": "nan", "rows": ["inf", 1.5]}\n'
    assert main(["recipes", "--show", "japanese-vowels", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["task"] == "classify"


def test_a_fault_of_ours_is_status_1(monkeypatch, capsys):
    from saiki.cli import recipes

    def broken(_invocation):
        raise ZeroDivisionError("no")

    monkeypatch.setattr(recipes, "run", broken)
    assert main(["recipes"]) == 1
    assert "a fault in saiki itself: ZeroDivisionError: no" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        main(["recipes", "--debug"])


def test_the_shown_recipe_can_be_trained(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["recipes", "--show", "japanese-vowels"]) == 0
    text = capsys.readouterr().out
    assert tomllib.loads(text)["model"]["cell"] == "gru"
    (tmp_path / "my.toml").write_text(text)
    words = ["train", "my.toml", "--out", "run", "--quiet", "--json", "--training.epochs", "1"]
    assert main([*words, "--model.hidden-size", "4"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["folder"] == "run"
    assert last["metrics"]["test"]["accuracy"] > 0
    assert (tmp_path / "run" / "report.html").stat().st_size > 1e6


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "run"
    words = ["train", "japanese-vowels", "--out", str(folder), "--quiet"]
    assert main([*words, "--training.epochs", "1", "--model.hidden-size", "4"]) == 0
    return folder


def test_evaluate_summary_and_report(run, tmp_path, capsys):
    out = tmp_path / "predictions.jsonl"
    assert main(["evaluate", str(run), "--predictions", str(out), "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["examples"] == 370 == len(out.read_text().splitlines())
    assert main(["summary", str(run), "--json"]) == 0
    printed = capsys.readouterr().out
    facts = json.loads(printed.splitlines()[-1])
    form = "loop" if info().level == "torch" else "compiled"
    assert facts["backend"] == form
    backends = {row["kind"]: row["backend"].split()[0] for row in facts["layers"]}
    assert backends == {"GRU": form} | dict.fromkeys(backends.keys() - {"GRU"}, "torch")
    assert "3·H·(I+H)" in printed.replace(" ", "")
    assert main(["report", str(run), "--out", str(tmp_path / "r.html"), "--lang", "ja"]) == 0
    assert "混同行列" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_predict_answers_what_it_can_and_names_the_rest(run, tmp_path, capsys):
    good = tmp_path / "good.npz"
    np.savez(good, values=np.zeros((2, 5, 12), np.float32))
    bad = tmp_path / "bad.npz"
    np.savez(bad, values=np.full((1, 5, 12), np.nan, np.float32))
    assert main(["predict", str(run), str(good), str(bad), str(tmp_path / "absent.npz")]) == 2
    printed = capsys.readouterr()
    assert len([json.loads(line) for line in printed.out.splitlines()]) == 2
    assert len(printed.err.strip().splitlines()) == 2


def test_predict_reads_paths_from_standard_input(run, tmp_path, capsys, monkeypatch):
    import io

    np.savez(tmp_path / "good.npz", values=np.zeros((1, 5, 12), np.float32))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{tmp_path / 'good.npz'}\n\n"))
    assert main(["predict", str(run)]) == 0
    assert json.loads(capsys.readouterr().out)["confidence"] > 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["predict", str(run)]) == 2


def own_sounds(folder, **changes):
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (folder / "sounds" / label).mkdir(parents=True)
        for take in range(6):
            soundfile.write(
                folder / "sounds" / label / f"{take}.wav", rng.normal(size=900) / 9, 8000
            )
    (folder / "mine.toml").write_text('[data]\nsource = "sounds"\nsplit = "fractions"\n')
    return folder / "sounds"


@pytest.mark.parametrize(
    "damage",
    ["missing", "empty", "truncated", "not audio", "stereo", "rates", "one class", "too few"],
)
def test_bad_recordings_stop_before_a_run_is_begun(tmp_path, capsys, damage):
    sounds = own_sounds(tmp_path)
    victim = sounds / "a" / "3.wav"
    if damage == "missing":
        (tmp_path / "mine.toml").write_text('[data]\nsource = "elsewhere"\n')
    elif damage == "empty":
        victim.write_bytes(b"")
    elif damage == "truncated":
        victim.write_bytes(victim.read_bytes()[:500])
    elif damage == "not audio":
        victim.write_bytes(b"this is not a sound" * 9)
    elif damage == "stereo":
        soundfile.write(victim, np.zeros((900, 2)), 8000)
    elif damage == "rates":
        soundfile.write(victim, np.zeros(900), 16000)
    elif damage == "one class":
        for path in (sounds / "b").iterdir():
            path.unlink()
        (sounds / "b").rmdir()
    else:
        for path in [*(sounds / "a").iterdir(), *(sounds / "b").iterdir()]:
            if path.stem != "0":
                path.unlink()
    status = main(["train", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "run")])
    printed = capsys.readouterr().err
    assert status == 2, printed
    assert "Traceback" not in printed
    assert len(printed.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()
