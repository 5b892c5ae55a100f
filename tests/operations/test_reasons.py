"""Tests of reasons: a reason names the action that is denied, the error or the cause."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from dns.name import LabelTooLong

from operations.preflight.finding import not_checked
from operations.reasons import reason
from tools.outside import OutsideError


def client_error(code: str, message: str, operation: str = "DescribeVpcs") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("error", "because"),
    [
        (
            client_error("UnauthorizedOperation", "... is not authorized to perform: ec2:DescribeVpcs because ..."),
            "the credentials lack the permission ec2:DescribeVpcs",
        ),
        (
            client_error("AccessDenied", "User: x is not authorized to perform: route53:GetHostedZone on resource: y"),
            "the credentials lack the permission route53:GetHostedZone",
        ),
        (client_error("403", "Forbidden", "HeadBucket"), "the credentials lack the permission s3:ListBucket"),
        (
            client_error("AccessDenied", "Access Denied", "GetObject"),
            "the credentials lack the permission s3:GetObject",
        ),
        (
            client_error("AccessDeniedException", "Access to KMS is not allowed", "GetSecretValue"),
            "AWS answered GetSecretValue with AccessDeniedException (Access to KMS is not allowed)",
        ),
        (ClientError({}, "DescribeServices"), "AWS answered DescribeServices with an error ()"),
        (
            client_error("Throttling", "Rate exceeded", "DescribeDBInstances"),
            "AWS answered DescribeDBInstances with Throttling (Rate exceeded)",
        ),
        (
            EndpointConnectionError(endpoint_url="https://rds.example.com/"),
            'Could not connect to the endpoint URL: "https://rds.example.com/"',
        ),
        (
            LabelTooLong(),  # type: ignore[no-untyped-call] # dnspython's constructors have no annotations
            "the DNS gave no answer (A DNS label is > 63 octets long.)",
        ),
        (OutsideError("the disk is full"), "the disk is full"),
        (KeyError("Regions"), "the answer was unexpected (KeyError: 'Regions')"),
        (AssertionError(), "the answer was unexpected (AssertionError)"),
    ],
    ids=str,
)
def test_the_reason_names_the_cause_in_one_line(error: Exception, because: str) -> None:
    assert reason(error) == because
    assert not_checked("quota", reason(error)).text == f"because {because}"
