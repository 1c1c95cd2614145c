"""`saiki vectors train` and `infer`: settings arrive, a killed run goes on."""

import io
import json
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from saiki.cli.main import main
from saiki.embeddings import Doc2Vec, DocVectors, Word2Vec, WordVectors

SMALL = ["--vector-size", "6", "--epochs", "2", "--threads", "1", "--quiet"]


def sentences(count, seed=0):
    """Lines of two themes, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    themes = [["sun", "sand", "sea", "wave"], ["snow", "ice", "frost", "sledge"]]
    return [" ".join(rng.choice(themes[i % 2], 8)) for i in range(count)]


@pytest.fixture
def corpus(tmp_path):
    file = tmp_path / "corpus.txt"
    file.write_text("\n".join(sentences(60)) + "\n", encoding="utf-8")
    return file


def last(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_trained_folder_holds_what_python_trains(corpus, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["vectors", "train", str(corpus), "--out", str(out), *SMALL, "--objective", "cbow"]
    options = ["--window", "3", "--min-count", "2", "--negatives", "4", "--subsample", "0.5"]
    more = ["--seed", "7", "--quality", "fast", "--learning-rate", "0.1", "--deterministic"]
    assert main([*words, *options, *more, "--json"]) == 0
    result = last(capsys)
    assert (result["folder"], result["task"]) == (str(out), "word-vectors")
    assert (result["vocabulary"], result["words_read"]) == (8, 480)
    model = Word2Vec(
        6, 3, 2, "cbow", "negative", 4, 0.5, 2,
        threads=1, seed=7, quality="fast", learning_rate=0.1, deterministic=True,
    )  # fmt: skip
    expected = model.fit(corpus, progress=False)
    found = WordVectors.load(out)
    assert found.words == expected.words
    np.testing.assert_array_equal(found.vectors, expected.vectors)


def test_the_screen_shows_each_epoch_and_the_next_command_finds_words(corpus, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main(["vectors", "train", str(corpus), "--out", out, *SMALL[:-1]]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"vectors: {out}\n"
    assert printed.err.count("skip-gram") == 2
    assert "8 different words kept, 480 words read" in printed.err
    assert main(["vectors", "similar", out, "sun", "--top", "2"]) == 0


def test_documents_are_trained_named_inferred_and_compared(tmp_path, capsys, monkeypatch):
    file = tmp_path / "texts.jsonl"
    rows = [{"body": text, "title": f"t{n}"} for n, text in enumerate(sentences(40))]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    out = tmp_path / "out"
    words = ["vectors", "train", str(file), "--out", str(out), "--objective", "dbow", *SMALL]
    columns = ["--column", "body", "--name-column", "title", "--trains-words"]
    assert main([*words, *columns, "--tokenizer", "words", "--json"]) == 0
    assert last(capsys)["documents"] == 40
    assert main(["vectors", "similar", str(out), "t3", "--top", "1", "--json"]) == 0
    assert last(capsys)["queries"][0]["neighbours"][0]["name"].startswith("t")
    assert DocVectors.load(out).words is not None

    # SUN and its comma are known to the tokenizer of the training alone.
    texts = ["SUN, sea sand.", "ice snow"]
    expected = Doc2Vec.load(out).infer([["sun", "sea", "sand"], ["ice", "snow"]])
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(texts) + "\n"))
    assert main(["vectors", "infer", str(out), "--json"]) == 0
    *lines, facts = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["text"] for line in lines] == texts
    np.testing.assert_array_equal(
        np.array([line["vector"] for line in lines], np.float32), expected
    )
    assert facts == {"documents": 2, "vector_size": 6, "path": None}
    (tmp_path / "new.txt").write_text("\n".join(texts) + "\n")
    array = tmp_path / "new.npy"
    options = ["--out", str(array), "--seed", "3", "--epochs", "4", "--threads", "2"]
    assert main(["vectors", "infer", str(out), str(tmp_path / "new.txt"), *options]) == 0
    other = Doc2Vec.load(out).infer([["sun", "sea", "sand"], ["ice", "snow"]], seed=3, epochs=4)
    np.testing.assert_array_equal(np.load(array), other)
    assert not np.array_equal(other, expected)


def test_japanese_is_split_into_morphemes(tmp_path, capsys):
    pytest.importorskip("sudachipy", reason="the extra ja is not installed")
    file = tmp_path / "ja.txt"
    file.write_text("海へ行く。山へ行く。\n" * 6, encoding="euc_jp")
    words = ["vectors", "train", str(file), "--out", str(tmp_path / "out"), *SMALL]
    options = ["--tokenizer", "sudachi", "--subsample", "0"]
    assert main([*words, "--encoding", "euc_jp", *options]) == 0
    assert set(WordVectors.load(tmp_path / "out").words) == {"海", "山", "へ", "行く", "。"}
    capsys.readouterr()
    assert main([*words[:4], str(tmp_path / "b"), *SMALL, "--tokenizer", "sudachi"]) == 2
    assert "ja.txt" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def wait_until_begun(folder, process):
    for _ in range(6000):
        if (folder / "config.toml").exists():
            time.sleep(0.3)  # the tables are made, and Ctrl-C is listened to
            return
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    pytest.fail("the training did not begin within a minute")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=lambda s: s.name)
def test_a_stopped_training_goes_on_to_the_same_vectors(tmp_path, sent):
    (tmp_path / "long.txt").write_text("\n".join(sentences(8000)) + "\n")
    words = ["vectors", "train", "long.txt", "--out", "run", "--epochs", "80", "--threads", "1"]
    words += ["--subsample", "0", "--vector-size", "20"]
    process = subprocess.Popen(
        [sys.executable, "-m", "saiki", *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    wait_until_begun(tmp_path / "run", process)
    process.send_signal(sent)
    printed = process.communicate(timeout=120)[1]
    assert "Traceback" not in printed
    typed = shlex.join(["saiki", *words, "--resume"])
    if sent == signal.SIGINT:
        assert process.returncode == 130, printed
        assert f"stopped and saved. Go on with: {typed}" in printed
        assert list((tmp_path / "run" / "checkpoints").iterdir())
    assert not (tmp_path / "run" / "result.json").exists()
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(typed)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    model = Word2Vec(20, subsample=0, epochs=80, threads=1)
    expected = model.fit(tmp_path / "long.txt", progress=False)
    np.testing.assert_array_equal(WordVectors.load(tmp_path / "run").vectors, expected.vectors)


def test_a_finished_training_is_kept_and_told_again(corpus, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["vectors", "train", str(corpus), "--out", str(out), *SMALL]
    assert main(words) == 0
    before = (out / "vectors.safetensors").read_bytes()
    assert main(words) == 2
    assert "holds a run already. Continue it with --resume" in capsys.readouterr().err
    assert main([*words, "--resume", "--json"]) == 0
    assert last(capsys)["folder"] == str(out)
    assert main([*words, "--resume", "--window", "2"]) == 2
    assert "these changed: window: 5 -> 2" in capsys.readouterr().err
    assert main([*words, "--resume", "--tokenizer", "characters"]) == 2
    message = capsys.readouterr().err
    assert "--tokenizer: must be whitespace, with which" in message
    assert (out / "vectors.safetensors").read_bytes() == before


def test_what_a_killed_reading_left_is_no_obstacle(corpus, tmp_path):
    (tmp_path / "out" / ".corpus.host-1.partial").mkdir(parents=True)
    words = ["vectors", "train", str(corpus), "--out", str(tmp_path / "out"), *SMALL]
    assert main(words) == 0
    assert len(WordVectors.load(tmp_path / "out")) == 8


def damaged(tmp_path):
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 au lait\n" * 9)
    (tmp_path / "rare.txt").write_text("each word stands here once\n")
    (tmp_path / "data.jsonl").write_text('{"body": "a b"}\n' * 9)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "at least one text must be given"),
        (["absent.txt"], "absent.txt: no such file"),
        (["empty.txt"], "the corpus has no token"),
        (["latin.txt"], "latin.txt"),
        (["rare.txt"], "min_count"),
        (["data.jsonl"], "data.jsonl"),
        (["corpus.txt", "--vector-size", "0"], "vector_size must be a whole number of at least 1"),
        (["corpus.txt", "--encoding", "utf-88"], "utf-88"),
        (["corpus.txt", "--name-column", "title"], "--name-column: goes with an objective of"),
        (["corpus.txt", "--trains-words"], "--trains-words: goes with an objective of documents"),
        (["corpus.txt", "--out", "full"], "full: must be a new or an empty folder"),
        (["corpus.txt", "--objective", "dm", "--name-column", "title"], "name_column is for"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message_and_leaves_no_folder(
    words, message, corpus, tmp_path, monkeypatch, capsys
):
    damaged(tmp_path)
    monkeypatch.chdir(tmp_path)
    out = [] if "--out" in words else ["--out", "out"]
    assert main(["vectors", "train", *words, *out, "--quiet"]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]
