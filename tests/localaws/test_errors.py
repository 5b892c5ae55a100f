"""Error answers in the protocol of the request."""

import pytest
from botocore.exceptions import ClientError
from werkzeug import Request, Response

from localaws.answers import without_server_errors
from tests.support.localaws.served import impatient, served

OPERATIONS = {
    "ecs": ("list_clusters", {}, "ListClusters"),
    "iam": ("list_users", {}, "ListUsers"),
    "ec2": ("describe_vpcs", {}, "DescribeVpcs"),
    "route53": ("list_hosted_zones", {}, "GET /2013-04-01/hostedzone"),
    "s3": ("list_objects_v2", {"Bucket": "bucket"}, "GET /bucket"),
}


@pytest.mark.parametrize("service", OPERATIONS)
@pytest.mark.parametrize("how", ["answers 503", "raises KeyError"])
def test_a_failure_is_reported_with_operation_and_cause(
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
