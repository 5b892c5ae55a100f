"""The requests to IAM that follow from AWS's reference, for the operations of Terraform and of the programs."""

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel, Shape

from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.iam.reference import actions
from localaws.iam.reference.actions import Action
from localaws.iam.reference.derivation import derived
from localaws.iam.reference.operations import PREFIXES, action_of
from localaws.iam.service_authorization import requests_for
from modules.github.terraform_rights import CREATE, READ, READ_ANY, WRITE
from tests.support import operations_page
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION
from tests.support.synthesized import ROOT

S3_CONTROL = "an operation of S3 Control, which the local AWS does not have; from provider 6.23 on"
WITHOUT_OPERATION = {
    "s3:ListTagsForResource": S3_CONTROL,
    "s3:TagResource": S3_CONTROL,
    "s3:UntagResource": S3_CONTROL,
    "s3:DeleteObjectVersion": "DeleteObject and DeleteObjects with a version: test_service_authorization.py",
}
"""Actions that do not belong to an operation of the same service, each with the reason."""

ALLOWED = sorted({*READ, *READ_ANY, *CREATE, *WRITE})
SERVICES = {prefix: service for service, prefix in PREFIXES.items()}

OF_OPERATIONS: dict[str, Any] = {
    "route53:ChangeTagsForResource": {"ResourceType": "hostedzone"},
    "ec2:DisassociateAddress": {"AssociationId": "eipassoc-1"},
    "ec2:DisassociateRouteTable": {"AssociationId": "rtbassoc-1"},
    "route53:ListTagsForResource": {"ResourceType": "hostedzone"},
    "ssm:StartSession": {"Target": "ecs:cluster_task_runtime"},
    "ec2:ReplaceNetworkAclAssociation": {"AssociationId": "aclassoc-1"},
}
"""Members of operations that follow from other members."""

IDS = {
    "AllocationId": "eipalloc-1",
    "FlowLogIds": "fl-1",
    "GroupId": "sg-1",
    "InternetGatewayId": "igw-1",
    "NatGatewayId": "nat-1",
    "NetworkAclId": "acl-1",
    "Resources": "vpc-1",
    "RouteTableId": "rtb-1",
    "SecurityGroupRuleId": "sgr-1",
    "SubnetId": "subnet-1",
    "VpcEndpointIds": "vpce-1",
    "VpcEndpointId": "vpce-1",
    "VpcId": "vpc-1",
    "ResourceIds": "vpc-1",
    "ResourceType": "Parameter",
}
"""The values of members whose text matters."""


@cache
def model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


def operations(action: str) -> list[OperationModel]:
    """Return the operations that need an action."""
    service = SERVICES.get(action.partition(":")[0], action.partition(":")[0])
    names = model(service).operation_names
    return [
        model(service).operation_model(name)
        for name in names
        if fnmatchcase(action_of(service, name, {}), action) and actions.find(action_of(service, name, {}))
    ]


def sample(shape: Shape | None, action: Action, name: str = "") -> Any:
    """Return a value of a shape. An ARN is of a resource type of the action."""
    if shape is None:
        return {}
    if shape.type_name == "structure":
        return {
            member: sample(inner, action, member)
            for member, inner in shape.members.items()
            if (inner.type_name in {"string", "list"} and member != "VersionId") or member in shape.required_members
        }
    if shape.type_name == "list":
        return [sample(shape.member, action, name)]
    if (name.lower().endswith(("arn", "arns")) or name == "ResourceName") and action.resource_types:
        kind = next((kind for kind in action.resource_types if kind.required), action.resource_types[-1])
        return kind.arn.replace("${", "x").replace("}", "")
    return IDS.get(name, "value")


