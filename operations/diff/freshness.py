"""Whether a saved plan still knows what the service runs."""

from collections.abc import Mapping
from typing import Any

from operations.sessions import session
from settings import Settings


def outlived_by(plan: Mapping[str, Any], settings: Settings) -> str | None:
    """Return the revision that the service runs now, if a plan is about to replace another one; else None.

    Terraform refuses a plan that is older than the state. But a push does not change the state, and the plan has the
    image that ran when it was made: its application would undo the push.

    Args:
        plan: In Terraform's JSON.
        settings: The environment.

    Raises:
        OutsideError: The credentials belong to another account.
        ClientError: AWS refuses to tell.
    """
    for change in plan.get("resource_changes", []):
        before, after = change["change"]["before"], change["change"]["after"]
        if change["type"] != "aws_ecs_service" or not before or not after:
            continue
        if before["task_definition"] != after.get("task_definition"):
            ecs = session(settings, "apply").client("ecs")
            for service in ecs.describe_services(cluster=before["cluster"], services=[before["name"]])["services"]:
                return _other_than(before["task_definition"], service["taskDefinition"])
    return None


def _other_than(planned: str, runs: str) -> str | None:
    """Compare two revisions, which Terraform may name by their ARN or by family and number."""
    planned, runs = (revision.rpartition("/")[2] for revision in (planned, runs))
    return None if planned == runs else runs
