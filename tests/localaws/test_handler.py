"""The HTTP connection of the server with a client."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from werkzeug import Response

from tests.support.localaws.served import served


def test_headers_and_body_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def recording(send: Callable[..., object]) -> Callable[..., object]:
        def record(self: socket.socket, data: bytes, *flags: int) -> object:
            sent.append(bytes(data))
            return send(self, data, *flags)

        return record

    for name in ("send", "sendall"):
        monkeypatch.setattr(socket.socket, name, recording(getattr(socket.socket, name)))
    with served(lambda _: Response("x" * 100_000 + "end")) as endpoint:
        URLLib3Session(proxies={}).send(AWSRequest("GET", endpoint).prepare())

    [answer] = [data for data in sent if data.startswith(b"HTTP/1.1 200")]
    assert answer.endswith(b"xend")


def test_a_client_that_waits_for_100_continue_gets_it_at_once() -> None:
    with (
        served(lambda request: Response(request.get_data())) as endpoint,
        socket.create_connection(("127.0.0.1", int(str(urlsplit(endpoint).port))), timeout=20) as connection,
    ):
        connection.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"ok")
        assert connection.recv(1000).endswith(b"ok")
