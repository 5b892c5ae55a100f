"""Changes of an instance that RDS applies only in the maintenance window of the instance."""

import copy

from moto.rds.models import DBInstance
from moto.rds.models import RDSBackend as Backend

from localaws.json_types import JsonObject

WAITING = {
    "allocated_storage": "AllocatedStorage",
    "db_instance_class": "DBInstanceClass",
    "engine_version": "EngineVersion",
    "iops": "Iops",
    "multi_az": "MultiAZ",
    "new_db_instance_identifier": "DBInstanceIdentifier",
    "storage_throughput": "StorageThroughput",
}
"""The settings that RDS changes only in the maintenance window: AWS's name of each setting, by moto's name."""


def postpone_interrupting_changes() -> None:
    """Postpone a change that interrupts an instance, unless the request has `ApplyImmediately`.

    moto applies all changes at once and reports no pending values. If a request changes the engine version and the
    parameter group, both changes are postponed, because the new group has the family of the new version. A later
    request with `ApplyImmediately` also applies the pending changes. Nothing else applies them here, because the local
    AWS has no maintenance window.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html
    """
    modify = Backend.modify_db_instance

    def modify_db_instance(self: Backend, db_instance_identifier: str, db_kwargs: JsonObject) -> DBInstance:
        [instance] = self.describe_db_instances(db_instance_identifier)
        pending: JsonObject = vars(instance).setdefault("pending", {})
        if db_kwargs.get("apply_immediately"):
            modified = modify(self, db_instance_identifier, {**pending, **db_kwargs})
            pending.clear()
            return modified
        postponed = {name: value for name, value in db_kwargs.items() if name in WAITING and value is not None}
        intended = copy.copy(instance)
        intended.update(**postponed)
        if intended.engine_version != instance.engine_version and db_kwargs.get("db_parameter_group_name"):
            postponed["db_parameter_group_name"] = db_kwargs["db_parameter_group_name"]
            intended.update(db_parameter_group_name=db_kwargs["db_parameter_group_name"])
        after = {name: getattr(intended, name) for name in {*WAITING, *postponed} if hasattr(intended, name)}
        for name in postponed:
            pending.pop(name, None)  # the later request replaces the earlier one
        pending |= {name: value for name, value in after.items() if value != getattr(instance, name, None)}
        return modify(self, db_instance_identifier, {k: v for k, v in db_kwargs.items() if k not in postponed})

    Backend.modify_db_instance = modify_db_instance
    DBInstance.pending_modified_values = property(_pending_modified_values)


def _pending_modified_values(instance: DBInstance) -> JsonObject:
    pending: JsonObject = vars(instance).get("pending", {})
    return {WAITING[name]: value for name, value in pending.items() if name in WAITING}
