"""Requests that RDS refuses and moto accepts."""

from collections.abc import Callable

from moto.ec2.models.subnets import Subnet
from moto.rds.exceptions import DBInstanceAlreadyExists, InvalidParameterCombination, RDSClientError
from moto.rds.models import DBInstance, DBParameterGroup, DBSubnetGroup
from moto.rds.models import RDSBackend as Backend

from localaws.json_types import JsonObject
from localaws.rds.engine_versions import after_request


def refuse_single_zone_subnet_groups() -> None:
    """Refuse a subnet group whose subnets are in a single zone.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
    """
    create = Backend.create_subnet_group

    def create_subnet_group(
        self: Backend, subnet_name: str, description: str, subnets: list[Subnet], tags: list[dict[str, str]]
    ) -> DBSubnetGroup:
        zones = sorted({subnet.availability_zone for subnet in subnets})
        if len(zones) < 2:
            message = (
                "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
                f"{', '.join(zones)}. Add subnets to cover at least 2 AZs."
            )
            raise RDSClientError("DBSubnetGroupDoesNotCoverEnoughAZs", message)
        return create(self, subnet_name, description, subnets, tags)

    Backend.create_subnet_group = create_subnet_group


def refuse_to_delete_groups_in_use() -> None:
    """Refuse to delete a parameter group or a subnet group that an instance uses.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html
    """
    delete_parameters, delete_subnets = Backend.delete_db_parameter_group, Backend.delete_subnet_group

    def delete_db_parameter_group(self: Backend, name: str) -> DBParameterGroup:
        if any(instance.db_parameter_group_name == name for instance in self.databases.values()):
            message = f"One or more database instances are still members of this parameter group {name}, so the group "
            raise RDSClientError("InvalidDBParameterGroupState", f"{message}cannot be deleted")
        return delete_parameters(self, name)

    def delete_subnet_group(self: Backend, name: str) -> DBSubnetGroup:
        for identifier, instance in self.databases.items():
            if getattr(instance, "db_subnet_group", None) and instance.db_subnet_group.name == name:
                message = f"Cannot delete the subnet group '{name}' because at least one database instance: "
                raise RDSClientError("InvalidDBSubnetGroupStateFault", f"{message}{identifier} is still using it.")
        return delete_subnets(self, name)

    Backend.delete_db_parameter_group, Backend.delete_subnet_group = delete_db_parameter_group, delete_subnet_group


def refuse_to_delete_without_snapshot() -> None:
    """Refuse to delete an instance without a final snapshot, unless the request skips the snapshot.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
    """
    delete: Callable[..., DBInstance] = Backend.delete_db_instance

    def delete_db_instance(
        self: Backend,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,  # noqa: FBT001, FBT002 - moto's signature
        **settings: object,
    ) -> DBInstance:
        if not skip_final_snapshot and not final_db_snapshot_identifier:
            message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            raise InvalidParameterCombination(message)
        return delete(self, db_instance_identifier, final_db_snapshot_identifier, skip_final_snapshot, **settings)

    Backend.delete_db_instance = delete_db_instance


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def refuse_invalid_major_versions() -> None:
    """Refuse an upgrade of the major version without `AllowMajorVersionUpgrade`, and each downgrade.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    https://github.com/hashicorp/terraform/issues/8468
    """
    modify = Backend.modify_db_instance

    def modify_db_instance(self: Backend, db_instance_identifier: str, db_kwargs: JsonObject) -> DBInstance:
        [instance] = self.describe_db_instances(db_instance_identifier)
        target = db_kwargs.get("engine_version")
        if instance.engine == "postgres" and target and _major(target) != _major(instance.engine_version):
            if _major(target) < _major(instance.engine_version):
                message = f"Cannot upgrade postgres from {instance.engine_version} to {target}"
                raise InvalidParameterCombination(message)
            if not db_kwargs.get("allow_major_version_upgrade"):
                message = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
                raise InvalidParameterCombination(message)
        return modify(self, db_instance_identifier, db_kwargs)

    Backend.modify_db_instance = modify_db_instance


