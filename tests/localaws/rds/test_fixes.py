"""What RDS answers, our server too, and moto alone does not."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localaws.rds import fixes
from settings.values import RESERVED_DATABASE_NAMES
from tests.support.localaws.fixes import Client, case
from tests.support.localaws.networks import network

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab"


@case(fixes.keeps_performance_insights, in_aws=[(False, None, None), (True, 7, KEY)])
def test_a_database_with_and_one_without_performance_insights(client: Client) -> object:
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
    names = ("PerformanceInsightsEnabled", "PerformanceInsightsRetentionPeriod", "PerformanceInsightsKMSKeyId")
    return [tuple(instance.get(name) for name in names) for instance in made]


@case(
    fixes.says_who_set_a_parameter,
    in_aws=[
        ("rds.force_ssl", "1", "system", "pending-reboot", "dynamic", "boolean"),
        ("max_connections", "99", "user", "pending-reboot", None, None),
        ("log_statement", "ddl", "user", "immediate", None, None),
    ],
)
def test_parameters_with_and_without_their_default_value(client: Client) -> object:
    rds = client("rds")
    group = {"DBParameterGroupName": "parameters"}
    rds.create_db_parameter_group(**group, DBParameterGroupFamily="postgres16", Description="d")

    def modify(name: str, value: str, method: str) -> None:
        parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        rds.modify_db_parameter_group(**group, Parameters=[parameter])

    modify("rds.force_ssl", "1", "immediate")
    modify("max_connections", "99", "pending-reboot")
    modify("max_connections", "99", "immediate")
    modify("log_statement", "all", "pending-reboot")
    modify("log_statement", "ddl", "immediate")
    shown = ("ParameterName", "ParameterValue", "Source", "ApplyMethod", "ApplyType", "DataType")
    return [tuple(p.get(name) for name in shown) for p in rds.describe_db_parameters(**group)["Parameters"]]


def _create_database(client: Client, name: str, **settings: object) -> Any:
    defaults = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    return client("rds").create_db_instance(DBInstanceIdentifier=name, **defaults | settings)["DBInstance"]


@case(fixes.has_no_port_of_its_own, in_aws=[0, 5432])
def test_the_port_of_a_database(client: Client) -> object:
    _create_database(client, "with-a-port")
    [shown] = client("rds").describe_db_instances(DBInstanceIdentifier="with-a-port")["DBInstances"]
    return [shown["DbInstancePort"], shown["Endpoint"]["Port"]]


@case(fixes.has_a_minor_version, in_aws=["16.10", "16.4", "17.6"])
def test_versions_of_databases_that_were_asked_for_by_their_major_version(client: Client) -> object:
    made = [
        _create_database(client, name, EngineVersion=version) for name, version in (("major", "16"), ("minor", "16.4"))
    ]
    upgrade = {"EngineVersion": "17", "AllowMajorVersionUpgrade": True, "ApplyImmediately": True}
    upgraded = client("rds").modify_db_instance(DBInstanceIdentifier="major", **upgrade)["DBInstance"]
    return [instance["EngineVersion"] for instance in (*made, upgraded)]


@case(
    fixes.waits_for_the_maintenance_window,
    in_aws=[
        ("16.4", "before", {}),
        ("16.4", "before", {"EngineVersion": "17.6"}),
        ("16.4", "before", {"EngineVersion": "17.6", "MultiAZ": True}),
        ("16.4", "before", {"EngineVersion": "17.6"}),
        ("17.6", "after", {}),
    ],
)
def test_a_database_before_and_after_its_maintenance_window(client: Client) -> object:
    rds = client("rds")
    for name, family in (("before", "postgres16"), ("after", "postgres17")):
        rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily=family, Description="d")

    def shown(instance: Any) -> object:
        [group] = instance["DBParameterGroups"]
        return instance["EngineVersion"], group["DBParameterGroupName"], instance.get("PendingModifiedValues")

    def modified(**changes: object) -> object:
        return shown(rds.modify_db_instance(DBInstanceIdentifier="waiting", **changes)["DBInstance"])

    return [
        shown(_create_database(client, "waiting", EngineVersion="16.4", DBParameterGroupName="before")),
        modified(EngineVersion="17.6", AllowMajorVersionUpgrade=True, DBParameterGroupName="after"),
        modified(MultiAZ=True),
        modified(MultiAZ=False),
        modified(ApplyImmediately=True),
    ]


@case(
    fixes.describes_a_snapshot_as_the_instance_was,
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
    database = _create_database(client, "shot", EngineVersion="17.6", StorageType="gp3", DBSubnetGroupName="shot")
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


@case(fixes.has_the_default_certificate_authority, in_aws=["rds-ca-rsa2048-g1", "rds-ca-ecc384-g1"])
def test_databases_without_and_with_a_certificate_authority(client: Client) -> object:
    made = [
        _create_database(client, "default"),
        _create_database(client, "chosen", CACertificateIdentifier="rds-ca-ecc384-g1"),
    ]
    return [instance["CACertificateIdentifier"] for instance in made]


REFUSED = "InvalidParameterCombination"


@case(
    fixes.keeps_the_rules_of_gp3_storage,
    in_aws={
        "created below": (399, 3_000, 125),
        "created below with IOPS": REFUSED,
        "created above": (400, 12_000, 500),
        "created above with the IOPS from below": REFUSED,
        "created above with the throughput from below": REFUSED,
        "raised across with the IOPS from below": REFUSED,
        "raised across": (440, 12_000, 500),
        "raised by little": (484, 12_000, 500),
        "raised in performance": (484, 15_000, 500),
        "changed otherwise": (484, 15_000, 500),
        "reduced": REFUSED,
    },
)
def test_databases_with_little_and_much_storage(client: Client) -> object:
    rds, gp3 = client("rds"), {"StorageType": "gp3"}

    def seen(ask: Callable[[], Any]) -> object:
        try:
            instance = ask()
        except ClientError as error:
            return error.response["Error"]["Code"]
        return tuple(instance.get(name) for name in ("AllocatedStorage", "Iops", "StorageThroughput"))

    def created(name: str, size: int, **settings: int) -> object:
        return seen(lambda: _create_database(client, name, AllocatedStorage=size, **gp3, **settings))

    def modified(**changes: object) -> object:
        return seen(
            lambda: rds.modify_db_instance(DBInstanceIdentifier="small", ApplyImmediately=True, **changes)["DBInstance"]
        )

    return {
        "created below": created("small", 399),
        "created below with IOPS": created("refused", 399, Iops=3_000),
        "created above": created("large", 400),
        "created above with the IOPS from below": created("refused", 400, Iops=3_000),
        "created above with the throughput from below": created("refused", 400, StorageThroughput=125),
        "raised across with the IOPS from below": modified(AllocatedStorage=440, Iops=3_000),
        "raised across": modified(AllocatedStorage=440, Iops=12_000, StorageThroughput=500),
        "raised by little": modified(AllocatedStorage=450),
        "raised in performance": modified(Iops=15_000),
        "changed otherwise": modified(MultiAZ=True),
        "reduced": modified(AllocatedStorage=400),
    }


@case(fixes.refuses_reserved_database_names, in_aws=["InvalidParameterValue", "InvalidParameterValue", "orders"])
def test_databases_with_reserved_and_other_names(client: Client) -> object:
    def name_of(name: str) -> Any:
        try:
            return _create_database(client, name.lower(), DBName=name)["DBName"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    return [name_of("db"), name_of("Table"), name_of("orders")]


def test_the_settings_refuse_the_database_names_that_rds_refuses() -> None:
    assert fixes.RESERVED_NAMES == RESERVED_DATABASE_NAMES


@case(fixes.tells_instances_apart, in_aws=[["one"], ["two"]])
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
