import contextlib
import hashlib
import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rivals.data import fetch as module
from rivals.data.fetch import fetch, unpack
from rivals.errors import RivalsError, UsageError

BODY = bytes(range(256)) * 4000
MD5 = "md5:" + hashlib.md5(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves BODY with ranges; `cut` says after how many bytes connections end, one number each."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges, self.cut, self.etag, self.body = [], [], '"one"', BODY
        self.more, self.plain = {}, False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/set.bin"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server, body, start = self.server, self.server.body, 0
        if self.path in server.more:
            code, headers = server.more[self.path]
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            return
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        same = self.headers.get("If-Range") == server.etag
        if asked and same and not server.plain:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = start + server.cut.pop(0) if server.cut else len(body)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body[start:end])


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_comes_whole_and_is_told_of(server, tmp_path):
    told = []
    path = fetch(server.url, tmp_path / "new" / "set.bin", MD5, lambda there, total: told.append((there, total)))
    assert path.read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY))
    assert told == sorted(told)
    assert [p.name for p in path.parent.iterdir()] == ["set.bin"]
    fetch(server.url, path, MD5)
    assert server.ranges == [None]


def test_a_connection_that_is_cut_goes_on_where_it_was(server, tmp_path):
    server.cut = [300_000, 400_000]
    path = fetch(server.url, tmp_path / "set.bin", MD5)
    assert path.read_bytes() == BODY
    assert server.ranges == [None, "bytes=300000-", "bytes=700000-"]


def test_what_has_come_is_kept_for_the_next_call(server, tmp_path):
    server.cut = [300_000, 0]
    with pytest.raises(RivalsError, match=r"lost at 300,000 bytes .* run it again, it goes on from there"):
        fetch(server.url, tmp_path / "set.bin", MD5)
    assert not (tmp_path / "set.bin").exists()
    assert (tmp_path / "set.bin.part").stat().st_size == 300_000
    fetch(server.url, tmp_path / "set.bin", MD5)
    assert server.ranges[-1] == "bytes=300000-"
    assert (tmp_path / "set.bin").read_bytes() == BODY


def test_a_file_that_changed_meanwhile_begins_anew(server, tmp_path):
    server.cut = [300_000, 0]
    with pytest.raises(RivalsError, match="lost"):
        fetch(server.url, tmp_path / "set.bin")
    server.etag, server.body = '"two"', BODY[::-1]
    assert fetch(server.url, tmp_path / "set.bin").read_bytes() == BODY[::-1]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_sign_that_it_is_the_same_nothing_is_continued(server, tmp_path, etag):
    server.etag, server.cut = etag, [300_000]
    assert fetch(server.url, tmp_path / "set.bin", MD5).read_bytes() == BODY
    assert server.ranges == [None, None]


def test_a_server_without_ranges_begins_anew(server, tmp_path):
    server.plain, server.cut = True, [300_000]
    assert fetch(server.url, tmp_path / "set.bin", MD5).read_bytes() == BODY


def test_a_wrong_checksum_leaves_nothing(server, tmp_path):
    with pytest.raises(RivalsError, match=f"its checksum is {MD5}, not md5:0+; it was deleted"):
        fetch(server.url, tmp_path / "set.bin", "md5:" + "0" * 32)
    assert not (tmp_path / "set.bin").exists()
    assert not (tmp_path / "set.bin.part").exists()


def test_a_file_with_another_checksum_is_fetched_anew(server, tmp_path):
    (tmp_path / "set.bin").write_bytes(b"old")
    sha = "sha256:" + hashlib.sha256(BODY).hexdigest()
    assert fetch(server.url, tmp_path / "set.bin", sha).read_bytes() == BODY


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(404, r"not there any more \(404\)"), (403, r"does not give it to everyone \(403\)"), (503, "answers 503")],
)
def test_refusals_are_sentences(server, tmp_path, code, sentence):
    server.more = {"/set.bin": (code, {})}
    with pytest.raises(RivalsError, match=sentence):
        fetch(server.url, tmp_path / "set.bin")
    assert not list(tmp_path.glob("set.bin*"))


def test_a_redirection_to_a_file_is_not_followed(server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("mine")
    server.more = {"/set.bin": (302, {"Location": secret.as_uri()})}
    with pytest.raises(RivalsError, match="302"):
        fetch(server.url, tmp_path / "set.bin")
    assert not (tmp_path / "set.bin").exists()


def test_no_network_is_a_sentence(server, tmp_path):
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(RivalsError, match=r"there is no way to 127\.0\.0\.1 .*check the network"):
        fetch(url, tmp_path / "set.bin")


def test_too_large_for_the_disk_or_without_a_length(server, tmp_path, monkeypatch):
    server.more = {"/set.bin": (200, {"Content-Length": str(10**18)})}
    with pytest.raises(RivalsError, match=r"is 1,000,000,000,000,000,000 bytes, and .* has room for"):
        fetch(server.url, tmp_path / "set.bin")
    monkeypatch.setattr(module, "UNKNOWN", 1000)
    server.more = {}
    monkeypatch.setattr(Handler, "send_header", lambda self, name, value: None)
    with pytest.raises(RivalsError, match="more than it said or may"):
        fetch(server.url, tmp_path / "set.bin")


def test_files_and_what_is_no_url(tmp_path):
    (tmp_path / "a").write_bytes(BODY)
    assert fetch((tmp_path / "a").as_uri(), tmp_path / "b", MD5).read_bytes() == BODY
    with pytest.raises(RivalsError, match="is not there"):
        fetch((tmp_path / "none").as_uri(), tmp_path / "c")
    with pytest.raises(UsageError, match="must begin with http://"):
        fetch("ftp://example.org/x", tmp_path / "c")
    with pytest.raises(UsageError, match="is no checksum"):
        fetch("https://example.org/x", tmp_path / "c", "crc:12")


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path


def tarred(path, members):
    with tarfile.open(path, "w:gz") as out:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(("pack", "name"), [(zipped, "a.zip"), (tarred, "a.tar.gz")])
def test_archives_are_unpacked_whole_or_not_at_all(tmp_path, pack, name):
    archive = pack(tmp_path / name, {"in/one.txt": b"1", "two.txt": b"2"})
    assert (unpack(archive, tmp_path / "out") / "in/one.txt").read_bytes() == b"1"
    with pytest.raises(RivalsError, match="is there already"):
        unpack(archive, tmp_path / "out")
    archive.write_bytes(archive.read_bytes()[:40])
    with pytest.raises(RivalsError, match="cannot be unpacked"):
        unpack(archive, tmp_path / "again")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "out"])


def test_archives_cannot_reach_outside_or_fill_the_disk(tmp_path, monkeypatch):
    with pytest.raises(RivalsError, match="cannot be unpacked"):
        unpack(tarred(tmp_path / "a.tar.gz", {"../evil": b"x"}), tmp_path / "in" / "out")
    unpack(zipped(tmp_path / "b.zip", {"../evil": b"x"}), tmp_path / "in" / "zip")
    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "in" / "evil").exists()
    monkeypatch.setattr(module, "UNPACKED", 10)
    for pack, name in ((zipped, "c.zip"), (tarred, "c.tar.gz")):
        with pytest.raises(RivalsError, match="it is not unpacked"):
            unpack(pack(tmp_path / name, {"a": b"123456", "b": b"123456"}), tmp_path / "big")
        assert not (tmp_path / "big").exists()
