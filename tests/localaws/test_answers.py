"""A repeated request gets the first answer again, and no failure makes a client retry."""

import logging
import threading
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from werkzeug import Request, Response

from localaws import answers
from localaws.answers import answered_once
from localaws.application import one_at_a_time
from localaws.server import LocalAws
from tests.support.localaws.served import impatient, served

REGION = "eu-west-1"
CREATED = '<CreateVpcResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><vpc><vpcId>vpc-{}</vpcId></vpc>{}</CreateVpcResponse>'


@pytest.mark.parametrize("padding", ["", " " * 5_000_000], ids=["short", "beyond any read buffer"])
def test_a_client_that_retries_gets_the_first_answer(padding: str, caplog: pytest.LogCaptureFixture) -> None:
    """The Go SDK of provider 5.100 retries under load. AWS then has two VPCs, and the provider knows one."""
    asked = threading.Semaphore(0)
    made: list[int] = []

    def slow(_: Request) -> Response:
        made.append(len(made) + 1)
        if made == [1]:
            for _again in range(2):
                assert asked.acquire(timeout=20)
        return Response(CREATED.format(made[-1], padding), content_type="text/xml")

    once = one_at_a_time(answered_once(slow), threading.RLock())

    def counted(request: Request) -> Response:
        asked.release()
        return once(request)

    with served(counted) as endpoint, caplog.at_level(logging.WARNING):
        ec2 = impatient("ec2", endpoint)
        vpcs = [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)]

    assert vpcs == ["vpc-1", "vpc-2"]
    assert caplog.messages[0].startswith("CreateVpc attempt=2; max=")


def test_a_failed_request_is_repeated() -> None:
    """A failed request has changed nothing, so a client may repeat it until it succeeds."""
    statuses = iter([429, 200])
    answer = answered_once(lambda _: Response(status=next(statuses)))
    request = Request.from_values(headers={"amz-sdk-invocation-id": "one"}, environ_overrides={"RAW_URI": "/"})

    assert [answer(request).status_code for _ in range(3)] == [429, 200, 200]


def test_a_request_that_differs_is_another_request() -> None:
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


def test_the_local_aws_creates_one_vpc_for_a_repeated_request(tmp_path: Path) -> None:
    with LocalAws.start(tmp_path / "log", region=REGION) as aws:

        def create(invocation: str) -> str:
            headers = {"amz-sdk-invocation-id": invocation, "Content-Type": "application/x-www-form-urlencoded"}
            body = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16"
            request = AWSRequest("POST", f"{aws.endpoint}/", headers, body)
            SigV4Auth(aws.key, "ec2", REGION).add_auth(request)
            return str(URLLib3Session(proxies={}).send(request.prepare()).text)

        assert create("one") == create("one") != create("two")
        assert len(aws.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]) == 2
