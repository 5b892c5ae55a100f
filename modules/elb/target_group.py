"""The target group of the load balancer."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from constructs import Construct

from modules.vpc.network import Network
from settings import ServiceSettings
from settings.deployment import DEREGISTRATION_SECONDS


class TargetGroup(Construct):
    """A target group of IP addresses, which receive plain HTTP on the container's port.

    A deregistered target has 60 s for its open requests. AWS's default of 300 s would slow down every deployment.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
    """

    def __init__(self, scope: Construct, id_: str, *, network: Network, settings: ServiceSettings) -> None:
        super().__init__(scope, id_)

        # A listener refers to its target group, so a new group is created before the old one is destroyed.
        group = LbTargetGroup(
            self,
            "Default",
            name_prefix="app-",
            vpc_id=network.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=settings.container_port,
            deregistration_delay=str(DEREGISTRATION_SECONDS),
            health_check=LbTargetGroupHealthCheck(
                path=settings.health_check_path,
                interval=settings.health_check_interval_seconds,
                timeout=settings.health_check_timeout_seconds,
                unhealthy_threshold=settings.unhealthy_threshold,
            ),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

        self.arn = group.arn
        self.port = settings.container_port
