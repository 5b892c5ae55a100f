"""The changes of an instance that wait for its maintenance window."""

from typing import Any

from localaws.rds import maintenance_window
from tests.localaws.rds.databases import create_database
from tests.support.localaws.fixes import Client, case


@case(
    maintenance_window.postpone_interrupting_changes,
    in_aws=[
        ("16.4", "before", {}),
        ("16.4", "before", {"EngineVersion": "17.6"}),
        ("16.4", "before", {"EngineVersion": "17.6", "MultiAZ": True}),
        ("16.4", "before", {"EngineVersion": "17.6"}),
        ("17.6", "after", {}),
        ("17.6", "later", {}),
    ],
)
def test_a_database_before_and_after_its_maintenance_window(client: Client) -> object:
    """The last request names the version that runs, so nothing waits."""
    rds = client("rds")
    for name, family in (("before", "postgres16"), ("after", "postgres17"), ("later", "postgres17")):
        rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily=family, Description="d")

    def shown(instance: Any) -> object:
        [group] = instance["DBParameterGroups"]
        return instance["EngineVersion"], group["DBParameterGroupName"], instance.get("PendingModifiedValues")

    def modified(**changes: object) -> object:
        return shown(rds.modify_db_instance(DBInstanceIdentifier="waiting", **changes)["DBInstance"])

    return [
        shown(create_database(client, "waiting", EngineVersion="16.4", DBParameterGroupName="before")),
        modified(EngineVersion="17.6", AllowMajorVersionUpgrade=True, DBParameterGroupName="after"),
        modified(MultiAZ=True),
        modified(MultiAZ=False),
        modified(ApplyImmediately=True),
        modified(EngineVersion="17", DBParameterGroupName="later"),
    ]


@case(maintenance_window.postpone_interrupting_changes, in_aws=[("before-window", "in-window"), ("in-window", None)])
def test_a_rename_before_and_after_the_maintenance_window(client: Client) -> object:
    rds = client("rds")
    create_database(client, "before-window")

    def renamed(**more: object) -> object:
        changes = {"NewDBInstanceIdentifier": "in-window", **more}
        instance = rds.modify_db_instance(DBInstanceIdentifier="before-window", **changes)["DBInstance"]
        return instance["DBInstanceIdentifier"], instance["PendingModifiedValues"].get("DBInstanceIdentifier")

    return [renamed(), renamed(ApplyImmediately=True)]
