"""Requests that do not fit AWS's API models are refused: each kind of violation, in each protocol."""

import json
import logging
from typing import Any

import pytest
from werkzeug import Request, Response

from localaws.answers import answered_once
from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests, validated
from tests.support.localaws import sent

LONG = "a" * 65


def create_repository(**members: Any) -> Request:
    target = "AmazonEC2ContainerRegistry_V20150921.CreateRepository"
    return sent.in_json("ecr", target, {"repositoryName": "shop"} | members)


def create_role(**parameters: str) -> Request:
    return sent.query("iam", "CreateRole", **{"RoleName": "shop", "AssumeRolePolicyDocument": "{}"} | parameters)


def create_vpc(**parameters: str) -> Request:
    return sent.query("ec2", "CreateVpc", CidrBlock="10.0.0.0/16", **parameters)


def create_fleet(instance_type: str) -> Request:
    """Return one of the few requests of EC2 that has a pattern in its model."""
    needs = "LaunchTemplateConfigs.1.Overrides.1.InstanceRequirements."
    parameters = {
        "TargetCapacitySpecification.TotalTargetCapacity": "1",
        f"{needs}VCpuCount.Min": "1",
        f"{needs}MemoryMiB.Min": "1024",
        f"{needs}AllowedInstanceType.1": instance_type,
    }
    return sent.query("ec2", "CreateFleet", **parameters)


def create_zone(name: str = "shop.example", reference: str = "1", more: str = "") -> Request:
    xml = f"<CreateHostedZoneRequest><Name>{name}</Name><CallerReference>{reference}</CallerReference>{more}"
    return sent.rest("route53", "POST", "/2013-04-01/hostedzone", f"{xml}</CreateHostedZoneRequest>")


def create_cidr_collection(name: str) -> Request:
    xml = f"<CreateCidrCollectionRequest><Name>{name}</Name><CallerReference>1</CallerReference>"
    return sent.rest("route53", "POST", "/2013-04-01/cidrcollection", f"{xml}</CreateCidrCollectionRequest>")


def create_schedule(name: str = "nightly", **members: Any) -> Request:
    given = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    target = {"Arn": "arn:aws:sqs:eu-west-1:123456789012:queue", "RoleArn": "arn:aws:iam::123456789012:role/role"}
    body = json.dumps(given | {"Target": target} | members)
    return sent.rest("scheduler", "POST", f"/schedules/{name}", body, "application/json")


FIT = {
    "json": create_repository(imageTagMutability="IMMUTABLE", tags=[{"Key": "a", "Value": "b"}]),
    "query": create_role(**{"MaxSessionDuration": "3600", "Tags.member.1.Key": "é", "Tags.member.1.Value": ""}),
    "ec2": create_vpc(**{"DryRun": "true", "TagSpecification.1.Tag.1.Key": "a", "TagSpecification.1.Tag.1.Value": "b"}),
    "rest-xml": create_zone(more="<HostedZoneConfig><PrivateZone>true</PrivateZone></HostedZoneConfig>"),
    "rest-xml without a body": sent.rest("s3", "GET", "/bucket?list-type=2&prefix=a&x-id=ListObjectsV2"),
    "rest-xml with content": sent.rest("s3", "PUT", "/bucket/a/key", "content"),
    "rest-json": create_schedule(State="ENABLED", StartDate=1780000000.5),
}

PLANTED = [
    ("json", "unknown", create_repository(color="red"), "InvalidParameterException", "color"),
    ("json", "type", create_repository(repositoryName=2), "SerializationException", "repositoryName"),
    (
        "json",
        "text for a boolean",
        create_repository(imageScanningConfiguration={"scanOnPush": "true"}),
        "SerializationException",
        "imageScanningConfiguration.scanOnPush",
    ),
    (
        "json",
        "true for a number",
        sent.in_json(
            "ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeImages", {"repositoryName": "shop", "maxResults": True}
        ),
        "SerializationException",
        "maxResults",
    ),
    ("json", "required", create_repository(repositoryName=None), "InvalidParameterException", "repositoryName"),
    ("json", "length", create_repository(repositoryName="s"), "InvalidParameterException", "repositoryName"),
    ("json", "pattern", create_repository(repositoryName="Shop"), "InvalidParameterException", "repositoryName"),
    ("json", "enum", create_repository(imageTagMutability="no"), "InvalidParameterException", "imageTagMutability"),
    ("query", "unknown", create_role(Color="red"), "ValidationError", "Color"),
    ("query", "a gap in a list", create_role(**{"Tags.member.2.Key": "a"}), "ValidationError", "Tags.member.2.Key"),
    ("query", "type", create_role(MaxSessionDuration="long"), "ValidationError", "MaxSessionDuration"),
    ("query", "range", create_role(MaxSessionDuration="60"), "ValidationError", "MaxSessionDuration"),
    ("query", "length", create_role(RoleName=LONG), "ValidationError", "RoleName"),
    ("query", "pattern", create_role(RoleName="café"), "ValidationError", "RoleName"),
    ("query", "enum", sent.query("iam", "ListPolicies", Scope="Mine"), "ValidationError", "Scope"),
    ("ec2", "unknown", create_vpc(Color="red"), "UnknownParameter", "Color"),
    ("ec2", "type", create_vpc(DryRun="perhaps"), "InvalidParameterValue", "DryRun"),
    ("ec2", "required", sent.query("ec2", "CreateSubnet"), "MissingParameter", "VpcId"),
    (
        "ec2",
        "range",
        sent.query("ec2", "DescribeVpcs", MaxResults="2"),
        "InvalidParameterValue",
        "MaxResults",
    ),
    (
        "ec2",
        "pattern",
        create_fleet("a b"),
        "InvalidParameterValue",
        "LaunchTemplateConfigs.1.Overrides.1.InstanceRequirements.AllowedInstanceTypes.1",
    ),
    ("ec2", "enum", create_vpc(InstanceTenancy="shared"), "InvalidParameterValue", "InstanceTenancy"),
    ("rest-xml", "unknown", create_zone(more="<Color>red</Color>"), "InvalidInput", "CreateHostedZoneRequest.Color"),
    (
        "rest-xml",
        "unknown list item",
        sent.rest(
            "route53",
            "POST",
            "/2013-04-01/tags/hostedzone/Z1",
            "<ChangeTagsForResourceRequest><AddTags><Tagg/></AddTags></ChangeTagsForResourceRequest>",
        ),
        "InvalidInput",
        "TagList.Tagg",
    ),
    ("rest-xml", "unknown parameter", sent.rest("s3", "GET", "/b?list-type=2&color=red"), "MalformedXML", "color"),
    (
        "rest-xml",
        "type",
        create_zone(more="<HostedZoneConfig><PrivateZone>perhaps</PrivateZone></HostedZoneConfig>"),
        "InvalidInput",
        "HostedZoneConfig.PrivateZone",
    ),
    ("rest-xml", "length", create_zone(reference=""), "InvalidInput", "CallerReference"),
    ("rest-xml", "pattern", create_cidr_collection("a b"), "InvalidInput", "Name"),
    (
        "rest-xml",
        "enum",
        create_zone(more="<VPC><VPCRegion>nowhere</VPCRegion></VPC>"),
        "InvalidInput",
        "VPC.VPCRegion",
    ),
    ("rest-json", "unknown", create_schedule(Color="red"), "ValidationException", "Color"),
    ("rest-json", "type", create_schedule(Description=1), "SerializationException", "Description"),
    ("rest-json", "length", create_schedule(name=LONG), "ValidationException", "Name"),
    ("rest-json", "pattern", create_schedule(name="a%20b"), "ValidationException", "Name"),
    ("rest-json", "enum", create_schedule(State="ON"), "ValidationException", "State"),
    (
        "rest-json",
        "length in the query",
        sent.rest("scheduler", "GET", f"/schedules?ScheduleGroup={LONG}"),
        "ValidationException",
        "GroupName",
    ),
]


