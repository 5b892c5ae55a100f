"""The start of an ECS task: its roles, images, secrets, logs and commands.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from localaws import secret_values
from localaws.clients import text_of
from localaws.ecs.containers.log import ContainerLog
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


@dataclass(frozen=True)
class Container:
    """A container that is ready to run."""

    definition: JsonObject
    """The container definition."""
    image: PulledImage | None
    """The image. None if it is not in ECR."""
    secrets: dict[str, str]
    """The values of the secrets, by the names of the variables."""
    log: ContainerLog | None
    """The log. None if the task has no execution role."""

    def note_not_run(self, failing: FailingContainers) -> None:
        """Write the log of a container that the local AWS does not run.

        The log of a container that fails has the lines of its failure. The log of another container has one line, which
        says that the local AWS does not run the container.
        """
        image = self.definition["image"]
        failure = failing.of(image, self.image.digest if self.image else None)
        if self.log:
            self.log.write(failure.log if failure else [f"The local AWS does not run the container of {image}."])


def digests(containers: Iterable[Container]) -> dict[str, str]:
    """Return the digests of the images from ECR, by the names in the task definition."""
    return {each.definition["image"]: each.image.digest for each in containers if each.image}


def start(
    aws: Aws, revision: str, task_id: str, *, resolved: Mapping[str, str], failing: FailingContainers
) -> dict[str, str]:
    """Start a task of a service. The local AWS does not run its containers.

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
    containers = prepare(aws, definition, task_id, resolved=resolved)
    for container in containers:
        container.note_not_run(failing)
    return digests(containers)


def prepare(
    aws: Aws,
    definition: JsonObject,
    task_id: str,
    *,
    resolved: Mapping[str, str],
    run_here: Collection[str] = (),
) -> list[Container]:
    """Use the roles of a task as ECS does before it runs the containers.

    Args:
        aws: The API of the local AWS.
        definition: The task definition.
        task_id: The id of the task.
        resolved: The digests of images that are pulled by digest, by the names in the task definition.
        run_here: The containers that run programs of this machine. The other containers run a program of their image,
            so the image must contain it.

    Raises:
        TaskFailedError: The task does not start.
    """
    if "taskRoleArn" in definition:
        _assume(aws, definition["taskRoleArn"])
    if "executionRoleArn" not in definition:
        return [Container(each, None, {}, None) for each in definition["containerDefinitions"]]
    role = _assume(aws, definition["executionRoleArn"])
    containers: list[Container] = []
    for each in definition["containerDefinitions"]:
        image = _pull(role, each["image"], definition.get("runtimePlatform", {}), resolved)
        secrets = {variable["name"]: _read(role, variable["valueFrom"]) for variable in each.get("secrets", [])}
        containers.append(Container(each, image, secrets, _log(role, each, task_id)))
    for container in containers:
        if container.image and container.definition["name"] not in run_here:
            _check_command(container.definition, container.image)
    return containers


def cannot_start(error: str) -> TaskFailedError:
    """Return the error of a task whose container the container runtime cannot start.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    return TaskFailedError(
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: "
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container "
        f"process: {error}: unknown"
    )


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
    """Check that the image contains the command of the container."""
    if error := command_error(image.layers, image.config, container):
        raise cannot_start(error)


def _read(role: AssumedRole, reference: str) -> str:
    try:
        if reference.startswith("arn:") and reference.split(":")[2] == "secretsmanager":
            return secret_values.secret(role, reference)
        return secret_values.parameter(role, reference)
    except (ClientError, NoSuchValueError) as error:
        raise TaskFailedError(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
            f"failed: unable to retrieve secret {reference}: service call has been retried 1 time(s): {text_of(error)}"
        ) from None


def _log(role: AssumedRole, container: JsonObject, task_id: str) -> ContainerLog:
    """Create the log stream of a container, and return its log."""
    log = ContainerLog(role, container, task_id)
    try:
        log.create()
    except ClientError as error:
        raise TaskFailedError(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            f"failed to create Cloudwatch log stream: {text_of(error)} : exit status 1"
        ) from None
    return log
