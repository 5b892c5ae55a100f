"""Sessions with the containers of a cluster, through ECS Exec and Session Manager.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from operations.clients import Clients
from operations.system.tasks import Container, Task
from operations.wait import until
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import ExecuteCommandResponseTypeDef

Found = TypeVar("Found")

FORWARD = "AWS-StartPortForwardingSessionToRemoteHost"
"""The document of a session that forwards a port to another host."""

AGENT_SECONDS = 30.0
"""The time that the agent gets to connect. It can take some seconds after the agent runs.

https://github.com/aws/containers-roadmap/issues/187
"""


@dataclass(frozen=True)
class Session:
    """A session that has begun, with everything that the Session Manager plugin needs to join it.

    https://github.com/aws/session-manager-plugin/blob/mainline/src/sessionmanagerplugin/session/session.go
    """

    answer: str
    """The id, the address and the token of the session, as JSON. The token gives access to the session."""
    region: str
    profile: str
    """The profile of the caller, or an empty text."""
    request: str
    """The members of StartSession, as JSON."""
    endpoint: str
    variables: Mapping[str, str]
    """Further variables for the plugin: the credentials, if they are not those of the caller."""
    by_variable: bool
    """Whether the AWS CLI gives a newer plugin the answer in a variable, and not as an argument."""


class Sessions:
    """The requests that begin sessions. The methods raise ClientError for requests that AWS refuses.

    Args:
        client: The clients with the credentials of the command.
        name: The name of the cluster.
        assumes_role: Whether the credentials are those of a role that the command has assumed.
    """

    def __init__(self, client: Clients, name: str, *, assumes_role: bool) -> None:
        self._client = client
        self._name = name
        self._assumes_role = assumes_role

    def execute(self, task: Task, container: Container, command: str) -> Session:
        """Begin a session that runs a command in a container. Wait until the agent is connected.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html

        Raises:
            OutsideError: The agent is not connected in time.
        """
        ecs: ECSClient = self._client("ecs")

        def begun() -> "ExecuteCommandResponseTypeDef | None":
            try:
                return ecs.execute_command(
                    cluster=self._name, task=task.arn, container=container.name, command=command, interactive=True
                )
            except ecs.exceptions.TargetNotConnectedException:
                return None

        answer = self._connected(begun, task)
        return self._session(answer["session"], {"Target": self._target(task, container)}, ecs, by_variable=False)

    def forward(self, task: Task, container: Container, *, host: str, port: int, local_port: int) -> Session:
        """Begin a session that forwards a port of this machine to a port that a container reaches.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html#sessions-remote-port-forwarding

        Args:
            task: The task.
            container: The container, with a running agent.
            host: The name of the host that the container connects to.
            port: The port of this host.
            local_port: The port of this machine.

        Raises:
            OutsideError: The agent is not connected in time.
        """
        ssm = self._client("ssm")
        request = {
            "Target": self._target(task, container),
            "DocumentName": FORWARD,
            "Parameters": {"host": [host], "portNumber": [str(port)], "localPortNumber": [str(local_port)]},
        }

        def begun() -> dict[str, str] | None:
            try:
                found: dict[str, str] = ssm.start_session(**request)
                return found
            except ssm.exceptions.TargetNotConnected:
                return None

        answer = self._connected(begun, task)
        own = {name: answer[name] for name in ("SessionId", "TokenValue", "StreamUrl")}
        return self._session(own, request, ssm, by_variable=True)

    def _connected(self, begin: Callable[[], Found | None], task: Task) -> Found:
        """Begin a session, again until the agent of the task is connected, and return the answer."""
        try:
            return until(begin, AGENT_SECONDS, "the agent is not connected")
        except TimeoutError:
            raise OutsideError(
                f"task {task.id}: the agent of ECS Exec is not connected to Session Manager after {AGENT_SECONDS:g} "
                "seconds; check that the task reaches Session Manager, and the permissions of its task role: "
                "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-troubleshooting.html"
            ) from None

    def _target(self, task: Task, container: Container) -> str:
        return f"ecs:{self._name}_{task.id}_{container.runtime_id}"

    def _session(
        self, answer: Mapping[str, Any], request: Mapping[str, Any], client: Any, *, by_variable: bool
    ) -> Session:
        return Session(
            answer=json.dumps(answer),
            region=client.meta.region_name,
            profile="" if self._assumes_role else self._client.profile,
            request=json.dumps(request),
            endpoint=client.meta.endpoint_url,
            variables=self._client.variables() if self._assumes_role else {},
            by_variable=by_variable,
        )
