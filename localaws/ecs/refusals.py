"""Requests that ECS refuses and moto accepts."""

from collections.abc import Callable

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.models import Cluster, Service, TaskDefinition
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import EC2ContainerServiceResponse as Response
from moto.elbv2.models import elbv2_backends

from localaws.ecs import task_definition_refusals
from localaws.ecs.exec import refusals as exec_refusals
from localaws.ecs.one_off.task import of
from localaws.ecs.service_tasks import STOPPED
from localaws.json_types import JsonObject


def refuse_unknown_containers_and_ports() -> None:
    """Refuse a service whose load balancers name a container or a port that its task definition does not have.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html
    """
    create, update = Response.create_service, Backend.update_service

    def create_service(self: Response) -> ActionResult:
        revision = str(self._get_param("taskDefinition") or "")
        if revision:
            definition = self.ecs_backend.describe_task_definition(revision)
            _check_containers(definition, self._get_param("loadBalancers") or [])
        return create(self)

    def update_service(self: Backend, settings: JsonObject) -> Service:
        service = self._get_service(settings.get("cluster", "default"), settings["service"].split("/")[-1])
        revision = settings.get("task_definition") or service.task_definition
        balancers = settings.get("load_balancers") or service.load_balancers
        _check_containers(self.describe_task_definition(str(revision)), balancers)
        return update(self, settings)

    Response.create_service, Backend.update_service = create_service, update_service


def _check_containers(definition: TaskDefinition, load_balancers: list[JsonObject]) -> None:
    ports = {
        container["name"]: {port["containerPort"] for port in container.get("portMappings", [])}
        for container in definition.container_definitions
    }
    for balancer in load_balancers:
        name, port = balancer["containerName"], balancer["containerPort"]
        if name not in ports:
            raise InvalidParameterException(f"The container {name} does not exist in the task definition.")
        if port not in ports[name]:
            raise InvalidParameterException(f"The container {name} did not have a container port {port} defined.")


def refuse_duplicate_service_names() -> None:
    """Refuse a second active service with the same name in a cluster.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    create: Callable[..., Service] = Backend.create_service

    def create_service(
        self: Backend, cluster_str: str, service_name: str, *args: object, **settings: object
    ) -> Service:
        known = self.services.get(f"{self._get_cluster(cluster_str).name}:{service_name}")
        if known and known.status == "ACTIVE":
            raise InvalidParameterException("Creation of service was not idempotent.")
        return create(self, cluster_str, service_name, *args, **settings)

    Backend.create_service = create_service


def refuse_unattached_target_groups() -> None:
    """Refuse a service whose target group does not exist or has no load balancer.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html
    """
    create = Response.create_service

    def create_service(self: Response) -> ActionResult:
        groups = elbv2_backends[self.current_account][self.region].target_groups
        for balancer in self._get_param("loadBalancers") or []:
            arn = balancer.get("targetGroupArn")
            if arn and (arn not in groups or not groups[arn].load_balancer_arns):
                message = f"The target group with targetGroupArn {arn} does not have an associated load balancer."
                raise InvalidParameterException(message)
        return create(self)

    Response.create_service = create_service


def refuse_to_delete_clusters_in_use() -> None:
    """Refuse to delete a cluster while it has active services or tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    """
    delete = Backend.delete_cluster

    def delete_cluster(self: Backend, cluster_str: str) -> Cluster:
        cluster = self._get_cluster(cluster_str)
        name = cluster.name
        if any(key.startswith(f"{name}:") and each.status == "ACTIVE" for key, each in self.services.items()):
            message = "The Cluster cannot be deleted while Services are active."
            raise ECSException("ClusterContainsServicesException", message)
        if any(each.task["clusterArn"] == cluster.arn and each.task["lastStatus"] != STOPPED for each in of(self)):
            message = "The Cluster cannot be deleted while Tasks are active."
            raise ECSException("ClusterContainsTasksException", message)
        return delete(self, cluster_str)

    Backend.delete_cluster = delete_cluster


REFUSALS = (
    refuse_unknown_containers_and_ports,
    refuse_duplicate_service_names,
    refuse_unattached_target_groups,
    *task_definition_refusals.REFUSALS,
    *exec_refusals.REFUSALS,
    refuse_to_delete_clusters_in_use,
)
