"""What ECS does and moto does not."""

from typing import Any

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse as Response


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


def keeps_what_an_update_does_not_name() -> None:
    """An update leaves the running tasks alone unless it names their count, and names a revision by its ARN.

    moto forgets the tasks, and repeats what the request called the revision.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    update = Backend.update_service

    def update_service(self: Backend, settings: dict[str, Any]) -> Service:
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


FIXES = (
    keeps_every_setting_of_a_service,
    keeps_what_an_update_does_not_name,
    lists_no_deleted_cluster,
)
