"""The sessions with the SSM agent in a container.

The local AWS runs no container, so the address of a session leads to nothing.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
"""

from base64 import b64encode
from secrets import token_bytes, token_hex

from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend as Backend

from localaws.ecs.exec import agent
from localaws.ecs.exec.refusals import task_role
from localaws.iam.roles import Aws
from localaws.json_types import JsonObject


def execute(aws: Aws, backend: Backend, task: JsonObject, container_name: str | None) -> JsonObject:
    """Return the answer of ExecuteCommand, with a new session.

    Args:
        aws: The API of the local AWS.
        backend: The resources of ECS.
        task: The task.
        container_name: The name of the container. A task with one container needs no name.

    Raises:
        InvalidParameterException: The task lacks the container, or the agent does not run in the container.
        ECSException: The agent is not connected to Session Manager.

    The messages are those of https://github.com/aws/amazon-ecs-agent/issues/3166 and
    https://github.com/aws/aws-cli/issues/6562.
    """
    containers = [each for each in task["containers"] if container_name in (None, each["name"])]
    if len(containers) != 1:
        raise InvalidParameterException("The container provided in the request was not found in the task.")
    [container] = containers
    if not agent.runs(container):
        raise InvalidParameterException(
            "The execute command failed because execute command was not enabled when the task was run or the execute "
            "command agent isn't running. Wait and try again or run a new task with execute command enabled and try "
            "again."
        )
    if not is_connected(aws, backend, task):
        message = "The execute command failed due to an internal error. Try again later."
        raise ECSException("TargetNotConnectedException", message)
    id_, url, token = opened(aws.region, "ecs-execute-command")
    return {
        "clusterArn": task["clusterArn"],
        "containerArn": container["containerArn"],
        "containerName": container["name"],
        "interactive": True,
        "session": {"sessionId": id_, "streamUrl": url, "tokenValue": token},
        "taskArn": task["taskArn"],
    }


def is_connected(aws: Aws, backend: Backend, task: JsonObject) -> bool:
    """Return whether the agents of a task are connected to Session Manager."""
    role = task_role(backend, task["taskDefinitionArn"])
    return role is not None and agent.is_connected(aws, role)


def target(task: JsonObject, container: JsonObject) -> str:
    """Return the name that Session Manager gives to a container.

    https://github.com/aws/aws-cli/blob/develop/awscli/customizations/ecs/executecommand.py
    """
    cluster, id_ = task["taskArn"].split("/")[-2:]
    return f"ecs:{cluster}_{id_}_{container['runtimeId']}"


def opened(region: str, prefix: str) -> tuple[str, str, str]:
    """Return the id, the address and the token of a new session. The address has a host that does not exist."""
    id_ = f"{prefix}-{token_hex(9)[:17]}"
    url = f"wss://ssmmessages.{region}.invalid/v1/data-channel/{id_}?role=publish_subscribe"
    return id_, url, b64encode(token_bytes(48)).decode()
