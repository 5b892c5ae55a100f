"""The way in from the internet."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionRedirect,
)
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from modules.access_logs import AccessLogBucket
from modules.domain import Certificate, HostedZone
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup
from settings import ServiceSettings
from settings.deployment import DEREGISTRATION_SECONDS

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""What AWS recommends: TLS 1.3 with post-quantum key exchange, and TLS 1.2 for clients that lack it.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
"""


class LoadBalancer(Construct):
    """An Application Load Balancer that serves the certificate's domain over HTTPS and redirects HTTP to it.

    What registers with `target_group_arn` by IP address receives plain HTTP on the container's port. A target that
    leaves keeps its open requests for 60 s, where AWS's default of 300 s would slow down every deployment. With
    `protect` it refuses to be deleted. Each request is logged into the bucket `access_logs`, if there is one.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        network: Network,
        zone: HostedZone,
        certificate: Certificate,
        access_logs: AccessLogBucket | None,
        protect: bool,
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)

        self.access = SecurityGroup(
            self, "access", network=network, name=f"{name}-load-balancer", description="the load balancer"
        )
        self.access.allow_from_anywhere("https", port=443)
        self.access.allow_from_anywhere("http", port=80)
        balancer = Lb(
            self,
            "Default",
            name=name,
            load_balancer_type="application",
            internal=False,
            subnets=network.public_subnet_ids,
            security_groups=[self.access.id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=protect,
            access_logs=LbAccessLogs(bucket=access_logs.name, enabled=True) if access_logs else None,
            # Without a way to the internet it is refused; and it tries at once whether it may write its logs.
            depends_on=[network.to_internet, *([access_logs.access] if access_logs else [])],
        )
        # A listener holds on to its target group: a new one must exist before the old one goes.
        targets = LbTargetGroup(
            self,
            "targets",
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
        self.https = LbListener(
            self,
            "https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate.arn,
            default_action=[LbListenerDefaultAction(type="forward", target_group_arn=targets.arn)],
        )
        LbListener(
            self,
            "http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_action=[
                LbListenerDefaultAction(
                    type="redirect",
                    redirect=LbListenerDefaultActionRedirect(port="443", protocol="HTTPS", status_code="HTTP_301"),
                )
            ],
        )
        Route53Record(
            self,
            "alias",
            zone_id=zone.id,
            name=certificate.domain,
            type="A",
            alias=Route53RecordAlias(name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=False),
        )

        self.target_group_arn = targets.arn
        self.target_port = settings.container_port
        self.url = f"https://{certificate.domain}"
