"""The local AWS starts alone, ends with its starting process, and is the only AWS of its clients and children."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from localaws.server import LocalAws
from tests.support.synthesized import ROOT

REGION = "eu-west-1"
SECONDS = 20  # a server that has not ended by then never ends


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("aws") / "log", region=REGION) as server:
        yield server


def test_it_has_the_given_region_and_the_account_of_moto(aws: LocalAws) -> None:
    arn = aws.client("ecs").create_cluster(clusterName="here")["cluster"]["clusterArn"]

    assert arn == "arn:aws:ecs:eu-west-1:123456789012:cluster/here"
    assert urlsplit(aws.endpoint).hostname == "127.0.0.1"


def test_two_servers_share_no_resources(aws: LocalAws, tmp_path: Path) -> None:
    aws.client("ecs").create_cluster(clusterName="first")

    with LocalAws.start(tmp_path / "other", region=REGION) as other:
        assert other.client("ecs").list_clusters()["clusterArns"] == []


def test_its_output_goes_to_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with LocalAws.start(tmp_path / "log", region=REGION) as aws:
        aws.client("sts").get_caller_identity()

    assert '"POST / HTTP/1.1" 200' in (tmp_path / "log").read_text()
    assert capfd.readouterr() == ("", "")


def test_only_the_user_can_read_the_key(aws: LocalAws, tmp_path: Path) -> None:
    """The log has presigned URLs. Other users may read arguments, and on some systems variables."""
    (tmp_path / "log").touch(mode=0o644)  # of an earlier run
    with LocalAws.start(tmp_path / "log", region=REGION) as other:
        shown = [Path(f"/proc/{other.pid}/{name}") for name in ("cmdline", "environ")]
        seen = b"".join(path.read_bytes() for path in shown if path.exists())

    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert not any(part.encode() in seen for part in (other.key.secret_key, other.key.token))
    assert (other.key.secret_key, other.key.token) != (aws.key.secret_key, aws.key.token)


def test_a_server_that_cannot_start_reports_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))

    with (
        pytest.raises(RuntimeError, match=r"did not start\. .*log:\nno such thing"),
        LocalAws.start(tmp_path / "log", region=REGION),
    ):
        pass


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_it_ends_with_the_block(error: type[BaseException] | None, tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), LocalAws.start(tmp_path / "log", region=REGION) as aws:
        if error:
            raise error

    with pytest.raises(ProcessLookupError):
        os.kill(aws.pid, 0)
    with pytest.raises(ConnectionRefusedError):
        _connect(aws.endpoint)


def test_it_ends_with_a_block_that_fails_after_stay(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), LocalAws.start(tmp_path / "log", region=REGION) as aws:
        aws.stay()
        raise KeyboardInterrupt

    with pytest.raises(ProcessLookupError):
        os.kill(aws.pid, 0)


STARTER = textwrap.dedent("""
    import sys
    from pathlib import Path

    from localaws.server import LocalAws

    with LocalAws.start(Path(sys.argv[1]), region="eu-west-1") as aws:
        print(aws.endpoint, flush=True)
        sys.stdin.read()
""")


@pytest.mark.parametrize(
    "death",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_it_ends_with_its_starting_process(death: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "log")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as starter:
        assert starter.stdout
        with _connect(starter.stdout.readline().strip()) as connection:
            starter.send_signal(death)
            _wait_for_the_end(connection)


def test_after_stay_it_runs_until_it_is_killed(tmp_path: Path) -> None:
    with LocalAws.start(tmp_path / "log", region=REGION) as aws:
        aws.client("ecs").create_cluster(clusterName="kept")
        aws.stay()

    with _connect(aws.endpoint) as connection:
        try:
            clusters = aws.client("ecs").list_clusters()["clusterArns"]
        finally:
            os.kill(aws.pid, signal.SIGTERM)
        _wait_for_the_end(connection)
    assert clusters == ["arn:aws:ecs:eu-west-1:123456789012:cluster/kept"]


CALLERS_VARIABLES = {
    "AWS_PROFILE": "nobody",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_CA_BUNDLE": "/nowhere",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "no_proxy": "example.com",
    "MOTO_PORT": "9",
}


def test_a_child_process_uses_only_this_server(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    _set_callers_variables(monkeypatch)
    ask = "import boto3, json; print(json.dumps(boto3.client('sts').get_caller_identity()['Account']))"

    answer = subprocess.run(
        [sys.executable, "-c", ask], env=aws.environment(), capture_output=True, text=True, check=True
    )

    assert json.loads(answer.stdout) == "123456789012"


def test_a_client_uses_only_this_server(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    _set_callers_variables(monkeypatch)

    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_the_environment_of_a_child_keeps_other_variables(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    _set_callers_variables(monkeypatch)

    environment = aws.environment()

    made_up = [environment.pop(name) for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
    assert [len(value) for value in made_up] == [40, 40]
    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert environment["no_proxy"] == environment["NO_PROXY"] == "example.com,127.0.0.1"
    assert environment["PATH"] == os.environ["PATH"]


def _set_callers_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name, value in CALLERS_VARIABLES.items():
        monkeypatch.setenv(name, value)


def _connect(endpoint: str) -> socket.socket:
    address = urlsplit(endpoint)
    assert address.hostname
    assert address.port
    return socket.create_connection((address.hostname, address.port), timeout=SECONDS)


def _wait_for_the_end(connection: socket.socket) -> None:
    with suppress(ConnectionResetError):
        assert connection.recv(1) == b""
