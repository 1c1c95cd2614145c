"""The folder of an encoded corpus: used again, replaced, refused, never half-written."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from saiki.data.corpus import EncodedCorpus, encode_corpus
from saiki.data.vocabulary import Vocabulary
from saiki.errors import DataError, MissingFileError, StorageError


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a b a\n\nb a c\n")
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "made" / "corpus"


def left_over(folder):
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def test_it_is_used_again_while_nothing_changed(text, folder):
    first = encode_corpus(text, min_count=2, folder=folder)
    again = encode_corpus(str(text), min_count=2, folder=str(folder))
    assert (first.is_reused, again.is_reused) == (False, True)
    assert again.vocabulary == first.vocabulary
    np.testing.assert_array_equal(again.tokens, first.tokens)
    np.testing.assert_array_equal(again.read_offsets, [0, 3, 3, 6])
    assert sorted(p.name for p in folder.iterdir()) == [
        "corpus.json",
        "offsets.bin",
        "read_offsets.bin",
        "tokens.bin",
    ]
    assert not left_over(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"min_count": 1},
        {"max_size": 1},
        {"tokenizer": "words"},
        {"encoding": "latin-1"},
        {"prune_above": 9},
        {"vocabulary": Vocabulary(["b"], [1])},
        {"vocabulary": Vocabulary(["b"], [1]), "grows": True},
    ],
)
def test_other_settings_encode_anew(text, folder, change):
    encode_corpus(text, min_count=2, folder=folder)
    changed = encode_corpus(text, **({"min_count": 2, "folder": folder} | change))
    assert not changed.is_reused
    assert encode_corpus(text, **({"min_count": 2, "folder": folder} | change)).is_reused
    assert not left_over(folder)


def test_a_changed_file_is_encoded_anew_and_the_old_arrays_stay_readable(text, folder):
    first = encode_corpus(text, min_count=1, folder=folder)
    text.write_text("c c c c\n")
    second = encode_corpus(text, min_count=1, folder=folder)
    assert not second.is_reused
    assert second.words(0) == ["c"] * 4
    assert first.words(2) == ["b", "a", "c"]
    os.utime(text, ns=(1, 1))
    assert not encode_corpus(text, min_count=1, folder=folder).is_reused


def test_what_cannot_be_compared_is_encoded_anew(text, folder):
    for corpus, tokenizer in (([["a"]], None), (text, str.split)):
        for _ in range(2):
            options = {"min_count": 1, "folder": folder, "tokenizer": tokenizer}
            assert not encode_corpus(corpus, **options).is_reused


def test_names_are_stored(tmp_path, folder):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "id": "x\\ny"}\n')
    options = {"min_count": 1, "name_column": "id", "folder": folder}
    assert encode_corpus(path, **options).names == ("x\ny",)
    again = encode_corpus(path, **options)
    assert (again.names, again.is_reused) == (("x\ny",), True)
    moved = folder.rename(folder.with_name("moved"))
    assert EncodedCorpus.open(moved).names == ("x\ny",)


def damage(folder, name, how):
    content = (folder / name).read_bytes()
    if how == "absent":
        (folder / name).unlink()
    else:
        changed = content[:-1] if how == "cut" else content[:-1] + bytes([content[-1] ^ 1])
        (folder / name).write_bytes(changed)


@pytest.mark.parametrize("name", ["tokens.bin", "offsets.bin", "read_offsets.bin"])
@pytest.mark.parametrize("how", ["cut", "flipped", "absent"])
def test_damage_is_found_and_mended(text, folder, name, how):
    encode_corpus(text, min_count=1, folder=folder)
    damage(folder, name, how)
    with pytest.raises(DataError, match=rf"{name}: the encoded corpus is damaged"):
        EncodedCorpus.open(folder)
    mended = encode_corpus(text, min_count=1, folder=folder)
    assert not mended.is_reused
    assert EncodedCorpus.open(folder).words(2) == ["b", "a", "c"]


def test_a_damaged_or_later_head(text, folder):
    encode_corpus(text, min_count=1, folder=folder)
    head = json.loads((folder / "corpus.json").read_text())
    (folder / "corpus.json").write_text(json.dumps(head | {"version": 99}))
    with pytest.raises(DataError, match="expected version 1 of 'saiki corpus'; got version 99"):
        EncodedCorpus.open(folder)
    (folder / "corpus.json").write_text("{")
    with pytest.raises(DataError, match=r"corpus.json: the encoded corpus is damaged"):
        EncodedCorpus.open(folder)
    with pytest.raises(MissingFileError, match=r"no encoded corpus here"):
        EncodedCorpus.open(folder.parent)
    assert not encode_corpus(text, min_count=1, folder=folder).is_reused


def test_a_folder_of_something_else_is_left_alone(text, folder):
    folder.mkdir(parents=True)
    assert len(encode_corpus(text, min_count=1, folder=folder)) == 3  # an empty one will do
    (folder / "thesis.doc").write_text("all of it")
    with pytest.raises(DataError, match=r"or one with an encoded corpus; found thesis.doc"):
        encode_corpus(text, min_count=1, folder=folder)
    assert (folder / "thesis.doc").exists()
    with pytest.raises(DataError, match=r"expected a new or empty folder.*found a.txt"):
        encode_corpus(text, min_count=1, folder=text)
    other = folder.with_name("other")
    other.mkdir()
    (other / "tokens.bin").write_text("of another program")
    with pytest.raises(DataError, match=r"found tokens.bin"):
        encode_corpus(text, min_count=1, folder=other)


def test_a_failure_leaves_the_old_corpus_and_nothing_else(text, folder):
    encode_corpus(text, min_count=1, folder=folder)
    with pytest.raises(DataError, match="no word occurs"):
        encode_corpus(text, min_count=9, folder=folder)
    with pytest.raises(DataError, match="token 1 must be Unicode"):
        encode_corpus([[3]], folder=folder)
    assert not left_over(folder)
    assert encode_corpus(text, min_count=1, folder=folder).is_reused


def test_leavings_of_killed_runs_are_removed(text, folder):
    folder.parent.mkdir()
    host = socket.gethostname()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = [f".corpus.{host}-{gone.pid}.partial", f".corpus.{host}-{gone.pid}.old.partial"]
    alive = [f".corpus.{host}-{os.getppid()}.partial", ".corpus.elsewhere-1.partial"]
    for name in (*names, *alive):
        (folder.parent / name).mkdir()
    encode_corpus(text, min_count=1, folder=folder)
    assert left_over(folder) == sorted(alive)


LIMITED = """
import resource, signal, sys
from saiki.data.corpus import encode_corpus
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
encode_corpus([["a"] * 3000] * 100, min_count=1, folder=sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files to set")
@pytest.mark.parametrize("limit", [0, 400, 100_000])
def test_a_full_disk_leaves_nothing(folder, limit):
    command = [sys.executable, "-c", LIMITED, str(folder), str(limit)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "StorageError" in done.stderr
    assert "the encoded corpus cannot be written (File too large)" in done.stderr
    assert not folder.exists()
    assert not left_over(folder)


def test_a_place_that_cannot_be_written(text):
    with pytest.raises(StorageError, match=r"cannot be written.*folder="):
        encode_corpus(text, min_count=1, folder=text / "corpus")
