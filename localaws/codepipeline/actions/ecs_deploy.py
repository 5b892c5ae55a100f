"""The ECS deploy action: the revision that the service runs now, with the new images and nothing else changed.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

import time
from typing import Any

from localaws.clock import Clock
from localaws.codepipeline.actions import image_definitions_file
from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.artifacts import input_artifact
from localaws.codepipeline.execution import ActionFailedError
from localaws.json_types import JsonObject

POLL_SECONDS = 0.1


def run(job: Job) -> None:
    """Register the new revision, put it live, and wait until it is.

    AWS waits until the deployment is complete, `DeploymentTimeout` minutes at most.
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
    wait(ecs, job.clock, cluster, name, revision, timeout_minutes=minutes)
    job.action.summary = f"Deployment Succeeded: {revision}"


def wait(ecs: Any, clock: Clock, cluster: str, name: str, revision: str, *, timeout_minutes: int) -> None:
    """Wait until a service runs a revision.

    A deployment that the circuit breaker has ended is waited for until the time-out, as on AWS:
    https://github.com/aws/containers-roadmap/issues/1399

    Raises:
        ActionFailedError: The time is up, or the service was updated to another revision meanwhile.
    """
    deadline = clock.now() + 60 * timeout_minutes
    reason = "it is still in progress"
    while True:
        over = clock.now() >= deadline  # before it looks: the clock may have been moved since the last time
        service = _service(ecs, cluster, name)
        own = [item for item in service["deployments"] if item["taskDefinition"] == revision]
        failed = [item["rolloutStateReason"] for item in own if item.get("rolloutState") == "FAILED"]
        reason = next(iter(failed), reason)
        if service["taskDefinition"] != revision and not failed:
            raise ActionFailedError(  # AWS's wording is not published
                "JobFailed",
                f"The service runs {service['taskDefinition']} instead of {revision}: it was updated meanwhile",
            )
        if own and all(item.get("rolloutState") == "COMPLETED" for item in own):
            return
        if over:
            raise _timed_out(revision, timeout_minutes, reason)
        time.sleep(POLL_SECONDS)


def _timed_out(revision: str, minutes: int, reason: str) -> ActionFailedError:
    """AWS's wording is not published."""
    message = f"The deployment of {revision} was not complete within {minutes} minutes: {reason}"
    return ActionFailedError("JobFailed", message)


def _service(ecs: Any, cluster: str, name: str) -> JsonObject:
    described = ecs.describe_services(cluster=cluster, services=[name])
    active: list[JsonObject] = [service for service in described["services"] if service["status"] == "ACTIVE"]
    if not active:  # AWS's wording is not published
        raise ActionFailedError(
            "ConfigurationError",
            f"The AWS ECS service {name} does not exist in the cluster {cluster}",
        )
    return active[0]


def _next_revision(ecs: Any, described: JsonObject, images: dict[str, str]) -> JsonObject:
    """Turn what DescribeTaskDefinition answers into what RegisterTaskDefinition takes: all but the read-only fields."""
    taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    revision = {name: value for name, value in described["taskDefinition"].items() if name in taken}
    containers = {container["name"]: container for container in revision["containerDefinitions"]}
    for name, image in images.items():
        if name not in containers:
            raise ActionFailedError("ConfigurationError", f"The AWS ECS container {name} does not exist")
        if not image:  # moto takes what ECS refuses with these words
            raise ActionFailedError("ConfigurationError", "Container.image should not be null or empty.")
        containers[name]["image"] = image
    return revision | ({"tags": described["tags"]} if described.get("tags") else {})
