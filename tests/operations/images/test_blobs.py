"""Tests of downloads, which are refused without the right digest, and of parts."""

import socket
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from operations.images.blobs import fetch, parts
from operations.images.manifests import digest
from tools.outside import OutsideError

CONTENT = b"content"


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(403 if self.path == "/expired" else 200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT if self.path in ("/", "/expired") else CONTENT[:-1])
        if self.path == "/reset":
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as made:
        Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_a_download_gives_all_bytes(server: str) -> None:
    assert b"".join(fetch(f"{server}/", digest(CONTENT), "it")) == CONTENT


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("/expired", CONTENT, r"it: got HTTP status 403, expected 200; run the command again"),
        ("/reset", CONTENT, r"it: the download ended early \(.+\); run the command again; it copies only .*"),
        (
            "/short",
            CONTENT,
            rf"it: must have the digest {digest(CONTENT)}, got {digest(CONTENT[:-1])}; run the command again",
        ),
        ("/", b"other", rf"it: must have the digest {digest(b'other')}, got {digest(CONTENT)}; run the command again"),
    ],
)
def test_an_incomplete_download_is_refused(server: str, path: str, content: bytes, message: str) -> None:
    with pytest.raises(OutsideError, match=f"^{message}$"):
        list(fetch(server + path, digest(content), "it"))


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b"abcde"], [b"ab", b"cd", b"e"]),
        ([b"a", b"b", b"c", b"d"], [b"ab", b"cd"]),
        ([b"", b"a"], [b"a"]),
        ([], []),
    ],
)
def test_all_parts_but_the_last_have_one_size(chunks: list[bytes], expected: list[bytes]) -> None:
    assert list(parts(chunks, 2)) == expected
