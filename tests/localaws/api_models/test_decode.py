"""Requests as botocore's clients send them are read without an error: AWS's documented examples, service by service."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.session import Session
from werkzeug import Request, Response

from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests, held_to_models

NOT_AS_DOCUMENTED = {
    "ec2.ModifySpotFleetRequest": "the example has 'NoTermination ' for the enum's noTermination",
    "kms.CreateCustomKeyStore": "the example's id has a 1, which the pattern of ids does not",
    "kms.UpdateCustomKeyStore": "the example's id has a 1, which the pattern of ids does not",
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
"""The services of a rehearsal that have examples, and two that speak REST-JSON, as none of a rehearsal does."""


def sent(service: str) -> Iterator[Request]:
    """Yield the documented examples of a service's requests, as a client sends them."""
    session = Session()
    client: Any = session.create_client(
        service,
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",  # for which S3 has the bucket in the path, as the local AWS does
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
    """A request was kept, instead of sent."""


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_the_requests_that_aws_documents_fit_its_models(service: str) -> None:
    requests = Requests()
    held = held_to_models(lambda _: Response("fits"), requests, Answers())

    for request in sent(service):
        held(request)

    assert requests.operations.total() > 0
    assert [said for said in requests.refused if said.partition(":")[0] not in NOT_AS_DOCUMENTED] == []
