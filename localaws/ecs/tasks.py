"""The start of an ECS task: its roles, images, secrets, logs and commands. The containers do not run.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from localaws import secret_values
from localaws.clients import text_of
from localaws.ecs.failing_containers import FailingContainers
from localaws.ecs.image_files import command_error
from localaws.ecs.image_pull import PulledImage, PullError, pull
from localaws.iam.roles import ECS_TASKS, AssumedRole, AssumeRoleError, Aws
from localaws.json_types import JsonObject
from localaws.secret_values import NoSuchValueError


class TaskFailedError(Exception):
    """A task did not start. The message is the task's `stoppedReason`.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """


def start(
    aws: Aws, revision: str, task_id: str, *, resolved: Mapping[str, str], failing: FailingContainers
) -> dict[str, str]:
    """Use the roles of a task as ECS does before it runs the containers. The local AWS does not run the containers.

    The log of a container that fails has the lines of its failure. The log of another container has one line, which
    says that the local AWS does not run the container.

    Args:
        aws: The API of the local AWS.
        revision: The ARN of the task definition.
        task_id: The id of the task.
        resolved: The digests to which the deployment has resolved its images. These images are pulled by digest.
        failing: The images whose containers fail, each with its log.

    Returns:
        The digests of the images from ECR, by the names in the task definition.

    Raises:
        TaskFailedError: The task does not start.
    """
    definition = aws.client("ecs").describe_task_definition(taskDefinition=revision)["taskDefinition"]
    if "taskRoleArn" in definition:
        _assume(aws, definition["taskRoleArn"])
    if "executionRoleArn" not in definition:
        return {}
    role = _assume(aws, definition["executionRoleArn"])
    pulled: list[tuple[JsonObject, PulledImage | None]] = []
    for container in definition["containerDefinitions"]:
        pulled.append((container, _pull(role, container["image"], definition.get("runtimePlatform", {}), resolved)))
        for variable in container.get("secrets", []):
            _read(role, variable["valueFrom"])
        _create_log_stream(role, container, task_id)
    digests = {container["image"]: image.digest for container, image in pulled if image}
    for container, image in pulled:
        if image:
            _check_command(container, image)
    for container, _ in pulled:
        failure = failing.of(container["image"], digests.get(container["image"]))
        notice = f"The local AWS does not run the container of {container['image']}."
        _write_log(role, container, task_id, failure.log if failure else [notice])
    return digests


def _assume(aws: Aws, role_arn: str) -> AssumedRole:
    try:
        return aws.assume_role(role_arn, ECS_TASKS)
    except AssumeRoleError:
        raise TaskFailedError(
            f"ECS was unable to assume the role '{role_arn}' that was provided for this task. Please verify that the "
            "role being passed has the proper trust relationship and permissions and that your IAM user has "
            "permissions to pass this role."
        ) from None


def _pull(
    role: AssumedRole, image: str, runtime_platform: dict[str, str], resolved: Mapping[str, str]
) -> PulledImage | None:
    try:
        return pull(role, image, runtime_platform, resolved=resolved.get(image))
    except PullError as error:
        raise TaskFailedError(str(error)) from None


def _check_command(container: JsonObject, image: PulledImage) -> None:
    """Check that the image contains the command of the container.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    if error := command_error(image.layers, image.config, container):
        raise TaskFailedError(
            "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: "
            "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container "
            f"process: {error}: unknown"
        )


def _read(role: AssumedRole, reference: str) -> None:
    try:
        if reference.startswith("arn:") and reference.split(":")[2] == "secretsmanager":
            secret_values.secret(role, reference)
        else:
            secret_values.parameter(role, reference)
    except (ClientError, NoSuchValueError) as error:
        raise TaskFailedError(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
            f"failed: unable to retrieve secret {reference}: service call has been retried 1 time(s): {text_of(error)}"
        ) from None


def _log_stream(container: JsonObject, task_id: str) -> dict[str, str]:
    """Return the log group and the log stream of a container, or nothing if its log driver is not `awslogs`.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    """
    config = container.get("logConfiguration", {})
    if config.get("logDriver") != "awslogs":
        return {}
    prefix = config["options"].get("awslogs-stream-prefix", "ecs")
    return {
        "logGroupName": config["options"]["awslogs-group"],
        "logStreamName": f"{prefix}/{container['name']}/{task_id}",
    }


def _create_log_stream(role: AssumedRole, container: JsonObject, task_id: str) -> None:
    if not (stream := _log_stream(container, task_id)):
        return
    try:
        role.client("logs").create_log_stream(**stream)
    except ClientError as error:
        raise TaskFailedError(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            f"failed to create Cloudwatch log stream: {text_of(error)} : exit status 1"
        ) from None


def _write_log(role: AssumedRole, container: JsonObject, task_id: str, lines: Iterable[str]) -> None:
    """Write lines to the log stream of a container, one event for each line. The log driver drops empty lines.

    A failure to write is logged, because on AWS it does not stop the container.

    https://github.com/moby/moby/blob/master/daemon/logger/awslogs/cloudwatchlogs.go
    """
    stream = _log_stream(container, task_id)
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [{"timestamp": now, "message": line} for line in lines if line]
    if not stream or not events:
        return
    try:
        role.client("logs").put_log_events(**stream, logEvents=events)
    except ClientError as error:
        logging.warning("task %s: the log events were not written: %s", task_id, error)
