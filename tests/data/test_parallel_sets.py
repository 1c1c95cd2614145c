"""Data sets of parallel text: read from their files or made, fetched from a server here."""

import dataclasses
import gzip
import hashlib
import http.server
import threading
from collections import Counter
from datetime import date

import pytest

from saiki.data import catalogue, fetch, load, locate, read_parallel, text_files, verify
from saiki.data._parallel_sets import DATES_SIZES
from saiki.data.dates import DATE_FORMS, date_part, read_date
from saiki.errors import ArgumentError, DataError, MissingFileError


@pytest.fixture
def own(monkeypatch, tmp_path, no_data):
    """Writes files of a data set into one's own folder."""
    monkeypatch.setenv("SAIKI_DATA", str(tmp_path / "own"))

    def write(folder, **files):
        place = tmp_path / "own" / folder
        place.mkdir(parents=True)
        for name, text in files.items():
            (place / f"{name.replace('_', '.')}.gz").write_bytes(gzip.compress(text.encode()))
        return place

    return write


@pytest.fixture
def enja(own):
    return own(
        "small_parallel_enja",
        train_en="i eat .\n\nyou go .\n",
        train_ja="食べ る 。\n空 。\n行 け 。\n",
        dev_en="no .\n",
        dev_ja="いいえ 。\n",
        test_en="yes .\n",
        test_ja="はい 。\n",
    )


def test_english_and_japanese_in_both_directions(enja):
    pairs = read_parallel("small-parallel-enja")
    assert pairs.sources == ("i eat .", "you go .", "no .", "yes .")
    assert pairs.targets == ("食べ る 。", "行 け 。", "いいえ 。", "はい 。")
    assert pairs.parts == ("train", "train", "validation", "test")
    names = ("train.en.gz:1", "train.en.gz:3", "dev.en.gz:1", "test.en.gz:1")
    assert (pairs.names, pairs.groups, pairs.skipped) == (names, None, 1)
    for columns in (
        {"source_column": "ja"},
        {"target_column": "en"},
        {"source_column": "ja", "target_column": "en"},
    ):
        turned = read_parallel("small-parallel-enja", **columns)
        assert (turned.sources, turned.targets) == (pairs.targets, pairs.sources)
        assert turned.names[0] == "train.ja.gz:1"
    assert read_parallel("small-parallel-enja", target_column="ja") == pairs
    with pytest.raises(DataError, match=r"train.en.gz:2: the source side has no text"):
        read_parallel("small-parallel-enja", strict=True)
    with pytest.raises(
        ArgumentError, match=r"no column 'jp'; the columns are en, ja. .* 'ja': giv"
    ):
        read_parallel("small-parallel-enja", target_column="jp")


def test_english_and_german_without_a_test_part(own):
    own("multi30k_en_de", train_en="A man.\n", train_de="Ein Mann.\n", val_en="B\n", val_de="C\n")
    pairs = read_parallel("multi30k", source_column="de")
    assert (pairs.sources, pairs.targets) == (("Ein Mann.", "C"), ("A man.", "B"))
    assert pairs.parts == ("train", "validation")
    assert len(pairs.part("test")) == 0


def test_dates_are_made_without_files(no_data):
    pairs = read_parallel("dates")
    assert Counter(pairs.parts) == DATES_SIZES
    assert read_parallel("dates", source_column="written", target_column="iso") == pairs
    assert set(pairs.groups) == {"ja", "en", "mixed", "neutral"}
    assert set(pairs.part("train").groups) == set(pairs.groups)
    assert Counter(pairs.part("test").groups)["mixed"] >= 500  # a score of 0.98 has a meaning
    for text, iso, name, part, group in zip(
        pairs.sources[::97], pairs.targets[::97], pairs.names[::97], pairs.parts[::97],
        pairs.groups[::97], strict=True,
    ):  # fmt: skip
        assert read_date(text) == iso
        form = DATE_FORMS[name.partition(" (")[2].removesuffix(")")]
        assert (form.script, name.partition(":")[0]) == (group, part)
    days = {part: set(pairs.part(part).targets) for part in DATES_SIZES}
    assert not days["train"] & (days["validation"] | days["test"])
    assert {date_part(date.fromisoformat(iso)) for iso in days["test"]} == {"test"}
    turned = read_parallel("dates", target_column="written")
    assert (turned.sources, turned.targets) == (pairs.targets, pairs.sources)
    assert f"{len(DATE_FORMS)} forms" in catalogue.SETS["dates"].title


def test_generated_pairs_are_verified(no_data, monkeypatch):
    assert verify("dates") == fetch("dates") == locate("dates")
    info = catalogue.SETS["dates"]
    changed = dataclasses.replace(info, fingerprint="0" * 64)
    monkeypatch.setitem(catalogue.SETS, "dates", changed)
    with pytest.raises(DataError, match=r"dates: the pairs .* [0-9a-f]{12}\.\.\., expected 0{12}"):
        verify("dates")


def test_other_readers_say_where_pairs_are_read(no_data):
    with pytest.raises(
        ArgumentError, match=r"dates: is a data set of parallel text.*read_parallel"
    ):
        load("dates")
    with pytest.raises(ArgumentError, match="multi30k: is no data set of text"):
        text_files("multi30k")
    with pytest.raises(MissingFileError, match="Run `saiki data fetch multi30k`"):
        read_parallel("multi30k")


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.bodies[self.path.rpartition("/")[2]]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.bodies = {}
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("is_mirror", [False, True])
def test_files_that_are_served_in_pieces(monkeypatch, server, no_data, is_mirror):
    info = catalogue.SETS["small-parallel-enja"]
    base = f"http://127.0.0.1:{server.server_port}/data"
    files = []
    for file in info.files:
        served = file.name.removesuffix(".gz")
        parts = [f"{served} {i} 文\n".encode() for i in range(len(file.pieces) or 1)]
        for piece, part in zip(file.pieces or ("",), parts, strict=True):
            server.bodies[served + piece] = part
        whole = b"".join(parts)
        digest = hashlib.sha256(whole).hexdigest()
        url = f"{base}/{served}"
        files.append(dataclasses.replace(file, url=url, sha256=digest, bytes=len(whole)))
    changed = dataclasses.replace(info, files=tuple(files))
    monkeypatch.setitem(catalogue.SETS, info.name, changed)
    folder = fetch(info.name, base_url=base if is_mirror else None)
    assert sorted(p.name for p in folder.iterdir()) == sorted(file.name for file in info.files)
    assert verify(info.name) == folder
    pairs = read_parallel(info.name)
    assert Counter(pairs.parts) == {"train": 5, "validation": 1, "test": 1}
    assert (pairs.sources[4], pairs.targets[4]) == ("train.en 4 文", "train.ja 4 文")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sizes", "last"),
    [
        (
            "small-parallel-enja",
            {"train": 50_000, "validation": 500, "test": 500},
            ("he didn 't care for swimming .", "彼 は 水泳 が 得意 で は な かっ た 。"),
        ),
        (
            "multi30k",
            {"train": 29_000, "validation": 1_014},
            ("A man sleeping in a green room on a couch.",
             "Ein Mann schläft in einem grünen Raum auf einem Sofa."),
        ),
    ],
)  # fmt: skip
def test_the_real_ones(name, sizes, last):
    try:
        locate(name)
    except MissingFileError as error:
        pytest.skip(str(error))
    verify(name)
    pairs = read_parallel(name, strict=True)
    assert Counter(pairs.parts) == sizes
    assert last in set(zip(pairs.sources, pairs.targets, strict=True))
