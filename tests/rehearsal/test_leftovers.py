"""Tests of the list of resources that are left."""

from collections.abc import Iterator

import pytest
from botocore import xform_name
from botocore.session import Session

from localaws.server import LocalAws
from rehearsal.leftovers import KEYS, KINDS, Kind, listed
from tests.support.lists import listed as lists
from tests.support.lists.resource_types import PARTS, types
from tests.support.synthesized import System

WITHOUT_KIND = {
    "aws_ecs_service": "ECS deletes a cluster only after its services",
    "aws_ecs_task_definition": "a destroy keeps the revisions",
    "aws_kms_key": "listed() also asks for the state of each key",
}
"""Resource types that need no operation in `KINDS`, with the reason. Parts of other resources need none, either."""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("leftovers") / "aws.log", region="eu-west-1") as aws:
        yield aws


def test_every_resource_type_of_the_system_can_be_found(dev: System, prod: System) -> None:
    lists.check(unknown(types([*dev.values(), *prod.values()])))


@pytest.mark.parametrize("kind", [*KINDS.values(), KEYS], ids=lambda kind: kind.text)
def test_each_operation_returns_the_list(kind: Kind) -> None:
    """If the member had another name, a rehearsal would find no resource of this type."""
    model = Session().get_service_model(kind.service)
    [operation] = [name for name in model.operation_names if xform_name(name) == kind.operation]

    assert kind.member in model.operation_model(operation).output_shape.members


def unknown(deployed: set[str]) -> list[str]:
    """Return a line for each resource type that a rehearsal would not find after a destroy."""
    return lists.faults(
        deployed - PARTS.keys() - WITHOUT_KIND.keys(),
        KINDS.keys() & deployed,
        place="rehearsal/leftovers.py, KINDS",
        entry='"{}"'.format,
        end=": Kind(<text>, <boto3 client>, <operation that lists the type>, <member with the list>, <member with the "
        "name>). If the resource is a part of another resource, add the type to PARTS in "
        "tests/support/lists/resource_types.py",
    )


def test_a_resource_type_that_no_operation_lists_is_named() -> None:
    [line] = unknown({"aws_gamelift_alias", "aws_s3_bucket", "aws_s3_bucket_policy", "aws_kms_key"})

    assert line.startswith('rehearsal/leftovers.py, KINDS: add "aws_gamelift_alias": Kind(<text>, <boto3 client>,')


@pytest.mark.slow
def test_keys_and_networks_are_left_until_they_are_deleted(aws: LocalAws) -> None:
    before = listed(aws)
    kms, ec2 = aws.client("kms"), aws.client("ec2")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/some", TargetKeyId=key)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]

    made = listed(aws) - before
    assert made > {f"key {key}", "key alias alias/some", f"VPC {vpc}", f"network ACL {acl}"}

    kms.delete_alias(AliasName="alias/some")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    ec2.delete_network_acl(NetworkAclId=acl)
    ec2.delete_vpc(VpcId=vpc)
    assert listed(aws) == before


@pytest.mark.slow
def test_parts_of_networks_and_databases_are_left(aws: LocalAws) -> None:
    before = listed(aws)
    ec2, rds = aws.client("ec2"), aws.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    rds.create_db_parameter_group(
        DBParameterGroupName="group", DBParameterGroupFamily="postgres16", Description="a group"
    )
    rds.create_db_instance(
        DBInstanceIdentifier="shop",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        DBParameterGroupName="group",
    )
    rds.delete_db_instance(DBInstanceIdentifier="shop", FinalDBSnapshotIdentifier="shop-final")

    made = {
        f"route table {table}",
        f"internet gateway {gateway}",
        "database parameter group group",
        "database snapshot shop-final",
    }
    assert listed(aws) - before > made

    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=vpc)
    rds.delete_db_parameter_group(DBParameterGroupName="group")
    rds.delete_db_snapshot(DBSnapshotIdentifier="shop-final")
    assert listed(aws) == before


@pytest.mark.slow
def test_resources_on_later_pages_are_left(aws: LocalAws) -> None:
    logs, names = aws.client("logs"), [f"group-{number:02}" for number in range(51)]
    for name in names:
        logs.create_log_group(logGroupName=name)
    assert len(logs.describe_log_groups()["logGroups"]) < len(names)

    assert listed(aws) > {f"log group {name}" for name in names}
