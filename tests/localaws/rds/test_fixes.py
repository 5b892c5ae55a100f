"""Answers of RDS that the local AWS gives and moto alone does not."""

from typing import Any

from botocore.exceptions import ClientError

from localaws.rds import fixes
from settings.values import RESERVED_DATABASE_NAMES
from tests.localaws.rds.databases import create_database
from tests.support.localaws.fixes import Client, case
from tests.support.localaws.networks import network

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab"


@case(fixes.keep_performance_insights, in_aws=[(False, None, None), (True, 7, KEY), (True, 31, None)])
def test_databases_with_and_without_performance_insights(client: Client) -> object:
    """The last one is the first one, after Performance Insights were turned on."""
    asked_for = {"EnablePerformanceInsights": True, "PerformanceInsightsKMSKeyId": KEY}
    made = [
        client("rds").create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            **insights,
        )["DBInstance"]
        for name, insights in (("unseen", {}), ("seen", asked_for))
    ]
    turned_on = {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 31, "ApplyImmediately": True}
    made.append(client("rds").modify_db_instance(DBInstanceIdentifier="unseen", **turned_on)["DBInstance"])
    names = ("PerformanceInsightsEnabled", "PerformanceInsightsRetentionPeriod", "PerformanceInsightsKMSKeyId")
    return [tuple(instance.get(name) for name in names) for instance in made]


@case(fixes.return_zero_as_instance_port, in_aws=[0, 5432])
def test_the_port_of_a_database(client: Client) -> object:
    create_database(client, "with-a-port")
    [shown] = client("rds").describe_db_instances(DBInstanceIdentifier="with-a-port")["DBInstances"]
    return [shown["DbInstancePort"], shown["Endpoint"]["Port"]]


@case(
    fixes.copy_instance_settings_to_snapshots,
    in_aws={
        "AvailabilityZone": True,
        "LicenseModel": True,
        "OptionGroupName": True,
        "PercentProgress": 100,
        "StorageType": "gp3",
        "VpcId": True,
    },
)
def test_a_snapshot_of_a_database(client: Client) -> object:
    rds, made_in = client("rds"), network(client)
    names = {"DBInstanceIdentifier": "shot", "DBSnapshotIdentifier": "shot"}
    rds.create_db_subnet_group(DBSubnetGroupName="shot", DBSubnetGroupDescription="d", SubnetIds=made_in.subnets)
    database = create_database(client, "shot", EngineVersion="17.6", StorageType="gp3", DBSubnetGroupName="shot")
    rds.create_db_snapshot(**names)
    [snapshot] = rds.describe_db_snapshots(DBSnapshotIdentifier="shot")["DBSnapshots"]
    return {
        "AvailabilityZone": snapshot["AvailabilityZone"] == database["AvailabilityZone"],
        "LicenseModel": snapshot["LicenseModel"] == database["LicenseModel"],
        "OptionGroupName": snapshot["OptionGroupName"] == database["OptionGroupMemberships"][0]["OptionGroupName"],
        "PercentProgress": snapshot["PercentProgress"],
        "StorageType": snapshot["StorageType"],
        "VpcId": snapshot["VpcId"] == made_in.vpc,
    }


@case(fixes.default_to_the_rsa2048_authority, in_aws=["rds-ca-rsa2048-g1", "rds-ca-ecc384-g1"])
def test_databases_without_and_with_a_certificate_authority(client: Client) -> object:
    made = [
        create_database(client, "default"),
        create_database(client, "chosen", CACertificateIdentifier="rds-ca-ecc384-g1"),
    ]
    return [instance["CACertificateIdentifier"] for instance in made]


@case(fixes.refuse_reserved_database_names, in_aws=["InvalidParameterValue", "InvalidParameterValue", "orders"])
def test_databases_with_reserved_and_other_names(client: Client) -> object:
    def name_of(name: str) -> Any:
        try:
            return create_database(client, name.lower(), DBName=name)["DBName"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    return [name_of("db"), name_of("Table"), name_of("orders")]


def test_the_settings_refuse_the_database_names_that_rds_refuses() -> None:
    assert fixes.RESERVED_NAMES == RESERVED_DATABASE_NAMES


@case(fixes.assign_resource_ids, in_aws=[["one"], ["two"]])
def test_two_databases(client: Client) -> object:
    rds = client("rds")
    created = [
        rds.create_db_instance(
            DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20
        )["DBInstance"]["DbiResourceId"]
        for name in ("one", "two")
    ]
    found = [
        rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [id_]}])["DBInstances"]
        for id_ in created
    ]
    return [[instance["DBInstanceIdentifier"] for instance in instances] for instances in found]