def answer(_: Request) -> Response:
    return Response("answered")


@pytest.mark.parametrize("request_", FIT.values(), ids=FIT)
def test_a_valid_request_is_answered(request_: Request) -> None:
    assert validated(answer, Requests(), Answers())(request_).get_data(as_text=True) == "answered"


@pytest.mark.parametrize(
    ("request_", "code", "member"),
    [planted[2:] for planted in PLANTED],
    ids=[f"{protocol}: {kind}" for protocol, kind, *_ in PLANTED],
)
def test_an_invalid_request_is_refused_with_its_member(request_: Request, code: str, member: str) -> None:
    requests = Requests()

    refusal = validated(answer, requests, Answers())(request_)

    assert (refusal.status_code, refusal.headers["x-amzn-errortype"]) == (400, code)
    [operation] = requests.operations
    [message] = requests.refused
    assert message.startswith(f"{operation}: 1 validation error detected: ")
    assert f"'{member}'" in message
    assert f"'{member}'" in refusal.get_data(as_text=True)


def test_the_value_of_a_secret_is_in_no_message(caplog: pytest.LogCaptureFixture) -> None:
    secret = {"SecretId": "s", "SecretString": ["hush"]}
    request = sent.in_json("secretsmanager", "secretsmanager.PutSecretValue", secret)

    with caplog.at_level(logging.WARNING):
        refusal = validated(answer, Requests(), Answers())(request)

    assert "'SecretString'" in refusal.get_data(as_text=True)
    assert "hush" not in refusal.get_data(as_text=True) + caplog.text


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (sent.in_json("ecr", "AmazonEC2ContainerRegistry_V20150921.Fly", {}), "UnknownOperationException"),
        (sent.query("iam", "Fly"), "UnknownOperationException"),
        (sent.rest("scheduler", "PATCH", "/schedules/a"), "UnknownOperationException"),
        (sent.in_json("nowhere", "Nowhere.Fly", {}), "UnknownService"),
        (sent.in_json("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository", []), "SerializationException"),
        (sent.rest("route53", "POST", "/2013-04-01/hostedzone", "<Create"), "MalformedXML"),
        (sent.rest("scheduler", "POST", "/schedules/a", "{", "application/json"), "SerializationException"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_that_cannot_be_decoded_is_refused(request_: Request, code: str) -> None:
    requests = Requests()

    assert validated(answer, requests, Answers())(request_).headers["x-amzn-errortype"] == code
    assert len(requests.refused) == 1


def test_a_repeated_attempt_counts_one_time() -> None:
    requests = Requests()
    once = answered_once(validated(answer, requests, Answers()))
    request = create_repository()
    request.environ |= {"HTTP_AMZ_SDK_INVOCATION_ID": "one", "RAW_URI": "/"}

    for _attempt in range(2):
        once(request)

    assert requests.view()["operations"] == {"ecr.CreateRepository": 1}


def test_a_constraint_that_is_checked_twice_counts_one_time() -> None:
    requests = Requests()
    held = validated(answer, requests, Answers())
    tags = [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]

    for _time in range(2):
        held(create_repository(tags=tags))

    assert requests.constraints["ecr"] == {
        "CreateRepository.repositoryName required",
        "CreateRepository.repositoryName min",
        "CreateRepository.repositoryName max",
        "CreateRepository.repositoryName pattern",
        "CreateRepository.tags.Key required",
        "CreateRepository.tags.Value required",
    }
