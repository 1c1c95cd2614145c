"""Data sets of text: found, fetched from a server on this machine, made into lines, verified."""

import dataclasses
import gzip
import hashlib
import http.server
import io
import tarfile
import threading

import pytest

from saiki.data import catalogue, fetch, locate, text_files, verify
from saiki.errors import ArgumentError, DataError, FetchError, MissingFileError

REVIEWS = {
    "aclImdb/train/unsup/10_0.txt": "A  good film.<br /><br />Truly.",
    "aclImdb/train/unsup/2_0.txt": "Bad…\nvery bad",
    "aclImdb/train/pos/1_9.txt": "not this one",
    "aclImdb/train/unsup/notes.md": "nor this",
}
LINES = "A good film. Truly.\nBad… very bad\n"


def packed(texts, prefix=""):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, text in texts.items():
            content = text if isinstance(text, bytes) else text.encode()
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return raw.getvalue()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.asked, server.body = [], packed(REVIEWS)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def offered(monkeypatch, server, no_data):
    """`english-text` with the archive of this server; returns a function that changes it."""

    def offer(body):
        server.body = body
        info = catalogue.SETS["english-text"]
        archive = dataclasses.replace(
            info.archive,
            url=f"http://127.0.0.1:{server.server_port}/real/reviews_v1.tar.gz",
            md5=hashlib.md5(body).hexdigest(),
        )
        changed = dataclasses.replace(info, archive=archive)
        monkeypatch.setitem(catalogue.SETS, "english-text", changed)
        return no_data

    return offer


def everything_in(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize("prefix", ["", "./"])
def test_an_archive_becomes_a_line_a_text(offered, server, prefix):
    cache = offered(packed(REVIEWS, prefix))
    folder = fetch("english-text")
    assert folder == cache / "english-text" == locate("english-text")
    assert everything_in(folder) == [
        "unlabelled_reviews.txt.gz",
        "unlabelled_reviews.txt.gz.sha256",
    ]
    (file,) = text_files("english-text")
    assert gzip.decompress(file.read_bytes()).decode() == LINES
    assert verify("english-text") == folder
    assert fetch("english-text") == folder
    assert server.asked == ["/real/reviews_v1.tar.gz"]


def test_a_mirror(offered, server):
    offered(packed(REVIEWS))
    fetch("english-text", base_url=f"http://127.0.0.1:{server.server_port}/mirror")
    assert server.asked == ["/mirror/reviews_v1.tar.gz"]


def test_another_archive_is_refused(offered, server):
    cache = offered(packed(REVIEWS))
    server.body = packed({**REVIEWS, "aclImdb/train/unsup/3_0.txt": "new"})
    with pytest.raises(FetchError, match=r"what came is not reviews_v1.tar.gz: md5 .*, expected"):
        fetch("english-text")
    assert everything_in(cache) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (packed({"README": "x"}), "must hold text files below aclImdb/train/unsup/; it holds none"),
        (b"no archive", "is no readable archive of text"),
        (packed(REVIEWS)[:150], "is no readable archive of text"),
        (packed(REVIEWS)[:-4], "is no readable archive of text"),
        (packed({"aclImdb/train/unsup/1.txt": b"\xff\xfe"}), "is no readable archive of text"),
    ],
    ids=["other files", "text", "cut", "cut after the texts", "bytes"],
)
def test_an_archive_that_cannot_be_read_leaves_nothing(offered, body, message):
    cache = offered(body)
    with pytest.raises(DataError, match=message):
        fetch("english-text")
    assert everything_in(cache) == []


def test_a_damaged_file_of_lines(offered):
    offered(packed(REVIEWS))
    (fetch("english-text") / "unlabelled_reviews.txt.gz").write_bytes(gzip.compress(b"other\n"))
    with pytest.raises(DataError, match=r"unlabelled_reviews.txt.gz \(sha256 .* cannot be trusted"):
        verify("english-text")
    (locate("english-text") / "unlabelled_reviews.txt.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match="cannot be trusted"):
        verify("english-text")


def test_ones_own_folder_comes_before_the_cache(offered, monkeypatch, tmp_path):
    offered(packed(REVIEWS))
    fetch("english-text")
    own = tmp_path / "own" / "en_corpus"
    own.mkdir(parents=True)
    names = ["imdb_unsup_reviews.txt.gz", "enwiki_excerpt.txt.gz"]
    for name in names:
        (own / name).write_bytes(gzip.compress(b"x\n"))
    monkeypatch.setenv("SAIKI_DATA", str(tmp_path / "own"))
    assert text_files("english-text") == tuple(own / name for name in names)
    with pytest.raises(DataError, match=r"imdb_unsup_reviews.txt.gz \(sha256"):
        verify("english-text")


def test_what_cannot_be_fetched_says_where_to_put_it(no_data):
    with pytest.raises(MissingFileError, match=r"it cannot be fetched. .* aozora_ja/ .corpus.txt"):
        locate("japanese-text")
    with pytest.raises(FetchError, match="there is no place to fetch this data set from"):
        fetch("japanese-text")
    with pytest.raises(MissingFileError, match="Run `saiki data fetch english-text`"):
        text_files("english-text")


def test_text_and_examples_are_told_apart(no_data):
    with pytest.raises(ArgumentError, match=r"no data set of text. Choose one of english-text"):
        text_files("spoken-digits")
    with pytest.raises(ArgumentError, match="is a data set of text; recordings or series"):
        catalogue.load("english-text")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["english-text", "japanese-text"])
def test_the_real_ones(name):
    try:
        locate(name)
    except MissingFileError as error:
        pytest.skip(str(error))
    verify(name)
