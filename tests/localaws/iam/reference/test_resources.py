"""The ARNs of the resources of a call."""

from typing import Any

import pytest

from localaws.iam.caller import Caller
from localaws.iam.reference import actions
from localaws.iam.reference.actions import Action, ResourceType
from localaws.iam.reference.resources import UnknownResourceError, resources_of
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION

HERE = f"{REGION}:{ACCOUNT}"


@pytest.mark.parametrize(
    ("name", "members", "resources"),
    [
        ("ec2:DescribeVpcs", {"VpcIds": ["vpc-1"]}, ["*"]),
        ("ec2:CreateVpc", {"CidrBlock": "10.0.0.0/16"}, ["arn:aws:ec2:_:vpc/*"]),
        ("ec2:CreateSubnet", {"VpcId": "vpc-1"}, ["arn:aws:ec2:_:vpc/vpc-1", "arn:aws:ec2:_:subnet/*"]),
        ("ec2:CreateTags", {"Resources": ["sg-1", "sgr-1"]}, ["security-group/sg-1", "security-group-rule/sgr-1"]),
        ("ecr:DescribeRepositories", {"repositoryNames": ["a", "b"]}, ["repository/a", "repository/b"]),
        ("ecr:DescribeRepositories", {}, ["repository/*"]),
        ("ecs:DescribeClusters", {}, ["cluster/default"]),
        ("ecs:UpdateService", {"cluster": "shop", "service": "web"}, ["service/shop/web"]),
        (
            "ecs:DescribeServices",
            {"cluster": f"arn:aws:ecs:{HERE}:cluster/shop", "services": [f"arn:aws:ecs:{HERE}:service/shop/web"]},
            ["service/shop/web"],
        ),
        ("codepipeline:CreatePipeline", {"pipeline": {"name": "shop"}}, ["arn:aws:codepipeline:_:shop"]),
        (
            "elasticloadbalancing:CreateLoadBalancer",
            {"Name": "shop", "Type": "network"},
            ["loadbalancer/net/shop/*"],
        ),
        (
            "elasticloadbalancing:DeleteListener",
            {"ListenerArn": f"arn:aws:elasticloadbalancing:{HERE}:listener/app/shop/1/2"},
            ["listener/app/shop/1/2"],
        ),
        ("events:PutRule", {"Name": "push"}, ["rule/push"]),
        ("events:PutTargets", {"Rule": "push", "EventBusName": "own"}, ["rule/own/push"]),
        ("rds:DescribeDBInstances", {}, ["arn:aws:rds:_:db:*"]),
        ("route53:GetChange", {"Id": "/change/C1"}, ["arn:aws:route53:::change/C1"]),
        ("route53:ChangeTagsForResource", {"ResourceType": "hostedzone", "ResourceId": "Z1"}, ["hostedzone/Z1"]),
        ("s3:GetObject", {"Bucket": "b", "Key": "a/b"}, ["arn:aws:s3:::b/a/b"]),
        (
            "states:DescribeExecution",
            {"executionArn": f"arn:aws:states:{HERE}:execution:shop:1"},
            ["arn:aws:states:_:execution:shop:1"],
        ),
        ("ssm:GetParametersByPath", {"Path": "/terraform/shop/"}, ["parameter/terraform/shop"]),
    ],
)
def test_the_resources_of_a_call(name: str, members: dict[str, Any], resources: list[str], caller: Caller) -> None:
    action = actions.find(name)
    assert action

    found = resources_of(caller, name, action, name.partition(":")[2], members)

    assert len(found) == len(resources)
    for arn, expected in zip(found, resources, strict=True):
        assert arn.replace(HERE, "_").endswith(expected)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("ec2:AttachInternetGateway", {"VpcId": "vpc-1"}),
        ("ecs:UpdateService", {}),
        ("ssm:AddTagsToResource", {"ResourceType": "Document", "ResourceId": "x"}),
    ],
)
def test_a_resource_that_no_member_names_is_unknown(name: str, members: dict[str, Any], caller: Caller) -> None:
    action = actions.find(name)
    assert action

    with pytest.raises(UnknownResourceError, match=r"^no member names "):
        resources_of(caller, name, action, name.partition(":")[2], members)


@pytest.mark.parametrize("required", [True, False])
def test_a_created_resource_without_an_entry_is_unknown(required: bool, caller: Caller) -> None:  # noqa: FBT001 - a parameter of the test
    """IAM would be asked about every stack in place of this stack."""
    stack = ResourceType("stack", "arn:${Partition}:appstream:${Region}:${Account}:stack/${StackName}", required)
    action = Action((stack,), frozenset())

    with pytest.raises(UnknownResourceError, match=r'^VALUES\["appstream"\] has no entry for "StackName" \(stack\)$'):
        resources_of(caller, "appstream:CreateStack", action, "CreateStack", {"StackName": "shop"})
