"""Restores of instances, from a snapshot or to a point in time."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, DBSnapshot
from moto.rds.models import RDSBackend as Backend

from localaws.json_types import JsonObject

DEFAULTS = {
    "copy_tags_to_snapshot": False,
    "deletion_protection": False,
    "enable_iam_database_authentication": False,
    "iops": None,
    "manage_master_user_password": False,
    "multi_az": False,
    "storage_throughput": None,
}
"""The settings that a restored instance does not take from its source, by moto's names."""


def restore_with_default_settings() -> None:
    """Give a restored instance the default of each setting that RDS does not take from the source.

    moto copies all settings except the security groups and the parameter group. So the restored instance also has a
    managed password. RDS manages the password of a restored PostgreSQL instance only after a ModifyDBInstance.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
    """
    create: Callable[..., None] = DBSnapshot.__init__

    def create_with_defaults(self: DBSnapshot, *args: object, **settings: object) -> None:
        create(self, *args, **settings)
        for name, default in DEFAULTS.items():
            setattr(self.database, name, default)  # moto's copy of the instance, which only a restore reads

    DBSnapshot.__init__ = create_with_defaults


def restore_to_a_point_in_time() -> None:
    """Restore an instance to a point in time as from a snapshot, but into the default subnet group.

    moto copies the objects of the source, and fails if one of them is the managed password. RDS refuses a time in the
    future, and a source without automated backups.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
    """

    def restore(
        self: Backend, source_db_identifier: str, target_db_identifier: str, overrides: JsonObject
    ) -> DBInstance:
        [source] = self.describe_db_instances(source_db_identifier)
        if not source.backup_retention_period:
            message = f"Automated backups are not enabled for {source_db_identifier}."
            raise RDSClientError("PointInTimeRestoreNotEnabled", message)
        time: datetime | None = overrides.get("restore_time")
        if time and time.replace(tzinfo=None) > source.latest_restorable_time.replace(tzinfo=None):
            message = f"The specified instance cannot be restored to a time later than {source.latest_restorable_time}"
            raise RDSClientError("InvalidParameterValue", message)
        backup = self.create_db_snapshot(source_db_identifier, f"backup-{uuid4()}")
        backup.database._db_subnet_group_name = None
        try:
            settings = {**overrides, "db_instance_identifier": target_db_identifier}
            settings.pop("source_db_instance_identifier", None)  # else moto makes a read replica of the source
            return self.restore_db_instance_from_db_snapshot(backup.db_snapshot_identifier, settings)
        finally:
            self.delete_db_snapshot(backup.db_snapshot_identifier)

    Backend.restore_db_instance_to_point_in_time = restore


FIXES = (restore_with_default_settings, restore_to_a_point_in_time)
