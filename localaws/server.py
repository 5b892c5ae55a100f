"""A local AWS in a separate process, started and used through `LocalAws`.

The standard input of the server is a pipe from the starting process. The first line in the pipe has the secret key and
the session token of this run. The server does not get them as arguments or environment variables, because other users
of the machine could read those.

The pipe closes when the starting process ends, even if SIGKILL ends it. Then the server and all processes that it
started end. If the starting process has sent the line `STAY`, they keep running.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import IO, cast

from botocore.credentials import ReadOnlyCredentials

from localaws import clients, control
from localaws.clients import Client
from localaws.control import DecisionRecord as DecisionRecord
from localaws.control import Delivery as Delivery
from localaws.control import RequestsReport as RequestsReport
from localaws.iam.evaluation import SESSION, Decision, Request
from localaws.json_types import JsonObject

STAY = "stay\n"
ACCESS_KEY_ID = "local"


class LocalAws:
    """A running local AWS. `LocalAws.start` starts it."""

    def __init__(self, process: subprocess.Popen[str], key: ReadOnlyCredentials, *, endpoint: str, region: str) -> None:
        self.endpoint = endpoint
        self.region = region
        self.pid = process.pid
        self.key = key
        self._process = process
        self._session = clients.session(key)  # shared, because each session parses the API models again
        self._session_lock = Lock()
        self._stays = False

    @classmethod
    @contextmanager
    def start(cls, log: Path, *, region: str, account_id: str | None = None) -> Iterator["LocalAws"]:
        """Start an empty local AWS on a free loopback port. The server ends when the `with` block or this process ends.

        The server answers requests that are signed with the random key of this run (see `variables`) or with
        credentials that its STS issued. The server is also a container registry. The registry accepts the passwords
        that the server's ECR issued.

        Args:
            log: The log file, with a line for each request and the tracebacks of failures.
            region: The region of the clients and of `variables`.
            account_id: The account id. If it is None, the local AWS has moto's account id.

        Raises:
            RuntimeError: The server did not start.
        """
        key = ReadOnlyCredentials(ACCESS_KEY_ID, token_hex(20), token_hex(20))
        log.touch()
        log.chmod(0o600)  # the log contains presigned URLs
        with log.open("w") as log_file:
            process = subprocess.Popen(
                [sys.executable, "-m", "localaws"],
                cwd=Path(__file__).parent.parent,
                env=_callers_environment()
                | {"MOTO_DISABLE_GLOBAL_CORS": "true"}
                | ({"MOTO_ACCOUNT_ID": account_id} if account_id else {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log_file,
                text=True,
                start_new_session=True,  # Ctrl-C must not end the server, because the starting process still needs it
            )
        stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        stays = False
        try:
            with suppress(BrokenPipeError):  # the server has ended, and its log contains the reason
                print(key.secret_key, key.token, file=stdin, flush=True)
            port = stdout.readline().strip()
            if not port:
                raise RuntimeError(f"The local AWS did not start. {log}:\n{log.read_text()}")
            aws = cls(process, key, endpoint=f"http://127.0.0.1:{port}", region=region)
            yield aws
            if stays := aws._stays:
                stdin.write(STAY)
        finally:
            stdout.close()
            with suppress(BrokenPipeError):
                stdin.close()
            if not stays:
                process.wait()

    def has_ended(self) -> bool:
        """Return whether the server has ended."""
        return self._process.poll() is not None or self._process.returncode is not None

    def wait(self) -> None:
        """Wait for the end of the server."""
        self._process.wait()

    def stay(self) -> None:
        """Keep the server running after the `with` block and this process have ended. Then only `kill <pid>` ends it.

        If the block raises an exception, the server still ends with the block.
        """
        self._stays = True

    def variables(self, key: ReadOnlyCredentials | None = None) -> dict[str, str]:
        """Return the environment variables with which Terraform, the AWS CLI and every SDK use this server.

        Args:
            key: The credentials of a session that this server's STS has issued. By default, the key of the server.

        https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
        """
        key = key or self.key
        direct = ",".join(filter(None, [os.environ.get("NO_PROXY", os.environ.get("no_proxy")), "127.0.0.1"]))
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": key.access_key,
            "AWS_SECRET_ACCESS_KEY": key.secret_key,
            "AWS_SESSION_TOKEN": key.token or "",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": direct,
            "no_proxy": direct,
        }

    def environment(self, key: ReadOnlyCredentials | None = None) -> dict[str, str]:
        """Return environment variables for a child process that must use only this server as AWS.

        The child process gets the variables of this process and `variables()`. It does not get the AWS variables of
        this process, because a profile, a token or an endpoint in them could lead to another AWS.
        """
        return _callers_environment() | self.variables(key)

    def client(self, service: str) -> Client:
        """Return a client of a service, independent of the caller's environment and files."""
        with self._session_lock:  # a session may create only one client at a time
            return clients.client(self._session, service, region=self.region, endpoint=self.endpoint)

    def deliveries(self, since: int = 0) -> list[Delivery]:
        """Return the events so far, oldest first, with the result of each rule. Leave out the first `since` events."""
        found: list[Delivery] = json.loads(self._send("GET", f"{control.DELIVERIES_PATH}?since={since}"))
        return found

    def decisions(self) -> list[DecisionRecord]:
        """Return every decision of IAM so far, oldest first."""
        found: list[DecisionRecord] = json.loads(self._send("GET", control.DECISIONS_PATH))
        return found

    def decide(
        self, principal: str, request: Request, *, account: str, region: str, session: str = SESSION
    ) -> Decision:
        """Have IAM decide a request, and record the decision. The arguments are those of `Decide`."""
        asked = {
            "principal": principal,
            "request": asdict(request),
            "account": account,
            "region": region,
            "session": session,
        }
        answer = json.loads(self._send("POST", control.DECISIONS_PATH, asked))
        return Decision(**answer | {"by": tuple(answer["by"])})

    def requests(self) -> RequestsReport:
        """Return how many requests were compared with AWS's API models so far, and which requests were refused."""
        found: RequestsReport = json.loads(self._send("GET", control.REQUESTS_PATH))
        return found

    def answers(self) -> JsonObject:
        """Return the members and values of all answers so far, and their faults.

        A fault is a part of an answer that does not fit AWS's API model. The number of a member in `members` says how
        often answers had the member:

        `{"members": {"ecs.DescribeServices": {"services[].status": 12}}, "values": {"ecs.DescribeServices":
        {"services[].status": ["ACTIVE"]}}, "faults": {"ecs.DescribeServices": ["enum: services[].launchType"]}}`
        """
        found: JsonObject = json.loads(self._send("GET", control.ANSWERS_PATH))
        return found

    def advance(self, seconds: float) -> None:
        """Move the clock of the local AWS ahead.

        The clock determines when a deployment times out, when a health check fails, when ECS tries again to start a
        task, and when a lifecycle policy expires an image.
        """
        self._send("POST", control.CLOCK_PATH, {"seconds": seconds})

    def let_containers_fail(
        self, image: str, *, exit_code: int | None = None, log: Iterable[str] = (), out_of_memory: bool = False
    ) -> None:
        """Make the containers of an image fail in all tasks that a deployment starts from now on.

        Args:
            image: The image as a task definition names it, or the digest of the image.
            exit_code: The code with which the containers exit at once. If it is None, the containers keep running and
                fail their health checks.
            log: The lines that the containers write before they fail, one event of the log stream for each line. ECS
                writes them only if the container has the log driver `awslogs`, and with the execution role of the task.
            out_of_memory: Whether the kernel kills the containers for their use of memory. The exit code is then 137.
        """
        failure = {"exit_code": exit_code, "log": [*log], "out_of_memory": out_of_memory}
        self._send("POST", control.FAILING_PATH, {"image": image, **failure})

    def _send(self, method: str, path: str, body: JsonObject | None = None) -> bytes:
        return control.send(method, f"{self.endpoint}{path}", self.key, region=self.region, body=body)


def _callers_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
