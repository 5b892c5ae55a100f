"""Fixes for Elastic Load Balancing where moto answers differently from AWS."""

from collections.abc import Callable

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeLoadBalancer, FakeTargetGroup
from moto.elbv2.responses import ELBV2Response as Response
from moto.elbv2.ssl_policies import SSL_POLICIES

FAILING = "failing_targets"
"""The attribute of a target group with the ids of the targets that fail their health checks."""


def refuse_unknown_security_policies() -> None:
    """Refuse a listener with an unknown security policy in CreateListener.

    moto refuses an unknown security policy in ModifyListener, but not in CreateListener.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    create = Response.create_listener

    def create_listener(self: Response) -> ActionResult:
        policy = self._get_param("SslPolicy")
        if policy and policy not in SSL_POLICIES:
            raise ELBClientError("SSLPolicyNotFound", f"Policy {policy} not found")
        return create(self)

    Response.create_listener = create_listener


def default_to_internet_facing() -> None:
    """Give a load balancer the scheme `internet-facing` if the request names no scheme.

    For such a load balancer, moto returns no scheme.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    create: Callable[..., FakeLoadBalancer] = ELBv2Backend.create_load_balancer

    def create_load_balancer(self: ELBv2Backend, *, scheme: str | None = None, **settings: object) -> FakeLoadBalancer:
        return create(self, scheme=scheme or "internet-facing", **settings)

    ELBv2Backend.create_load_balancer = create_load_balancer


def report_the_health_of_targets() -> None:
    """Report targets that get no traffic as `unused`, and targets that fail their health checks as `unhealthy`.

    For moto, all registered targets are healthy.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
    https://docs.aws.amazon.com/cli/latest/reference/elbv2/describe-target-health.html#examples
    """
    health: Callable[..., FakeHealthStatus] = FakeTargetGroup.health_for

    def health_for(self: FakeTargetGroup, *args: object) -> FakeHealthStatus:
        found = health(self, *args)
        if found.status == "healthy" and not self.load_balancer_arns:
            found.status, found.reason = "unused", "Target.NotInUse"
            found.description = "Target group is not configured to receive traffic from the load balancer"
        elif found.status == "healthy" and found.instance_id in vars(self).get(FAILING, ()):
            found.status, found.reason = "unhealthy", "Target.FailedHealthChecks"
            found.description = "Health checks failed"
        return found

    FakeTargetGroup.health_for = health_for


FIXES = (
    refuse_unknown_security_policies,
    default_to_internet_facing,
    report_the_health_of_targets,
)
