"""Data sets of text: found, fetched from a server on this machine, made into lines, verified."""

import dataclasses
import gzip
import hashlib
import http.server
import io
import tarfile
import threading
from collections import Counter

import pytest

from saiki.data import catalogue, fetch, load, locate, read_examples, text_files, verify
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


def test_only_plain_text_has_files_of_lines(no_data):
    with pytest.raises(ArgumentError, match=r"no data set of text. Choose one of english-text"):
        text_files("spoken-digits")
    with pytest.raises(ArgumentError, match=r"no data set of text. .* ptb, tiny-shakespeare, bund"):
        text_files("trec")


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


def test_penn_treebank(own):
    folder = own(
        "ptb", ptb_train_txt=" a <unk> \n b \n", ptb_valid_txt=" c \n", ptb_test_txt=" d \n"
    )
    examples = load("ptb")
    assert examples.values() == [" a <unk> ", " b ", " c ", " d "]
    assert examples.parts == ("train", "train", "validation", "test")
    assert (examples.kind, examples.labels) == ("text", None)
    assert load("ptb", record="file").values()[0] == " a <unk> \n b \n"
    assert text_files("ptb") == (folder / "ptb.train.txt.gz",)
    assert read_examples("ptb", allow_unlabelled=True).fingerprint() == examples.fingerprint()
    with pytest.raises(DataError, match="ptb: the labels are missing"):
        read_examples("ptb")


def test_tiny_shakespeare_is_one_text(own):
    own("tinyshakespeare", input_txt="A:\nb\n\nC:\nd\n")
    assert load("tiny-shakespeare").values() == ["A:\nb\n\nC:\nd\n"]
    lines = read_examples("tiny-shakespeare", record="line", allow_unlabelled=True)
    assert lines.values() == ["A:", "b", "C:", "d"]
    assert lines.parts is None


@pytest.mark.parametrize(
    ("name", "folder", "head", "rows", "expected"),
    [
        ("trec", "trec_questions", "coarse,fine,question", ["HUM,ind,Who ?", "NUM,date,When ?"],
         [("Who ?", "HUM"), ("When ?", "NUM")]),
        ("ag-news", "ag_news", "label,title,description", ['3,T,"d, \\ &lt;"', "0,U,e"],
         [("T d, \\ &lt;", "Sci/Tech"), ("U e", "World")]),
        ("imdb", "imdb", "label,rating,source_file,text", ["1,9,a,g<br />h", "0,1,b,bad"],
         [("g<br />h", "positive"), ("bad", "negative")]),
        ("authors-ja", "author_id_ja", "label,author,title,source_path,text",
         ["3,宮沢賢治,t,p,風", "0,夏目漱石,t,p,猫"], [("風", "宮沢賢治"), ("猫", "夏目漱石")]),
    ],
)  # fmt: skip
def test_sets_of_tables(own, name, folder, head, rows, expected):
    first, second = rows
    place = own(folder, train_csv=f"{head}\n{first}\n", validation_csv=f"{head}\n{second}\n")
    examples = read_examples(name)
    assert list(zip(examples.values(), examples.labels, strict=True)) == expected
    assert examples.parts == ("train", "test")
    assert examples.names[1] == f"{place / 'validation.csv.gz'}, row 1"


def test_hotel_reviews(own):
    head = "id\tlabel\ttext\tvotes\n"
    own(
        "hotel_reviews_ja",
        train_tsv=head + 'p1\t-1\t狭い。\t{"-1": 3}\np2\t0\t普通。\t{"0": 2, "1": 1}\n',
        dev_tsv=head + 'p3\t1\t良い。\t{"1": 3}\n',
    )
    examples = load("hotel-reviews-ja")
    assert examples.values() == ["狭い。", "普通。", "良い。"]
    assert examples.labels == ("negative", "neutral", "positive")
    assert examples.parts == ("train", "train", "test")


def test_a_class_without_a_name(own):
    head = "label,rating,source_file,text\n"
    own("imdb", train_csv=head + "1,9,a,g\n2,9,a,g\n", validation_csv=head + "1,9,a,g\n")
    with pytest.raises(DataError, match=r"train.csv.gz, row 2: the label '2' is unknown; .* 0, 1"):
        load("imdb")


@pytest.mark.parametrize("name", ["bundled-text-en", "bundled-text-ja"])
def test_texts_that_ship_with_the_package(no_data, name):
    assert verify(name) == fetch(name)
    examples = load(name)
    assert examples.kind == "text"
    assert sum(examples.lengths()) > 80_000
    (file,) = text_files(name)
    assert gzip.decompress(file.read_bytes()).decode().splitlines() == examples.values()
    first = {"en": "Call me Ishmael. Some years ago", "ja": "親譲りの無鉄砲で小供の時から損ばかり"}
    assert examples.value(0).startswith(first[name[-2:]])


def served(monkeypatch, server, name, **changes):
    """`name` with files of this server, whose content is `server.body`."""
    info = catalogue.SETS[name]
    files = tuple(
        dataclasses.replace(
            file,
            url=f"http://127.0.0.1:{server.server_port}/data/{file.name.removesuffix('.gz')}",
            sha256=hashlib.sha256(server.body).hexdigest(),
            bytes=len(server.body),
        )
        for file in info.files
    )
    monkeypatch.setitem(catalogue.SETS, name, dataclasses.replace(info, files=files, **changes))


@pytest.mark.parametrize(("base", "asked"), [(None, "data"), ("mirror", "mirror")])
def test_plain_text_is_compressed_once_it_is_here(monkeypatch, server, no_data, base, asked):
    server.body = b" aer banknote \n pierre <unk> N \n"
    served(monkeypatch, server, "ptb")
    mirror = base and f"http://127.0.0.1:{server.server_port}/{base}/"
    folder = fetch("ptb", base_url=mirror)
    assert server.asked == [f"/{asked}/ptb.{part}.txt" for part in ("train", "valid", "test")]
    assert everything_in(folder) == [f"ptb.{p}.txt.gz" for p in ("test", "train", "valid")]
    assert gzip.decompress((folder / "ptb.test.txt.gz").read_bytes()) == server.body
    assert verify("ptb") == locate("ptb") == folder
    assert len(load("ptb")) == 6


def test_another_plain_text_is_refused(monkeypatch, server, no_data):
    served(monkeypatch, server, "tiny-shakespeare")
    server.body = b"<html>moved</html>"
    with pytest.raises(FetchError, match=r"what came is not input.txt.gz: sha256 .* of 18 bytes"):
        fetch("tiny-shakespeare")
    assert everything_in(no_data) == []


def test_what_can_be_fetched():
    texts = {
        name: info.is_fetchable for name, info in catalogue.SETS.items() if info.kind == "text"
    }
    assert [name for name, is_fetchable in texts.items() if is_fetchable] == [
        "english-text",
        "ptb",
        "tiny-shakespeare",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, info in catalogue.SETS.items() if info.kind == "text"]
)
def test_the_real_ones(name):
    try:
        locate(name)
    except MissingFileError as error:
        pytest.skip(str(error))
    verify(name)
    examples = load(name)
    sizes = {
        "ptb": {"train": 42_068, "validation": 3_370, "test": 3_761},
        "trec": {"train": 4_400, "test": 500},
        "ag-news": {"train": 5_600, "test": 500},
        "imdb": {"train": 5_000, "test": 600},
        "authors-ja": {"train": 3_000, "test": 506},
        "hotel-reviews-ja": {"train": 3_888, "test": 1_112},
    }
    assert Counter(examples.parts or ()) == sizes.get(name, {})
