"""The control requests of a local AWS.

The process that started the local AWS sends these requests to read records, to move the clock, and to make containers
fail. The records are JSON objects. A member is marked as `NotRequired` if only some records have it.
"""

import json
from typing import NotRequired, TypedDict

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import URLLib3Session

from localaws.json_types import JsonObject

DELIVERIES_PATH = "/moto-api/deliveries"  # no AWS API uses /moto-api, the path of moto's own API
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
    """The execution that the target started: the id of a pipeline execution or the ARN of a state machine execution."""
    error: NotRequired[str]


class RuleRecord(TypedDict):
    """A rule of EventBridge that was compared with an event."""

    rule: str
    """The ARN of the rule."""
    matched: bool
    targets: list[TargetRecord]
    error: NotRequired[str]


class Delivery(TypedDict):
    """An event, and the result of each rule that was compared with the event."""

    event: JsonObject
    rules: list[RuleRecord]
    error: NotRequired[str]


class DecisionRecord(TypedDict):
    """An authorization decision of IAM, with the request."""

    principal: str
    """The ARN of a role, or the principal of a service, such as `events.amazonaws.com`."""
    action: str
    resource: str
    context: dict[str, str]
    """The condition keys of the request, with their values."""
    allowed: bool
    by: list[str]
    """The Sids of the statements that allowed or denied the request. A statement without a Sid has its number here."""
    message: str
    """IAM's message if the request was denied, "" if the request was allowed."""
    why: str
    """The end of `message`, which names the kind of policy that denied the request. "" if the request was allowed."""


class RequestsReport(TypedDict):
    """A report about the requests that the local AWS compared with AWS's API models."""

    operations: dict[str, int]
    """The number of requests of each operation, such as `ecs.CreateService`."""
    constraints: dict[str, int]
    """The number of checked constraints of each service."""
    refused: list[str]
    """The refused requests, each as `ecs.CreateService: message`."""


def send(method: str, url: str, key: ReadOnlyCredentials, *, region: str, body: JsonObject | None = None) -> bytes:
    """Send a signed control request, and return the body of the answer.

    Raises:
        RuntimeError: The status of the answer is not 200.
    """
    request = AWSRequest(method, url, data=json.dumps(body) if body else None)
    SigV4Auth(key, "local", region).add_auth(request)
    answer = URLLib3Session(proxies={}).send(request.prepare())
    if answer.status_code != 200:
        raise RuntimeError(f"{url}: {answer.text}")
    content: bytes = answer.content
    return content
