"""Deployments behind the API of ECS: with moto, a service runs whatever it is told to."""

from typing import Any, ClassVar

from moto.core.responses import ActionResult
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse

from localaws.ecs import deployments
from localaws.runner import Runner


class EcsApi(EC2ContainerServiceResponse):
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def create_service(self) -> ActionResult:
        answer = super().create_service()
        created: Any = answer.result
        self._deploy(created["service"])
        return answer

    def update_service(self) -> ActionResult:
        """A deployment is begun by another revision, or by force."""
        cluster, name = self._get_param("cluster", "default"), self._get_param("service").rpartition("/")[2]
        before = self.ecs_backend._get_service(cluster, name).task_definition
        answer = super().update_service()
        updated: Any = answer.result
        service = updated["service"]
        if self._get_param("forceNewDeployment") or service.task_definition != before:
            self._deploy(service)
        else:
            deployments.scale(self.ecs_backend, service)
        return answer

    def _deploy(self, service: Service) -> None:
        if service.deployments:  # another controller than ECS has deployments of its own
            deployments.begin(self.runner.aws(self.region), self.runner.turn, self.ecs_backend, service)
