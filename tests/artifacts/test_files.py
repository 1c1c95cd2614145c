"""Files are whole or absent; errors say what to do."""

import errno
import os
from pathlib import Path

import pytest

from saiki.artifacts import (
    read_json,
    read_json_lines,
    read_text,
    read_toml,
    to_toml,
    write_bytes_atomic,
    write_json_atomic,
    write_text_atomic,
)
from saiki.artifacts.files import append_bytes
from saiki.errors import MissingFileError, RunFolderError, StorageError


def full_disk(*_arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_keeps_the_old_file_and_leaves_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json_atomic(path, {"old": 1})
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StorageError, match=r"the disk is full.*--out.*--resume"):
        write_json_atomic(path, {"new": 2})
    assert read_json(path) == {"old": 1}
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_failed_append_is_cut_off_again(tmp_path, monkeypatch):
    path = tmp_path / "lines"
    path.write_bytes(b"one\n")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StorageError, match="the disk is full"):
        append_bytes(path, b"two\n")
    assert path.read_bytes() == b"one\n"


def test_a_place_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match=r"cannot be written.*--out"):
        write_bytes_atomic(tmp_path / "file" / "inside", b"y")


def test_missing_and_damaged_files_are_told_apart(tmp_path):
    with pytest.raises(MissingFileError, match="there is no such file"):
        read_text(tmp_path / "absent")
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(RunFolderError, match=r"damaged.jsonl, line 2: must be JSON"):
        read_json_lines(damaged)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunFolderError, match="must be readable UTF-8"):
        read_text(tmp_path / "binary")
    (tmp_path / "c.toml").write_text("a = = 1")
    with pytest.raises(RunFolderError, match="must be TOML"):
        read_toml(tmp_path / "c.toml")


def test_toml_comes_back_as_it_was(tmp_path: Path):
    table = {
        "text": 'quote " and \\ and\nline and 再帰',
        "number": 0.1,
        "whole": 3,
        "yes": True,
        "pair": [0.8, 1.2],
        "section": {"key": "value", "deep": {"x": 1e-10}},
    }
    path = tmp_path / "c.toml"
    write_text_atomic(path, to_toml(table))
    assert read_toml(path) == table
