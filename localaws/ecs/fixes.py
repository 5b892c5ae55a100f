"""Fixes for ECS where moto answers differently from AWS."""

from collections.abc import Callable

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import Cluster, Service
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from localaws.ecs import task_definition_fixes
from localaws.json_types import JsonObject, json_object


def keep_service_settings() -> None:
    """Store all settings of CreateService, and return them in DescribeServices.

    moto drops some settings, such as the health check grace period.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    create = Response.create_service

    def create_service(self: Response) -> ActionResult:
        created = create(self)
        service = json_object(created.result)["service"]
        for name, value in self._get_params().items():
            if not hasattr(service, xform_name(name)):
                setattr(service, xform_name(name), value)
        return created

    Response.create_service = create_service


def fill_in_service_defaults() -> None:
    """Fill in the creation time, role, placement and platform of a service.

    moto returns only the fields that the request had. Recorded answers of AWS have all these fields. The role is the
    service-linked role that ECS creates in each account.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
    """
    create: Callable[..., Service] = Backend.create_service

    def create_service(self: Backend, *args: object, **settings: object) -> Service:
        service = create(self, *args, **settings)
        service.created_at = utcnow()
        service.placement_constraints, service.placement_strategy = [], []
        role = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
        service.role_arn = service.role_arn or f"arn:{self.partition}:iam::{self.account_id}:role/{role}"
        if service.launch_type == "FARGATE":
            service.platform_version = service.platform_version or "LATEST"
            service.platform_family = "Linux"
        return service

    Backend.create_service = create_service


def return_empty_cluster_statistics() -> None:
    """Return an empty list as the statistics of a cluster.

    moto omits the field `statistics`. AWS returns an empty list, unless the request asks for statistics.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
    """
    create: Callable[..., None] = Cluster.__init__

    def create_with_statistics(self: Cluster, *args: object, **settings: object) -> None:
        create(self, *args, **settings)
        self.statistics = []

    Cluster.__init__ = create_with_statistics


def keep_tasks_and_revision_on_update() -> None:
    """Keep the desired count if UpdateService does not set it, and earlier deployments. Store the revision as an ARN.

    If the request has no desired count, moto subtracts the service's tasks from the task counts of the cluster. moto
    stores the revision as the request names it. With `forceNewDeployment`, moto gives the earlier deployment a new id.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    update = Backend.update_service

    def update_service(self: Backend, settings: JsonObject) -> Service:
        service = self._get_service(settings.get("cluster", "default"), settings["service"].split("/")[-1])
        settings["desired_count"] = settings.get("desired_count", service.desired_count)
        if settings.get("task_definition"):
            settings["task_definition"] = self.describe_task_definition(settings["task_definition"]).arn
        settings.pop("force_new_deployment", None)  # EcsApi begins the deployment
        return update(self, settings)

    Backend.update_service = update_service


def list_active_clusters_only() -> None:
    """List the active clusters only. DescribeClusters still returns a deleted cluster.

    moto lists deleted clusters too.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    """

    def list_clusters(self: Backend) -> list[str]:
        return [cluster.arn for cluster in self.clusters.values() if cluster.status == "ACTIVE"]

    Backend.list_clusters = list_clusters


WITHOUT_FARGATE = ("apne1-az3", "use1-az3", "usw1-az2")


def refuse_zones_without_fargate() -> None:
    """Refuse a Fargate service with a subnet in an availability zone that has no Fargate.

    moto accepts every zone.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
    """
    create: Callable[..., Service] = Backend.create_service

    def create_service(
        self: Backend, *args: object, network_configuration: JsonObject | None = None, **settings: object
    ) -> Service:
        from moto.ec2.models import ec2_backends  # not at the top, which would load EC2 for every use of ECS

        subnet_ids = (network_configuration or {}).get("awsvpcConfiguration", {}).get("subnets", [])
        for zone in ec2_backends[self.account_id][self.region_name].subnets.values():
            for subnet in zone.values():
                if subnet.id in subnet_ids and subnet.availability_zone_id in WITHOUT_FARGATE:
                    message = f"Fargate is not available in {subnet.availability_zone_id}, the zone of {subnet.id}."
                    raise EcsClientException(message)
        return create(self, *args, network_configuration=network_configuration, **settings)

    Backend.create_service = create_service


FIXES = (
    keep_service_settings,
    keep_tasks_and_revision_on_update,
    list_active_clusters_only,
    *task_definition_fixes.FIXES,
    fill_in_service_defaults,
    return_empty_cluster_statistics,
    refuse_zones_without_fargate,
)
