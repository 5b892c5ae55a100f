"""Answers, served as the server of the local AWS serves them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from werkzeug import Request
from werkzeug.serving import make_server

from localaws import clients
from localaws.answers import Answer
from localaws.handler import RequestHandler


def impatient(service: str, endpoint: str) -> Any:
    """Return a client that times out after half a second, and retries."""
    config = Config(read_timeout=0.5, retries={"total_max_attempts": 9, "mode": "standard"}, proxies={})
    session = clients.session(ReadOnlyCredentials("local", "secret", None))
    return session.client(service, region_name="eu-west-1", endpoint_url=endpoint, config=config)


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """Serve an answer as the server of the local AWS does."""
    application = Request.application(answer)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=RequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
