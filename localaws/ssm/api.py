"""The API of Systems Manager with sessions, which moto lacks."""

from typing import ClassVar

from moto.core.responses import ActionResult
from moto.ecs.models import ecs_backends
from moto.ssm.exceptions import InvalidDocument, SSMException
from moto.ssm.responses import SimpleSystemManagerResponse

from localaws.ecs import service_tasks
from localaws.ecs.exec import agent, sessions
from localaws.ecs.one_off.task import in_cluster as one_off_in_cluster
from localaws.iam.sessions import session_of
from localaws.runner import Runner

PARAMETERS = {"AWS-StartPortForwardingSessionToRemoteHost": {"host", "portNumber", "localPortNumber"}}
"""The documents that the local AWS knows, each with the parameters that it accepts.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html#sessions-remote-port-forwarding
"""


class InvalidParametersError(SSMException):
    """A parameter that the document does not have."""

    code = "InvalidParameters"


class TargetNotConnectedError(SSMException):
    """A target without a connected agent."""

    code = "TargetNotConnected"


class SsmApi(SimpleSystemManagerResponse):
    """The operations that moto lacks.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html
    """

    runner: ClassVar[Runner]

    def start_session(self) -> ActionResult:
        """Begin a session with the agent in a container of a task.

        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
        """
        document, target = self._get_param("DocumentName", ""), self._get_param("Target")
        if document and document not in PARAMETERS:
            raise InvalidDocument(f"Document with name {document} does not exist.")
        if unknown := sorted(self._get_param("Parameters", {}).keys() - PARAMETERS.get(document, set())):
            raise InvalidParametersError(f"{', '.join(unknown)} not defined in the document")
        if not self._is_connected(target):
            raise TargetNotConnectedError(f"{target} is not connected.")
        session = session_of(self.get_access_key())
        id_, url, token = sessions.opened(self.region, session.name if session else "local")
        return ActionResult({"SessionId": id_, "StreamUrl": url, "TokenValue": token})

    def _is_connected(self, target: str) -> bool:
        backend = ecs_backends[self.current_account][self.region]
        cluster = target.removeprefix("ecs:").partition("_")[0]
        tasks = [task for _, task in service_tasks.in_cluster(backend, cluster)]
        tasks += [each.task for each in one_off_in_cluster(backend, cluster)]
        return any(
            agent.runs(container)
            and sessions.target(task, container) == target
            and sessions.is_connected(self.runner.aws(self.region), backend, task)
            for task in tasks
            for container in task["containers"]
        )
