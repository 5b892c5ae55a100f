"""Plans that are stale because a push has changed the running service."""

from typing import TYPE_CHECKING

from operations.json_types import JsonObject
from operations.sessions import session
from settings import Settings

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient


def newer_revision(plan: JsonObject, settings: Settings) -> str | None:
    """Return the revision that the service runs now, if a plan would replace another revision. Otherwise return None.

    Terraform refuses a plan that is older than the state. But a push does not change the state, and the plan contains
    the image that ran when the plan was made. Applying the plan would undo the push.

    Args:
        plan: The plan in Terraform's JSON.
        settings: The environment.

    Raises:
        OutsideError: The credentials belong to another account.
        ClientError: AWS refuses the request.
    """
    for change in plan.get("resource_changes", []):
        before, after = change["change"]["before"], change["change"]["after"]
        if change["type"] != "aws_ecs_service" or not before or not after:
            continue
        if before["task_definition"] != after.get("task_definition"):
            ecs: ECSClient = session(settings, "apply").client("ecs")
            for service in ecs.describe_services(cluster=before["cluster"], services=[before["name"]])["services"]:
                return _if_different(before["task_definition"], service["taskDefinition"])
    return None


def _if_different(planned: str, runs: str) -> str | None:
    """Return the revision `runs` if it is not the revision `planned`. Each of them is an ARN, or `family:number`."""
    planned, runs = (revision.rpartition("/")[2] for revision in (planned, runs))
    return None if planned == runs else runs
