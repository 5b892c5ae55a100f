"""The PostgreSQL versions of database instances."""

from localaws.rds import engine_versions
from tests.localaws.rds.databases import create_database
from tests.support.localaws.fixes import Client, case


@case(engine_versions.resolve_major_versions, in_aws=["16.10", "16.4", "17.6"])
def test_minor_versions_after_requests_for_major_versions(client: Client) -> object:
    made = [
        create_database(client, name, EngineVersion=version) for name, version in (("major", "16"), ("minor", "16.4"))
    ]
    upgrade = {"EngineVersion": "17", "AllowMajorVersionUpgrade": True, "ApplyImmediately": True}
    upgraded = client("rds").modify_db_instance(DBInstanceIdentifier="major", **upgrade)["DBInstance"]
    return [instance["EngineVersion"] for instance in (*made, upgraded)]
