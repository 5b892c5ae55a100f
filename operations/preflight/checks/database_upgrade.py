"""Check of an upgrade of PostgreSQL: whether RDS makes it from the version that runs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from operations.preflight.context import Context
from operations.preflight.finding import Finding, not_checked, ok, problem
from operations.system import database

if TYPE_CHECKING:
    from types_boto3_rds import RDSClient

PLACE = "database upgrade"


def check(context: Context) -> Iterator[Finding]:
    """Look for the default minor version of the wanted major version among the versions that RDS upgrades to.

    A request for a major version asks for its default minor version. RDS refuses this version if it is older than the
    version that runs, although RDS offers newer minor versions.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html and
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
    """
    settings = context.settings
    wanted = str(settings.database.engine_version)
    rds: RDSClient = context.client("rds")
    found = database.find(rds, settings.name)
    running = found.engine.partition(" ")[2] if found else ""
    if running.partition(".")[0] in ("", wanted):
        yield ok(PLACE, f"PostgreSQL {running} needs no other major version" if running else "no database runs yet")
        return
    if endpoint := context.other_endpoint("rds"):
        yield not_checked(PLACE, f"{endpoint} is not AWS, and does not say which upgrades RDS offers")
        return
    [version] = rds.describe_db_engine_versions(Engine="postgres", EngineVersion=running)["DBEngineVersions"]
    [default] = rds.describe_db_engine_versions(Engine="postgres", EngineVersion=wanted, DefaultOnly=True)[
        "DBEngineVersions"
    ]
    offered = [target["EngineVersion"] for target in version["ValidUpgradeTarget"]]
    if default["EngineVersion"] in offered:
        yield ok(PLACE, f"RDS upgrades PostgreSQL {running} to {default['EngineVersion']}")
        return
    others = [each for each in offered if each.partition(".")[0] == wanted]
    yield problem(
        PLACE,
        f"{settings.environment}.database.engine_version: RDS does not upgrade PostgreSQL {running} to "
        f"{default['EngineVersion']}, its default version of {wanted}",
        advice=f"upgrade by hand, then deploy: `aws rds modify-db-instance --db-instance-identifier {settings.name} "
        f"--engine-version {others[-1]} --allow-major-version-upgrade --db-parameter-group-name "
        f"default.postgres{wanted} --apply-immediately`"
        if others
        else f"choose another version; RDS offers {', '.join(offered) or 'none'}",
    )
