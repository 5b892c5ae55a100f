"""A request has one final answer: a client that asks again gets it again, and no failure of ours makes it ask."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from werkzeug import Request, Response
from werkzeug.serving import make_server

from localaws import answers, clients
from localaws.answers import Answer, answered_once, without_server_errors
from localaws.application import one_at_a_time
from localaws.handler import RequestHandler
from localaws.server import LocalAws

REGION = "eu-west-1"
CREATED = '<CreateVpcResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><vpc><vpcId>vpc-{}</vpcId></vpc>{}</CreateVpcResponse>'


@pytest.mark.parametrize("padding", ["", " " * 5_000_000], ids=["short", "beyond any read buffer"])
def test_a_client_that_gives_up_and_asks_again_gets_the_first_answer(
    padding: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As the Go SDK of provider 5.100 does under load, which then has two VPCs and knows of one."""
    asked = threading.Semaphore(0)
    made: list[int] = []

    def slow(_: Request) -> Response:
        made.append(len(made) + 1)
        if made == [1]:
            for _again in range(2):
                assert asked.acquire(timeout=20)
        return Response(CREATED.format(made[-1], padding), content_type="text/xml")

    once = one_at_a_time(answered_once(slow), threading.Lock())

    def counted(request: Request) -> Response:
        asked.release()
        return once(request)

    with served(counted) as endpoint, caplog.at_level(logging.WARNING):
        ec2 = impatient("ec2", endpoint)
        vpcs = [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)]

    assert vpcs == ["vpc-1", "vpc-2"]
    assert caplog.messages[0].startswith("CreateVpc attempt=2; max=")


def test_what_failed_is_tried_again() -> None:
    """Only what succeeded has changed anything; a client may repeat what failed until it succeeds."""
    statuses = iter([429, 200])
    answer = answered_once(lambda _: Response(status=next(statuses)))
    request = Request.from_values(headers={"amz-sdk-invocation-id": "one"}, environ_overrides={"RAW_URI": "/"})

    assert [answer(request).status_code for _ in range(3)] == [429, 200, 200]


def test_it_is_one_request_only_if_all_of_it_is_the_same() -> None:
    numbers = iter(range(100))
    answer = answered_once(lambda _: Response(str(next(numbers))))

    def ask(method: str = "PUT", uri: str = "/", body: str = "", **headers: str) -> str:
        request = Request.from_values(method=method, data=body, headers=headers, environ_overrides={"RAW_URI": uri})
        return answer(request).get_data(as_text=True)

    one = {"amz-sdk-invocation-id": "one"}
    assert [ask(**one), ask("GET", **one), ask(uri="/?a", **one), ask(body="b", **one)] == ["0", "1", "2", "3"]
    assert [ask(), ask(), ask(**{"amz-sdk-invocation-id": "two"}), ask(**one)] == ["4", "5", "6", "0"]


def test_only_the_newest_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KEPT_ANSWERS", 2)
    numbers = iter(range(100))
    answer = answered_once(lambda _: Response(str(next(numbers))))

    def ask(invocation: str) -> str:
        headers = {"amz-sdk-invocation-id": invocation}
        return answer(Request.from_values(headers=headers, environ_overrides={"RAW_URI": "/"})).get_data(as_text=True)

    assert [ask(invocation) for invocation in "abcba"] == ["0", "1", "2", "1", "3"]


def test_the_local_aws_does_once_what_it_is_asked_twice(tmp_path: Path) -> None:
    with LocalAws.start(tmp_path / "log", region=REGION) as aws:

        def create(invocation: str) -> str:
            headers = {"amz-sdk-invocation-id": invocation, "Content-Type": "application/x-www-form-urlencoded"}
            body = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16"
            request = AWSRequest("POST", f"{aws.endpoint}/", headers, body)
            SigV4Auth(aws.key, "ec2", REGION).add_auth(request)
            return str(URLLib3Session(proxies={}).send(request.prepare()).text)

        assert create("one") == create("one") != create("two")
        assert len(aws.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]) == 2


def test_headers_and_body_are_sent_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def recording(send: Callable[..., Any]) -> Callable[..., Any]:
        def record(self: socket.socket, data: Any, *flags: int) -> Any:
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


OPERATIONS = {
    "ecs": ("list_clusters", {}, "ListClusters"),
    "iam": ("list_users", {}, "ListUsers"),
    "ec2": ("describe_vpcs", {}, "DescribeVpcs"),
    "route53": ("list_hosted_zones", {}, "GET /2013-04-01/hostedzone"),
    "s3": ("list_objects_v2", {"Bucket": "bucket"}, "GET /bucket"),
}


@pytest.mark.parametrize("service", OPERATIONS)
@pytest.mark.parametrize("how", ["answers 503", "raises KeyError"])
def test_a_failure_of_the_local_aws_ends_a_call_at_once_with_operation_and_cause(
    service: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    method, parameters, operation = OPERATIONS[service]
    asked: list[Request] = []

    def failing(request: Request) -> Response:
        asked.append(request)
        if how == "answers 503":
            return Response("out of <order>", 503)
        raise KeyError("gone")

    with served(without_server_errors(failing)) as endpoint, pytest.raises(ClientError) as failed:
        getattr(impatient(service, endpoint), method)(**parameters)

    cause = "503 SERVICE UNAVAILABLE: out of <order>" if how == "answers 503" else "KeyError('gone')"
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert failed.value.response["Error"]["Code"] == "LocalAwsFailure"
    assert failed.value.response["Error"]["Message"] == f"The local AWS failed at {service} {operation}: {cause}"
    assert len(asked) == 1
    assert ("KeyError: 'gone'" in caplog.text) is (how == "raises KeyError")


def impatient(service: str, endpoint: str) -> Any:
    """Return a client that gives up after half a second, and asks again."""
    config = Config(read_timeout=0.5, retries={"total_max_attempts": 9, "mode": "standard"}, proxies={})
    session = clients.session(ReadOnlyCredentials("local", "secret", None))
    return session.client(service, region_name=REGION, endpoint_url=endpoint, config=config)


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """Serve an answer as the local AWS's server does."""
    application = Request.application(answer)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=RequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