FIRST_MINOR_VERSIONS = {16: 0, 17: 4, 18: 10}
"""How many minor versions of PostgreSQL 16 are older than the first minor version of a major version.

PostgreSQL releases the minor versions of all major versions on the same days: https://www.postgresql.org/support/versioning/
"""


def refuse_upgrades_to_older_releases() -> None:
    """Refuse an upgrade to a minor version that PostgreSQL released before the minor version of the instance.

    If a request names only a major version, RDS upgrades to its default minor version, and also refuses if this version
    is too old. So a request can fail although RDS offers the upgrade to a newer minor version.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.UpgradeVersion.html
    https://github.com/terraform-aws-modules/terraform-aws-rds/issues/627
    """
    modify = Backend.modify_db_instance

    def modify_db_instance(self: Backend, db_instance_identifier: str, db_kwargs: JsonObject) -> DBInstance:
        [instance] = self.describe_db_instances(db_instance_identifier)
        if instance.engine == "postgres" and db_kwargs.get("engine_version"):
            target = after_request(instance.engine_version, db_kwargs["engine_version"])
            before, after = _release(instance.engine_version), _release(target)
            if before is not None and after is not None and after < before:
                raise InvalidParameterCombination(f"Cannot upgrade postgres from {instance.engine_version} to {target}")
        return modify(self, db_instance_identifier, db_kwargs)

    Backend.modify_db_instance = modify_db_instance


def _release(version: str) -> int | None:
    """Return a number that is higher for later releases, or None for a major version without a known first release."""
    first = FIRST_MINOR_VERSIONS.get(_major(version))
    return None if first is None else first + int(version.partition(".")[2] or 0)


def refuse_taken_identifiers() -> None:
    """Refuse to rename an instance to the identifier of another instance. moto replaces the other instance.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html
    """
    modify = Backend.modify_db_instance

    def modify_db_instance(self: Backend, db_instance_identifier: str, db_kwargs: JsonObject) -> DBInstance:
        new = db_kwargs.get("new_db_instance_identifier")
        if new and new in self.databases:
            raise DBInstanceAlreadyExists
        return modify(self, db_instance_identifier, db_kwargs)

    Backend.modify_db_instance = modify_db_instance


def refuse_mismatched_parameter_groups() -> None:
    """Refuse a parameter group whose family does not match the engine version that the instance has after the request.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html
    https://github.com/aws-controllers-k8s/community/issues/2778
    """
    create, modify = Backend.create_db_instance, Backend.modify_db_instance

    def create_db_instance(self: Backend, db_kwargs: JsonObject) -> DBInstance:
        if db_kwargs.get("engine") == "postgres" and db_kwargs.get("engine_version"):
            _check_family(self, db_kwargs.get("db_parameter_group_name"), db_kwargs["engine_version"])
        return create(self, db_kwargs)

    def modify_db_instance(self: Backend, db_instance_identifier: str, db_kwargs: JsonObject) -> DBInstance:
        [instance] = self.describe_db_instances(db_instance_identifier)
        if instance.engine == "postgres":
            version = db_kwargs.get("engine_version") or instance.engine_version
            group = db_kwargs.get("db_parameter_group_name") or instance.db_parameter_group_name
            _check_family(self, group, version)
        return modify(self, db_instance_identifier, db_kwargs)

    Backend.create_db_instance, Backend.modify_db_instance = create_db_instance, modify_db_instance


def _check_family(backend: Backend, name: str | None, version: str) -> None:
    group, family = backend.db_parameter_groups.get(name or ""), f"postgres{_major(version)}"
    if group and group.family != family:
        raise InvalidParameterCombination(
            f"The Parameter Group {name} with DBParameterGroupFamily {group.family} cannot be used for this instance. "
            f"Please use a Parameter Group with DBParameterGroupFamily {family}"
        )


REFUSALS = (
    refuse_mismatched_parameter_groups,
    refuse_upgrades_to_older_releases,
    refuse_invalid_major_versions,
    refuse_taken_identifiers,
    refuse_single_zone_subnet_groups,
    refuse_to_delete_groups_in_use,
    refuse_to_delete_without_snapshot,
)
