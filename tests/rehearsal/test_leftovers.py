"""Tests of the list of resources that are left."""

from collections.abc import Iterator

import pytest

from localaws.server import LocalAws
from rehearsal.leftovers import listed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("leftovers") / "aws.log", region="eu-west-1") as aws:
        yield aws


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


def test_resources_on_later_pages_are_left(aws: LocalAws) -> None:
    logs, names = aws.client("logs"), [f"group-{number:02}" for number in range(51)]
    for name in names:
        logs.create_log_group(logGroupName=name)
    assert len(logs.describe_log_groups()["logGroups"]) < len(names)

    assert listed(aws) > {f"log group {name}" for name in names}
