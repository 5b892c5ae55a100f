"""The control requests of a local AWS, with which the starting process reads records and moves the clock.

Records are JSON. Members that only some of them have are NotRequired.
"""

import json
from typing import NotRequired, TypedDict

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import URLLib3Session

from localaws.json_types import JsonObject

DELIVERIES_PATH = "/moto-api/deliveries"  # moto reserves /moto-api/, so no AWS API uses it
DECISIONS_PATH = "/moto-api/decisions"
REQUESTS_PATH = "/moto-api/requests"
ANSWERS_PATH = "/moto-api/answers"
CLOCK_PATH = "/moto-api/clock"
FAILING_PATH = "/moto-api/failing-containers"
LAYERS_PATH = "/moto-api/layers"


class TargetRecord(TypedDict):
    """A target that EventBridge invoked, or failed to invoke."""

    id: str
    arn: str
    started: NotRequired[str]
    """The execution that the target started: the id of CodePipeline, or the ARN of Step Functions."""
    error: NotRequired[str]


class RuleRecord(TypedDict):
    """A rule of EventBridge that was compared with an event."""

    rule: str
    """The ARN of the rule."""
    matched: bool
    targets: list[TargetRecord]
    error: NotRequired[str]


class Delivery(TypedDict):
    """An event, and what each rule made of it."""

    event: JsonObject
    rules: list[RuleRecord]
    error: NotRequired[str]


class DecisionRecord(TypedDict):
    """A request to IAM, and the decision on it."""

    principal: str
    """The ARN of a role, or the principal of a service, such as `events.amazonaws.com`."""
    action: str
    resource: str
    context: dict[str, str]
    """The condition keys of the request, with their values."""
    allowed: bool
    by: list[str]
    """The statements that decided, each by its Sid, or by its number in its policy."""
    message: str
    """IAM's message of a denial, "" if the request was allowed."""
    why: str
    """The end of `message`, which names the kind of policy that denied the request."""


class RequestsReport(TypedDict):
    """The requests that the local AWS compared with AWS's API models."""

    operations: dict[str, int]
    """The number of requests by operation, `ecs.CreateService`."""
    constraints: dict[str, int]
    """The number of constraints that were checked, by service."""
    refused: list[str]
    """The refused requests: `ecs.CreateService: message`."""


def send(method: str, url: str, key: ReadOnlyCredentials, *, region: str, body: JsonObject | None = None) -> bytes:
    """Send a signed control request, and return the body of the answer.

    Raises:
        RuntimeError: The answer has another status than 200.
    """
    request = AWSRequest(method, url, data=json.dumps(body) if body else None)
    SigV4Auth(key, "local", region).add_auth(request)
    answer = URLLib3Session(proxies={}).send(request.prepare())
    if answer.status_code != 200:
        raise RuntimeError(f"{url}: {answer.text}")
    content: bytes = answer.content
    return content
