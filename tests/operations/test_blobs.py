"""A download is whole and what its digest says, or it is refused; parts have one size."""

import socket
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from operations.blobs import fetch, parts
from operations.manifests import digest
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
        ("/expired", CONTENT, r"it was answered with HTTP status 403; run this again"),
        ("/reset", CONTENT, r"it ended early \(.+\); run this again, it copies only what is missing"),
        (
            "/short",
            CONTENT,
            rf"it gave other bytes, or not all of them: their digest is {digest(CONTENT[:-1])}; run .+",
        ),
        ("/", b"other", rf"it gave other bytes, or not all of them: their digest is {digest(CONTENT)}; run this again"),
    ],
)
def test_a_download_that_is_not_whole_is_refused(server: str, path: str, content: bytes, message: str) -> None:
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
def test_parts_have_one_size_but_the_last(chunks: list[bytes], expected: list[bytes]) -> None:
    assert list(parts(chunks, 2)) == expected
