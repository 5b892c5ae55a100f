"""What RDS does and moto does not."""

import base64
import copy
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, DBParameterGroup, DBSnapshot
from moto.rds.models import RDSBackend as Backend

from localaws.json_types import JsonObject
from localaws.rds import managed_password


def keeps_performance_insights() -> None:
    """An instance has performance insights, with a retention and a key, if it was asked for; moto forgets all three.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    create = DBInstance.__init__

    def create_with_insights(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        asked_for = kwargs.get("enable_performance_insights", False)
        self.performance_insights_enabled = asked_for
        if asked_for:
            self.performance_insights_retention_period = kwargs.get("performance_insights_retention_period", 7)
            self.performance_insights_kms_key_id = kwargs.get("performance_insights_kms_key_id")

    DBInstance.__init__ = create_with_insights


FAMILIES = ("postgres16", "postgres17", "postgres18")
DEFAULT_PARAMETERS = {
    "rds.force_ssl": {
        "ParameterValue": "1",
        "Description": "Force SSL connections.",
        "Source": "system",
        "ApplyType": "dynamic",
        "DataType": "boolean",
        "AllowedValues": "0,1",
        "IsModifiable": True,
        "ApplyMethod": "pending-reboot",
    }
}
"""The parameters that this project sets and that these families have, too.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
"""


def says_who_set_a_parameter() -> None:
    """A parameter that was given another value has the source "user", by which the provider knows it; moto's has none.

    One that has its value already keeps its source and its apply method: RDS ignores a change of the method alone. The
    provider then plans that change again and again.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_parameter_group#problematic-plan-changes
    https://github.com/hashicorp/terraform-provider-aws/issues/39252
    """

    def update_parameters(self: DBParameterGroup, parameters: Iterable[JsonObject]) -> None:
        for parameter in parameters:
            name = parameter["ParameterName"]
            default = DEFAULT_PARAMETERS.get(name, {}) if self.family in FAMILIES else {}
            known = self.parameters.setdefault(name, {"ParameterName": name, **default})
            if known.get("ParameterValue") != parameter["ParameterValue"]:
                known.update(parameter, Source="user")

    DBParameterGroup.update_parameters = update_parameters


def has_the_default_certificate_authority() -> None:
    """An instance that names no certificate authority gets rds-ca-rsa2048-g1; moto's gets one that RDS does not have.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.RegionCertificateAuthorities
    """
    create = DBInstance.__init__

    def create_with_an_authority(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **{"ca_certificate_identifier": "rds-ca-rsa2048-g1"} | kwargs)

    DBInstance.__init__ = create_with_an_authority


FIXED_BELOW_GIB = 400


def keeps_the_rules_of_gp3_storage() -> None:
    """Storage of the type gp3 has IOPS and a throughput that depend on its size; moto takes and shows any.

    Below 400 GiB both are fixed, and RDS refuses to be told. From 400 GiB on the least is more than what is fixed
    below. Storage never shrinks, and a raise of less than 10 % is rounded up to 10 %.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    https://github.com/hashicorp/terraform-provider-aws/issues/28382
    """
    create, update = DBInstance.__init__, DBInstance.update

    def create_with_storage(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        if self.storage_type == "gp3":
            self.iops, self.storage_throughput = _performance(self.engine, self.allocated_storage, kwargs)

    def update_storage(self: DBInstance, **changes: Any) -> None:
        if self.storage_type == "gp3":
            size = changes.get("allocated_storage", self.allocated_storage)
            if size < self.allocated_storage:
                raise RDSClientError(
                    "InvalidParameterCombination",
                    f"Storage of {self.allocated_storage} GiB cannot be reduced to {size} GiB.",
                )
            if size > self.allocated_storage:
                size = changes["allocated_storage"] = max(size, -(-self.allocated_storage * 11 // 10))
            fixed = self.allocated_storage < FIXED_BELOW_GIB
            kept = {} if fixed else {"iops": self.iops, "storage_throughput": self.storage_throughput}
            iops, throughput = _performance(self.engine, size, kept | changes)
            changes |= {"iops": iops, "storage_throughput": throughput}
        update(self, **changes)

    DBInstance.__init__, DBInstance.update = create_with_storage, update_storage


def _performance(engine: str, size_gib: int, asked: JsonObject) -> tuple[int, int]:
    """Return the IOPS and the throughput in MiB/s of gp3 storage, as asked for or as they are by default."""
    iops, throughput = asked.get("iops"), asked.get("storage_throughput")
    if size_gib < FIXED_BELOW_GIB:
        if iops or throughput:
            raise RDSClientError(
                "InvalidParameterCombination",
                f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less than 400.",
            )
        return 3_000, 125
    for what, value, least in (("iops", iops, 12_000), ("storage throughput", throughput, 500)):
        if value and value < least:
            raise RDSClientError(
                "InvalidParameterCombination",
                f"Invalid {what} value for engine name {engine} and storage type gp3: {value}",
            )
    return iops or 12_000, throughput or 500


_RESERVED_NAMES = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
concurrently constraint create cross current_catalog current_date current_role current_schema current_time
current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
unique user using variadic verbose when where window with database db rdsadmin template0 template1
"""
RESERVED_NAMES = frozenset(_RESERVED_NAMES.split())


