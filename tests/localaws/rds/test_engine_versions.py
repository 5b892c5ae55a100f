"""The PostgreSQL versions of database instances."""

from localaws.rds import engine_versions
from tests.localaws.rds.databases import create_database
from tests.support.localaws.fixes import Client, case


@case(engine_versions.resolve_major_versions, in_aws=["16.10", "16.4", "16.10", "17.6", "17.9"])
def test_minor_versions_after_requests_for_major_versions(client: Client) -> object:
    """The last request names the major version of an instance with a higher minor version."""
    made = [
        create_database(client, name, EngineVersion=version)
        for name, version in (("major", "16"), ("minor", "16.4"), ("higher", "17.9"))
    ]

    def requested(name: str, version: str) -> object:
        upgrade = {"EngineVersion": version, "AllowMajorVersionUpgrade": True, "ApplyImmediately": True}
        return client("rds").modify_db_instance(DBInstanceIdentifier=name, **upgrade)["DBInstance"]["EngineVersion"]

    changed = [requested(*each) for each in (("minor", "16"), ("major", "17"), ("higher", "17"))]
    return [made[0]["EngineVersion"], made[1]["EngineVersion"], *changed]


@case(engine_versions.name_option_groups_after_major_versions, in_aws=["default:postgres-16", "default:postgres-17"])
def test_the_option_group_before_and_after_an_upgrade(client: Client) -> object:
    before = create_database(client, "grouped", EngineVersion="16.4")
    upgrade = {"EngineVersion": "17", "AllowMajorVersionUpgrade": True, "ApplyImmediately": True}
    after = client("rds").modify_db_instance(DBInstanceIdentifier="grouped", **upgrade)["DBInstance"]
    return [each["OptionGroupMemberships"][0]["OptionGroupName"] for each in (before, after)]
