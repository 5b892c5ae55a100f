"""What RDS refuses, our server too, and moto alone does not."""

from typing import Any

from localaws.rds import refusals
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.networks import network


def _subnet_group(client: Client, name: str, zones: str = "ab") -> Any:
    subnets = network(client, zones=zones).subnets
    return client("rds").create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="d", SubnetIds=subnets)


@case(
    refusals.a_subnet_group_of_one_zone,
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
    refusals.to_delete_what_an_instance_uses,
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
    refusals.to_delete_an_instance_without_a_snapshot,
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
