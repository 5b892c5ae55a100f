"""What ECS refuses and moto takes."""

import json
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException, ECSException, InvalidParameterException
from moto.ecs.models import Cluster, Service, TaskDefinition
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import EC2ContainerServiceResponse as Response
from moto.elbv2.models import elbv2_backends

from localaws.json_types import JsonObject

MOST_BYTES = 65_536
GIB = 1_024
MEMORY_MIB = {
    256: (512, 1 * GIB, 2 * GIB),
    512: range(1 * GIB, 4 * GIB + 1, GIB),
    1024: range(2 * GIB, 8 * GIB + 1, GIB),
    2048: range(4 * GIB, 16 * GIB + 1, GIB),
    4096: range(8 * GIB, 30 * GIB + 1, GIB),
    8192: range(16 * GIB, 60 * GIB + 1, 4 * GIB),
    16384: range(32 * GIB, 120 * GIB + 1, 8 * GIB),
}
"""The memory that Fargate has for each number of CPU units.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
"""


def a_service_whose_container_its_revision_lacks() -> None:
    """A service that names a container or a port which its task definition does not have, made or updated so.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html
    """
    create, update = Response.create_service, Backend.update_service

    def create_service(self: Response) -> ActionResult:
        named = str(self._get_param("taskDefinition") or "")
        if named:
            definition = self.ecs_backend.describe_task_definition(named)
            _refuse_unknown_containers(definition, self._get_param("loadBalancers") or [])
        return create(self)

    def update_service(self: Backend, settings: JsonObject) -> Service:
        service = self._get_service(settings.get("cluster", "default"), settings["service"].split("/")[-1])
        named = settings.get("task_definition") or service.task_definition
        balancers = settings.get("load_balancers") or service.load_balancers
        _refuse_unknown_containers(self.describe_task_definition(str(named)), balancers)
        return update(self, settings)

    Response.create_service, Backend.update_service = create_service, update_service


def _refuse_unknown_containers(definition: TaskDefinition, load_balancers: list[JsonObject]) -> None:
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


def a_service_whose_name_is_taken() -> None:
    """A second active service of the same name in a cluster.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    create = Backend.create_service

    def create_service(self: Backend, cluster_str: str, service_name: str, *args: Any, **settings: Any) -> Service:
        known = self.services.get(f"{self._get_cluster(cluster_str).name}:{service_name}")
        if known and known.status == "ACTIVE":
            raise InvalidParameterException("Creation of service was not idempotent.")
        return create(self, cluster_str, service_name, *args, **settings)

    Backend.create_service = create_service


def a_target_group_that_no_listener_reaches() -> None:
    """A service whose target group is gone, or has no load balancer yet.

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


def a_task_definition_that_fargate_cannot_run() -> None:
    """A task definition that is too large, of no size that Fargate has, or without a role for what its start needs.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    register = Backend.register_task_definition

    def register_task_definition(
        self: Backend, family: str, container_definitions: list[JsonObject], **settings: Any
    ) -> TaskDefinition:
        fault = next(_faults(container_definitions, settings), None)
        if fault:
            raise EcsClientException(fault)
        return register(self, family, container_definitions, **settings)

    Backend.register_task_definition = register_task_definition


def _faults(containers: list[JsonObject], settings: JsonObject) -> Iterator[str]:
    length = len(json.dumps(containers, separators=(",", ":")).encode())
    if length > MOST_BYTES:
        yield f"Actual length: '{length}'. Max allowed length is '{MOST_BYTES}' bytes."
    if "FARGATE" in (settings.get("requires_compatibilities") or []):
        cpu, memory = int(settings.get("cpu") or 0), int(settings.get("memory") or 0)
        if memory not in MEMORY_MIB.get(cpu, ()):
            yield (
                f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
                "See the Amazon ECS documentation for the valid values."
            )
    for container in containers:
        yield from _faults_of_container(container, settings)


def _faults_of_container(container: JsonObject, settings: JsonObject) -> Iterator[str]:
    for port in container.get("portMappings", []):
        if settings.get("network_mode") == "awsvpc" and port.get("hostPort") not in (None, port["containerPort"]):
            yield "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
    secrets = [secret["name"] for secret in container.get("secrets", [])]
    if secrets and not settings.get("execution_role_arn"):
        yield "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    variables = [variable["name"] for variable in container.get("environment", [])]
    for name in secrets:
        if (secrets + variables).count(name) > 1:
            yield (
                "The secret name must be unique and not shared with any new or existing environment variables set on "
                f"the container, such as '{name}'."
            )


HEALTH_CHECK_LIMITS = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}


def a_health_check_outside_of_its_limits() -> None:
    """A container health check whose interval, time-out, retries or start period are outside of their limits.

    A field report has the words for what is above a limit; those for what is below are taken to be alike.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    https://github.com/PostHog/posthog/pull/8647
    """
    register = Backend.register_task_definition

    def register_task_definition(
        self: Backend, family: str, container_definitions: list[JsonObject], **settings: Any
    ) -> TaskDefinition:
        for container in container_definitions:
            if fault := next(_faults_of_health_check(container.get("healthCheck", {})), None):
                raise EcsClientException(f"Health check {fault} for container '{container['name']}'")
        return register(self, family, container_definitions, **settings)

    Backend.register_task_definition = register_task_definition


def _faults_of_health_check(check: JsonObject) -> Iterator[str]:
    for name, (least, most) in HEALTH_CHECK_LIMITS.items():
        value = check.get(name, least)
        if value > most:
            yield f"{name} must be less than or equal to the maximum allowed value {most}"
        if value < least:
            yield f"{name} must be greater than or equal to the minimum allowed value {least}"


def to_delete_a_cluster_with_services() -> None:
    """A cluster that goes while it has active services.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    """
    delete = Backend.delete_cluster

    def delete_cluster(self: Backend, cluster_str: str) -> Cluster:
        name = self._get_cluster(cluster_str).name
        if any(key.startswith(f"{name}:") and one.status == "ACTIVE" for key, one in self.services.items()):
            message = "The Cluster cannot be deleted while Services are active."
            raise ECSException("ClusterContainsServicesException", message)
        return delete(self, cluster_str)

    Backend.delete_cluster = delete_cluster


REFUSALS = (
    a_service_whose_container_its_revision_lacks,
    a_service_whose_name_is_taken,
    a_target_group_that_no_listener_reaches,
    a_task_definition_that_fargate_cannot_run,
    a_health_check_outside_of_its_limits,
    to_delete_a_cluster_with_services,
)
