"""A request has one final answer: a client that asks again gets it again, and no failure of ours makes it ask."""

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
