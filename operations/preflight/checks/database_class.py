"""Check of the database's instance class: whether the region offers it for the engine version."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from operations.preflight.context import Context
from operations.preflight.finding import Finding, not_checked, ok, problem

if TYPE_CHECKING:
    from types_boto3_rds import RDSClient

PLACE = "database"


def check(context: Context) -> Iterator[Finding]:
    """Look for the instance class among those that RDS offers in the region.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html
    """
    settings = context.settings
    database, environment = settings.database, settings.environment
    rds: RDSClient = context.client("rds")
    if _class(rds, settings.name) == database.instance_class:
        yield ok(PLACE, f"the database exists already, with the instance class {database.instance_class}")
        return
    if endpoint := context.other_endpoint("rds"):
        yield not_checked(PLACE, f"{endpoint} is not AWS, and offers no instance classes")
        return
    pages = rds.get_paginator("describe_orderable_db_instance_options").paginate(
        Engine="postgres", DBInstanceClass=database.instance_class, Vpc=True
    )
    options = [
        option
        for page in pages
        for option in page["OrderableDBInstanceOptions"]
        if option["EngineVersion"].partition(".")[0] == str(database.engine_version) and option["StorageType"] == "gp3"
    ]
    offered = f"{database.instance_class} with PostgreSQL {database.engine_version} and gp3 storage"
    if not options:
        yield problem(
            PLACE,
            f"{environment}.database.instance_class: RDS does not offer {offered} in {settings.region}",
            advice="choose another class; `aws rds describe-orderable-db-instance-options --engine postgres "
            "--query 'OrderableDBInstanceOptions[].DBInstanceClass'` lists them",
        )
    elif database.multi_az and not any(option["MultiAZCapable"] for option in options):
        yield problem(
            PLACE,
            f"{environment}.database.multi_az: RDS offers {offered} in {settings.region} only without a standby",
            advice=f"choose another class, or set {environment}.database.multi_az to false",
        )
    else:
        yield ok(PLACE, f"RDS offers {offered} in {settings.region}")


def _class(rds: "RDSClient", name: str) -> str | None:
    """Return the instance class of a database, or None if it does not exist."""
    try:
        [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except rds.exceptions.DBInstanceNotFoundFault:
        return None
    return found["DBInstanceClass"]
