"""What a reader of a plan may not see: what interrupts the service, and what RDS will not do as planned."""

from collections.abc import Iterator, Mapping
from typing import Any

INTERRUPTING = {
    "aws_ecs_service": "its tasks stop before new ones have started",
    "aws_lb": "its address is another",
    "aws_lb_listener": "nothing listens until the new one is there",
    "aws_lb_target_group": "requests go to the new one before any task is in it",
}
"""The types whose replacement interrupts the service, and why."""


def cautions(resource: Mapping[str, Any]) -> Iterator[str]:
    """Yield what to know before this change of a plan is applied.

    Args:
        resource: One of `resource_changes` of a plan in Terraform's JSON.

    https://developer.hashicorp.com/terraform/internals/json-format#change-representation
    """
    change = resource["change"]
    if resource["type"] in INTERRUPTING and "delete" in change["actions"]:
        yield f"interrupts the service: {INTERRUPTING[resource['type']]}{_reason(resource)}"
    if resource["type"] == "aws_db_instance" and change["actions"] == ["update"]:
        yield from _storage(change["before"].get("allocated_storage"), change["after"].get("allocated_storage"))
        yield from _upgrade(change["before"].get("engine_version"), change["after"])


def _reason(resource: Mapping[str, Any]) -> str:
    forcing = sorted({str(path[0]) for path in resource["change"].get("replace_paths", []) if path})
    if forcing:
        return f" (replaced because of {', '.join(forcing)})"
    reason = resource.get("action_reason", "")
    return f" ({reason.replace('_', ' ')})" if reason else ""


def _storage(before: int | None, after: int | None) -> Iterator[str]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html"""
    if not before or not after or before == after:
        return
    least = -(-before * 11 // 10)
    if after < before:
        yield f"RDS does not reduce storage ({before} to {after} GiB): the deployment will fail"
    elif after < least:
        yield (
            f"RDS rounds a raise of less than 10 % up: it makes {least} GiB of {before}, and the next diff wants to "
            f"reduce them to {after}; set storage_gib to {least} or more"
        )


def _upgrade(before: str | None, after: Mapping[str, Any]) -> Iterator[str]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html"""
    old, new = (
        int(version.partition(".")[0]) if version else None for version in (before, after.get("engine_version"))
    )
    if old is None or new is None or old == new:
        return
    if new < old:
        yield f"RDS has no way back to an older major version ({old} to {new}): the deployment will fail"
    elif after.get("apply_immediately"):
        yield f"interrupts the database: RDS upgrades PostgreSQL {old} to {new} and cannot undo it"
    else:
        yield (
            f"RDS upgrades PostgreSQL {old} to {new} in the maintenance window only, and the deployment will fail at "
            "the old parameter group, which the instance has until then; set apply_immediately to true"
        )
