"""Fixes for RDS where moto answers differently from AWS."""

import base64
from collections.abc import Callable
from uuid import uuid4

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, DBSnapshot
from moto.rds.models import RDSBackend as Backend

from localaws.rds import engine_versions, gp3_storage, maintenance_window, managed_password, parameters, restores


def keep_performance_insights() -> None:
    """Store the settings of Performance Insights: whether it is enabled, the retention in days, and the KMS key.

    moto drops all three settings.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    create: Callable[..., None] = DBInstance.__init__
    update: Callable[..., None] = DBInstance.update

    def create_with_insights(self: DBInstance, *args: object, **settings: object) -> None:
        create(self, *args, **settings)
        _set_insights(self, enabled=bool(settings.get("enable_performance_insights")), settings=settings)

    def update_insights(self: DBInstance, **changes: object) -> None:
        update(self, **changes)
        if changes.get("enable_performance_insights") is not None:
            _set_insights(self, enabled=bool(changes["enable_performance_insights"]), settings=changes)

    DBInstance.__init__, DBInstance.update = create_with_insights, update_insights


def _set_insights(instance: DBInstance, *, enabled: bool, settings: dict[str, object]) -> None:
    vars(instance)["performance_insights_enabled"] = enabled
    vars(instance)["performance_insights_retention_period"] = (
        settings.get("performance_insights_retention_period") or 7 if enabled else None
    )
    vars(instance)["performance_insights_kms_key_id"] = (
        settings.get("performance_insights_kms_key_id") if enabled else None
    )


def default_to_the_rsa2048_authority() -> None:
    """Give an instance the certificate authority `rds-ca-rsa2048-g1` if the request names no authority.

    moto's default is an authority that RDS does not have.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.RegionCertificateAuthorities
    """
    create: Callable[..., None] = DBInstance.__init__

    def create_with_authority(self: DBInstance, *args: object, **settings: object) -> None:
        create(self, *args, **{"ca_certificate_identifier": "rds-ca-rsa2048-g1"} | settings)

    DBInstance.__init__ = create_with_authority


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


def refuse_reserved_database_names() -> None:
    """Refuse a database name that PostgreSQL or RDS reserves.

    moto accepts any name.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    https://www.postgresql.org/docs/16/sql-keywords-appendix.html
    """
    create: Callable[..., None] = DBInstance.__init__

    def create_unless_reserved(self: DBInstance, *args: object, **settings: object) -> None:
        name = str(settings.get("db_name") or "")
        if settings.get("engine") == "postgres" and name.lower() in RESERVED_NAMES:
            message = f"DBName {name} cannot be used.  It is a reserved word for this engine"
            raise RDSClientError("InvalidParameterValue", message)
        create(self, *args, **settings)

    DBInstance.__init__ = create_unless_reserved


def assign_resource_ids() -> None:
    """Give each instance its own resource id, which the provider uses to find the instance.

    moto gives the same id to all instances.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    create: Callable[..., None] = DBInstance.__init__

    def create_with_id(self: DBInstance, *args: object, **settings: object) -> None:
        create(self, *args, **settings)
        self.dbi_resource_id = f"db-{base64.b32encode(uuid4().bytes).decode().rstrip('=')}"

    DBInstance.__init__ = create_with_id


def return_zero_as_instance_port() -> None:
    """Return 0 as `DbInstancePort`. On AWS, this field is a port only for an instance in a cluster.

    moto returns the port of the endpoint.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    DBInstance.db_instance_port = property(lambda _: 0)


def copy_instance_settings_to_snapshots() -> None:
    """Describe a snapshot with the zone, VPC, license, option group and storage of its instance.

    moto omits these settings.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html
    """
    create: Callable[..., None] = DBSnapshot.__init__

    def create_with_settings(
        self: DBSnapshot, backend: Backend, database: DBInstance, *args: object, **settings: object
    ) -> None:
        create(self, backend, database, *args, **settings)
        for name in ("availability_zone", "iops", "license_model", "storage_type"):
            setattr(self, name, getattr(database, name, None))  # an instance may lack some of these attributes
        vars(self)["option_group_name"] = database.option_group_memberships[0]["OptionGroupName"]
        vars(self)["percent_progress"] = 100
        vars(self)["vpc_id"] = getattr(getattr(database, "db_subnet_group", None), "vpc_id", None)

    DBSnapshot.__init__ = create_with_settings


FIXES = (
    copy_instance_settings_to_snapshots,
    return_zero_as_instance_port,
    *engine_versions.FIXES,
    maintenance_window.postpone_interrupting_changes,
    parameters.report_parameter_sources,
    assign_resource_ids,
    keep_performance_insights,
    *managed_password.FIXES,
    default_to_the_rsa2048_authority,
    gp3_storage.apply_gp3_limits,
    refuse_reserved_database_names,
    *restores.FIXES,
)
"""The fixes in the order in which they are applied. The fix that is applied last handles a request first."""
