"""The server's process, which `localaws.server.LocalAws` starts as the leader of a process group."""

import os
import signal
import sys
import threading

from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from . import fixes, pipeline
from .server import STAY


def _end(*_: object) -> None:
    os.killpg(0, signal.SIGKILL)


def _end_with_the_starter() -> None:
    if sys.stdin.readline() != STAY:
        _end()


def _fixed(service: str) -> Flask:
    fixes.apply(service)
    return create_backend_app(service)


signal.signal(signal.SIGTERM, _end)
threading.Thread(target=_end_with_the_starter, daemon=True).start()
server = make_server(
    "127.0.0.1", 0, DomainDispatcherApplication(_fixed), threaded=True, request_handler=MotoRequestHandler
)
pipeline.install(f"http://127.0.0.1:{server.port}")
print(server.port, flush=True)  # noqa: T201 - the starter reads it here
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
server.serve_forever()
