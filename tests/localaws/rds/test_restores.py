"""Instances that are restored from a snapshot and to a point in time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from localaws.rds import restores
from tests.localaws.rds.databases import create_database
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.networks import network

OF_THE_SOURCE = {
    "CopyTagsToSnapshot": True,
    "DeletionProtection": True,
    "EnableIAMDatabaseAuthentication": True,
    "EngineVersion": "17.6",
    "ManageMasterUserPassword": True,
    "MasterUsername": "owner",
    "MultiAZ": True,
    "Port": 5544,
    "StorageType": "gp3",
}


def _shown(instance: Any) -> object:
    return {
        "kept": [instance["EngineVersion"], instance["Endpoint"]["Port"], instance["MasterUsername"]],
        "group": [each["DBParameterGroupName"] for each in instance["DBParameterGroups"]],
        "off": [
            instance["CopyTagsToSnapshot"],
            instance["DeletionProtection"],
            instance["IAMDatabaseAuthenticationEnabled"],
            instance["MultiAZ"],
        ],
        "secret": "MasterUserSecret" in instance,
        "replica": "ReadReplicaSourceDBInstanceIdentifier" in instance,
    }


_AS_DOCUMENTED = {
    "kept": ["17.6", 5544, "owner"],
    "group": ["default.postgres17"],
    "off": [False, False, False, False],
    "secret": False,
    "replica": False,
}


@case(restores.restore_with_default_settings, in_aws=[_AS_DOCUMENTED, True])
def test_a_database_from_a_snapshot(client: Client) -> object:
    rds = client("rds")
    rds.create_db_parameter_group(DBParameterGroupName="own", DBParameterGroupFamily="postgres17", Description="d")
    source = create_database(client, "source", DBParameterGroupName="own", **OF_THE_SOURCE)
    rds.create_db_snapshot(DBInstanceIdentifier="source", DBSnapshotIdentifier="of-source")
    names = {"DBInstanceIdentifier": "restored", "DBSnapshotIdentifier": "of-source"}
    restored = rds.restore_db_instance_from_db_snapshot(**names)["DBInstance"]
    return [_shown(restored), restored["DbiResourceId"] != source["DbiResourceId"]]


@case(
    restores.restore_to_a_point_in_time,
    in_aws=[_AS_DOCUMENTED, True, "InvalidParameterValue", "PointInTimeRestoreNotEnabled"],
)
def test_a_database_of_an_earlier_time(client: Client) -> object:
    rds = client("rds")
    subnets = network(client, zones="ab").subnets
    rds.create_db_subnet_group(DBSubnetGroupName="own", DBSubnetGroupDescription="d", SubnetIds=subnets)
    rds.create_db_parameter_group(DBParameterGroupName="own-17", DBParameterGroupFamily="postgres17", Description="d")
    create_database(
        client,
        "timed",
        DBParameterGroupName="own-17",
        DBSubnetGroupName="own",
        BackupRetentionPeriod=7,
        **OF_THE_SOURCE,
    )
    create_database(client, "unbacked", BackupRetentionPeriod=0)

    def restored(source: str, target: str, **time: object) -> Any:
        names = {"SourceDBInstanceIdentifier": source, "TargetDBInstanceIdentifier": target}
        return rds.restore_db_instance_to_point_in_time(**names, **time)["DBInstance"]

    made = restored("timed", "earlier", UseLatestRestorableTime=True)
    future = datetime.now(UTC) + timedelta(hours=1)
    return [
        _shown(made),
        made.get("DBSubnetGroup", {}).get("DBSubnetGroupName") != "own",
        refusal(restored, "timed", "later", RestoreTime=future).partition(":")[0],
        refusal(restored, "unbacked", "never", UseLatestRestorableTime=True).partition(":")[0],
    ]