def refuses_reserved_database_names() -> None:
    """A database cannot have a name that PostgreSQL or RDS reserves; moto takes any.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    https://www.postgresql.org/docs/16/sql-keywords-appendix.html
    """
    create = DBInstance.__init__

    def create_unless_reserved(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        name = kwargs.get("db_name") or ""
        if kwargs.get("engine") == "postgres" and name.lower() in RESERVED_NAMES:
            message = f"DBName {name} cannot be used.  It is a reserved word for this engine"
            raise RDSClientError("InvalidParameterValue", message)
        create(self, *args, **kwargs)

    DBInstance.__init__ = create_unless_reserved


def tells_instances_apart() -> None:
    """Each instance has a resource id of its own, by which the provider finds it; in moto all have the same one.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    create = DBInstance.__init__

    def create_with_an_id(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.dbi_resource_id = f"db-{base64.b32encode(uuid4().bytes).decode().rstrip('=')}"

    DBInstance.__init__ = create_with_an_id


def has_no_port_of_its_own() -> None:
    """`DbInstancePort` is that of an instance in a cluster, 0 elsewhere; moto gives the endpoint's port.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    DBInstance.db_instance_port = property(lambda _: 0)


MINOR_VERSIONS = {"16": "16.10", "17": "17.6", "18": "18.1"}


def has_a_minor_version() -> None:
    """An instance that was asked for by a major version has a minor version of it; moto repeats what was asked for.

    RDS takes its default minor version, which changes with time. Here it is one that RDS has.

    https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html
    """
    create, update = DBInstance.__init__, DBInstance.update

    def create_with_minor_version(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        if self.engine == "postgres" and hasattr(self, "engine_version"):
            self.engine_version = MINOR_VERSIONS.get(self.engine_version, self.engine_version)

    def update_with_minor_version(self: DBInstance, **changes: Any) -> None:
        if self.engine == "postgres" and changes.get("engine_version"):
            changes["engine_version"] = MINOR_VERSIONS.get(changes["engine_version"], changes["engine_version"])
        update(self, **changes)

    DBInstance.__init__, DBInstance.update = create_with_minor_version, update_with_minor_version


WAITING = {
    "allocated_storage": "AllocatedStorage",
    "db_instance_class": "DBInstanceClass",
    "engine_version": "EngineVersion",
    "iops": "Iops",
    "multi_az": "MultiAZ",
    "storage_throughput": "StorageThroughput",
}
"""The changes that wait for the maintenance window, by moto's names, with AWS's."""


def waits_for_the_maintenance_window() -> None:
    """A change that interrupts an instance waits for its maintenance window, unless it is to be applied immediately.

    With an upgrade waits the parameter group, which has the new family. A request to apply immediately applies what
    waits, too. moto applies all at once, and shows nothing that waits. No maintenance window comes here by itself.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html
    """
    modify = Backend.modify_db_instance

    def modify_db_instance(self: Backend, db_instance_identifier: str, db_kwargs: JsonObject) -> DBInstance:
        [instance] = self.describe_db_instances(db_instance_identifier)
        waiting: JsonObject = vars(instance).setdefault("waiting", {})
        if db_kwargs.get("apply_immediately"):
            modified = modify(self, db_instance_identifier, {**waiting, **db_kwargs})
            waiting.clear()
            return modified
        asked = {name: value for name, value in db_kwargs.items() if name in WAITING and value is not None}
        if asked.get("engine_version") and db_kwargs.get("db_parameter_group_name"):
            asked["db_parameter_group_name"] = db_kwargs["db_parameter_group_name"]
        intended = copy.copy(instance)
        intended.update(**asked)
        after = {name: getattr(intended, name) for name in {*WAITING, *asked} if hasattr(intended, name)}
        for name in asked:
            waiting.pop(name, None)  # the later request holds
        waiting |= {name: value for name, value in after.items() if value != getattr(instance, name)}
        return modify(self, db_instance_identifier, {k: v for k, v in db_kwargs.items() if k not in asked})

    Backend.modify_db_instance = modify_db_instance
    DBInstance.pending_modified_values = property(_pending)


def _pending(instance: DBInstance) -> JsonObject:
    waiting: JsonObject = vars(instance).get("waiting", {})
    return {WAITING[name]: value for name, value in waiting.items() if name in WAITING}


def describes_a_snapshot_as_the_instance_was() -> None:
    """A snapshot has the zone, VPC, license, option group and storage that its instance had; moto leaves them out.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html
    """
    create = DBSnapshot.__init__

    def create_described(self: DBSnapshot, backend: Backend, database: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, backend, database, *args, **kwargs)
        for name in ("availability_zone", "iops", "license_model", "option_group_name", "storage_type"):
            setattr(self, name, getattr(database, name, None))  # RDS's own first one comes while the instance is made
        vars(self)["percent_progress"] = 100
        vars(self)["vpc_id"] = getattr(getattr(database, "db_subnet_group", None), "vpc_id", None)

    DBSnapshot.__init__ = create_described


FIXES = (
    describes_a_snapshot_as_the_instance_was,
    has_no_port_of_its_own,
    has_a_minor_version,
    waits_for_the_maintenance_window,
    says_who_set_a_parameter,
    tells_instances_apart,
    keeps_performance_insights,
    *managed_password.FIXES,
    has_the_default_certificate_authority,
    keeps_the_rules_of_gp3_storage,
    refuses_reserved_database_names,
)
