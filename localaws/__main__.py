"""The server process, which `localaws.server.LocalAws` starts as the leader of a process group."""

import os
import signal
import socket
import sys
import threading
from secrets import token_hex

from botocore.credentials import ReadOnlyCredentials
from werkzeug.serving import make_server

from localaws import apis
from localaws.admission import known_keys
from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests
from localaws.application import application
from localaws.ecr.distribution.authorization import Tokens
from localaws.handler import RequestHandler
from localaws.runner import Runner
from localaws.server import ACCESS_KEY_ID, STAY


def _end(*_: object) -> None:
    os.killpg(0, signal.SIGKILL)


def _end_with_the_starter() -> None:
    if sys.stdin.readline() != STAY:
        _end()


signal.signal(signal.SIGTERM, _end)
key = ReadOnlyCredentials(ACCESS_KEY_ID, *sys.stdin.readline().split())
threading.Thread(target=_end_with_the_starter, daemon=True).start()
state_lock = threading.RLock()
requests, answers = Requests(), Answers()
presigning = ReadOnlyCredentials("presigned", token_hex(20), None)
key_of = known_keys(key, presigning)
tokens = Tokens(key_of)
listening = socket.create_server(("127.0.0.1", 0))
port = listening.getsockname()[1]
runner = Runner(f"http://127.0.0.1:{port}", state_lock, key, presigning)
apis.install(runner, requests, answers, tokens)
served = application(runner, key_of, tokens, requests, answers)
server = make_server("127.0.0.1", port, served, threaded=True, request_handler=RequestHandler, fd=listening.fileno())
print(port, flush=True)  # noqa: T201 - the starting process reads the port from standard output
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
server.serve_forever()
