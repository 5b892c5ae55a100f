"""The load balancer."""

from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionRedirect,
)
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from modules.domain import Certificate, HostedZone
from modules.elb.access_logs import AccessLogBucket
from modules.elb.target_group import TargetGroup
from modules.environment import Environment
from modules.iam import Role
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup
from settings import ServiceSettings

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""AWS's recommendation: TLS 1.3 with post-quantum key exchange, and TLS 1.2 for older clients.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
"""


class LoadBalancer(Construct):
    """An Application Load Balancer that serves the certificate's domain over HTTPS and redirects HTTP to HTTPS.

    With `environment.protect`, AWS refuses to delete the load balancer.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html

    Args:
        environment: The name and the deletion protection.
        network: The load balancer is in the public subnets of this network.
        zone: The hosted zone for the domain's alias record.
        certificate: The certificate of the HTTPS listener.
        access_logs: The bucket for the access logs, or None if requests are not logged.
        settings: The container's port, and the health check of the targets.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        network: Network,
        zone: HostedZone,
        certificate: Certificate,
        access_logs: AccessLogBucket | None,
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)

        self.access = SecurityGroup(
            self, "access", network=network, name=f"{environment.name}-load-balancer", description="the load balancer"
        )
        self.access.allow_from_anywhere("https", port=443)
        self.access.allow_from_anywhere("http", port=80)
        balancer = Lb(
            self,
            "Default",
            name=environment.name,
            load_balancer_type="application",
            internal=False,
            subnets=network.public_subnet_ids,
            security_groups=[self.access.id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=environment.protect,
            access_logs=LbAccessLogs(bucket=access_logs.name, enabled=True) if access_logs else None,
            # AWS refuses a load balancer in a VPC without a route to the internet. When AWS creates the load balancer,
            # AWS tests whether it can write the logs.
            depends_on=[network.to_internet, *([access_logs.policy] if access_logs else [])],
        )
        targets = TargetGroup(self, "targets", network=network, settings=settings)
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
        _HttpsRedirect(self, "http", balancer=balancer)
        Route53Record(
            self,
            "alias",
            zone_id=zone.id,
            name=certificate.domain,
            type="A",
            alias=Route53RecordAlias(name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=False),
        )

        self.targets = targets
        self.url = f"https://{certificate.domain}"

    def grant_view(self, role: Role) -> None:
        """Let the role see load balancers, and the health of their targets. These actions support no ARN.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
        """
        names = ("LoadBalancers", "TargetGroups", "TargetHealth")
        actions = [f"elasticloadbalancing:Describe{name}" for name in names]
        role.allow("ViewLoadBalancers", actions=actions, resources=["*"])


class _HttpsRedirect(Construct):
    """A listener that redirects HTTP to HTTPS."""

    def __init__(self, scope: Construct, id_: str, *, balancer: Lb) -> None:
        super().__init__(scope, id_)

        LbListener(
            self,
            "Default",
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
