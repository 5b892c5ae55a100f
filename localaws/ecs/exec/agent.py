"""The SSM agent that ECS Exec runs in each container of a task.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
"""

from datetime import datetime

from localaws.iam.evaluation import Request
from localaws.iam.roles import Aws
from localaws.json_types import JsonObject

NAME = "ExecuteCommandAgent"
CHANNELS = [f"ssmmessages:{verb}{kind}Channel" for kind in ("Control", "Data") for verb in ("Create", "Open")]
"""The actions that the agent needs to connect to Session Manager.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#ecs-exec-required-iam-permissions
"""


def start(container: JsonObject, definition: JsonObject, now: datetime) -> None:
    """Start the agent of a container. The agent stops at once if the container's root file system is read-only.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedAgent.html
    """
    stops = definition.get("readonlyRootFilesystem", False)
    state = {"lastStatus": "STOPPED"} if stops else {"lastStatus": "RUNNING", "lastStartedAt": now}
    container["managedAgents"] = [{"name": NAME, **state}]


def stop(container: JsonObject) -> None:
    """Stop the agent of a container."""
    for agent in container.get("managedAgents", []):
        agent["lastStatus"] = "STOPPED"


def runs(container: JsonObject) -> bool:
    """Return whether the agent of a container runs."""
    return any(agent["lastStatus"] == "RUNNING" for agent in container.get("managedAgents", []))


def is_connected(aws: Aws, role: str) -> bool:
    """Return whether the permissions of a task role let the agent connect to Session Manager."""
    account = role.split(":")[4]
    requests = [Request(action, "*") for action in CHANNELS]
    return all(aws.decide(role, each, account=account, region=aws.region).allowed for each in requests)
