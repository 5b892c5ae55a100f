"""What ECS does and moto does not."""

from collections.abc import Iterator
from typing import Any

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import Cluster, Service, TaskDefinition
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from localaws.json_types import JsonObject


def keeps_every_setting_of_a_service() -> None:
    """DescribeServices tells all that CreateService was given; moto drops the grace period and more.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    create = Response.create_service

    def create_service(self: Response) -> ActionResult:
        created = create(self)
        service: Any = created.result["service"]  # type: ignore[index] # moto types it as an object
        for name, value in self._get_params().items():
            if not hasattr(service, xform_name(name)):
                setattr(service, xform_name(name), value)
        return created

    Response.create_service = create_service


def fills_in_a_service() -> None:
    """A service has a creation time, a role and its placement, sent or not, and a platform; moto's has what was sent.

    Recorded answers of AWS have all of them. The role is the one that ECS makes for itself in each account.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
    """
    create = Backend.create_service

    def create_service(self: Backend, *args: Any, **settings: Any) -> Service:
        service: Any = create(self, *args, **settings)
        service.created_at = utcnow()
        service.placement_constraints, service.placement_strategy = [], []
        role = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
        service.role_arn = service.role_arn or f"arn:{self.partition}:iam::{self.account_id}:role/{role}"
        if service.launch_type == "FARGATE":
            service.platform_version = service.platform_version or "LATEST"
            service.platform_family = "Linux"
        filled: Service = service
        return filled

    Backend.create_service = create_service


def counts_what_is_in_a_cluster() -> None:
    """DescribeClusters has statistics, empty unless they are asked for; moto has none.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
    """
    create = Cluster.__init__

    def create_with_statistics(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.statistics = []

    Cluster.__init__ = create_with_statistics


def keeps_what_an_update_does_not_name() -> None:
    """An update leaves the running tasks alone unless it names their count, and names a revision by its ARN.

    moto forgets the tasks, and repeats what the request called the revision.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    update = Backend.update_service

    def update_service(self: Backend, settings: JsonObject) -> Service:
        service = self._get_service(settings.get("cluster", "default"), settings["service"].split("/")[-1])
        settings["desired_count"] = settings.get("desired_count", service.desired_count)
        if settings.get("task_definition"):
            settings["task_definition"] = self.describe_task_definition(settings["task_definition"]).arn
        return update(self, settings)

    Backend.update_service = update_service


def lists_no_deleted_cluster() -> None:
    """ListClusters gives the clusters that exist, while DescribeClusters still knows a deleted one; moto gives all.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    """

    def list_clusters(self: Backend) -> list[str]:
        return [cluster.arn for cluster in self.clusters.values() if cluster.status == "ACTIVE"]

    Backend.list_clusters = list_clusters


CONTAINER_DEFAULTS: JsonObject = {
    "cpu": 0,
    "environment": [],
    "essential": True,
    "mountPoints": [],
    "portMappings": [],
    "volumesFrom": [],
}
HEALTH_CHECK_DEFAULTS = {"interval": 30, "timeout": 5, "retries": 3}


def fills_in_a_container() -> None:
    """ECS returns the lists of a container that were not sent, empty; `capabilities.add` too, if `drop` was sent.

    A health check has its interval, time-out and retries. A port that the container has is the host's as well in the
    network mode awsvpc. moto returns what it was sent. Recorded answers of AWS have the lists and the ports in every
    container; field reports have the capabilities and the health check, over which the provider replaces the task
    definition each time.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://github.com/braintrustdata/terraform-aws-braintrust-data-plane/pull/335
    https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/148
    """
    register = Backend.register_task_definition

    def register_task_definition(
        self: Backend, family: str, container_definitions: list[JsonObject], **settings: Any
    ) -> TaskDefinition:
        in_vpc = settings.get("network_mode") == "awsvpc"
        filled_in = [_filled_in(container, in_vpc=in_vpc) for container in container_definitions]
        return register(self, family, filled_in, **settings)

    Backend.register_task_definition = register_task_definition


def _filled_in(container: JsonObject, *, in_vpc: bool) -> JsonObject:
    linux = container.get("linuxParameters", {})
    if "drop" in linux.get("capabilities", {}):
        linux = {**linux, "capabilities": {"add": [], **linux["capabilities"]}}
    ports = [
        {**({"hostPort": port["containerPort"]} if in_vpc else {}), "protocol": "tcp", **port}
        for port in container.get("portMappings", [])
    ]
    filled_in = {**CONTAINER_DEFAULTS, **container, "portMappings": ports}
    if check := container.get("healthCheck"):
        filled_in["healthCheck"] = {**HEALTH_CHECK_DEFAULTS, **check}
    return {**filled_in, "linuxParameters": linux} if linux else filled_in


def says_what_a_task_needs() -> None:
    """A task definition names the attributes that its host must have; moto's names none.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/app/agent_capability.go
    """
    register = Backend.register_task_definition

    def register_task_definition(self: Backend, *args: Any, **settings: Any) -> TaskDefinition:
        definition: Any = register(self, *args, **settings)
        definition.requires_attributes = [{"name": name} for name in sorted(set(_required_attributes(definition)))]
        registered: TaskDefinition = definition
        return registered

    Backend.register_task_definition = register_task_definition


def _required_attributes(definition: Any) -> Iterator[str]:
    agent, execution = "com.amazonaws.ecs.capability", "ecs.capability"
    yield f"{agent}.docker-remote-api.1.18"
    if definition.network_mode == "awsvpc":
        yield f"{execution}.task-eni"
    if hasattr(definition, "task_role_arn"):
        yield f"{agent}.task-iam-role"
    for container in definition.container_definitions:
        if ".dkr.ecr." in container["image"]:
            yield from (f"{agent}.ecr-auth", f"{execution}.execution-role-ecr-pull")
        if driver := container.get("logConfiguration", {}).get("logDriver"):
            yield from (f"{agent}.docker-remote-api.1.19", f"{agent}.logging-driver.{driver}")
            yield f"{execution}.execution-role-{driver}"
        if container.get("healthCheck"):
            yield f"{execution}.container-health-check"
        for secret in container.get("secrets", []):
            kind = "ssm" if ":ssm:" in secret["valueFrom"] else "asm"
            yield f"{execution}.secrets.{kind}.environment-variables"


WITHOUT_FARGATE = ("apne1-az3", "use1-az3", "usw1-az2")


def has_no_fargate_in_some_zones() -> None:
    """A Fargate service cannot use a subnet of a zone that has no Fargate; moto's can.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
    """
    create = Backend.create_service

    def create_service(self: Backend, *args: Any, **settings: Any) -> Service:
        from moto.ec2.models import ec2_backends  # a service with subnets has loaded it already

        configuration = (settings.get("network_configuration") or {}).get("awsvpcConfiguration", {})
        for zone in ec2_backends[self.account_id][self.region_name].subnets.values():
            for subnet in zone.values():
                if subnet.id in configuration.get("subnets", []) and subnet.availability_zone_id in WITHOUT_FARGATE:
                    message = f"Fargate is not available in {subnet.availability_zone_id}, the zone of {subnet.id}."
                    raise EcsClientException(message)
        return create(self, *args, **settings)

    Backend.create_service = create_service


FIXES = (
    keeps_every_setting_of_a_service,
    keeps_what_an_update_does_not_name,
    lists_no_deleted_cluster,
    fills_in_a_container,
    says_what_a_task_needs,
    fills_in_a_service,
    counts_what_is_in_a_cluster,
    has_no_fargate_in_some_zones,
)
