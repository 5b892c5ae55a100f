"""The additional action for a resource that is created with tags."""

from typing import Any

import pytest

from localaws.iam.caller import Caller
from localaws.iam.reference import actions
from localaws.iam.reference.tags import tagging
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION

HERE = f"{REGION}:{ACCOUNT}"
TAGS = [{"Key": "app", "Value": "shop"}]
BALANCER = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/shop/1"


@pytest.mark.parametrize(
    ("name", "members", "asked"),
    [
        ("acm:RequestCertificate", {}, "acm:AddTagsToCertificate arn:aws:acm:_:certificate/*"),
        ("ecr:CreateRepository", {"repositoryName": "a"}, "ecr:TagResource arn:aws:ecr:_:repository/a"),
        ("iam:CreateRole", {"RoleName": "a"}, f"iam:TagRole arn:aws:iam::{ACCOUNT}:role/a"),
        ("kms:CreateKey", {}, "kms:TagResource arn:aws:kms:_:key/*"),
        (
            "elasticloadbalancing:CreateListener",
            {"LoadBalancerArn": BALANCER},
            "elasticloadbalancing:AddTags arn:aws:elasticloadbalancing:_:listener/app/shop/1/*",
        ),
        (
            "rds:CreateDBInstance",
            {"DBInstanceIdentifier": "a", "DBSubnetGroupName": "b"},
            "rds:AddTagsToResource arn:aws:rds:_:db:a",
        ),
        (
            "rds:CreateDBSnapshot",
            {"DBInstanceIdentifier": "a", "DBSnapshotIdentifier": "b"},
            "rds:AddTagsToResource arn:aws:rds:_:snapshot:b",
        ),
    ],
)
def test_tags_at_creation_need_another_action(name: str, members: dict[str, Any], asked: str, caller: Caller) -> None:
    action, operation = actions.find(name), name.partition(":")[2]
    assert action

    [request] = tagging(caller, name, action, operation, members | {"Tags": TAGS})

    assert f"{request.action} {request.resource}".replace(HERE, "_") == asked
    assert list(tagging(caller, name, action, operation, members)) == []


def test_ec2_asks_for_each_tagged_type_with_the_creating_action(caller: Caller) -> None:
    action = actions.find("ec2:CreateVpc")
    assert action

    [request] = tagging(
        caller, "ec2:CreateVpc", action, "CreateVpc", {"TagSpecifications": [{"ResourceType": "vpc", "Tags": TAGS}]}
    )

    assert (request.action, request.resource) == ("ec2:CreateTags", f"arn:aws:ec2:{HERE}:vpc/*")
    assert request.context == {"ec2:CreateAction": "CreateVpc"}


def test_an_operation_that_only_tags_needs_no_other_action(caller: Caller) -> None:
    action = actions.find("kms:TagResource")
    assert action

    assert list(tagging(caller, "kms:TagResource", action, "TagResource", {"Tags": TAGS})) == []
