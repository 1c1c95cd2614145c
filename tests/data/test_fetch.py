"""Downloads, from a server on this machine."""

import dataclasses
import gzip
import hashlib
import http.server
import threading

import pytest

from saiki.data import catalogue, fetch
from saiki.errors import FetchError, StorageError

CONTENT = b"@data\n1,2:a\n" * 5000
PACKED = gzip.compress(CONTENT)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.server.status != 200:
            self.send_error(self.server.status)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(PACKED)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.asked, server.body, server.status = [], PACKED, 200
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def little(monkeypatch, server, no_data):
    """A data set that the server holds, not on this machine yet."""
    file = catalogue.FileInfo(
        name="little.ts.gz",
        holds="gzip",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
        url=f"http://127.0.0.1:{server.server_port}/real/little.ts.gz",
    )
    info = dataclasses.replace(
        catalogue.SETS["spoken-digits"], name="little", folder="little", files=(file,)
    )
    monkeypatch.setitem(catalogue.SETS, "little", info)
    return no_data


def everything_in(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize("progress", [False, True])
def test_fetch(little, server, progress, capsys):
    assert fetch("little", progress=progress) == little / "little"
    assert everything_in(little) == ["little", "little/little.ts.gz"]
    assert (little / "little" / "little.ts.gz").read_bytes() == PACKED
    assert catalogue.verify("little") == little / "little"
    assert server.asked == ["/real/little.ts.gz"]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ("little.ts.gz" in captured.err) == progress


def test_what_is_there_is_not_fetched_again(little, server):
    assert fetch("little") == fetch("little")
    assert len(server.asked) == 1
    assert fetch("japanese-vowels").name == "japanese_vowels"


def test_a_mirror(little, server):
    fetch("little", base_url=f"http://127.0.0.1:{server.server_port}/mirror/")
    assert server.asked == ["/mirror/little.ts.gz"]


def test_a_wrong_checksum_leaves_nothing(little, server):
    server.body = gzip.compress(CONTENT.replace(b"1,2", b"1,3"), mtime=0)[: len(PACKED)]
    server.body += b"\0" * (len(PACKED) - len(server.body))
    with pytest.raises(FetchError, match=r"what came is not little.ts.gz: .* Try again later"):
        fetch("little")
    assert everything_in(little) == []


def test_a_broken_connection_leaves_nothing(little, server):
    server.body = PACKED[: len(PACKED) // 2]
    with pytest.raises(FetchError, match=r"the download failed .*nothing was written"):
        fetch("little")
    assert everything_in(little) == []
    server.body = PACKED
    assert fetch("little").is_dir()


def test_not_there(little, server):
    server.status = 404
    with pytest.raises(FetchError, match=r"the download failed .*404"):
        fetch("little")
    assert everything_in(little) == []


def test_no_server(little, server):
    with pytest.raises(FetchError, match="the download failed"):
        fetch("little", base_url="http://127.0.0.1:9")
    assert everything_in(little) == []


def test_no_place_to_write(little, server):
    little.parent.mkdir(parents=True)
    little.write_text("a file where the cache folder should be")
    with pytest.raises(StorageError, match="the data set cannot be written"):
        fetch("little")
