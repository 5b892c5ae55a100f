"""The requests that AWS documents as examples fit AWS's API models, service by service."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.session import Session
from werkzeug import Request, Response

from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests, validated

NOT_AS_DOCUMENTED = {
    "ec2.ModifySpotFleetRequest": "the example has 'NoTermination ', the enum noTermination",
    "kms.CreateCustomKeyStore": "the example's id has a 1, and the pattern of ids excludes it",
    "kms.UpdateCustomKeyStore": "the example's id has a 1, and the pattern of ids excludes it",
    "lambda.UpdateEventSourceMapping": "the example's UUID is too short",
}
"""The documented examples that do not fit AWS's own models."""

NOT_SENT = {
    "AssumeRoleWithSAML": "is not signed, so the local AWS does not answer it",
    "AssumeRoleWithWebIdentity": "is not signed, so the local AWS does not answer it",
    "PutBucketCors": "the example names no bucket",
}
"""The operations whose documented examples are left out."""

SERVICES = [
    *("batch", "codebuild", "ec2", "ecr", "ecs", "elbv2", "iam", "kms", "lambda", "rds", "route53", "s3"),
    *("secretsmanager", "sts"),
]
"""The services of a rehearsal that have examples, and two with REST-JSON, which no service of a rehearsal has."""


def sent(service: str) -> Iterator[Request]:
    """Yield the documented examples of a service's requests, as a client sends them."""
    session = Session()
    client: Any = session.create_client(
        service,
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",  # an IP address makes S3 use path-style URLs, as the local AWS does
        aws_access_key_id="id",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False),
    )
    requests: list[Request] = []

    def keep(request: Any, **_: Any) -> AWSResponse:
        body = request.body.read() if hasattr(request.body, "read") else request.body
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        url = "/" + request.url.split("/", 3)[3]
        requests.append(Request.from_values(url, method=request.method, headers=headers, data=body))
        raise _Kept

    client.meta.events.register("before-send", keep)
    documented = session.get_component("data_loader").load_service_model(service, "examples-1")["examples"]
    for operation in sorted(documented.keys() - NOT_SENT):
        for example in documented[operation]:
            with pytest.raises(_Kept):
                getattr(client, xform_name(operation))(**example.get("input", {}))
    return iter(requests)


class _Kept(Exception):  # noqa: N818 - no error
    """Raised instead of sending a request."""


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_the_documented_requests_of_aws_fit_its_models(service: str) -> None:
    requests = Requests()
    held = validated(lambda _: Response("fits"), requests, Answers())

    for request in sent(service):
        held(request)

    assert requests.operations.total() > 0
    assert [each for each in requests.refused if each.partition(":")[0] not in NOT_AS_DOCUMENTED] == []
