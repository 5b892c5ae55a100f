"""Requests that RDS and the local AWS refuse and moto alone accepts."""

from typing import Any

from localaws.rds import refusals
from tests.localaws.rds.databases import create_database
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.networks import network


def _subnet_group(client: Client, name: str, zones: str = "ab") -> Any:
    subnets = network(client, zones=zones).subnets
    return client("rds").create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="d", SubnetIds=subnets)


@case(
    refusals.refuse_single_zone_subnet_groups,
    in_aws=[
        (
            "DBSubnetGroupDoesNotCoverEnoughAZs: The DB subnet group doesn't meet Availability Zone (AZ) coverage "
            "requirement. Current AZ coverage: us-east-1a. Add subnets to cover at least 2 AZs."
        ),
        "",
    ],
)
def test_subnet_groups_of_one_and_two_zones(client: Client) -> object:
    return [refusal(_subnet_group, client, "one", "a"), refusal(_subnet_group, client, "two")]


@case(
    refusals.refuse_to_delete_groups_in_use,
    in_aws=["InvalidDBParameterGroupState", "InvalidDBSubnetGroupStateFault", "", ""],
)
def test_groups_before_and_after_their_instance_goes(client: Client) -> object:
    rds = client("rds")
    _subnet_group(client, "used")
    rds.create_db_parameter_group(DBParameterGroupName="used", DBParameterGroupFamily="postgres16", Description="d")
    rds.create_db_instance(
        DBInstanceIdentifier="uses",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        DBSubnetGroupName="used",
        DBParameterGroupName="used",
    )

    def deleted() -> list[str]:
        return [
            refusal(rds.delete_db_parameter_group, DBParameterGroupName="used").partition(":")[0],
            refusal(rds.delete_db_subnet_group, DBSubnetGroupName="used").partition(":")[0],
        ]

    before = deleted()
    rds.delete_db_instance(DBInstanceIdentifier="uses", SkipFinalSnapshot=True)
    return before + deleted()


@case(
    refusals.refuse_invalid_major_versions,
    in_aws=[
        (
            "InvalidParameterCombination: The AllowMajorVersionUpgrade flag must be present when upgrading to a new "
            "major version."
        ),
        "",
        "InvalidParameterCombination: Cannot upgrade postgres from 17.6 to 16.10",
    ],
)
def test_upgrades_without_and_with_the_flag_and_a_downgrade(client: Client) -> object:
    rds = client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="upgraded",
        Engine="postgres",
        EngineVersion="16.4",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
    )

    def modified(version: str, *, allowed: bool) -> str:
        change = {"EngineVersion": version, "AllowMajorVersionUpgrade": allowed, "ApplyImmediately": True}
        return refusal(rds.modify_db_instance, DBInstanceIdentifier="upgraded", **change)

    return [modified("17.6", allowed=False), modified("17.6", allowed=True), modified("16.10", allowed=True)]


def _other_family(name: str, got: int, wanted: int) -> str:
    return (
        f"InvalidParameterCombination: The Parameter Group {name} with DBParameterGroupFamily postgres{got} cannot be "
        f"used for this instance. Please use a Parameter Group with DBParameterGroupFamily postgres{wanted}"
    )


@case(
    refusals.refuse_mismatched_parameter_groups,
    in_aws=[_other_family("of-17", 17, 16), "", _other_family("of-16", 16, 17), ""],
)
def test_parameter_groups_of_matching_and_other_families(client: Client) -> object:
    rds = client("rds")
    for version in ("16", "17"):
        family = {"DBParameterGroupFamily": f"postgres{version}", "Description": "d"}
        rds.create_db_parameter_group(DBParameterGroupName=f"of-{version}", **family)

    def created(group: str) -> str:
        size = {"DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20, "Engine": "postgres", "EngineVersion": "16"}
        return refusal(rds.create_db_instance, DBInstanceIdentifier="of-a-family", DBParameterGroupName=group, **size)

    upgrade = {"EngineVersion": "17", "AllowMajorVersionUpgrade": True, "DBInstanceIdentifier": "of-a-family"}
    return [
        created("of-17"),
        created("of-16"),
        refusal(rds.modify_db_instance, **upgrade),
        refusal(rds.modify_db_instance, **upgrade, DBParameterGroupName="of-17"),
    ]


@case(
    refusals.refuse_to_delete_without_snapshot,
    in_aws=[
        ("InvalidParameterCombination: FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."),
        "",
    ],
)
def test_an_instance_without_and_with_a_final_snapshot(client: Client) -> object:
    rds = client("rds")
    settings = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    rds.create_db_instance(DBInstanceIdentifier="last", **settings)
    delete = rds.delete_db_instance
    return [
        refusal(delete, DBInstanceIdentifier="last"),
        refusal(delete, DBInstanceIdentifier="last", FinalDBSnapshotIdentifier="last-snapshot"),
    ]


@case(
    refusals.refuse_upgrades_to_older_releases,
    in_aws=["InvalidParameterCombination: Cannot upgrade postgres from 16.13 to 17.6", "", "17.9"],
)
def test_upgrades_to_an_older_release_and_to_one_of_the_same_day(client: Client) -> object:
    rds = client("rds")
    create_database(client, "newest", EngineVersion="16.13")

    def upgraded(version: str) -> str:
        change = {"EngineVersion": version, "AllowMajorVersionUpgrade": True, "ApplyImmediately": True}
        return refusal(rds.modify_db_instance, DBInstanceIdentifier="newest", **change)

    [*seen, [instance]] = [
        upgraded("17"),
        upgraded("17.9"),
        rds.describe_db_instances(DBInstanceIdentifier="newest")["DBInstances"],
    ]
    return [*seen, instance["EngineVersion"]]


@case(refusals.refuse_taken_identifiers, in_aws=["DBInstanceAlreadyExists: DB instance already exists", "", 2])
def test_renames_to_a_taken_and_to_a_free_identifier(client: Client) -> object:
    rds = client("rds")
    ids = [create_database(client, name)["DbiResourceId"] for name in ("renamed", "taken")]

    def renamed(new: str) -> str:
        change = {"NewDBInstanceIdentifier": new, "ApplyImmediately": True}
        return refusal(rds.modify_db_instance, DBInstanceIdentifier="renamed", **change)

    refusals_of_both = [renamed("taken"), renamed("free")]
    found = [each["DbiResourceId"] for each in rds.describe_db_instances()["DBInstances"]]
    return [*refusals_of_both, len([each for each in ids if each in found])]