@pytest.mark.parametrize("allowed", ALLOWED)
def test_every_allowed_action_is_of_an_operation_with_requests(allowed: str, caller: Caller) -> None:
    found = operations(allowed)
    assert bool(found) != (allowed in WITHOUT_OPERATION)
    for operation in found:
        service = operation.service_model.service_name
        name = action_of(service, operation.name, {})
        action = actions.find(name)
        assert action, name
        members = sample(operation.input_shape, action) | OF_OPERATIONS.get(f"{service}:{operation.name}", {})
        asked = requests_for(caller, service, operation.name, members)
        assert name in {request.action for request in asked}


USED = (
    *("acm", "codebuild", "codepipeline", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "kms", "logs", "rds"),
    *("route53", "s3", "secretsmanager", "service-quotas", "ssm", "stepfunctions"),
)
"""The services that the programs and the operations page use."""


@cache
def words() -> set[str]:
    """Return the words of the programs and the commands of the operations page, as boto3 writes operations."""
    sources = [file for folder in ("operations", "rehearsal") for file in sorted((ROOT / folder).rglob("*.py"))]
    text = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    commands = re.findall(r"\baws \w+ ([a-z-]+)", operations_page.TEXT)
    return {*re.findall(r"\w+", text), *(command.replace("-", "_") for command in commands)}


@pytest.mark.parametrize("service", USED)
def test_every_operation_of_a_program_has_requests(service: str, caller: Caller) -> None:
    called = [name for name in model(service).operation_names if xform_name(name) in words()]
    assert called
    for name in called:
        operation = model(service).operation_model(name)
        action = actions.find(action_of(service, name, {}))
        members = sample(operation.input_shape, action or Action((), frozenset()))
        members |= OF_OPERATIONS.get(f"{service}:{name}", {})
        assert requests_for(caller, service, name, members)


CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/build"


def test_the_requests_have_resources_context_tags_and_passed_roles(caller: Caller) -> None:
    members = {"cluster": CLUSTER, "serviceName": "web", "role": ROLE, "tags": [{"key": "app", "value": "shop"}]}

    asked = list(derived(caller, "ecs", "CreateService", members))

    service = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/web"
    assert asked == [
        Request("ecs:CreateService", service, {"ecs:cluster": CLUSTER}),
        Request("ecs:TagResource", service, {"ecs:CreateAction": "CreateService"}),
        Request("iam:PassRole", ROLE, {"iam:PassedToService": "ecs.amazonaws.com"}),
    ]


def test_the_context_has_the_task_definition(caller: Caller) -> None:
    members = {"cluster": "shop", "service": "web", "taskDefinition": "web:3"}

    [asked] = derived(caller, "ecs", "UpdateService", members)

    assert asked.context == {
        "ecs:cluster": CLUSTER,
        "ecs:task-definition": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:3",
    }


@pytest.mark.parametrize(
    ("service", "operation", "members", "file", "table"),
    [
        ("s3", "SelectObjectContent", {"Bucket": "b", "Key": "k"}, "operations.py", "_OTHER_NAMES"),
        ("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1}, "values.py", "VALUES"),
        ("kms", "Decrypt", {"CiphertextBlob": b""}, "values.py", "VALUES"),
        ("ec2", "CreateFleet", {"IamFleetRole": ROLE}, "values.py", "VALUES"),
        ("appstream", "CreateStack", {"Name": "shop"}, "values.py", 'VALUES["appstream"] has no entry for "StackName"'),
        ("amplify", "CreateApp", {"name": "shop", "tags": {"app": "shop"}}, "tags.py", "_ACTIONS"),
        ("cloudformation", "ListStacks", {"RoleARN": ROLE}, "passed_roles.py", "_SERVICES"),
    ],
)
def test_an_operation_that_cannot_be_derived_is_refused_by_name(
    service: str, operation: str, members: dict[str, Any], file: str, table: str, caller: Caller
) -> None:
    with pytest.raises(NotImplementedError) as refused:
        list(derived(caller, service, operation, members))

    message = str(refused.value)
    assert message.startswith(f"localaws/iam/reference/{file}: ")
    assert f"{service}:{operation}" in message
    assert table in message
