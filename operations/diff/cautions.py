"""Warnings that a plan does not show: interruptions of the service, and changes that RDS does not make as planned."""

from collections.abc import Iterator

from operations.json_types import JsonObject

INTERRUPTING = {
    "aws_ecs_service": "its tasks stop before new tasks have started",
    "aws_lb": "its address changes",
    "aws_lb_listener": "no listener exists until the new one is created",
    "aws_lb_target_group": "requests go to the new target group before it has any task",
}
"""The resource types that interrupt the service when they are replaced, each with the reason."""


def cautions(resource: JsonObject) -> Iterator[str]:
    """Yield the warnings for one resource change of a plan.

    Args:
        resource: An element of `resource_changes` in Terraform's JSON.

    https://developer.hashicorp.com/terraform/internals/json-format#change-representation
    """
    change = resource["change"]
    if resource["type"] in INTERRUPTING and "delete" in change["actions"]:
        yield f"interrupts the service: {INTERRUPTING[resource['type']]}{_reason(resource)}"
    if resource["type"] == "aws_db_instance" and change["actions"] == ["update"]:
        yield from _storage(change["before"].get("allocated_storage"), change["after"].get("allocated_storage"))
        yield from _upgrade(change["before"].get("engine_version"), change["after"])


def _reason(resource: JsonObject) -> str:
    forcing = sorted({str(path[0]) for path in resource["change"].get("replace_paths", []) if path})
    if forcing:
        return f" (replaced because of {', '.join(forcing)})"
    reason = resource.get("action_reason", "")
    return f" ({reason.replace('_', ' ')})" if reason else ""


def _storage(before: int | None, after: int | None) -> Iterator[str]:
    """Yield a warning if RDS does not change the storage as planned.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    if not before or not after or before == after:
        return
    least = -(-before * 11 // 10)
    if after < before:
        yield f"RDS does not reduce storage ({before} to {after} GiB): the deployment will fail"
    elif after < least:
        yield (
            f"RDS increases storage by at least 10 %, from {before} to {least} GiB, and the next diff would show a "
            f"reduction to {after} GiB; set storage_gib to {least} or more"
        )


def _upgrade(before: str | None, after: JsonObject) -> Iterator[str]:
    """Yield the warning for a change of PostgreSQL's major version.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html
    """
    old, new = (
        int(version.partition(".")[0]) if version else None for version in (before, after.get("engine_version"))
    )
    if old is None or new is None or old == new:
        return
    if new < old:
        yield f"RDS does not downgrade to an older major version ({old} to {new}): the deployment will fail"
    elif after.get("apply_immediately"):
        yield f"interrupts the database: RDS upgrades PostgreSQL {old} to {new} and cannot undo the upgrade"
    else:
        yield (
            f"RDS upgrades PostgreSQL {old} to {new} in the maintenance window only. Until then, the instance uses the "
            "old parameter group, so the deployment fails when it deletes that group; set apply_immediately to true"
        )
