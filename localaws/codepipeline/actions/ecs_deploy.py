"""The ECS deploy action, which deploys a copy of the service's current revision with new images.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

from collections.abc import Callable

from localaws.clients import Client
from localaws.clock import Clock
from localaws.codepipeline.actions import image_definitions_file
from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.artifacts import input_artifact
from localaws.codepipeline.execution import ActionFailedError
from localaws.json_types import JsonObject

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0


def run(job: Job) -> None:
    """Register a new revision, deploy it, and wait until the deployment is complete.

    As on AWS, the action waits at most `DeploymentTimeout` minutes.
    """
    location = job.input
    file_name = job.configuration.get("FileName", "imagedefinitions.json")
    images = image_definitions_file.read(input_artifact(job.role, location), file_name, location)
    ecs = job.role.client("ecs")
    cluster, name = job.required("ClusterName"), job.required("ServiceName")
    service = _service(ecs, cluster, name)
    described = ecs.describe_task_definition(taskDefinition=service["taskDefinition"], include=["TAGS"])
    registered = ecs.register_task_definition(**_next_revision(ecs, described, images))
    revision = registered["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=cluster, service=name, taskDefinition=revision)
    job.action.external_id = revision
    minutes = int(job.configuration.get("DeploymentTimeout", "60"))
    if wait(ecs, job.clock, cluster, name, revision, timeout_minutes=minutes, goes_on=job.goes_on):
        job.action.summary = f"Deployment Succeeded: {revision}"


def wait(
    ecs: Client,
    clock: Clock,
    cluster: str,
    name: str,
    revision: str,
    *,
    timeout_minutes: int,
    goes_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Wait until the deployment of a revision is complete. Return False if the action was abandoned.

    If the circuit breaker ends the deployment, the action does not fail at once. As on AWS, the action fails at the
    timeout: https://github.com/aws/containers-roadmap/issues/1399

    Raises:
        ActionFailedError: The deployment timed out, or the service was updated to another revision.
    """
    deadline = clock.now() + 60 * timeout_minutes
    reason, pause = "it is still in progress", FIRST_PAUSE_SECONDS
    while goes_on():
        timed_out = clock.now() >= deadline  # read first: the clock may move during the following call
        service = _service(ecs, cluster, name)
        own = [item for item in service["deployments"] if item["taskDefinition"] == revision]
        failed = [item["rolloutStateReason"] for item in own if item.get("rolloutState") == "FAILED"]
        reason = next(iter(failed), reason)
        if service["taskDefinition"] != revision and not failed:
            raise ActionFailedError(  # AWS does not publish the message
                "JobFailed",
                f"The service runs {service['taskDefinition']} instead of {revision}: "
                "another update replaced the deployment",
            )
        if own and all(item.get("rolloutState") == "COMPLETED" for item in own):
            return True
        if timed_out:
            raise _timed_out(revision, timeout_minutes, reason)
        clock.sleep(pause)
        pause = min(1.1 * pause, LONGEST_PAUSE_SECONDS)
    return False


def _timed_out(revision: str, minutes: int, reason: str) -> ActionFailedError:
    """Return the error of a timeout. AWS does not publish the message."""
    message = f"The deployment of {revision} was not complete within {minutes} minutes: {reason}"
    return ActionFailedError("JobFailed", message)


def _service(ecs: Client, cluster: str, name: str) -> JsonObject:
    described = ecs.describe_services(cluster=cluster, services=[name])
    active: list[JsonObject] = [service for service in described["services"] if service["status"] == "ACTIVE"]
    if not active:  # AWS does not publish the message
        raise ActionFailedError(
            "ConfigurationError",
            f"The AWS ECS service {name} does not exist in the cluster {cluster}",
        )
    return active[0]


def _next_revision(ecs: Client, described: JsonObject, images: dict[str, str]) -> JsonObject:
    """Return the parameters of RegisterTaskDefinition for a copy of the described revision with new images."""
    parameters = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    revision = {name: value for name, value in described["taskDefinition"].items() if name in parameters}
    containers = {container["name"]: container for container in revision["containerDefinitions"]}
    for name, image in images.items():
        if name not in containers:
            raise ActionFailedError("ConfigurationError", f"The AWS ECS container {name} does not exist")
        if not image:  # ECS refuses an empty image with this message; moto accepts an empty image
            raise ActionFailedError("ConfigurationError", "Container.image should not be null or empty.")
        containers[name]["image"] = image
    return revision | ({"tags": described["tags"]} if described.get("tags") else {})
