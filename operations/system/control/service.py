"""The changes of a service that ECS makes at a request.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
"""

from typing import TYPE_CHECKING

from operations.system import deployments
from operations.system.deployments import Deployment

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient


class ServiceControl:
    """The requests that change one service. The methods raise ClientError for requests that ECS refuses.

    Args:
        ecs: A client of ECS.
        name: The name of the cluster and of the service.
    """

    def __init__(self, ecs: "ECSClient", name: str) -> None:
        self._ecs = ecs
        self._name = name

    def scale(self, count: int) -> None:
        """Set the desired count, the number of tasks that ECS keeps running."""
        self._ecs.update_service(cluster=self._name, service=self._name, desiredCount=count)

    def stop_task(self, arn: str, reason: str) -> None:
        """Stop a task. The service scheduler then starts another task.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
        """
        self._ecs.stop_task(cluster=self._name, task=arn, reason=reason)

    def redeploy(self) -> Deployment:
        """Start a deployment of the revision that runs, and return the deployment."""
        answer = self._ecs.update_service(cluster=self._name, service=self._name, forceNewDeployment=True)
        return deployments.read(answer["service"]).primary
