"""The application as a process that starts as its container does: with the command and variables of the Dockerfile.

Docker is not needed. `limits.sh` gives the process the limits of the container in a mount namespace. Where the kernel
refuses the namespace, the process runs without these limits.
"""

import functools
import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

APP = Path(__file__).parents[1]
LIMITS = Path(__file__).with_name("limits.sh")
START_SECONDS = 30
POOL_SIZE = 8


class Image(NamedTuple):
    """The values of the Dockerfile that a container starts with."""

    command: list[str]
    variables: dict[str, str]
    user: str
    port: int


def image() -> Image:
    """Return the values of the Dockerfile."""
    text = (APP / "Dockerfile").read_text(encoding="utf-8")
    instructions = re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE)
    variables = dict(pair.split("=", 1) for name, value in instructions if name == "ENV" for pair in shlex.split(value))
    last = dict(instructions)
    return Image(json.loads(last["CMD"]), variables, last["USER"], int(last["EXPOSE"]))


class Answer(NamedTuple):
    """An answer to a request, or the status 0 if there was none."""

    status: int
    body: bytes = b""
    seconds: float = 0

    @property
    def json(self) -> dict[str, Any]:
        """The body, which is a JSON object."""
        document: dict[str, Any] = json.loads(self.body)
        return document


class Client:
    """A client that keeps its connection open between requests, as the load balancer does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def __call__(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request, and return the answer. If the server closed the idle connection, open another one."""
        started = time.monotonic()
        try:
            self._connection.request(method, path, body, dict(headers or {}))
            response = self._connection.getresponse()
            return Answer(response.status, response.read(), time.monotonic() - started)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(0, repr(error).encode(), time.monotonic() - started)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Container:
    """A running process of the application."""

    def __init__(self, folder: Path, variables: Mapping[str, str], authority: Path) -> None:
        """Start the process.

        Args:
            folder: An empty folder for the log and the root file system.
            variables: The variables that ECS gives the container.
            authority: The file of the certificate authority, which replaces the bundle of RDS.
        """
        self._log = folder / "log"
        # The port is free: several processes run at the same time, and each says in its log which port it has.
        own = {"GUNICORN_CMD_ARGS": "--bind 127.0.0.1:0"}
        with self._log.open("wb") as log:
            self.process = start(
                image().command, folder, authority, {**image().variables, **variables, **own}, output=log
            )

    @property
    def log(self) -> str:
        """The output of the process."""
        return self._log.read_text(encoding="utf-8")

    def tail(self) -> str:
        """Return the end of the log, for the message of a failed test."""
        return self.log[-4000:]

    @property
    def events(self) -> list[dict[str, object]]:
        """The log, in which each line is a JSON object."""
        return [json.loads(line) for line in self.log.splitlines()]

    def wait_until_ready(self) -> "Container":
        """Wait until the health check succeeds."""
        until(lambda: self._port() and self.client()("GET", "/").status == 200, START_SECONDS, self.tail)
        return self

    def client(self) -> Client:
        """Return a client of this process."""
        port = self._port()
        assert port, self.tail()
        return Client(port)

    def children(self) -> list[int]:
        """Return the ids of the child processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text(encoding="utf-8").split()]

    def terminate(self) -> None:
        """Send SIGTERM, as ECS does."""
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Return the exit code when the process has ended."""
        return self.process.wait(START_SECONDS)

    def kill(self) -> None:
        """End the process and its children now."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _port(self) -> int:
        assert self.process.poll() is None, self.tail()
        found = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", self.log)
        return int(found[1]) if found else 0


Start = Callable[..., Container]
"""The fixture `start`, which starts processes of the application."""


@functools.cache
def refusal() -> str:
    """Return why this machine cannot run a process under the limits, or ""."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            probe = start(["true"], Path(folder), Path(folder) / "ca", {}, limited=True)
        except OSError as error:
            return f"this machine cannot apply the limits: {error}"
        said, _ = probe.communicate()
        return f"this machine cannot apply the limits: {said.decode().strip()}" if probe.returncode else ""


def start(
    command: list[str],
    folder: Path,
    authority: Path,
    variables: Mapping[str, str],
    *,
    limited: bool | None = None,
    output: int | IO[bytes] = subprocess.PIPE,
) -> "subprocess.Popen[bytes]":
    """Start a command under the limits, or without them if `limited` is false.

    By default, the limits apply where the kernel allows them. The command has neither HOME nor other variables of the
    caller.
    """
    if limited is None:
        limited = not refusal()
    programs = Path("/venv" if limited else sys.prefix) / "bin"
    place = Path("/ca" if limited else authority.parent) / authority.name
    given = {"PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin", **variables, "DB_CA_FILE": str(place)}
    if limited:
        command = [*_limits(folder, authority.parent), *command]
    return subprocess.Popen(
        command, cwd=APP, env=given, start_new_session=True, stdout=output, stderr=subprocess.STDOUT
    )


def _limits(folder: Path, certificates: Path) -> list[str]:
    """Return the beginning of a command that applies the limits to the rest of the command."""
    root = folder / "root"
    root.mkdir()
    namespace = ["unshare", "--mount"]
    if os.geteuid() != 0:
        namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--keep-caps", "--mount"]
    folders = (root, APP, sys.prefix, sys.base_prefix, certificates)
    return [*namespace, "sh", str(LIMITS), *(str(folder) for folder in folders)]


def until(done: Callable[[], object], seconds: float, state: Callable[[], object]) -> None:
    """Wait until `done` returns something true.

    Raises:
        AssertionError: It does not, within `seconds`.
    """
    give_up_at = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < give_up_at, state()
        time.sleep(0.05)
